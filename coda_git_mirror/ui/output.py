"""Standard output and error as streams that show what they can: neither ever decides how a command ends."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO, cast

_ALIKE = {
    "→": "->",
    "›": ">",
    "…": "...",
    "“": '"',
    "”": '"',
    "\u2018": "'",
    "\u2019": "'",
    "–": "-",
    "—": "-",
    "·": "*",
    "•": "*",
    "↵": "\\n",
    "\xa0": " ",
    "━": "-",
    "╸": "-",
    "╺": "-",
}
_ERRORS = "coda-git-mirror.alike"


def _look_alike(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that an encoding lacks: others that look like them, else their numbers."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(_ALIKE.get(it) or it.encode("ascii", "backslashreplace").decode() for it in lost), error.end


codecs.register_error(_ERRORS, _look_alike)


class SteadyStream:
    """A text stream whose writing never fails; `lost` is why nothing more is shown, None while all is.

    Without a stream, as where standard output was closed before the program began, nothing is shown and nothing lost.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.encoding = (getattr(stream, "encoding", None) or "utf-8") if stream else "utf-8"
        self.errors = _ERRORS
        self.lost: Exception | None = None

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("a stream of text")
        if self._stream and not self.lost:
            try:
                self._stream.write(text.encode(self.encoding, _ERRORS).decode(self.encoding))
            except (OSError, ValueError) as error:
                self.lost = error
        return len(text)

    def write_exactly(self, content: bytes) -> None:
        """Writes what another program reads: the very bytes, where the stream takes any, whatever its encoding."""
        binary = getattr(self._stream, "buffer", None)
        if binary is None:
            self.write(content.decode("utf-16" if content.startswith(codecs.BOM_UTF16) else "utf-8"))
            return
        self.flush()
        if not self.lost:
            try:
                binary.write(content)
            except (OSError, ValueError) as error:
                self.lost = error

    def flush(self) -> None:
        if self._stream and not self.lost:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self.lost = error

    def isatty(self) -> bool:
        try:
            return bool(self._stream and self._stream.isatty())
        except ValueError:
            return False

    def fileno(self) -> int:
        if self._stream is None:
            raise OSError("no stream")
        return self._stream.fileno()

    def writable(self) -> bool:
        return True

    @property
    def failure(self) -> str:
        """Why not all could be shown, if that is not merely that the reader has seen enough."""
        if self.lost is None or isinstance(self.lost, BrokenPipeError):
            return ""
        return str(getattr(self.lost, "strerror", None) or self.lost)


@contextmanager
def steady_output() -> Iterator[SteadyStream]:
    """Makes both streams steady for a while; gives standard output, whose `failure` is final after `flush`."""
    before = sys.stdout, sys.stderr
    output, errors = SteadyStream(sys.stdout), SteadyStream(sys.stderr)
    sys.stdout, sys.stderr = cast(TextIO, output), cast(TextIO, errors)
    try:
        yield output
    finally:
        output.flush()
        errors.flush()
        sys.stdout, sys.stderr = before


def print_bytes(pieces: Iterable[bytes]) -> None:
    """Prints pieces of what another program reads, while it does."""
    for piece in pieces:
        output: object = sys.stdout
        if isinstance(output, SteadyStream):
            output.write_exactly(piece)
        else:
            sys.stdout.write(piece.decode())
        sys.stdout.flush()
        if not is_heard():
            return


def is_heard() -> bool:
    """Whether what is printed still reaches somebody: where not, there is no use in working out more of it."""
    return not isinstance(sys.stdout, SteadyStream) or sys.stdout.lost is None
