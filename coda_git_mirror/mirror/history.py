"""The past of a repository: its commits along the first parents, what each changed, and what was where."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import BinaryIO

from coda_git_mirror.errors import UsageError
from coda_git_mirror.mirror.disk import CHUNK
from coda_git_mirror.mirror.git_command import GitCommand
from coda_git_mirror.mirror.repository import Repository

_FORMAT = "--format=%H%x00%P%x00%ct%x00%B"
_WALK = ("log", "-z", "--first-parent", "--no-show-signature", "--no-mailmap", "--encoding=UTF-8", _FORMAT)
_RAW = ("--raw", "--root", "-r", "--no-abbrev", "--no-renames", "--diff-merges=first-parent")
_NO_OBJECT = re.compile("0+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?")


@dataclass(frozen=True)
class Commit:
    id: str
    parent: str | None
    when: datetime
    message: str

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


@dataclass(frozen=True)
class FileChange:
    """The blob ids of a file before and after a commit; None where it is not there."""

    old: str | None
    new: str | None


@dataclass(frozen=True)
class Step:
    """A commit with what it changed of the paths asked for."""

    commit: Commit
    files: Mapping[str, FileChange]


class History:
    """Reads the history of a repository; no lock is needed, and no working copy looked at."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._git = GitCommand(repository.root)

    def commits(self, tip: str) -> Iterator[Commit]:
        """The commits from `tip` back, newest first."""
        with self._git.reading(*_WALK, tip, "--", stdin=b"") as output:
            fields = _fields(output)
            for commit_id in fields:
                yield _commit(commit_id, fields)

    def steps(self, tip: str, paths: Sequence[str]) -> Iterator[Step]:
        """The commits from `tip` back that changed something at or below these paths, newest first."""
        with self._git.reading(*_WALK, *_RAW, tip, "--", *paths, stdin=b"") as output:
            fields = _fields(output)
            field = next(fields, None)
            while field is not None:
                commit, files = _commit(field, fields), {}
                while (field := next(fields, None)) is not None and field.lstrip("\n").startswith(":"):
                    *_, old, new, _ = field.split(" ")
                    files[next(fields)] = FileChange(_blob(old), _blob(new))
                yield Step(commit, files)

    def last_change_of(self, text: str, path: str, tip: str) -> Commit | None:
        """The newest commit from `tip` back that changed how often a text occurs in a file."""
        command = (*_WALK, "-1", "--no-textconv", "--diff-merges=first-parent", f"-S{text}", tip, "--", path)
        fields = iter(self._git.run(*command).fields)
        commit_id = next(fields, None)
        return _commit(commit_id, fields) if commit_id else None

    def files_with(self, text: str, tip: str, folder: str) -> list[str]:
        """The files below a folder in which a text occurs."""
        command = ("grep", "-z", "-l", "--full-name", "--no-recurse-submodules", "--no-textconv", "-F", "-e", text)
        found = self._git.run(*command, tip, "--", folder, accept=(0, 1)).fields
        return [name.partition(":")[2] for name in found]

    def files(self, commit: str, folder: str) -> dict[str, str]:
        """The blob ids of the files at or below a path, by path."""
        entries = self._git.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", folder).fields
        described = (entry.partition("\t") for entry in entries)
        return {path: description.split(" ")[2] for description, _, path in described}

    def read(self, blob: str) -> bytes:
        """The content of a blob."""
        return self._repository.read(blob)

    def lines(self, blob: str) -> Iterator[bytes]:
        """The lines of a blob that may be large."""
        with tempfile.TemporaryFile() as file:
            self._repository.copy_blob(blob, file)
            file.seek(0)
            yield from file

    def resolve(self, revision: str) -> str:
        """The commit that a user's word means: a revision as git has it, or a day or time, at whose end it was HEAD's.

        Raises UsageError where it means none.
        """
        try:
            return self._repository.resolve(revision)
        except UsageError:
            end = _end_of(revision)
            if end is None:
                raise
            return self._at(end, revision)

    def _at(self, end: datetime, word: str) -> str:
        before = f"--before={int(end.timestamp())}"
        commit = self._git.run("rev-list", "-1", "--first-parent", before, "HEAD", "--").text
        if not commit:
            raise UsageError(f"The mirror in {self._repository.root} has no commit of {word} or before.")
        return commit


def _end_of(word: str) -> datetime | None:
    """The last second of a day such as `2026-03-31`, or an instant such as `2026-03-31T12:00`, in local time."""
    try:
        if _DAY.fullmatch(word):
            following = date.fromisoformat(word) + timedelta(days=1)
            return datetime(following.year, following.month, following.day).astimezone() - timedelta(seconds=1)
        return datetime.fromisoformat(word).astimezone() if _INSTANT.fullmatch(word) else None
    except (ValueError, OverflowError):
        return None


def _fields(output: BinaryIO) -> Iterator[str]:
    """What stands between the NULs of an output that is read piece by piece."""
    rest = b""
    while chunk := output.read(CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from (field.decode("utf-8", "surrogateescape") for field in whole)
    if rest.strip():
        yield rest.decode("utf-8", "surrogateescape")


def _commit(commit_id: str, fields: Iterator[str]) -> Commit:
    parents, seconds, message = next(fields), next(fields), next(fields)
    when = datetime.fromtimestamp(int(seconds), UTC)
    return Commit(commit_id, parents.partition(" ")[0] or None, when, message)


def _blob(oid: str) -> str | None:
    return None if _NO_OBJECT.fullmatch(oid) else oid


class BlobTree:
    """Some files of a commit, by their blob ids."""

    def __init__(self, history: History, blobs: Mapping[str, str]) -> None:
        self._history, self.blobs = history, blobs

    def digest(self, path: str) -> str | None:
        return self.blobs.get(path)

    def read(self, path: str) -> bytes:
        return self._history.read(self.blobs[path])

    def lines(self, path: str) -> Iterator[bytes]:
        return self._history.lines(self.blobs[path])
