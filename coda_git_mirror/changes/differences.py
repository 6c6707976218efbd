"""Two states of a mirror compared down to words and cells: what `diff` tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from coda_git_mirror.changes.cells import ColumnPair, TableCells
from coda_git_mirror.changes.columns import column_facts
from coda_git_mirror.changes.compare import column_changes
from coda_git_mirror.changes.page_differences import compare_pages, other_order
from coda_git_mirror.changes.sides import Item, Side, doc_kind
from coda_git_mirror.changes.trees import DamagedFile, Tree, named_manifest_of
from coda_git_mirror.format import layout
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.manifest import DocRecord, by_id
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.format.tables import shown_row_ids, view_definition
from coda_git_mirror.model.changes import Kind
from coda_git_mirror.model.content import Json, name_of
from coda_git_mirror.model.differences import Detail, DocDiff, Holdings, TableDiff, ViewDiff

Wanted = Callable[[DocRecord], bool]
LeaveOut = Callable[[DocRecord, DamagedFile], None]
_DOC_FIELDS = ("folder", "ownerName", "workspace", "icon")
_VALUED = ("formulas", "controls")


def compare_docs(
    old: Tree, new: Tree, wanted: Wanted, only: str | None = None, leave_out: LeaveOut | None = None
) -> Iterator[DocDiff]:
    """The docs that differ, by folder; `wanted` chooses among the records of either state.

    With `only` nothing but the page, table or view of that id is compared. `leave_out` is told of a doc whose metadata
    is damaged; without it that is raised.
    """
    before, after = named_manifest_of(old), named_manifest_of(new)
    olds = by_id(before.docs) if before else {}
    news = by_id(after.docs) if after else {}
    for record in sorted({**olds, **news}.values(), key=lambda record: record.path):
        was, now = olds.get(record.id), news.get(record.id)
        if not any(wanted(each) for each in (was, now) if each):
            continue
        try:
            compared = _compare_doc(record, Side(old, was), Side(new, now), was, only)
        except DamagedFile as error:
            if leave_out is None:
                raise
            leave_out(record, error)
            continue
        yield compared


def _compare_doc(record: DocRecord, old: Side, new: Side, was: DocRecord | None, only: str | None) -> DocDiff:
    """`record` is the doc as it is now, or as it was before it went."""
    before, after = old.stored(), new.stored()
    former = was or record
    return DocDiff(
        kind=doc_kind(old, new),
        id=record.id,
        name=record.name,
        was=former.name if former.name != record.name else "",
        folder=record.path,
        former_folder=former.path if former.path != record.path else "",
        held=Holdings(record.pages, record.tables, record.rows, record.views, record.assets),
        details=tuple(_doc_details(before, after)) if before.doc and after.doc and only is None else (),
        pages=compare_pages(before.pages, after.pages, old, new, only),
        tables=_tables(_chosen(before.tables, only), _chosen(after.tables, only), old, new),
        views=_views(_chosen(before.views, only), _chosen(after.views, only), old, new),
        assets_added=_assets(after, before) if only is None else (),
        assets_removed=_assets(before, after) if only is None else (),
    )


def _chosen(entries: Mapping[str, Json], only: str | None) -> dict[str, Json]:
    return {item: entry for item, entry in entries.items() if only in (None, item)}


def _assets(having: StoredDoc, lacking: StoredDoc) -> tuple[str, ...]:
    lost = [entry for asset, entry in having.assets.items() if asset not in lacking.assets]
    return tuple(str(entry.get("name") or entry["file"]) for entry in lost)


def _doc_details(before: StoredDoc, after: StoredDoc) -> Iterator[Detail]:
    for name in _DOC_FIELDS:
        yield from _detail(name.removesuffix("Name"), _named(before.doc.get(name)), _named(after.doc.get(name)))
    for name in _VALUED:
        olds, news = _values(before.extras.get(name)), _values(after.extras.get(name))
        for each in {**news, **olds}:
            was, now = olds.get(each, ("", "")), news.get(each, ("", ""))
            yield from _detail(f"{name.removesuffix('s')} {now[0] or was[0]}", was[1], now[1])
    for parent in other_order(before.pages, after.pages):
        yield Detail(f"order of the pages below {parent}" if parent else "order of the top pages", "", "")
    if before.extras.get("sharing") != after.extras.get("sharing"):
        yield Detail("sharing", "", "")


def _detail(name: str, before: str, after: str) -> Iterator[Detail]:
    if before != after:
        yield Detail(name, before, after)


def _named(value: Any) -> str:
    return str((value.get("name") if isinstance(value, dict) else value) or "")


def _values(entries: Any) -> dict[str, tuple[str, str]]:
    """Formulas or controls by id: name and value."""
    known = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return {str(entry.get("id")): (name_of(entry), cell_text(entry.get("value"))) for entry in known}


def _items(before: Mapping[str, Json], after: Mapping[str, Json], old: Side, new: Side) -> Iterator[tuple[str, Item]]:
    for item_id in {**after, **before}:
        yield item_id, Item(before.get(item_id), after.get(item_id), old, new)


def _file(item: Item) -> str:
    """Where the CSV of a table or view lies in the mirror, or lay last."""
    side, entry = (item.new, item.now) if item.now and item.now.get("file") else (item.old, item.was)
    return layout.inside(side.place.path, entry["file"]) if side.place and entry and entry.get("file") else ""


def _tables(before: Mapping[str, Json], after: Mapping[str, Json], old: Side, new: Side) -> Iterator[TableDiff]:
    for table_id, item in _items(before, after, old, new):
        columns, details = column_changes(item), tuple(_page_of(item))
        if not (item.table_kind or item.former_name or columns or details or item.has_other_rows()):
            continue
        cells = table_cells(item)
        with _blaming_rows(item):
            kind, (counts, told) = item.table_kind or Kind.CHANGED, cells.tallies()
        names = table_id, item.name, item.former_name
        size = int((item.now or {}).get("rowCount") or 0)
        yield TableDiff(kind, *names, columns, counts, cells, details, _file(item), told, cells.columns.facts, size)


def _blaming_rows(item: Item) -> AbstractContextManager[None]:
    """Lets rows that are none name their file: the newer one, where it is not known which."""
    before, after = item.records()
    return item.new.blaming(after[0]) if after else item.old.blaming(next(iter(before), ""))


def table_cells(item: Item) -> TableCells:
    """The rows of a table that differ; those of a table that came or went are all of them."""
    before, after = item.records()
    if before and after and not item.has_other_rows():
        before = after = ()
    return TableCells(
        lambda: item.old.lines(*before),
        lambda: item.new.lines(*after),
        ColumnPair(*item.columns()),
    )


def _page_of(item: Item) -> Iterator[Detail]:
    """The page on which a table or view stands."""
    if item.was and item.now:
        before, after = item.was.get("parent"), item.now.get("parent")
        ids = [each.get("id") if isinstance(each, dict) else None for each in (before, after)]
        if ids[0] != ids[1]:
            yield Detail("page", _named(before), _named(after))


def _views(before: Mapping[str, Json], after: Mapping[str, Json], old: Side, new: Side) -> Iterator[ViewDiff]:
    for view_id, item in _items(before, after, old, new):
        if not (item.table_kind or item.former_name or item.is_described_otherwise() or any(_page_of(item))):
            continue
        was, now = (_described(side, file) for side, file in zip((old, new), item.descriptions(), strict=True))
        rows_before, rows_after = was.pop("rowIds", frozenset()), now.pop("rowIds", frozenset())
        defined = [Detail(name, "", "") for name in now if was and was.get(name) != now[name]]
        if item.table_kind or item.former_name or defined or rows_before != rows_after or any(_page_of(item)):
            yield ViewDiff(
                kind=item.table_kind or Kind.CHANGED,
                id=view_id,
                name=item.name,
                was=item.former_name,
                rows_added=len(rows_after - rows_before),
                rows_removed=len(rows_before - rows_after),
                details=(*_page_of(item), *defined),
                file=_file(item),
            )


def _described(side: Side, file: str | None) -> dict[str, Any]:
    """How a view shows its table, and the ids of the rows that it shows; nothing of a view that is not held."""
    if file is None:
        return {}
    with side.blaming(file):
        content = side.read(file)
        definition, shown = view_definition(content), frozenset(shown_row_ids(content))
    facts = [column_facts(column) for column in definition.pop("columns") or ()]
    table = definition.pop("parentTable")
    return {
        "columns": facts,
        "table": table.get("id") if isinstance(table, dict) else table,
        "rowIds": shown,
        **{field: value for field, value in definition.items() if field != "name"},
    }
