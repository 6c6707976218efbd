"""The past of a repository: its commits along the first parents, what each changed, and what was where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from coda_git_mirror.git.repository import Repository

_FORMAT = "--format=%H%x00%P%x00%at%x00%B"
_WALK = (
    "log",
    "-z",
    "--first-parent",
    "--no-follow",
    "--no-mailmap",
    "--encoding=UTF-8",
    _FORMAT,
)
_RAW = ("--raw", "--root", "-r", "--no-abbrev", "--no-renames", "--diff-merges=first-parent")
_AT_ONCE = 50
_NO_OBJECT = re.compile("0+")
_LATEST = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp())
"""A day that has a name in every time zone."""


@dataclass(frozen=True)
class Commit:
    """`when` is what it is dated: as it was first made, if it was amended or rebased since."""

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
        self._git = repository.git

    def commits(self, tip: str, *paths: str) -> Iterator[Commit]:
        """The commits from `tip` back, newest first, whatever their dates; only those that changed one of `paths`."""
        fields = self._git.fields(*_WALK, tip, "--", *paths)
        for commit_id in fields:
            yield _commit(commit_id, fields)

    def commits_of(self, ids: Sequence[str]) -> Iterator[Commit]:
        """Some commits in the order asked for, read a few at a time."""
        for begin in range(0, len(ids), _AT_ONCE):
            fields = self._git.fields(*_WALK, "--no-walk=unsorted", *ids[begin : begin + _AT_ONCE], "--")
            for commit_id in fields:
                yield _commit(commit_id, fields)

    def steps(self, tip: str, paths: Sequence[str]) -> Iterator[Step]:
        """The commits from `tip` back that changed something at or below these paths, newest first."""
        return _steps(self._git.fields(*_WALK, *_RAW, tip, "--", *paths))

    def steps_forward(self, tip: str, after: str | None = None) -> Iterator[Step]:
        """The commits up to `tip`, oldest first, without those that `after` holds, with all that they changed."""
        without = (f"^{after}",) if after else ()
        return _steps(self._git.fields(*_WALK, *_RAW, "--reverse", tip, *without, "--"))

    def last_change_of(self, text: str, path: str, tip: str) -> Commit | None:
        """The newest commit from `tip` back that changed how often a text occurs in a file."""
        command = (*_WALK, "-1", "--diff-merges=first-parent", f"-S{text}", tip, "--", path)
        fields = iter(self._git.run(*command).fields)
        commit_id = next(fields, None)
        return _commit(commit_id, fields) if commit_id else None

    def files_with(self, text: str, tip: str, folder: str) -> list[str]:
        """The files below a folder in which a text occurs."""
        command = ("grep", "-z", "-l", "--full-name", "--no-recurse-submodules", "-F", "-e", text)
        found = self._git.run(*command, tip, "--", folder, accept=(0, 1)).fields
        return [name.partition(":")[2] for name in found]

    def files(self, commit: str, folder: str) -> dict[str, str]:
        """The blob ids of the files at or below a path, by path."""
        entries = self._git.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", folder).fields
        described = (entry.partition("\t") for entry in entries)
        return {path: description.split(" ")[2] for description, _, path in described}

    def entries(self, commit: str, folder: str) -> frozenset[str]:
        """The paths of what lies directly in a folder."""
        command = ("ls-tree", "-z", "--name-only", "--full-tree", commit, "--", f"{folder}/")
        return frozenset(self._git.run(*command).fields)

    def read(self, blob: str) -> bytes:
        """The content of a blob."""
        return self._repository.read(blob)

    def lines(self, blob: str) -> Iterator[bytes]:
        """The lines of a blob that may be large."""
        return self._repository.lines(blob)


def _steps(fields: Iterator[str]) -> Iterator[Step]:
    field = next(fields, None)
    while field is not None:
        commit, files = _commit(field, fields), {}
        while (field := next(fields, None)) is not None and field.lstrip("\n").startswith(":"):
            *_, old, new, _ = field.split(" ")
            files[next(fields)] = FileChange(_blob(old), _blob(new))
        yield Step(commit, files)


def _commit(commit_id: str, fields: Iterator[str]) -> Commit:
    parents, seconds, message = next(fields), next(fields), next(fields)
    return Commit(commit_id, parents.partition(" ")[0] or None, _instant(seconds), message)


def _instant(seconds: str) -> datetime:
    """Of dates that git cannot read the beginning of its time, of those beyond the calendar almost its end."""
    return datetime.fromtimestamp(min(int(seconds or 0), _LATEST), UTC)


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
