"""What is to be written into a new table so that it holds the rows of the one that it is made after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.encode import Known, Sendable, Unwritable, encode
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.model.cell_values import CellValue, Text
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.model.packed_cells import CellPacker
from coda_git_mirror.model.plan import Cell, Delete, HeldBack, HeldKind, Insert, Plan

_TEXT_KINDS = frozenset({"text", "canvas", ""})
_KNOWN = Known(plain_text=True)
LiveCells = Mapping[str, tuple[CellValue, ...]]
"""The cells of rows that are there, in the order of the columns, by the rows' ids."""


@dataclass(frozen=True)
class Filling:
    """A new table and the columns that its columns are made after, both in order."""

    doc: str
    doc_name: str
    table: str
    table_name: str
    old: Sequence[Column]
    new: Sequence[Column]


def filling_plan(filling: Filling, rows: Iterable[Json], live: LiveCells, written: Mapping[str, str]) -> Plan:
    """Inserts for the rows that are not there, and deletes of empty rows that nobody wanted.

    `written` are rows that are known to be there, by their old ids; others are known by their cells, as multisets.
    """
    free: defaultdict[tuple[CellValue, ...], list[str]] = defaultdict(list)
    taken = {new for new in written.values() if new in live}
    for row_id, cells in live.items():
        if row_id not in taken:
            free[cells].append(row_id)
    inserts, held, adopted = list[Insert](), list[HeldBack](), list[tuple[str, str]]()
    packer = CellPacker()
    for row in rows:
        insert, problems = _insert(filling, row)
        if (new := written.get(row["id"])) in live and new:
            adopted.append((row["id"], new))
        elif waiting := free.get(_means(filling, insert)):
            adopted.append((row["id"], waiting.pop(0)))
        else:
            inserts.append(replace(insert, cells=packer.pack(insert.cells)))
            held += problems
    return Plan(
        filling.doc, filling.doc_name, filling.table, filling.table_name, (), tuple(inserts),
        tuple(_blank(filling, free)), tuple(held), tuple(adopted), len(live),
    )  # fmt: skip


def _insert(filling: Filling, row: Json) -> tuple[Insert, list[HeldBack]]:
    name, cells, held = cell_text(row.get("name")), list[Cell](), list[HeldBack]()
    for old, new in zip(filling.old, filling.new, strict=True):
        value = canonical(row["values"].get(old.id), old)
        if not shown(value):
            continue
        sent = _sent(value, new)
        if isinstance(sent, Unwritable):
            kind = HeldKind.UNWRITABLE
            held.append(HeldBack(row["id"], new.id, kind, sent.reason, row_name=name, column_name=new.name))
        else:
            cells.append(Cell(new.id, new.name, sent.means, sent.value))
    return Insert(row["id"], row["id"], name, tuple(cells)), held


def _sent(value: CellValue, column: Column) -> Sendable | Unwritable:
    """A value as the new column can hold it: as what it is, else as a person reads it."""
    text = Text(shown(value))
    if column.kind in _TEXT_KINDS:
        return encode(text, column, _KNOWN)
    sent = encode(value, column, _KNOWN)
    return encode(text, column, _KNOWN) if isinstance(sent, Unwritable) else sent


def _means(filling: Filling, insert: Insert) -> tuple[CellValue, ...]:
    wanted = {cell.column: cell.wanted for cell in insert.cells}
    return tuple(wanted.get(column.id, canonical("", column)) for column in filling.new)


def _blank(filling: Filling, free: Mapping[tuple[CellValue, ...], Sequence[str]]) -> Iterator[Delete]:
    """Rows with which Coda has begun the table."""
    nothing = tuple(canonical("", column) for column in filling.new)
    cells = tuple(zip((column.id for column in filling.new), nothing, strict=True))
    yield from (Delete(row_id, "", cells) for row_id in free.get(nothing, ()))
