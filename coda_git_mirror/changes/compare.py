"""Two states of the mirror, compared doc by doc: what changed, in names and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from coda_git_mirror.changes.cells import ColumnPair, compare_rows_of
from coda_git_mirror.changes.columns import compare_columns
from coda_git_mirror.changes.problems import compare_problems
from coda_git_mirror.changes.rows import compare_rows
from coda_git_mirror.changes.sides import Item, Side, doc_kind
from coda_git_mirror.changes.trees import Tree, manifest_of
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import by_id
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.format.tables import view_definition
from coda_git_mirror.model.changes import (
    Changes,
    ColumnChanges,
    DocChange,
    Kind,
    PageChange,
    RowCounts,
    TableChange,
    ViewChange,
)
from coda_git_mirror.model.content import Json


def compare(old: Tree, new: Tree) -> Changes:
    """What happened between two states. Raises DamagedContent where one of them is not a sound mirror.

    It is a DamagedFile where that can be told of one file of the old state.
    """
    before, after = manifest_of(old), manifest_of(new)
    olds = by_id(before.docs) if before else {}
    news = by_id(after.docs) if after else {}
    sides = [(Side(old, olds.get(doc_id)), Side(new, news.get(doc_id))) for doc_id in {**olds, **news}]
    docs = [compare_doc(*pair) for pair in sides if not _is_same(*pair)]
    return Changes(tuple(sorted(docs, key=lambda doc: doc.folder)), *compare_problems(old, new))


def _is_same(old: Side, new: Side) -> bool:
    if doc_kind(old, new) is not Kind.CHANGED:
        return False
    return old.digest(layout.CHECKSUMS) == new.digest(layout.CHECKSUMS)


def compare_doc(old: Side, new: Side, only: str | None = None) -> DocChange:
    """What happened to a doc that is in one of the states at least, or to the `only` item of it that is asked for."""
    place = new.place or old.place
    if place is None:
        raise ValueError("a doc that is in neither state")
    before, after = old.stored(), new.stored()
    was = old.place.name if old.place and new.place and old.place.name != new.place.name else ""
    return DocChange(
        doc_kind(old, new),
        place.name,
        place.path,
        tuple(_pages(_items(before.pages, after.pages, old, new, only))),
        tuple(_tables(_items(before.tables, after.tables, old, new, only))),
        tuple(_views(_items(before.views, after.views, old, new, only))),
        *_asset_counts(before, after, only),
        was,
    )


def _items(
    before: Mapping[str, Json], after: Mapping[str, Json], old: Side, new: Side, only: str | None
) -> Iterator[Item]:
    for item_id in {**after, **before}:
        if only in (None, item_id):
            yield Item(before.get(item_id), after.get(item_id), old, new)


def _asset_counts(before: StoredDoc, after: StoredDoc, only: str | None) -> tuple[int, int]:
    if only is not None:
        return 0, 0
    return len(after.assets.keys() - before.assets.keys()), len(before.assets.keys() - after.assets.keys())


def _pages(items: Iterator[Item]) -> Iterator[PageChange]:
    for item in items:
        hidden = hidden_now(item)
        if kind := item.page_kind or (Kind.CHANGED if hidden is not None else None):
            yield PageChange(kind, item.name, item.former_name, hidden)


def hidden_now(item: Item) -> bool | None:
    """Whether a page that is there before and after is hidden now; None where that is as it was."""
    if not (item.was and item.now and item.was.get("file") and item.now.get("file")):
        return None
    before, after = bool(item.was.get("isHidden")), bool(item.now.get("isHidden"))
    return after if before != after else None


def _views(items: Iterator[Item]) -> Iterator[ViewChange]:
    for item in items:
        if item.table_kind or item.former_name or definition_changed(item):
            yield ViewChange(item.table_kind or Kind.CHANGED, item.name, item.former_name)


def definition_changed(item: Item) -> bool:
    """Whether a view is defined otherwise than before, though it may show the same."""
    if not item.is_described_otherwise():
        return False
    before, after = item.descriptions()
    with item.old.blaming(str(before)):
        return view_definition(item.old.read(str(before))) != view_definition(item.new.read(str(after)))


def _tables(items: Iterator[Item]) -> Iterator[TableChange]:
    for item in items:
        rows, columns = _row_counts(item), column_changes(item)
        if item.table_kind or item.former_name or rows or columns:
            yield TableChange(item.table_kind or Kind.CHANGED, item.name, rows, columns, item.former_name)


def _row_counts(item: Item) -> RowCounts:
    before, after = item.records()
    if not before or not after:
        return RowCounts(added=_row_count(item.now), removed=_row_count(item.was))
    if not item.has_other_rows():
        return RowCounts()
    with item.old.blaming(str(item.descriptions()[0])):
        columns = ColumnPair(*item.columns()) if item.is_described_otherwise() else None
    with item.old.blaming(before[0]):
        lines = item.old.lines(*before), item.new.lines(*after)
        return compare_rows_of(*lines, columns) if columns else compare_rows(*lines)


def _row_count(entry: Json | None) -> int:
    return int(entry["rowCount"] or 0) if entry and entry.get("file") else 0


def column_changes(item: Item) -> ColumnChanges:
    """What became of the columns of a table that is there before and after."""
    if not item.is_described_otherwise():
        return ColumnChanges()
    return compare_columns(*item.columns())
