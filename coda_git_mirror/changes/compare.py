"""Two states of the mirror, compared doc by doc."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from coda_git_mirror.changes.rows import compare_rows
from coda_git_mirror.changes.trees import Tree
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord, Manifest, by_id, parse_manifest
from coda_git_mirror.format.metadata import NOTHING_STORED, StoredDoc, parse_metadata, stored_page_files
from coda_git_mirror.format.tables import stored_columns, view_definition
from coda_git_mirror.model.changes import Changes, DocChange, Kind, PageChange, RowCounts, TableChange, ViewChange
from coda_git_mirror.model.content import Json


def compare(old: Tree, new: Tree) -> Changes:
    """What happened between two states. Raises ValueError where one of them is not a sound mirror."""
    before, after = _manifest(old), _manifest(new)
    olds = by_id(before.docs) if before else {}
    news = by_id(after.docs) if after else {}
    docs = [
        change
        for doc_id, record in {**olds, **news}.items()
        if (change := _compare_doc(record, _Side(old, olds.get(doc_id)), _Side(new, news.get(doc_id))))
    ]
    problems_before = before.problems if before else ()
    problems_after = after.problems if after else ()
    return Changes(tuple(sorted(docs, key=lambda doc: doc.folder)), problems_before != problems_after)


def _manifest(tree: Tree) -> Manifest | None:
    return parse_manifest(tree.read(layout.MANIFEST)) if tree.digest(layout.MANIFEST) else None


class _Side:
    """One doc in one of the two states, or its absence."""

    def __init__(self, tree: Tree, record: DocRecord | None) -> None:
        self._tree, self.record = tree, record

    def digest(self, file: str) -> str | None:
        return self._tree.digest(layout.inside(self.record.path, file)) if self.record else None

    def stored(self) -> StoredDoc:
        return parse_metadata(self.read(layout.METADATA)) if self.record else NOTHING_STORED

    def read(self, file: str) -> bytes:
        return self._tree.read(layout.inside(self.record.path, file)) if self.record else b""

    def lines(self, file: str) -> Iterator[bytes]:
        return self._tree.lines(layout.inside(self.record.path, file)) if self.record else iter(())


def _compare_doc(record: DocRecord, old: _Side, new: _Side) -> DocChange | None:
    """`record` is the doc as it is now, or as it was before it went."""
    kind = _doc_kind(old.record, new.record)
    if kind is Kind.CHANGED and old.digest(layout.CHECKSUMS) == new.digest(layout.CHECKSUMS):
        return None
    before, after = old.stored(), new.stored()
    pages = tuple(_compare_pages(before.pages, after.pages, old, new))
    tables = tuple(_compare_tables(before.tables, after.tables, old, new))
    views = tuple(_compare_views(before.views, after.views, old, new))
    added, removed = len(after.assets.keys() - before.assets.keys()), len(before.assets.keys() - after.assets.keys())
    return DocChange(kind, record.name, record.path, pages, tables, views, added, removed)


def _doc_kind(old: DocRecord | None, new: DocRecord | None) -> Kind:
    if old is None:
        return Kind.ADDED
    if new is None:
        return Kind.REMOVED
    return Kind.MOVED if old.path != new.path else Kind.CHANGED


def _compare_pages(
    before: Mapping[str, Json], after: Mapping[str, Json], old: _Side, new: _Side
) -> Iterator[PageChange]:
    for page_id in {**after, **before}:
        was, now = before.get(page_id), after.get(page_id)
        kind = _kind(was, now, old, new)
        if kind:
            yield PageChange(kind, str((now or was or {}).get("name", "")))


def _kind(was: Json | None, now: Json | None, old: _Side, new: _Side) -> Kind | None:
    """What happened to a page or table; nothing where it merely went along with its parent or doc."""
    if not was or not was.get("file"):
        return Kind.ADDED if now and now.get("file") else None
    if not now or not now.get("file"):
        return Kind.REMOVED
    if _place(was) != _place(now):
        return Kind.MOVED
    return Kind.CHANGED if _digests(was, old) != _digests(now, new) else None


def _digests(entry: Json, side: _Side) -> list[str | None]:
    """Of a page's files in all formats, or of a table's or view's CSV."""
    files = stored_page_files(entry).files if "files" in entry else {".csv": entry["file"]}
    return [side.digest(file) for _, file in sorted(files.items())]


def _compare_views(
    before: Mapping[str, Json], after: Mapping[str, Json], old: _Side, new: _Side
) -> Iterator[ViewChange]:
    for view_id in {**after, **before}:
        was, now = _without_parent(before.get(view_id)), _without_parent(after.get(view_id))
        if kind := _kind(was, now, old, new) or _definition_kind(was, now, old, new):
            yield ViewChange(kind, str((now or was or {}).get("name", "")))


def _definition_kind(was: Json | None, now: Json | None, old: _Side, new: _Side) -> Kind | None:
    """Whether a view is defined otherwise than before, though it may show the same."""
    old_file, new_file = _sibling(was, ".json"), _sibling(now, ".json")
    if not old_file or not new_file or old.digest(old_file) == new.digest(new_file):
        return None
    return Kind.CHANGED if view_definition(old.read(old_file)) != view_definition(new.read(new_file)) else None


def _place(entry: Json) -> tuple[object, str]:
    return entry.get("parent"), PurePosixPath(entry["file"]).name


def _compare_tables(
    before: Mapping[str, Json], after: Mapping[str, Json], old: _Side, new: _Side
) -> Iterator[TableChange]:
    for table_id in {**after, **before}:
        was, now = before.get(table_id), after.get(table_id)
        rows = _row_changes(was, now, old, new)
        columns = _columns_changed(was, now, old, new)
        kind = _kind(_without_parent(was), _without_parent(now), old, new)
        if kind or rows or columns:
            yield TableChange(kind or Kind.CHANGED, str((now or was or {}).get("name", "")), rows, columns)


def _without_parent(entry: Json | None) -> Json | None:
    """A table's file does not lie with its page, so that a table on another page has not moved."""
    return entry and {**entry, "parent": None}


def _row_changes(was: Json | None, now: Json | None, old: _Side, new: _Side) -> RowCounts:
    old_file, new_file = _sibling(was, ".jsonl"), _sibling(now, ".jsonl")
    if was is None or now is None or not old_file or not new_file:
        return RowCounts(added=_row_count(now), removed=_row_count(was))
    if old.digest(old_file) == new.digest(new_file):
        return RowCounts()
    return compare_rows(old.lines(old_file), new.lines(new_file))


def _row_count(entry: Json | None) -> int:
    return int(entry["rowCount"] or 0) if entry and entry.get("file") else 0


def _columns_changed(was: Json | None, now: Json | None, old: _Side, new: _Side) -> bool:
    old_file, new_file = _sibling(was, ".json"), _sibling(now, ".json")
    if not old_file or not new_file or old.digest(old_file) == new.digest(new_file):
        return False
    return stored_columns(old.read(old_file)) != stored_columns(new.read(new_file))


def _sibling(entry: Json | None, suffix: str) -> str | None:
    file = entry and entry.get("file")
    return file.removesuffix(".csv") + suffix if isinstance(file, str) else None
