"""What a run has read and not yet put into the mirror: files below git's own folder, so that memory stays small.

What is kept by a key there outlives the run, so that the next one need not read it again if this one is cut off.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import SummedFile, naming, open_new, open_to_append, summed, write_lightly
from coda_git_mirror.disk.remembered import read_value
from coda_git_mirror.git.repository import Repository

LONGEST_KEPT = timedelta(days=30)
"""So that runs that end in time, one a night, come to an end of a doc that takes many of them."""
HOSTED_FILE = "asset "
"""How the keys of hosted files begin; those of all else begin with the id of a doc."""
_KEPT = "kept.jsonl"
_SUM = "sum"


class FetchedFile:
    """A file that may begin anew while it is written; `OSError`s of the disk name it."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self._file = path, file

    def restart(self) -> None:
        with naming(self.path):
            self._file.seek(0)
            self._file.truncate()

    def write(self, content: bytes) -> None:
        with naming(self.path):
            self._file.write(content)


@dataclass(frozen=True)
class KeptItem:
    """What was read at an instant of Coda's clock: a JSON value, and the files that belong to it.

    Of two items that were kept one after the other the later one has the higher number of the `run`.
    """

    run: int
    read_at: datetime
    value: Any
    files: tuple[SummedFile, ...]


class FetchedFiles:
    """New files with names of their own in `folder`; threads may ask for them at once."""

    def __init__(self, folder: Path, object_format: str = "sha1") -> None:
        self.folder, self._object_format = folder, object_format
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._now = datetime.min
        self._lines: dict[str, dict[str, Any]] = {}
        self.run = 0
        """The number of this run, which is higher than those of all that can be recalled."""

    def begin(self, now: datetime, is_of_use: Callable[[str], bool] = lambda _: True) -> None:
        """Keeps what interrupted runs kept within the last days by keys that are of use, and removes the rest of it."""
        self._now = now
        with naming(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lines = (line for line in self._stored_lines() if self._is_recent(line) and is_of_use(line["key"]))
            self._lines = {line["key"]: line for line in lines}
            self.run = 1 + max((_run(line) for line in self._lines.values()), default=0)
            named = self._keep_only(self._lines)
            self._numbers = itertools.count(max(map(int, named), default=-1) + 1)

    def kept(self) -> Iterable[str]:
        """The keys by which there is something to recall."""
        return self._lines.keys()

    def new(self) -> Path:
        """A path where no file is yet."""
        return self.folder / f"{next(self._numbers):08d}"

    def keep_text(self, text: str) -> Path:
        """Stores a text, lone surrogates and all, for `read_text`."""
        path = self.new()
        with naming(path):
            write_lightly(path, text.encode("utf-8", "surrogatepass"))
        return path

    @contextlib.contextmanager
    def writing(self) -> Iterator[FetchedFile]:
        """A new file to be written piece by piece."""
        path = self.new()
        with naming(path):
            file = open_new(path)
        with file:
            yield FetchedFile(path, file)

    def summed(self, *files: Path) -> list[SummedFile]:
        """Files of this folder that are complete."""
        with naming(self.folder):
            return summed(files, self._object_format)

    def keep(self, key: str, value: Any, files: Sequence[SummedFile]) -> None:
        """Lets complete files of this folder, and a value of JSON, be recalled by a key, also by a later run."""
        with naming(self.folder):
            digests = {file.path.name: file.sha256 for file in files}
            line = {"key": key, "run": self.run, "read_at": self._now.isoformat(), "value": value, "files": digests}
            with self._lock, open_to_append(self.folder / _KEPT) as kept:
                kept.write(_summed_line(line))

    def recall(self, key: str) -> KeptItem | None:
        """What an earlier run kept by this key, if every file of it is whole."""
        line = self._lines.get(key)
        if line is None:
            return None
        try:
            files = summed([self.folder / name for name in line["files"]], self._object_format)
        except FileNotFoundError:
            return None
        if any(file.sha256 != digest for file, digest in zip(files, line["files"].values(), strict=True)):
            return None
        return KeptItem(_run(line), datetime.fromisoformat(line["read_at"]), line["value"], tuple(files))

    def keeps_anything(self) -> bool:
        """Whether there is something for the next run to recall."""
        return any(self._stored_lines())

    def forget(self, is_over: Callable[[str], bool]) -> None:
        """Removes what is kept by keys that are over, and what nobody has kept; everything, if nothing else is left."""
        lines = {line["key"]: line for line in self._stored_lines() if not is_over(line["key"])}
        if not any(map(_is_of_a_doc, lines)):
            self.clear()
            return
        with naming(self.folder), self._lock:
            self._keep_only(lines)

    def clear(self) -> None:
        """Removes everything."""
        if self.folder.exists():
            with naming(self.folder):
                shutil.rmtree(self.folder)

    def _stored_lines(self) -> Iterator[dict[str, Any]]:
        """The lines of an earlier run that are complete: it may have been killed while it wrote one."""
        try:
            lines = (self.folder / _KEPT).read_bytes().splitlines()
        except FileNotFoundError:
            return
        yield from filter(None, (read_value(line, _kept_line, None) for line in lines))

    def _is_recent(self, line: dict[str, Any]) -> bool:
        age = self._now - datetime.fromisoformat(line["read_at"])
        return timedelta(0) <= age <= LONGEST_KEPT and all((self.folder / name).is_file() for name in line["files"])

    def _keep_only(self, lines: Mapping[str, dict[str, Any]]) -> set[str]:
        """Removes every other line, and the files that no line names; the names of those that stay."""
        named = {name for line in lines.values() for name in line["files"]}
        for path in self.folder.iterdir():
            if path.name not in named:
                path.unlink()
        write_atomically(self.folder / _KEPT, b"".join(map(_summed_line, lines.values())))
        return named


def _run(line: dict[str, Any]) -> int:
    return int(line.get("run", 0))


def _is_of_a_doc(key: str) -> bool:
    """Hosted files belong to docs, and are of no use by themselves."""
    return not key.startswith(HOSTED_FILE)


def _summed_line(line: dict[str, Any]) -> bytes:
    """A line with its own digest: its value is believed without another look."""
    return json.dumps({**line, _SUM: _sum(line)}).encode() + b"\n"


def _sum(line: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(line, sort_keys=True).encode()).hexdigest()


def _kept_line(stored: Any) -> dict[str, Any]:
    """Raises ValueError or the like where this is not just what `keep` wrote."""
    line = {name: value for name, value in stored.items() if name != _SUM}
    if stored[_SUM] != _sum(line) or datetime.fromisoformat(line["read_at"]).tzinfo is None:
        raise ValueError("a line that nobody kept")
    return line


def fetched_files(repository: Repository) -> FetchedFiles:
    """Where the runs of a mirror put what they read."""
    return FetchedFiles(repository.private_folder / "fetched", repository.object_format)


def read_text(path: Path) -> str:
    """A text that `keep_text` stored."""
    return path.read_bytes().decode("utf-8", "surrogatepass")
