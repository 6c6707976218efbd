"""The plan of a rollback, case by case: which cells, which rows, what is held back and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from coda_git_mirror.changes.own_tables import require_allowed_deletes
from coda_git_mirror.changes.plan_cost import cost_of
from coda_git_mirror.changes.plan_differences import what_differs
from coda_git_mirror.changes.rollback.states import Asked
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.model.content import Column
from coda_git_mirror.model.plan import HeldKind, Plan
from tests.changes.rollback_model import (
    CITY,
    COLUMNS,
    NAME,
    NOTE,
    OTHER,
    POINTS,
    TWICE,
    WAITS,
    Around,
    Model,
    reference,
)


@pytest.fixture
def past() -> Model:
    model = Model()
    model.add("i-1", Name="Ship it", Points=3, City=reference("i-oslo", OTHER, "Oslo"))
    model.add("i-2", Name="Rest", Note="later")
    model.add("i-3", Name="Sleep", Waits_for=[reference("i-2")])
    return model


def cells(plan: Plan) -> list[tuple[str, str, str, str]]:
    return [(each.row, each.cell.column, each.was, each.becomes) for each in plan.updates]


def held(plan: Plan) -> list[tuple[str | None, str | None, HeldKind, int]]:
    return [(each.row, each.column, each.kind, each.cells) for each in plan.held]


def with_column(model: Model, column: Column) -> Model:
    """The same rows in a table with another column in place of that with its id."""
    columns = [column if each.id == column.id else each for each in model.columns]
    return replace(model.copy(), columns=columns)


def test_only_the_cells_that_differ_are_changed(past: Model) -> None:
    live = past.copy()
    live.set("i-1", NAME, "Shipped")
    live.set("i-1", POINTS, 5)
    live.set("i-2", NOTE, "```later```")
    plan = live.plan_to(past)
    assert cells(plan) == [("i-1", "c-name", "Shipped", "Ship it"), ("i-1", "c-points", "5", "3")]
    assert [each.cell.sent for each in plan.updates] == ["Ship it", 3]
    assert held(plan) == [(None, "c-twice", HeldKind.CALCULATED, 1)]
    assert (plan.inserts, plan.deletes, plan.row_count) == ((), (), 3)


def test_a_cell_that_was_empty_is_emptied(past: Model) -> None:
    live = past.copy()
    live.set("i-1", NOTE, "new")
    live.set("i-2", CITY, reference("i-rome", OTHER, "Rome"))
    plan = live.plan_to(past)
    assert [(row, column, becomes) for row, column, _, becomes in cells(plan)] == [
        ("i-1", "c-note", ""),
        ("i-2", "c-city", ""),
    ]
    assert [each.cell.sent for each in plan.updates] == ["", ""]


def test_a_renamed_column_is_the_same_and_a_new_one_is_left_alone(past: Model) -> None:
    live = with_column(past, Column("c-note", "Remark", "text"))
    live.columns = [*live.columns, Column("c-new", "New", "text")]
    live.set("i-2", NOTE, "now")
    live.rows["i-1"]["values"]["c-new"] = "mine"
    plan = live.plan_to(past)
    assert [(each.cell.column, each.cell.column_name) for each in plan.updates] == [("c-note", "Remark")]
    assert plan.held == ()


@pytest.mark.parametrize(
    ("column", "kind", "count"),
    [
        (Column("c-note", "Note", "number"), HeldKind.RETYPED, 1),
        (Column("c-note", "Note", "text", {"calculated": True}), HeldKind.CALCULATED, 1),
        (Column("c-note", "Note", "button"), HeldKind.UNWRITABLE, 1),
        (Column("c-points", "Points", "text"), HeldKind.RETYPED, 1),
    ],
)
def test_a_column_that_cannot_take_its_values_is_named_once(
    past: Model, column: Column, kind: HeldKind, count: int
) -> None:
    live = with_column(past, column)
    for row in live.rows:
        live.rows[row]["values"][column.id] = ""
    plan = live.plan_to(past)
    assert [each for each in held(plan) if each[1] == column.id] == [(None, column.id, kind, count)]
    assert column.id not in {each.cell.column for each in plan.updates}


def test_a_value_that_reads_the_same_in_a_column_of_another_type_is_not_counted(past: Model) -> None:
    live = with_column(past, Column("c-points", "Points", "text"))
    live.set("i-1", POINTS, "3")
    live.rows["i-1"]["values"]["c-twice"] = 6
    assert live.plan_to(past).held == ()


def test_of_a_column_that_is_gone_the_cells_are_counted_also_of_lost_rows(past: Model) -> None:
    past.set("i-1", NOTE, "first")
    live = replace(past.copy(), columns=[column for column in COLUMNS if column is not NOTE])
    for row in live.rows.values():
        row["values"].pop("c-note", None)
    del live.rows["i-2"]
    plan = live.plan_to(past)
    assert held(plan) == [(None, "c-note", HeldKind.COLUMN_GONE, 2)]
    assert plan.held[0].column_name == "Note"
    assert [insert.old for insert in plan.inserts] == ["i-2"]


def test_a_lost_row_comes_back_with_all_that_can_be_written(past: Model) -> None:
    live = past.copy()
    del live.rows["i-1"]
    plan = live.plan_to(past, Asked(columns=frozenset({"Note"})))
    (insert,) = plan.inserts
    assert (insert.old, insert.key, insert.name) == ("i-1", "i-1", "Ship it")
    assert [(cell.column, cell.sent) for cell in insert.cells] == [
        ("c-name", "Ship it"),
        ("c-points", 3),
        ("c-city", "i-oslo"),
    ]
    assert held(plan) == [(None, "c-twice", HeldKind.CALCULATED, 1)]


def test_an_empty_cell_is_sent_where_coda_would_fill_it(past: Model) -> None:
    live = with_column(past, Column("c-note", "Note", "text", {"defaultValue": "as usual"}))
    del live.rows["i-1"]
    (insert,) = live.plan_to(past).inserts
    assert ("c-note", "") in [(cell.column, cell.sent) for cell in insert.cells]


def test_what_cannot_be_written_does_not_block_its_row_but_what_it_is_called_by(past: Model) -> None:
    past.set("i-1", NOTE, "**bold**")
    past.set("i-2", NAME, "**Rest**")
    live = past.copy()
    for row in ("i-1", "i-2", "i-3"):
        del live.rows[row]
    plan = live.plan_to(past)
    assert [insert.old for insert in plan.inserts] == ["i-1", "i-3"]
    assert held(plan) == [
        (None, "c-twice", HeldKind.CALCULATED, 1),
        ("i-1", "c-note", HeldKind.UNWRITABLE, 1),
        ("i-2", "c-name", HeldKind.UNWRITABLE, 1),
        ("i-3", "c-waits", HeldKind.UNWRITABLE, 1),
    ]
    assert "without it the row is not inserted" in plan.held[2].reason


def test_rows_come_after_those_they_point_to_and_in_a_circle_cells_wait() -> None:
    past = Model()
    for number in range(1, 5):
        past.add(f"i-{number}", Name=str(number))
    past.set("i-1", WAITS, [reference("i-2")])
    past.set("i-2", WAITS, [reference("i-3")])
    past.set("i-3", WAITS, [reference("i-2"), reference("i-3")])
    past.set("i-4", WAITS, [reference("i-1")])
    plan = Model().plan_to(past)
    assert [insert.old for insert in plan.inserts] == ["i-3", "i-2", "i-1", "i-4"]
    assert [[cell.column for cell in insert.later] for insert in plan.inserts] == [["c-waits"], [], [], []]
    assert cost_of(plan).requests == 5, "each row waits for the one before, and one cell for all"


def test_a_reference_leads_to_the_row_that_came_back_also_in_a_later_rollback(past: Model) -> None:
    live = past.copy()
    del live.rows["i-2"]
    live.carry_out(live.plan_to(past))
    assert live.rows["i-3"]["values"]["c-waits"] == [reference("i-again4")]
    live.set("i-3", WAITS, [reference("i-2")])
    assert [each.cell.sent for each in live.plan_to(past).updates] == [["i-again4"]], "a dangling one is repaired"


def test_rows_of_other_tables_that_came_back_are_found_by_what_commits_noted(past: Model) -> None:
    live = past.copy()
    live.set("i-1", CITY, "")
    around = Around(frozenset({"i-oslo-2"}))
    assert held(live.plan_to(past, around=around)) == [("i-1", "c-city", HeldKind.UNWRITABLE, 1)]
    live.restored.append((OTHER, "i-oslo", "i-oslo-1"))
    live.restored.append((OTHER, "i-oslo-1", "i-oslo-2"))
    assert [each.cell.sent for each in live.plan_to(past, around=around).updates] == ["i-oslo-2"]


def test_lost_rows_that_are_alike_are_adopted_one_for_one() -> None:
    past = Model()
    for number in range(3):
        past.add(f"i-{number}", Name="Same")
    live = Model(made=10)
    live.add("i-a", Name="Same")
    live.add("i-b", Name="Same", Note="other")
    live.add("i-c", Name="Same")
    plan = live.plan_to(past, Asked(delete_added=True))
    assert plan.adopted == (("i-0", "i-a"), ("i-1", "i-c"))
    assert [insert.old for insert in plan.inserts] == ["i-2"]
    assert [delete.row for delete in plan.deletes] == ["i-b"]


def test_rows_that_came_since_stay_and_are_counted(past: Model) -> None:
    live = past.copy()
    live.add("i-new", Name="Mine")
    plan = live.plan_to(past)
    assert plan.is_empty
    assert [note for note in plan.notes if "--delete-added" in note]
    (delete,) = live.plan_to(past, Asked(delete_added=True)).deletes
    assert (delete.row, delete.name) == ("i-new", "Mine")
    assert "c-twice" not in dict(delete.live)


def test_what_was_edited_since_the_last_sync_is_marked_and_can_be_left(past: Model) -> None:
    synced = past.copy()
    synced.set("i-1", NAME, "Shipped")
    synced.add("i-old", Name="Before the sync")
    live = synced.copy()
    live.set("i-2", NAME, "Rested")
    live.add("i-new", Name="After the sync")
    asked = Asked(delete_added=True)
    plan = live.plan_to(past, asked, base=synced)
    assert [(each.row, each.newer) for each in plan.updates] == [("i-1", False), ("i-2", True)]
    assert [delete.row for delete in plan.deletes] == ["i-old", "i-new"]
    plan = live.plan_to(past, replace(asked, keep_newer=True), base=synced)
    assert [each.row for each in plan.updates] == ["i-1"]
    assert [delete.row for delete in plan.deletes] == ["i-old"]
    assert sum("since the last sync" in note for note in plan.notes) == 2


def test_the_id_of_a_plan_does_not_depend_on_what_is_newer_or_on_names(past: Model) -> None:
    live = past.copy()
    live.set("i-1", NAME, "Shipped")
    assert live.plan_to(past, base=past).id == live.plan_to(past, base=live).id
    other = live.copy()
    other.set("i-1", NAME, "Sent")
    assert other.plan_to(past).id != live.plan_to(past).id
    assert what_differs(live.plan_to(past), other.plan_to(past)) == "now it is Sent › Name: Sent → Ship it"


def test_columns_and_rows_that_are_asked_for(past: Model) -> None:
    live = past.copy()
    for row in ("i-1", "i-2"):
        live.set(row, NAME, "x")
        live.set(row, NOTE, "y")
    asked = Asked(columns=frozenset({"c-note"}), rows=frozenset({"i-1"}))
    assert [(row, column) for row, column, *_ in cells(live.plan_to(past, asked))] == [("i-1", "c-note")]
    assert live.plan_to(past, Asked(columns=frozenset({"Name"}))).updates[0].cell.column == "c-name"
    with pytest.raises(UsageError, match="'Nmae'; there is Name, Note"):
        live.plan_to(past, Asked(columns=frozenset({"Nmae"})))
    with pytest.raises(UsageError, match="i-none"):
        live.plan_to(past, Asked(rows=frozenset({"i-1", "i-none"})))


def test_a_name_of_two_columns_is_none(past: Model) -> None:
    live = with_column(past, Column("c-note", "Name", "text"))
    with pytest.raises(UsageError, match="c-name, c-note"):
        live.plan_to(past, Asked(columns=frozenset({"Name"})))


def test_a_row_that_is_too_large_for_coda_is_held_as_a_whole(past: Model) -> None:
    past.set("i-1", NOTE, "x" * 84_001)
    past.set("i-2", NOTE, "x" * (84_000 - len("Rest")))
    live = past.copy()
    live.set("i-1", NOTE, "")
    live.set("i-1", NAME, "Shipped")
    del live.rows["i-2"]
    plan = live.plan_to(past)
    assert ([each.row for each in plan.updates], len(plan.inserts)) == (["i-3"], 1)
    assert held(plan) == [("i-1", None, HeldKind.UNWRITABLE, 2)]


@pytest.mark.parametrize("row", ["i-" + "0a" * 32, "i-" + "F" * 64])
def test_tables_that_coda_fills_are_refused(past: Model, row: str) -> None:
    live = past.copy()
    past.add(row, Name="From a Pack")
    for one, other in ((past, live), (live, past)):
        with pytest.raises(MirrorError, match="fills from elsewhere"):
            one.plan_to(other)


def test_many_deletes_have_to_be_allowed() -> None:
    past = Model()
    live = Model()
    for number in range(110):
        live.add(f"i-{number}", Name=str(number))
    past.rows = {row: live.rows[row] for row in list(live.rows)[11:]}
    asked = Asked(delete_added=True)
    plan = live.plan_to(past, asked)
    require_allowed_deletes(plan, True)
    require_allowed_deletes(replace(plan, deletes=plan.deletes[1:]), False)
    require_allowed_deletes(replace(plan, row_count=111), False)
    with pytest.raises(MirrorError, match="11 of 109 rows"):
        require_allowed_deletes(replace(plan, row_count=109), False)
    assert cost_of(plan).requests == 1


def test_the_name_of_a_link_is_held_and_its_address_written() -> None:
    link = Column("c-note", "Note", "link")
    past = Model(columns=(NAME, link))
    page: dict[str, Any] = {"@type": "WebPage", "url": "https://a.example/", "name": "A page"}
    past.add("i-1", Name="One", Note=page)
    live = past.copy()
    live.set("i-1", link, {**page, "url": "https://b.example/"})
    plan = live.plan_to(past)
    assert [each.cell.sent for each in plan.updates] == ["https://a.example/"]
    assert held(plan) == [("i-1", "c-note", HeldKind.UNWRITABLE, 1)]
    live.set("i-1", link, {**page, "name": "Other name"})
    plan = live.plan_to(past)
    assert (plan.updates, held(plan)) == ((), [("i-1", "c-note", HeldKind.UNWRITABLE, 1)])


def test_a_calculated_column_alone_is_named_and_nothing_is_to_be_done(past: Model) -> None:
    live = past.copy()
    live.rows["i-1"]["values"][TWICE.id] = 7
    plan = live.plan_to(past)
    assert plan.is_empty
    assert held(plan) == [(None, "c-twice", HeldKind.CALCULATED, 1)]


def test_a_person_who_was_known_by_name_alone_is_the_one_of_that_name() -> None:
    lead = Column("c-note", "Lead", "person", {"format": {"isArray": True}})
    past = Model(columns=(NAME, lead))
    ada = {"@type": "Person", "name": "Ada"}
    past.add("i-1", Name="One", Lead=[ada, {"@type": "Person", "name": "Ben", "email": "ben@a.example"}])
    live = past.copy()
    live.set("i-1", lead, [{**ada, "email": "ada@a.example"}, past.rows["i-1"]["values"]["c-note"][1]])
    assert (live.plan_to(past).held, live.plan_to(past).updates) == ((), ())
    live.set("i-1", lead, [{**ada, "email": "ada@a.example"}])
    assert [each.column for each in live.plan_to(past).held] == ["c-note"], "nobody knows Ben any more"
