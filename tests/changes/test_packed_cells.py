"""Cells that wait as bytes: whatever they mean comes back as it was, and many rows take little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.rollback.lost_rows import lost_row
from coda_git_mirror.changes.rollback.plan import Rollback, plan_rollback
from coda_git_mirror.changes.rollback.restored_rows import RestoredRows
from coda_git_mirror.changes.rollback.states import HeldRows, LivingTable
from coda_git_mirror.model.cell_values import EMPTY, HostedFile, Number, RowReference, Text
from coda_git_mirror.model.packed_cells import CellPacker, packed, unpacked, unpacked_at
from coda_git_mirror.model.plan import Cell, Insert
from tests.changes.cell_samples import cell_json, column, kinds
from tests.changes.rollback_model import CITY, COLUMNS, EVERYTHING, NAME, NOTE, POINTS, TABLE, Around, Model, reference

_ROWS, _MOST_BYTES = 800, 1_600


@given(kind=kinds, value=cell_json)
def test_whatever_a_cell_means_comes_back_as_it_was(kind: str, value: Any) -> None:
    means = canonical(value, column(kind))
    (back,) = unpacked(packed([means]))
    assert (back, repr(back), str(vars_of(back))) == (means, repr(means), str(vars_of(means)))
    assert unpacked_at(packed([EMPTY, means]), 1) == means
    cells = [Cell("c-1", "One", means, value), Cell("c-2", "Two", EMPTY, "")]
    kept = CellPacker().pack(cells)
    assert list(kept) == cells
    assert [each.sent for each in kept] == [value, ""]


def vars_of(value: Any) -> list[Any]:
    """All parts of a value, also those that are not compared."""
    items = getattr(value, "items", None)
    if items is not None:
        return [vars_of(each) for each in items]
    return [(name, getattr(value, name)) for name in value.__dataclass_fields__]


def test_packed_cells_are_like_those_that_are_not() -> None:
    cells = (Cell("c-1", "One", Text("a"), "a"), Cell("c-2", "Two", Text("b"), ["b"]))
    packer = CellPacker()
    kept = packer.pack(cells)
    assert (len(kept), kept[1], kept[-1:], cells[0] in kept) == (2, cells[1], cells[1:], True)
    whole, bare = Insert("k", None, "k", kept), Insert("k", None, "k", cells)
    assert (whole, hash(whole), repr(list(kept))) == (bare, hash(bare), repr(list(cells)))
    assert whole != replace(bare, cells=cells[:1])
    assert packer.pack([]) == ()


@pytest.mark.parametrize(
    ("value", "may_be"),
    [(Text("x" * 45_000), True), (Text("x" * 20_000), False), (HostedFile("b", "https://x.example/b"), True)],
)
def test_a_row_that_may_be_too_large_is_looked_at_closely(value: Any, may_be: bool) -> None:
    assert lost_row("i-1", "One", ("c-1", "c-2"), [Text("One"), value], []).may_be_large is may_be


def test_a_lost_row_knows_what_it_points_to() -> None:
    row = lost_row("i-1", "One", ("c-1", "c-2"), [Text("One"), RowReference("i-2", "Two", TABLE)], ["c-3"])
    assert (row.targets, row.shut, row.cell("c-2")) == ((("c-2", "i-2"),), ("c-3",), RowReference("i-2"))
    assert row.cells == {"c-1": Text("One"), "c-2": RowReference("i-2")}


def _many() -> Iterator[dict[str, Any]]:
    for number in range(_ROWS):
        values = {NAME.id: f"Row {number}", NOTE.id: f"A line of text of row {number}", POINTS.id: number}
        values |= {CITY.id: reference("i-oslo", "grid-other"), **{f"c-{each}": number + each for each in range(9)}}
        yield {"id": f"i-{number:07}", "name": f"Row {number}", "createdAt": "2026-01-01", "values": values}


def test_a_plan_with_many_lost_rows_holds_their_cells_once() -> None:
    columns = (*COLUMNS, *(replace(POINTS, id=f"c-{each}") for each in range(9)))
    table = LivingTable("dDoc", "Plans", TABLE, "Tasks", columns, Model())
    about = Rollback(HeldRows(columns, _many), None, table, EVERYTHING, RestoredRows(), Around())
    tracemalloc.start()
    try:
        plan = plan_rollback(about)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(plan.inserts) == _ROWS
    assert [each.wanted for each in plan.inserts[7].cells][2] == Number(Decimal(7))
    assert peak / _ROWS < _MOST_BYTES, f"{peak / _ROWS:.0f} bytes for each row of 13 cells"
