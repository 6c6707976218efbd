"""What another program reads comes as the very bytes, whatever a terminal's encoding is."""

from __future__ import annotations

import errno
import io
import sys

import pytest

from coda_git_mirror.ui.output import SteadyStream, print_bytes, steady_output

PIECES = ["é,\N{BICYCLE}\r\n".encode(), b"x\n"]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_bytes_are_not_encoded_again(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    binary = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(binary, encoding, newline="\r\n"))
    with steady_output():
        sys.stdout.write("before ")
        print_bytes(PIECES)
    assert binary.getvalue() == b"before " + b"".join(PIECES)


def test_without_a_binary_stream_the_text_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    output = io.StringIO(newline="")
    steady = SteadyStream(output)
    steady.write_exactly(PIECES[0])
    assert output.getvalue() == PIECES[0].decode()
    print_bytes(PIECES)
    assert "\N{BICYCLE}" in capsys.readouterr().out


def test_what_cannot_be_written_is_told_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(Full(), "utf-8"))
    seen: list[bytes] = []
    with steady_output() as steady:
        print_bytes(seen.append(piece) or piece for piece in PIECES)  # type: ignore[func-returns-value]
    assert steady.failure == "No space left on device"
    assert len(seen) == 1
