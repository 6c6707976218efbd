"""What became of the pages, tables and views of a doc, in words and with what they held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from coda_git_mirror.actions.browse.compared_rows import RowsPart, rows_part
from coda_git_mirror.actions.browse.compared_texts import TextPart, text_part
from coda_git_mirror.actions.browse.marks import Room
from coda_git_mirror.format.text import counted
from coda_git_mirror.model.changes import ColumnChange, Kind, RowCounts
from coda_git_mirror.model.differences import Detail, DocDiff, PageDiff, TableDiff, ViewDiff

ItemDiff = PageDiff | TableDiff | ViewDiff
_BETWEEN = " › "


@dataclass(frozen=True)
class Said:
    """Something that happened, such as `renamed`; to what (`name`), and what was before and is now, if that tells."""

    words: str
    name: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class ItemPart:
    """A page, table or view that differs. `above` are the names of the pages over a page."""

    noun: Literal["page", "table", "view"]
    change: Kind
    id: str
    name: str
    above: tuple[str, ...]
    said: tuple[Said, ...]
    text: TextPart | None = None
    rows: RowsPart | None = None

    @property
    def rest(self) -> int | None:
        """The number of the first passage or row that is not shown."""
        part = self.text or self.rows
        return part.rest if part else None

    @property
    def total(self) -> int:
        part = self.text or self.rows
        return part.total if part else 0


def item_part(item: ItemDiff, start: int, most: int, room: Room) -> ItemPart:
    """An item with as many passages or rows from a number on as there is room for."""
    if isinstance(item, PageDiff):
        return _page(item, start, most, room)
    if isinstance(item, TableDiff):
        return _table(item, start, most, room)
    return ItemPart("view", item.kind, item.id, item.name, (), tuple(_view_words(item)))


def doc_words(doc: DocDiff) -> Iterator[Said]:
    """What became of the doc itself."""
    if doc.kind in (Kind.ADDED, Kind.REMOVED):
        held = doc.held
        rows = f" with {counted(held.rows, 'row')}" if held.tables else ""
        yield Said(
            f"{doc.kind.value}: {counted(held.pages, 'page')}, {counted(held.tables, 'table')}{rows}, "
            f"{counted(held.views, 'view')}, {counted(held.assets, 'file')}"
        )
    if doc.was:
        yield Said("renamed", before=doc.was, after=doc.name)
    if doc.former_folder and doc.kind is Kind.MOVED:
        yield Said("moved in the mirror", before=doc.former_folder, after=doc.folder)
    yield from map(_detail, doc.details)


def _page(page: PageDiff, start: int, most: int, room: Room) -> ItemPart:
    *above, name = page.way
    text = text_part(page, start, most, room) if room.left > 0 else _unshown_text(page)
    return ItemPart("page", page.kind, page.id, name, tuple(above), tuple(_page_words(page)), text)


def _unshown_text(page: PageDiff) -> TextPart | None:
    return TextPart((), len(page.text), 0) if page.text else None


def _table(table: TableDiff, start: int, most: int, room: Room) -> ItemPart:
    rows = rows_part(table, start, most, room) if room.left > 0 else _unshown_rows(table.told)
    return ItemPart("table", table.kind, table.id, table.name, (), tuple(_table_words(table)), rows=rows)


def _unshown_rows(told: RowCounts) -> RowsPart | None:
    return RowsPart((), (), told.added + told.changed + told.removed, 0, 0, 0) if told else None


def _detail(detail: Detail) -> Said:
    words = f"{detail.name} changed" if not (detail.before or detail.after) else detail.name
    return Said(words, before=detail.before, after=detail.after)


def _page_words(page: PageDiff) -> Iterator[Said]:
    if page.kind in (Kind.ADDED, Kind.REMOVED):
        words = sum(len(piece.text.split()) for passage in page.text for piece in passage.pieces)
        yield Said(f"{page.kind.value}, {counted(words, 'word')}")
        return
    if page.former_way:
        yield _moved(page.former_way, page.way)
    if page.hidden is not None:
        yield Said("hidden" if page.hidden else "shown again")
    yield from map(_detail, page.details)
    if page.text:
        yield Said("text changed")
    if page.other_forms:
        yield Said("pictures or formatting changed")
    if page.only_links:
        yield Said("links lead elsewhere")


def _moved(before: tuple[str, ...], after: tuple[str, ...]) -> Said:
    if before[:-1] == after[:-1] and before != after:
        return Said("renamed", before=before[-1], after=after[-1])
    if before == after:
        return Said("moved")
    return Said("moved", before=_BETWEEN.join(before), after=_BETWEEN.join(after))


def _table_words(table: TableDiff) -> Iterator[Said]:
    if table.kind in (Kind.ADDED, Kind.REMOVED):
        yield Said(table.kind.value)
    if table.was:
        yield Said("renamed", before=table.was, after=table.name)
    yield from map(_detail, table.details)
    for column in table.columns.columns:
        yield from _column_words(column)
    if table.columns.order and not table.columns.columns:
        yield Said("columns reordered")
    if table.told:
        yield Said(_row_words(table.told))


def _row_words(counts: RowCounts) -> str:
    numbers = (("added", counts.added), ("changed", counts.changed), ("removed", counts.removed))
    (word, number), *others = [(word, number) for word, number in numbers if number]
    return ", ".join([f"{counted(number, 'row')} {word}", *(f"{other:,} {word}" for word, other in others)])


def _column_words(column: ColumnChange) -> Iterator[Said]:
    before, after = column.before, column.after
    if before is None or after is None:
        yield Said("column added:", after.name, after=after.type) if after else Said("column removed:", column.name)
        return
    if before.name != after.name:
        yield Said("column renamed", before=before.name, after=after.name)
    if before.type != after.type:
        yield Said("type of the column", after.name, before.type, after.type)
    if before.formula != after.formula:
        yield Said("formula of the column", after.name, before.formula, after.formula)
    if before.settings != after.settings and before.type == after.type:
        yield Said("settings changed of the column", after.name)


def _view_words(view: ViewDiff) -> Iterator[Said]:
    if view.kind in (Kind.ADDED, Kind.REMOVED):
        yield Said(view.kind.value)
        return
    if view.was:
        yield Said("renamed", before=view.was, after=view.name)
    yield from map(_detail, view.details)
    if view.rows_added:
        yield Said(f"shows {counted(view.rows_added, 'more row')}")
    if view.rows_removed:
        yield Said(f"shows {counted(view.rows_removed, 'row')} no more")
    if not (view.was or view.details or view.rows_added or view.rows_removed):
        yield Said("shows other values")
