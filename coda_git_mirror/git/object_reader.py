"""Reads what lies in git by one process that stays."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple, Protocol

from coda_git_mirror.disk.files import CHUNK
from coda_git_mirror.git.command import DamagedRepository, GitCommand, GitFailed
from coda_git_mirror.git.launcher import Running

NOT_FETCHED = "could not be fetched from the remote that this partial clone leaves it to"
_PARTIAL = r"^(extensions\.partialclone|remote\..*\.promisor)$"


def is_partial(git: GitCommand) -> bool:
    """Whether a repository is a clone that leaves objects to its remote until they are asked for (`--filter`)."""
    return git.run("config", "--name-only", "--get-regexp", _PARTIAL, accept=(0, 1)).text != ""


class _Unreadable(Exception):
    """There is no such object, or git cannot read it."""


class Writer(Protocol):
    """Takes content piece by piece."""

    def write(self, content: bytes, /) -> object: ...


class ObjectReader:
    """Reads objects by one `git cat-file` that stays until `close`; threads take turns."""

    def __init__(self, git: GitCommand) -> None:
        self._git = git
        self._lock = threading.Lock()
        self._running: Running | None = None

    def find(self, name: str) -> str | None:
        """The id of the small object that `name` means now, as `HEAD^{commit}`; none if none can be read."""
        try:
            with self._turn() as running:
                if header := _header(running, name):
                    _copy(running, header.size, BytesIO())
                return header.oid if header else None
        except _Unreadable:
            return None

    def read(self, name: str) -> bytes | None:
        """The content of the small blob that `name` means, as `COMMIT:PATH`; none if none can be read.

        No line break may be in it.
        """
        content = BytesIO()
        try:
            with self._turn() as running:
                header = _header(running, name)
                if header:
                    _copy(running, header.size, content)
                return content.getvalue() if header and header.kind == b"blob" else None
        except _Unreadable:
            return None

    def copy(self, oid: str, destination: Writer) -> None:
        """Streams a blob of any size; `DamagedRepository` where there is none."""
        try:
            with self._turn() as running:
                header = _header(running, oid)
                if header is None or header.kind != b"blob":
                    raise _Unreadable
                _copy(running, header.size, destination)
        except _Unreadable as error:
            raise self._failure(oid) from error

    def close(self) -> None:
        """Ends the git that reads; the next object starts another."""
        with self._lock:
            self._stop()

    def _failure(self, oid: str) -> GitFailed:
        if is_partial(self._git):
            return self._git.failed("cat-file", f"the object {oid} {NOT_FETCHED}; look whether that can be reached")
        return DamagedRepository(self._git.folder, f"the object {oid} is missing or cannot be read")

    @contextlib.contextmanager
    def _turn(self) -> Iterator[Running]:
        """The git that reads, which is ended where its answer was not read to the end."""
        with self._lock:
            try:
                self._running = self._running or self._git.start("cat-file", "--batch")
                yield self._running
            except BaseException:
                self._stop()
                raise

    def _stop(self) -> None:
        if self._running:
            self._running.stop()
            self._running = None


class _Header(NamedTuple):
    oid: str
    kind: bytes
    size: int


def _header(running: Running, name: str) -> _Header | None:
    """What git says of an object before its content; none where it says no more than that there is none."""
    with contextlib.suppress(BrokenPipeError):
        running.stdin.write(f"{name}\n".encode())
        running.stdin.flush()
    words = running.stdout.readline().split()
    if words[1:] == [b"missing"]:
        return None
    if len(words) != 3 or not words[2].isdigit():
        raise _Unreadable
    return _Header(words[0].decode(), words[1], int(words[2]))


def _copy(running: Running, size: int, destination: Writer) -> None:
    left = size
    while left:
        content = running.stdout.read(min(CHUNK, left))
        if not content:
            raise _Unreadable
        left -= len(content)
        destination.write(content)
    running.stdout.read(len(b"\n"))
