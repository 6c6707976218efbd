"""The blobs of many commits, read one after the other by one git that is told of them ahead."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Self

from coda_git_mirror.format import layout
from coda_git_mirror.format.table_parts import JSONL
from coda_git_mirror.git.history import FileChange, Step
from coda_git_mirror.git.launcher import Running
from coda_git_mirror.git.repository import Repository

LARGEST_ROWS = 5 * 1024 * 1024
"""In bytes of its JSONL: the rows of a larger table are looked at only when somebody asks for one."""
_AT_ONCE = 400
"""Requests that wait in the pipe, which holds more: git never waits for us while we wait for git."""
_STEPS = 50
_MOST_ASIDE = 32 * 1024 * 1024
_PIPE = 1024 * 1024
_HTML, _MARKDOWN = layout.PAGE_SUFFIXES[1], layout.PAGE_SUFFIXES[0]

if sys.platform != "win32":
    import fcntl


class Blobs:
    """Reads blobs; what `ahead` foresees arrives while the commit before is worked at."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._running: Running | None = None
        self._checking: Running | None = None
        self._waiting: deque[str] = deque()
        self._asked: deque[str] = deque()
        self._foreseen: Counter[str] = Counter()
        self._sizes: dict[str, int] = {}
        self._aside: dict[str, bytes] = {}
        self._room = _MOST_ASIDE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for running in filter(None, (self._running, self._checking)):
            running.stop()

    def ahead(self, steps: Iterable[Step]) -> Iterator[Step]:
        """The same steps; their blobs are asked for in the order in which a doc's files are looked at."""
        every = iter(steps)
        while some := list(islice(every, _STEPS)):
            wanted = [list(_wanted(step)) for step in some]
            self._measure([oid for each in wanted for path, oid in each if path.endswith(JSONL)])
            small = [oid for each in wanted for _, oid in each if self._sizes.get(oid, 0) <= LARGEST_ROWS]
            self._waiting.extend(small)
            self._foreseen.update(small)
            for step in some:
                self._aside.clear()
                self._room = _MOST_ASIDE
                yield step

    def read(self, oid: str) -> bytes:
        """The content of a blob. Raises GitFailed where it cannot be read."""
        if (content := self._aside.get(oid)) is not None:
            return content
        if not self._foreseen[oid]:
            return self._repository.read(oid)
        while True:
            found, content = self._next()
            if found == oid:
                return content
            if len(content) <= self._room:
                self._aside[found] = content
                self._room -= len(content)

    def lines(self, oid: str) -> Iterator[bytes]:
        """The lines of a blob that may be large. Raises GitFailed where it cannot be read."""
        return self._repository.lines(oid)

    def size(self, oid: str) -> int:
        """How many bytes a blob has."""
        if oid not in self._sizes:
            self._measure([oid])
        return self._sizes[oid]

    def _next(self) -> tuple[str, bytes]:
        """The next of those that were foreseen."""
        self._running = running = self._running or _widened(self._repository.git.start("cat-file", "--batch"))
        self._ask(running)
        oid = self._asked.popleft()
        header = running.stdout.readline().split()
        self._foreseen[oid] -= 1
        if not self._foreseen[oid]:
            del self._foreseen[oid]
        if len(header) != 3:
            return oid, self._repository.read(oid)
        content = running.stdout.read(int(header[2]) + 1)
        return oid, content[:-1]

    def _ask(self, running: Running) -> None:
        if len(self._asked) > _AT_ONCE // 2 or not self._waiting:
            return
        more = [self._waiting.popleft() for _ in range(min(_AT_ONCE - len(self._asked), len(self._waiting)))]
        self._asked.extend(more)
        with contextlib.suppress(BrokenPipeError):
            running.stdin.write("".join(f"{oid}\n" for oid in more).encode())
            running.stdin.flush()

    def _measure(self, oids: Sequence[str]) -> None:
        self._sizes.clear()
        if not oids:
            return
        command = ("cat-file", "--batch-check=%(objectsize)")
        self._checking = checking = self._checking or self._repository.git.start(*command)
        for begin in range(0, len(oids), _AT_ONCE):
            some = oids[begin : begin + _AT_ONCE]
            with contextlib.suppress(BrokenPipeError):
                checking.stdin.write("".join(f"{oid}\n" for oid in some).encode())
                checking.stdin.flush()
            self._sizes |= {oid: _number(checking.stdout.readline()) for oid in some}


def _widened(running: Running) -> Running:
    """Lets git go on while we are at work, as far as the system has a say in that."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            fcntl.fcntl(running.stdout.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
    return running


def _number(answer: bytes) -> int:
    """A size; of what is missing none, so that reading it tells so."""
    return int(answer) if answer.strip().isdigit() else 0


def _wanted(step: Step) -> Iterator[tuple[str, str]]:
    """The files of a commit that are looked at: the manifest, and of each doc the metadata first."""
    if manifest := step.files.get(layout.MANIFEST):
        yield from _there(layout.MANIFEST, manifest)
    folders: dict[str, list[tuple[str, FileChange]]] = {}
    for path, change in step.files.items():
        parts = path.split("/", 2)
        if len(parts) == 3 and parts[0] == layout.DOCS:
            folders.setdefault(parts[1], []).append((parts[2], change))
    for folder in sorted(folders):
        files = dict(folders[folder])
        for file in sorted(filter(_rank, files), key=_order):
            if not (file.endswith(_HTML) and file.removesuffix(_HTML) + _MARKDOWN in files):
                yield from _there(file, files[file])


def _there(path: str, change: FileChange) -> Iterator[tuple[str, str]]:
    if change.new:
        yield path, change.new


def _rank(file: str) -> int:
    """Which files are looked at, and in which order; 0 for the others."""
    if file == layout.METADATA:
        return 1
    if file.startswith(f"{layout.PAGES}/"):
        return 2
    return 3 if file.startswith(f"{layout.TABLES}/") and not file.endswith(".csv") else 0


def _order(file: str) -> tuple[int, str]:
    return _rank(file), file
