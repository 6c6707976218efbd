"""One doc in one of two states that are compared, and what happened to an item between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from coda_git_mirror.changes.trees import Tree, blaming
from coda_git_mirror.format import layout
from coda_git_mirror.format.metadata import NOTHING_STORED, StoredDoc, parse_metadata
from coda_git_mirror.format.tables import stored_columns
from coda_git_mirror.model.changes import Kind
from coda_git_mirror.model.content import Json, name_of


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
        """The bytes of a file; none of a doc that is not there."""
        return self._tree.read(layout.inside(self.place.path, file)) if self.place else b""

    def blaming(self, file: str) -> AbstractContextManager[None]:
        """Lets what goes wrong in reading a file name it."""
        return blaming(layout.inside(self.place.path, file) if self.place else file)

    def lines(self, file: str) -> Iterator[bytes]:
        """The lines of a file that may be large."""
        return self._tree.lines(layout.inside(self.place.path, file)) if self.place else iter(())


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
        return Kind.CHANGED if _digests(self.was, self.old) != _digests(self.now, self.new) else None

    def siblings(self, suffix: str) -> tuple[str | None, str | None]:
        """The file with that suffix beside a table's CSV, before and after; none where it is not held."""
        return sibling(self.was, suffix), sibling(self.now, suffix)

    def differs(self, suffix: str) -> bool:
        """Whether that file is there before and after, and not the same."""
        before, after = self.siblings(suffix)
        return bool(before and after) and self.old.digest(str(before)) != self.new.digest(str(after))

    def columns(self) -> tuple[list[Json], list[Json]]:
        """The columns of a table before and after; none where it is not held."""
        before, after = self.siblings(".json")
        return _columns(self.old, before), _columns(self.new, after)


def _columns(side: Side, file: str | None) -> list[Json]:
    if file is None:
        return []
    with side.blaming(file):
        return stored_columns(side.read(file))


def sibling(entry: Json | None, suffix: str) -> str | None:
    """The file with that suffix beside the CSV of a table's entry."""
    file = entry and entry.get("file")
    return file.removesuffix(".csv") + suffix if isinstance(file, str) else None


def _is_held(entry: Json | None) -> bool:
    return bool(entry and entry.get("file"))


def _digests(entry: Any, side: Side) -> list[str | None]:
    """Of a page's files in all formats, or of a table's or view's CSV."""
    files = entry["files"] if "files" in entry else {".csv": entry["file"]}
    return [side.digest(files[suffix]) for suffix in sorted(files)]


def _place(entry: Json) -> tuple[object, str]:
    """Where a page stands; that it has another form now than before is no move."""
    return entry.get("parent"), _file_name(entry).rpartition(".")[0]


def _file_name(entry: Json) -> str:
    return str(entry.get("file") or "").rpartition("/")[2]
