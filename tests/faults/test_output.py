"""Output that cannot be shown, or has no reader, decides nothing (faults.md, row 52)."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from coda_git_mirror import cli
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import World
from tests.commands.test_command_line import settings
from tests.faults.trial import account, edit
from tests.support import PROJECT, await_crew, git
from tests.unwaiting import skip_waits

ENCODINGS = ("cp1252", "latin-1", "ascii")


def shown(encoding: str, *arguments: str) -> tuple[int, str, str]:
    """The exit code of a command, and what it shows on two streams of an encoding."""
    output, errors = (io.TextIOWrapper(io.BytesIO(), encoding, write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        code = cli.run(list(arguments))
    await_crew()
    texts = [stream.buffer.getvalue().decode(encoding) for stream in (output, errors)]
    return code, texts[0], texts[1]


def odd_account() -> World:
    world = account()
    world.docs[0].add_page("Fahrräder → 🚲", markdown="Кошка › “quoted” … 漢字\n")
    return world


@pytest.fixture(scope="module")
def coda() -> Iterator[SimulatedCoda]:
    with SimulatedCoda(odd_account(), limits=Limits.none()) as served:
        yield served


@pytest.fixture
def ready(coda: SimulatedCoda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    skip_waits(monkeypatch.setattr)
    monkeypatch.chdir(tmp_path)
    for name, value in settings(coda).items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.usefixtures("ready")
def test_every_command_ends_as_it_would_where_all_can_be_shown(encoding: str) -> None:
    code, output, _ = shown(encoding, "sync", "-v", "-o", "m")
    assert code == 0
    assert output.startswith("Committed ")
    assert "\\U0001f6b2" in output
    for arguments in (["diff"], ["log"], ["log", "Plans"], ["status"], ["verify"], ["sync", "--dry-run"]):
        code, output, errors = shown(encoding, *arguments, "-o", "m")
        assert (code, errors) == (0, ""), arguments
        assert output
    assert " -> " in shown(encoding, "diff", "-o", "m")[1]
    code, output, _ = shown(encoding, "diff", "--json", "-o", "m")
    assert code == 0
    assert any(page["name"] == "Fahrräder → 🚲" for doc in json.loads(output)["docs"] for page in doc["pages"])
    assert "Fahrr\\xe4der" in shown("ascii", "log", "Plans", "Fahrräder → 🚲", "-o", "m")[1]


@pytest.mark.usefixtures("ready")
def test_an_error_that_cannot_be_shown_is_told_all_the_same() -> None:
    code, _, errors = shown("ascii", "sync", "--doc", "Кошка", "-o", "m")
    assert code == 2
    assert errors.startswith("Error: No doc answers to '\\u041a")


def test_the_demonstration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_waits(monkeypatch.setattr)
    code, output, _ = shown("cp1252", "demo", str(tmp_path / "here"))
    assert (code, output.count("Committed ")) == (0, 4)


@pytest.mark.parametrize("redirection", ["> out", ">&- 2>&-", "> /dev/full", "2> /dev/full", "| true"])
def test_after_a_commit_the_exit_code_tells_of_the_commit(ready: Path, coda: SimulatedCoda, redirection: str) -> None:
    if "full" in redirection and not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    script = f'set -o pipefail; "{sys.executable}" -m tests.unwaiting sync -v -o m {redirection}'
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": "cp1252", **settings(coda)}
    answer = subprocess.run(["bash", "-c", script], cwd=ready, env=environment, capture_output=True, encoding="cp1252")
    assert answer.returncode == 0, answer.stderr
    assert git(ready / "m", "log", "-1", "--format=%s").startswith("Mirror 3 docs")
    assert "Traceback" not in answer.stderr
    assert ("could not be written" in answer.stderr) == (redirection == "> /dev/full")
    assert redirection != "> out" or "\\U0001f6b2" in (ready / "out").read_text("cp1252")


class Leaving(io.RawIOBase):
    """A reader that has seen enough after some bytes, or a disk that is full then."""

    def __init__(self, room: int, error: OSError) -> None:
        self._room, self._error, self.taken = room, error, 0

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        assert isinstance(content, memoryview | bytes)
        if self.taken >= self._room:
            raise self._error
        self.taken += len(content)
        return len(content)


def written(reader: Leaving, *arguments: str) -> tuple[int, str]:
    output = io.TextIOWrapper(io.BufferedWriter(reader), "utf-8")
    errors = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        code = cli.run(list(arguments))
    with contextlib.suppress(OSError):
        output.detach().detach()
    return code, errors.getvalue()


def test_a_reader_may_leave_and_a_full_disk_is_told(ready: Path, coda: SimulatedCoda) -> None:
    """Findings stay findings when nobody reads them, and nothing is called damaged."""
    shown("utf-8", "sync", "-o", "m")
    edit(coda.world)
    shown("utf-8", "sync", "-o", "m")
    for arguments in (["diff"], ["diff", "--json"], ["log"], ["status"], ["verify"]):
        assert written(Leaving(1, BrokenPipeError(32, "Broken pipe")), *arguments, "-o", "m") == (0, "")
        code, errors = written(Leaving(0, OSError(28, "No space left on device")), *arguments, "-o", "m")
        assert code == 1
        assert errors.startswith("Error: Standard output could not be written (No space left on device);")
    (ready / "m/docs/plans/README.md").write_text("mine\n")
    assert written(Leaving(0, BrokenPipeError(32, "Broken pipe")), "verify", "-o", "m")[0] == 3
