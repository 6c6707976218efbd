"""One doc in one of two states that are compared, and what happened to an item between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any, Protocol

from coda_git_mirror.changes.trees import DamagedFile, Tree, blaming
from coda_git_mirror.format import layout
from coda_git_mirror.format.metadata import NOTHING_STORED, StoredDoc, parse_metadata
from coda_git_mirror.format.table_parts import CSV, JSONL, files_of, whole_csv
from coda_git_mirror.format.tables import stored_columns
from coda_git_mirror.model.changes import Kind
from coda_git_mirror.model.content import Json, name_of

_JSON = ".json"


class Place(Protocol):
    """A doc's name and its folder in the mirror."""

    @property
    def name(self) -> str: ...
    @property
    def path(self) -> str: ...


class Side:
    """One doc in one of the two states, or its absence."""

    def __init__(self, tree: Tree, place: Place | None) -> None:
        self._tree, self.place = tree, place

    def digest(self, file: str) -> str | None:
        """Of a file of the doc's folder; None where there is no such file."""
        return self._tree.digest(layout.inside(self.place.path, file)) if self.place else None

    def stored(self) -> StoredDoc:
        """What the doc's metadata says. Raises DamagedFile where it is not as this program writes it."""
        with self.blaming(layout.METADATA):
            return parse_metadata(self.read(layout.METADATA)) if self.place else NOTHING_STORED

    def read(self, file: str) -> bytes:
        """The bytes of a file; none of a doc that is not there. Raises DamagedFile where it lacks the file."""
        return self._tree.read(self._existing(file)) if self.place else b""

    def blaming(self, file: str) -> AbstractContextManager[None]:
        """Lets what goes wrong in reading a file name it."""
        return blaming(layout.inside(self.place.path, file) if self.place else file)

    def lines(self, *files: str) -> Iterator[bytes]:
        """The lines of files that may be large, one file after the other; one that somebody removed has none."""
        paths = [layout.inside(self.place.path, file) for file in files if self.digest(file)] if self.place else []
        return chain.from_iterable(map(self._tree.lines, paths))

    def whole_csv(self, entry: Json | None) -> Iterator[bytes]:
        """The header and the rows of a table's CSV, whatever the number of its files."""
        return whole_csv(map(self.lines, files_of(entry, CSV)))

    def _existing(self, file: str) -> str:
        path = layout.inside(self.place.path, file) if self.place else file
        if self.digest(file) is None:
            raise DamagedFile(path)
        return path


def doc_kind(old: Side, new: Side) -> Kind:
    """A doc in another folder has moved."""
    if old.place is None or new.place is None:
        return Kind.ADDED if old.place is None else Kind.REMOVED
    return Kind.MOVED if old.place.path != new.place.path else Kind.CHANGED


@dataclass(frozen=True)
class Item:
    """A page, table or view in both states: its entries in the metadata, None where it is not listed."""

    was: Json | None
    now: Json | None
    old: Side
    new: Side

    @property
    def name(self) -> str:
        """What it is called now, or was called last."""
        return name_of(self.now or self.was or {})

    @property
    def former_name(self) -> str:
        """What it was called before, where that was otherwise."""
        before = name_of(self.was or {})
        return before if self.was and self.now and before != self.name else ""

    @property
    def page_kind(self) -> Kind | None:
        """What happened to a page; nothing where it merely went along with its parent or doc."""
        return self._kind(bool(self.was and self.now and _place(self.was) != _place(self.now)))

    @property
    def table_kind(self) -> Kind | None:
        """The same for a table or view: its file does not lie with its page, on which it may stand anywhere."""
        return self._kind(bool(self.was and self.now and _file_name(self.was) != _file_name(self.now)))

    def _kind(self, moved: bool) -> Kind | None:
        if not _is_held(self.was):
            return Kind.ADDED if _is_held(self.now) else None
        if not _is_held(self.now):
            return Kind.REMOVED
        if moved:
            return Kind.MOVED
        return Kind.CHANGED if self._shows_otherwise() else None

    def _shows_otherwise(self) -> bool:
        """Whether a file of a page, or the CSV of a table or view, is another one; how it is cut counts for nothing."""
        before, after = _digests(self.was, self.old), _digests(self.now, self.new)
        if before == after or not (_is_cut(self.was) or _is_cut(self.now)):
            return before != after
        return _differ(self.old.whole_csv(self.was), self.new.whole_csv(self.now))

    def descriptions(self) -> tuple[str | None, str | None]:
        """The `.json` beside a table's or view's CSV, before and after; none where it is not held."""
        before, after = (next(iter(files_of(entry, _JSON)), None) for entry in (self.was, self.now))
        return before, after

    def is_described_otherwise(self) -> bool:
        """Whether that file is there before and after, and not the same."""
        before, after = self.descriptions()
        return bool(before and after) and self.old.digest(str(before)) != self.new.digest(str(after))

    def records(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The files with the rows of a table in full, before and after; none where it is not held."""
        return files_of(self.was, JSONL), files_of(self.now, JSONL)

    def has_other_rows(self) -> bool:
        """Whether a table that is there before and after has not the same rows; how it is cut counts for nothing."""
        before, after = self.records()
        if not (before and after) or list(map(self.old.digest, before)) == list(map(self.new.digest, after)):
            return False
        is_cut = len(before) > 1 or len(after) > 1
        return not is_cut or _differ(self.old.lines(*before), self.new.lines(*after))

    def columns(self) -> tuple[list[Json], list[Json]]:
        """The columns of a table before and after; none where it is not held."""
        before, after = self.descriptions()
        return _columns(self.old, before), _columns(self.new, after)


def _columns(side: Side, file: str | None) -> list[Json]:
    if file is None:
        return []
    with side.blaming(file):
        return stored_columns(side.read(file))


def _is_cut(entry: Json | None) -> bool:
    return len(files_of(entry, CSV)) > 1


def _differ(before: Iterable[bytes], after: Iterable[bytes]) -> bool:
    return any(old != new for old, new in zip_longest(before, after))


def _is_held(entry: Json | None) -> bool:
    return bool(entry and entry.get("file"))


def _digests(entry: Any, side: Side) -> list[str | None]:
    """Of a page's files in all formats, or of a table's or view's CSV, which may be in several files."""
    files = entry.get("files") or {}
    return [side.digest(file) for file in ([files[suffix] for suffix in sorted(files)] or files_of(entry, CSV))]


def _place(entry: Json) -> tuple[object, str]:
    """Where a page stands; that it has another form now than before is no move."""
    return entry.get("parent"), _file_name(entry).rpartition(".")[0]


def _file_name(entry: Json) -> str:
    return str(entry.get("file") or "").rpartition("/")[2]
