"""Which page, table, column and row of a copy is which of the doc that was copied: known by structure, never by id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.column_kinds import RELATION_KIND
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.changes.writable_columns import unwritable_column
from coda_git_mirror.model.content import Column, Json, Page, Table

Ids = Mapping[str, str]
"""New ids by old ones."""


class NotAlike(Exception):
    """A copy that is not like what it was made of; the text says what of it."""


def copied_pages(old: Sequence[Page], new: Sequence[Page]) -> Ids:
    """The pages, by their names from level to level, of one name in their order.

    What somebody has added or renamed in the doc since it was copied is left out.
    """
    found: dict[str, str] = {}
    waiting: list[tuple[str | None, str | None]] = [(None, None)]
    while waiting:
        parent, new_parent = waiting.pop()
        theirs = [page for page in new if page.parent == new_parent]
        for page in (each for each in old if each.parent == parent):
            copy = next((each for each in theirs if each.name == page.name), None)
            if copy is not None:
                theirs.remove(copy)
                found[page.id] = copy.id
                waiting.append((page.id, copy.id))
    return found


def copied_tables(old: Iterable[Table], new: Iterable[Table], pages: Ids) -> Ids:
    """The base tables, by their names and pages; those that the copy lacks are left out."""
    theirs = defaultdict[tuple[str, object], list[str]](list)
    for table in new:
        theirs[table.name, _page_of(table)].append(table.id)
    found: dict[str, str] = {}
    for table in old:
        page = _page_of(table)
        matching = theirs[table.name, pages.get(str(page)) if page else None]
        if matching:
            found[table.id] = matching.pop(0)
    return found


def _page_of(table: Table) -> object:
    parent = table.raw.get("parent")
    return parent.get("id") if isinstance(parent, dict) else None


def copied_columns(old: Sequence[Column], new: Sequence[Column]) -> Ids:
    """The columns of a table, by their order."""
    if [column.name for column in old] != [column.name for column in new]:
        raise NotAlike("a table of the copy has other columns")
    return {column.id: copy.id for column, copy in zip(old, new, strict=True)}


def copied_rows(
    columns: Sequence[Column], old: Iterable[Json], new: Iterable[Json], ids: Ids
) -> Iterator[tuple[str, str]]:
    """The rows of a table, by what is in them, of equal ones in their order; `ids` are those of its columns.

    Where no row is quite the same, one counts that differs in what points to rows alone, which may be gone.
    """
    own = [column for column in columns if not unwritable_column(column)]
    plain = [column for column in own if column.kind != RELATION_KIND]
    left, free = list(old), list(new)
    for compared in (own, plain):
        pairs = list(_alike(compared, left, free, ids))
        yield from pairs
        mine, theirs = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
        left = [row for row in left if row["id"] not in mine]
        free = [row for row in free if row["id"] not in theirs]


def _alike(columns: Sequence[Column], old: Iterable[Json], new: Iterable[Json], ids: Ids) -> Iterator[tuple[str, str]]:
    theirs = defaultdict[tuple[str, ...], list[str]](list)
    for row in reversed(list(new)):
        theirs[_texts(row, columns, ids)].append(row["id"])
    for row in old:
        if matching := theirs.get(_texts(row, columns, {})):
            yield row["id"], matching.pop()


def _texts(row: Json, columns: Sequence[Column], ids: Ids) -> tuple[str, ...]:
    return tuple(shown(canonical(row["values"].get(ids.get(column.id, column.id)), column)) for column in columns)


def moved_columns(columns: Iterable[Column], ids: Ids, tables: Ids) -> tuple[Column, ...]:
    """The columns of a revision as those of the copy; one that is gone keeps its id."""
    raws = ({**moved_value(column.raw, tables), "id": ids.get(column.id, column.id)} for column in columns)
    return tuple(map(Column.of, raws))


def moved_row(row: Json, ids: Ids, tables: Ids) -> Json:
    """A row of a revision with the columns of the copy, whose references name the copy's tables."""
    values = {ids.get(column, column): moved_value(value, tables) for column, value in row["values"].items()}
    return {**row, "values": values}


def moved_value(value: Any, tables: Ids) -> Any:
    """A value in which tables are named as they are in the copy."""
    if isinstance(value, list):
        return [moved_value(each, tables) for each in value]
    if not isinstance(value, dict):
        return value
    moved = {name: moved_value(each, tables) for name, each in value.items()}
    table = moved.get("tableId")
    if isinstance(table, str) and table in tables:
        moved["tableId"] = tables[table]
    target = moved.get("table")
    if isinstance(target, dict) and target.get("id") in tables:
        moved["table"] = {**target, "id": tables[target["id"]]}
    return moved
