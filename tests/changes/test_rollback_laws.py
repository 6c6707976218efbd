"""The laws of a rollback, on a table in memory: it brings everything back, once, and by itself it writes nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.changes.rollback.states import Asked
from tests.changes.rollback_model import CITY, NAME, NOTE, OTHER, POINTS, WAITS, Model, reference, told
from tests.format.strategies import prop

ROWS = ("i-1", "i-2", "i-3", "i-4", "i-5")
NAMES = st.sampled_from(["", "Ship it", "Rest"])
NOTES = st.sampled_from(["", "a", "```a```"])
NUMBERS = st.sampled_from(["", 0, 1, 2])
CITIES = st.sampled_from(["", reference("i-oslo", OTHER), reference("i-rome", OTHER)])
ALL = Asked(delete_added=True)


def pointing(rows: tuple[str, ...]) -> st.SearchStrategy[Any]:
    targets = st.lists(st.sampled_from(rows), max_size=2, unique=True) if rows else st.just([])
    return targets.map(lambda ids: [reference(row) for row in ids])


@st.composite
def models(draw: st.DrawFn) -> Model:
    """A few rows, alike more often than not, that point to each other in every way."""
    model = Model()
    rows = tuple(draw(st.lists(st.sampled_from(ROWS), max_size=4, unique=True)))
    for row in rows:
        model.add(row, Name=draw(NAMES), Note=draw(NOTES), Points=draw(NUMBERS), City=draw(CITIES))
    for row in rows:
        model.set(row, WAITS, draw(pointing(rows)))
    return model


@st.composite
def pasts(draw: st.DrawFn) -> tuple[Model, Model]:
    """A table in a revision, and as it is after some edits; what pointed to a lost row points nowhere, or there yet."""
    past = draw(models())
    live = past.copy()
    for row in [*live.rows]:
        kind = draw(st.sampled_from(["stays", "lost", "edited"]))
        if kind == "lost":
            del live.rows[row]
        elif kind == "edited":
            column, values = draw(st.sampled_from([(NAME, NAMES), (NOTE, NOTES), (POINTS, NUMBERS), (CITY, CITIES)]))
            live.set(row, column, draw(values))
            live.set(row, WAITS, draw(pointing(tuple(live.rows))))
    for _ in range(draw(st.integers(0, 2))):
        live.add(Name=draw(NAMES), Note=draw(NOTES), Points=draw(NUMBERS))
    if draw(st.booleans()):
        for row in live.rows:
            kept = [each for each in live.rows[row]["values"].get(WAITS.id) or [] if each["rowId"] in live.rows]
            live.set(row, WAITS, kept)
    return past, live


def plain(state: dict[str, Any]) -> dict[str, Any]:
    """With text as it reads, whether it came in a fence or not."""
    return {row: {name: _plain(value) for name, value in cells.items()} for row, cells in state.items()}


def _plain(value: Any) -> Any:
    return value.strip("`") if isinstance(value, str) else value


@prop
@given(pasts())
def test_everything_comes_back_and_the_second_time_nothing_is_to_be_done(states: tuple[Model, Model]) -> None:
    past, live = states
    plan = live.plan_to(past, ALL)
    assert plan.id == live.plan_to(past, ALL).id
    live.carry_out(plan)
    again = live.plan_to(past, ALL)
    assert again.is_empty
    live.restored += [("", old, new) for old, new in plan.adopted]
    assert plain(told(live, past)) == plain(told(past, past))


@prop
@given(pasts())
def test_without_what_commits_noted_the_rows_that_came_back_are_found_by_what_they_hold(
    states: tuple[Model, Model],
) -> None:
    past, live = states
    live.carry_out(live.plan_to(past, ALL))
    live.restored.clear()
    again = live.plan_to(past, ALL)
    assert again.is_empty
    assert {old for old, _ in again.adopted} == past.rows.keys() - live.rows.keys()


@prop
@given(pasts(), st.integers(0, 4))
def test_what_was_cut_off_is_gone_on_with(states: tuple[Model, Model], done: int) -> None:
    past, live = states
    live.carry_out(live.plan_to(past, ALL), done)
    live.restored.clear()
    live.carry_out(live.plan_to(past, ALL))
    assert len(live.rows) == len(past.rows)
    assert live.plan_to(past, ALL).is_empty


@prop
@given(pasts())
def test_a_rollback_can_be_rolled_back(states: tuple[Model, Model]) -> None:
    past, live = states
    for row in live.rows:
        live.set(
            row, WAITS, [each for each in live.rows[row]["values"].get(WAITS.id) or [] if each["rowId"] in live.rows]
        )
    before = live.copy()
    plan = live.plan_to(past, ALL)
    live.carry_out(plan)
    live.restored += [("", old, new) for old, new in plan.adopted]
    back = live.plan_to(before, ALL)
    live.carry_out(back)
    live.restored += [("", old, new) for old, new in back.adopted]
    assert live.plan_to(before, ALL).is_empty
    assert plain(told(live, before)) == plain(told(before, before))


@prop
@given(pasts())
def test_what_came_since_stays_unless_it_is_to_go(states: tuple[Model, Model]) -> None:
    past, live = states
    strangers = live.rows.keys() - past.rows.keys()
    plan = live.plan_to(past)
    assert plan.deletes == ()
    live.carry_out(plan)
    assert strangers <= live.rows.keys()


@prop
@given(pasts(), st.sets(st.sampled_from(ROWS)), st.sets(st.sampled_from(ROWS)))
def test_what_cannot_be_written_makes_no_row_come_twice(
    states: tuple[Model, Model], formatted: set[str], nameless: set[str]
) -> None:
    past, live = states
    for row in formatted & past.rows.keys():
        past.set(row, NOTE, f"**{row}**")
    for row in nameless & past.rows.keys():
        past.set(row, NAME, "*Ship it*")
    plan = live.plan_to(past, ALL)
    lost = past.rows.keys() - live.rows.keys() - {old for old, _ in plan.adopted}
    held = {each.row for each in plan.held if each.column == NAME.id}
    assert {insert.old for insert in plan.inserts} == lost - held
    assert {each.row for each in plan.held if each.column == NOTE.id} >= formatted & lost - held
    live.carry_out(plan)
    assert live.plan_to(past, ALL).is_empty
    live.restored.clear()
    assert live.plan_to(past, ALL).inserts == ()
