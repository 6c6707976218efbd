"""What is decided without asking anybody: requests from steps, verdicts, exit codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from coda_git_mirror.actions.writing.carried import Carried, exit_code, outcome
from coda_git_mirror.actions.writing.live import LiveRow
from coda_git_mirror.actions.writing.parcels import (
    delete_parcels,
    insert_parcels,
    pointing,
    request_count,
    update_parcels,
)
from coda_git_mirror.actions.writing.verdicts import cell_fate, recognised, worst
from coda_git_mirror.model.cell_values import (
    EMPTY,
    CellValue,
    Day,
    HostedFile,
    Many,
    Member,
    Moment,
    Money,
    Number,
    RowReference,
    Text,
    Truth,
)
from coda_git_mirror.model.content import Column
from coda_git_mirror.model.plan import Cell, Delete, Fate, HeldBack, HeldKind, Insert, Plan, Update, Written
from coda_git_mirror.outcome import Ending
from coda_git_mirror.state.write_journal import SentRow

NOON = datetime(2026, 3, 4, 12, 0, 30, tzinfo=UTC)


def text(column: str, value: str) -> Cell:
    return Cell(column, column, Text(value), value)


def link(column: str, *rows: str) -> Cell:
    singles = tuple(map(RowReference, rows))
    return Cell(column, column, singles[0] if len(rows) == 1 else Many(singles), list(rows))


def insert(key: str, *cells: Cell) -> Insert:
    return Insert(key, key, key, cells)


def update(row: str, column: str) -> Update:
    return Update(row, row, text(column, "new"), Text("old"), "old", "new")


def keys(parcels: Iterable[Any]) -> list[list[str]]:
    return [[row.key for row in parcel.rows] for parcel in parcels]


def test_rows_come_by_the_hundred_in_their_order() -> None:
    sizes = [len(each) for each in keys(insert_parcels([insert(str(number)) for number in range(201)]))]
    assert sizes == [100, 100, 1]
    assert [parcel.size for parcel in delete_parcels([Delete(str(it), "", ()) for it in range(101)])] == [100, 1]


def test_a_row_that_points_to_another_new_one_comes_in_a_later_request() -> None:
    rows = [insert("a"), insert("b"), insert("c", link("x", "z", "a")), insert("d", link("x", "c")), insert("e")]
    assert keys(insert_parcels(rows)) == [["a", "b"], ["c"], ["d", "e"]]


def test_all_cells_of_a_row_go_together() -> None:
    parcels = update_parcels([update("r2", "a"), update("r1", "a"), update("r2", "b")])
    assert [(it.row, [cell.column for cell in it.cells]) for it in parcels] == [("r2", ["a", "b"]), ("r1", ["a"])]


def test_requests_are_counted_as_they_are_sent() -> None:
    plan = Plan(
        "d", "D", "t", "T",
        updates=(update("r1", "a"), update("r1", "b"), update("r2", "a")),
        inserts=(insert("a"), Insert("b", None, "b", (), (link("x", "a"),))),
        deletes=(Delete("r3", "", ()),),
    )  # fmt: skip
    assert request_count(plan) == 2 + 1 + 1 + 1


def test_cells_point_to_new_ids() -> None:
    moved = pointing([link("x", "a"), link("y", "a", "q"), text("z", "a")], {"a": "i-1"})
    assert [cell.sent for cell in moved] == [["i-1"], ["i-1", "q"], "a"]
    assert moved[0].wanted == RowReference("i-1")


@pytest.mark.parametrize(
    ("got", "wanted", "before", "fate"),
    [
        (Text("b"), Text("b"), Text("a"), Fate.APPLIED),
        (Text("a"), Text("b"), Text("a"), Fate.LOST),
        (EMPTY, Text("b"), EMPTY, Fate.LOST),
        (Text("c"), Text("b"), Text("a"), Fate.OVERWRITTEN),
        (EMPTY, Text("b"), Text("a"), Fate.OVERWRITTEN),
        (Text("c"), EMPTY, Text("a"), Fate.OVERWRITTEN),
        (Text(" B. "), Text("b"), Text("a"), Fate.COERCED),
        (Text("ben@example.com"), Member("ben@example.com"), EMPTY, Fate.COERCED),
        (Text("i-1"), RowReference("i-1"), EMPTY, Fate.COERCED),
        (RowReference("i-2"), RowReference("i-1"), EMPTY, Fate.OVERWRITTEN),
        (Text("12"), Number(Decimal(12)), EMPTY, Fate.COERCED),
        (Number(Decimal("0.3333333")), Number(Decimal("0.33333333333")), EMPTY, Fate.COERCED),
        (Number(Decimal(7)), Number(Decimal(8)), EMPTY, Fate.OVERWRITTEN),
        (Money(Decimal(7), "USD"), Money(Decimal(7), "EUR"), EMPTY, Fate.COERCED),
        (Moment(NOON - timedelta(seconds=30)), Moment(NOON), EMPTY, Fate.COERCED),
        (Moment(NOON - timedelta(hours=5)), Moment(NOON), EMPTY, Fate.COERCED),
        (Moment(NOON - timedelta(days=5)), Moment(NOON), EMPTY, Fate.OVERWRITTEN),
        (Day("2026-04-03"), Day("2026-03-04"), EMPTY, Fate.COERCED),
        (Day("2026-04-05"), Day("2026-03-04"), EMPTY, Fate.OVERWRITTEN),
        (Truth(True), Truth(False), EMPTY, Fate.OVERWRITTEN),
        (HostedFile("bl-2"), HostedFile("bl-1", "https://x/y", "y"), EMPTY, Fate.COERCED),
        (Text("a, b"), Many((Text("a"), Text("b"))), EMPTY, Fate.COERCED),
        (Many((Text("b"), Text("c"))), Many((Text("a"), Text("b"))), EMPTY, Fate.OVERWRITTEN),
    ],
)
def test_the_fate_of_a_cell(got: CellValue, wanted: CellValue, before: CellValue, fate: Fate) -> None:
    assert cell_fate(got, wanted, before) is fate


def test_the_fate_of_a_row_is_the_worst_of_its_cells() -> None:
    assert worst([]) is Fate.APPLIED
    assert worst([Fate.COERCED, Fate.LOST, Fate.APPLIED]) is Fate.LOST


COLUMNS = {name: Column(name, name, "text") for name in ("a", "b")}


def row(a: str = "", b: str = "") -> LiveRow:
    return LiveRow({"a": a, "b": b}, COLUMNS)


def test_rows_are_recognised_as_multisets() -> None:
    sent = [SentRow(key, None, {"a": Text("x"), "b": Text("y")}) for key in ("k1", "k2", "k3")]
    candidates = {"i1": row("x", "y"), "i2": row("x", "z"), "i3": row("x", "y")}
    assert recognised(sent, candidates) == {"k1": "i1", "k2": "i3"}


def test_a_row_is_recognised_by_what_coda_has_made_of_it() -> None:
    sent = [SentRow("k1", None, {"a": Text("x"), "b": Member("ben@example.com")})]
    assert recognised(sent, {"i1": row("x", "ben@example.com")}) == {"k1": "i1"}
    assert recognised(sent, {"i1": row("x", "Chloë")}) == {"k1": "i1"}
    assert recognised(sent, {"i1": row("z", "ben@example.com"), "i2": row("z", "q")}) == {}


def test_a_row_without_cells_is_only_a_blank_one() -> None:
    assert recognised([SentRow("k1")], {"i1": row("x"), "i2": row()}) == {"k1": "i2"}


PLAN = Plan("d", "D", "t", "T", updates=(update("r1", "a"),))
CONFLICT = HeldBack("r1", "a", HeldKind.CONFLICT, "edited")
CALCULATED = HeldBack(None, "c", HeldKind.CALCULATED, "formula", cells=3)
BY_CODA = replace(CALCULATED, by_coda=True)
LABEL = HeldBack(None, "c", HeldKind.UNWRITABLE, "button", cells=3, by_coda=True)
APPLIED = Written(updates={("r1", "a"): Fate.APPLIED})


@pytest.mark.parametrize(
    ("plan", "written", "code"),
    [
        (Plan("d", "D", "t", "T"), Written(), 0),
        (Plan("d", "D", "t", "T", held=(CALCULATED,)), Written(), 0),
        (Plan("d", "D", "t", "T", held=(BY_CODA, LABEL)), Written(), 0),
        (Plan("d", "D", "t", "T", held=(CONFLICT,)), Written(), 1),
        (PLAN, Written(held=(CONFLICT,)), 1),
        (PLAN, Written(stopped="No."), 1),
        (PLAN, APPLIED, 0),
        (Plan("d", "D", "t", "T", updates=PLAN.updates, held=(CALCULATED,)), APPLIED, 3),
        (Plan("d", "D", "t", "T", updates=PLAN.updates, held=(BY_CODA, LABEL)), APPLIED, 0),
        (Plan("d", "D", "t", "T", updates=PLAN.updates, held=(BY_CODA, CONFLICT)), APPLIED, 3),
        (PLAN, Written(updates=APPLIED.updates, stopped="No."), 3),
        *((PLAN, Written(updates={("r1", "a"): fate}), 3) for fate in Fate if fate is not Fate.APPLIED),
    ],
)
def test_exit_codes(plan: Plan, written: Written, code: int) -> None:
    assert exit_code(plan, written) == code


def test_what_coda_makes_itself_is_told_as_it_is_known_last() -> None:
    plan = Plan("d", "D", "t", "T", updates=PLAN.updates, held=(BY_CODA, CONFLICT))
    assert Carried(plan, APPLIED).held == (BY_CODA, CONFLICT)
    assert Carried(plan, APPLIED, made_otherwise=()).held == (CONFLICT,)
    assert Carried(plan, APPLIED, made_otherwise=(LABEL,)).held == (LABEL, CONFLICT)


def test_what_is_written_and_not_committed_is_a_problem() -> None:
    assert outcome(Carried(PLAN, APPLIED, before="1", after="2")).ending is Ending.DONE
    assert outcome(Carried(PLAN, APPLIED, before="1")).ending is Ending.PROBLEMS
    assert outcome(Carried(PLAN, APPLIED, before="1", after="2", made_otherwise=())).exit_code == 0
    assert outcome(Carried(PLAN, APPLIED, before="1", after="2", made_otherwise=(LABEL,))).exit_code == 3
    assert outcome(Carried(replace(PLAN, updates=()), made_otherwise=(LABEL,))).exit_code == 0
    assert outcome(Carried(PLAN, Written(stopped="No."), before="1")).reason == "No."
