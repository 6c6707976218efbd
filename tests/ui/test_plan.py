"""A plan and its outcome as people read them."""

from __future__ import annotations

from dataclasses import replace

import click
import pytest

from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.changes.plan_cost import cost_of
from coda_git_mirror.model.cell_values import EMPTY, Text
from coda_git_mirror.model.plan import Cell, Delete, Fate, HeldBack, HeldKind, Insert, Plan, Update, Written
from coda_git_mirror.ui.objects.plan import carried_object, plan_object
from coda_git_mirror.ui.plan import outcome_lines, plan_lines


def update(number: int, was: str = "Done", becomes: str = "To do") -> Update:
    cell = Cell("c-1", "Status", Text(becomes), becomes)
    return Update(f"i-{number}", f"Task {number}", cell, Text(was), was, becomes)


def insert(number: int, name: str = "") -> Insert:
    name = name or f"New {number}"
    return Insert(f"i-old{number}", f"i-old{number}", name, (Cell("c-0", "Task", Text(name), name),))


PLAN = Plan("dDoc", "Plans", "grid-1", "Tasks", (update(1),), (insert(1),), (Delete("i-9", "Mine", ()),), row_count=10)


def lines(plan: Plan) -> list[str]:
    return [click.unstyle(line) for line in plan_lines(plan, cost_of(plan))]


def outcome(written: Written, plan: Plan = PLAN) -> list[str]:
    return [click.unstyle(line) for line in outcome_lines(Carried(plan, written, 12, 30.4, "a" * 40, "b" * 40))]


def test_the_steps_and_what_they_take() -> None:
    assert lines(PLAN) == [
        f"Plans › Tasks (plan {PLAN.id})",
        "  Tasks › Task 1 › Status: Done → To do",
        "  + Tasks › New 1",
        "  - Tasks › Mine",
        "1 cell of 1 row to change, 1 row to insert, 1 row to delete: 3 requests, about 10 s at Coda's tightest rate.",
        "Row automations of this doc will run.",
    ]


def test_many_steps_are_counted() -> None:
    plan = replace(PLAN, updates=tuple(map(update, range(50))), inserts=(), deletes=())
    told = lines(plan)
    assert len([line for line in told if "Done → To do" in line]) == 40
    assert "  and 10 more cells to change; --json has them all" in told
    assert told[-2].startswith("50 cells of 50 rows to change: 50 requests, about 3 min")


def test_of_long_texts_the_words_that_changed() -> None:
    long = "one two three four five six seven eight nine ten"
    plan = replace(PLAN, updates=(update(1, long, long.replace("five", "FIVE")),), inserts=(), deletes=())
    assert "five" in lines(plan)[1]
    assert long not in lines(plan)[1], "they are marked in between"


def test_what_is_held_back_and_why() -> None:
    held = (
        HeldBack(None, "c-7", HeldKind.COLUMN_GONE, "is not in the table any more", 12, column_name="Owner"),
        HeldBack("i-1", "c-8", HeldKind.UNWRITABLE, "has\nformatting", row_name="Task 1", column_name="Notes"),
        HeldBack("i-2", None, HeldKind.CONFLICT, "was deleted meanwhile"),
    )
    told = lines(Plan("dDoc", "Plans", "grid-1", "Tasks", held=held, notes=("Look\x1b[2Jhere.",)))
    assert told[1:] == [
        "Held back:",
        "  Owner, 12 cells (column gone): is not in the table any more",
        "  Task 1 › Notes (cannot be written): has formatting",
        "  i-2 (in conflict): was deleted meanwhile",
        "Note: Look[2Jhere.",
        "Nothing is to be written.",
    ]


def test_an_outcome_names_what_is_not_as_it_was_wanted() -> None:
    written = Written(
        updates={("i-1", "c-1"): Fate.COERCED},
        inserts={"i-old1": Fate.OVERWRITTEN},
        deletes={"i-9": Fate.APPLIED},
        new_rows={"i-old1": "i-new1"},
        got={("i-1", "c-1"): Text("to do"), ("i-old1", "c-0"): EMPTY},
        notes=("Slow today.",),
    )
    assert outcome(written) == [
        "Written and read back: 1 of 3 steps (12 requests, 30 s).",
        "  Tasks › Task 1 › Status: Done → To do: Coda made another value of it; it holds to do now",
        "  + Tasks › New 1: somebody changed it meanwhile",
        "    Task: New 1; it holds (empty) now",
        "Note: Slow today.",
        "Committed before writing: aaaaaaaaaa",
        "Committed after writing: bbbbbbbbbb",
    ]


@pytest.mark.parametrize("fate", [fate for fate in Fate if fate is not Fate.APPLIED])
def test_every_fate_but_the_wanted_one_is_told(fate: Fate) -> None:
    assert len(outcome(Written(updates={("i-1", "c-1"): fate}))) == 4


def test_the_object_before_and_after() -> None:
    before = plan_object(PLAN, cost_of(PLAN))
    assert (before["plan"], before["applied"], before["requests"], before["seconds"]) == (PLAN.id, False, 3, 10.0)
    written = Written(updates={("i-1", "c-1"): Fate.APPLIED}, inserts={"i-old1": Fate.LOST})
    after = carried_object(Carried(PLAN, written, 12, 30.4, "a" * 40, None))
    assert [each["outcome"] for kind in ("updates", "inserts", "deletes") for each in after[kind]] == [
        "applied",
        "lost",
        None,
    ]
    assert (after["applied"], after["commits"]) == (True, {"before": "a" * 40, "after": None})


def test_the_id_of_a_plan_is_that_of_its_steps() -> None:
    renamed = replace(PLAN, doc_name="Other", notes=("x",), updates=(replace(PLAN.updates[0], newer=True, was="-"),))
    assert renamed.id == PLAN.id
    for other in (
        replace(PLAN, updates=(update(1, becomes="Later"),)),
        replace(PLAN, updates=(update(1, was="Late"),)),
        replace(PLAN, inserts=(insert(2),)),
        replace(PLAN, deletes=()),
        replace(PLAN, table="grid-2"),
    ):
        assert other.id != PLAN.id
