"""Laws of `apply`, on tables of any content: only what was asked for is written, once, and nothing that is newer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.changes.apply.asked import Asked, BaseRow, NewRow, base_values, changed_cells
from coda_git_mirror.changes.apply.merge import Living
from coda_git_mirror.changes.apply.plan import Choices, plan_of
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.model.content import Column
from coda_git_mirror.model.plan import HeldKind, Plan
from tests.changes.test_apply_plan import NAME, NOTE, Rows, reading
from tests.format.strategies import prop

Cells = dict[str, Any]
COLUMNS: list[Column] = [NAME, NOTE]
CELLS = st.fixed_dictionaries(
    {"c": st.sampled_from(["A", "B", "Long name", ""]), "n": st.sampled_from([1, 2, 3.5, ""])}
)
BASES = st.dictionaries(st.sampled_from([f"i-{number}" for number in range(5)]), CELLS, max_size=5)


@st.composite
def states(draw: st.DrawFn) -> tuple[dict[str, Cells], dict[str, Cells], list[Cells], dict[str, Cells]]:
    """A base, a file of it with changed, missing and new rows, and what lives now, changed as well."""
    base = draw(BASES)
    file = {row: draw(st.one_of(st.just(cells), CELLS)) for row, cells in base.items() if draw(st.booleans())}
    live = {row: draw(st.one_of(st.just(cells), CELLS)) for row, cells in base.items() if draw(st.integers(0, 4))}
    added = draw(st.dictionaries(st.sampled_from(["i-7", "i-8"]), CELLS, max_size=2))
    return base, file, draw(st.lists(CELLS, max_size=3)), {**live, **added}


def texts(cells: Mapping[str, Any]) -> dict[str, str]:
    return {column.id: cell_text(cells[column.id], column.kind) for column in COLUMNS}


def asked(base: Mapping[str, Cells], file: Mapping[str, Cells], new: list[Cells]) -> Asked:
    lines = [(row, (line, list(texts(cells).values()))) for line, (row, cells) in enumerate(file.items(), 2)]
    cells = changed_cells(COLUMNS, lines, {row: BaseRow(texts(cells), cells) for row, cells in base.items()})
    return Asked(
        {column.id: column for column in COLUMNS},
        cells.rows,
        tuple(NewRow(line, texts(cells)) for line, cells in enumerate(new, 100)),
        missing={row: base_values(COLUMNS, cells) for row, cells in base.items() if row not in file},
        known=base.keys(),
        present=file.keys(),
    )


def made(wanted: Asked, live: Mapping[str, Cells], deleting: bool) -> Plan:
    rows = [{"id": row, "name": cells["c"], "values": cells} for row, cells in live.items()]
    table = Living("d", "Doc", "grid-1", "Table", COLUMNS, Rows(rows))
    return plan_of(wanted, table, Choices(delete_missing=deleting), reading())


def carried_out(plan: Plan, live: Mapping[str, Cells]) -> dict[str, Cells]:
    """The table as Coda has it afterwards."""
    rows = {row: dict(cells) for row, cells in live.items()}
    for update in plan.updates:
        rows[update.row][update.cell.column] = update.cell.sent
    for number, insert in enumerate(plan.inserts):
        sent = {cell.column: cell.sent for cell in insert.cells}
        rows[f"i-new{number}"] = {"c": "", "n": "", **sent}
    return {row: cells for row, cells in rows.items() if row not in {delete.row for delete in plan.deletes}}


@prop
@given(states(), st.booleans())
def test_only_what_was_asked_for_is_written_and_once(state: Any, deleting: bool) -> None:
    base, file, new, live = state
    wanted = asked(base, file, new)
    plan = made(wanted, live, deleting)
    for update in plan.updates:
        row, column = update.row, update.cell.column
        if row in base:
            assert file[row][column] != base[row][column]
            assert live[row][column] == base[row][column]
    for delete in plan.deletes:
        assert delete.row in base
        assert delete.row not in file
        assert live[delete.row] == base[delete.row]
    after = carried_out(plan, live)
    again = made(wanted, after, deleting)
    assert (again.updates, again.inserts, again.deletes) == ((), (), ())
    for held in plan.held:
        if held.kind is HeldKind.CONFLICT and held.column:
            assert after[str(held.row)][held.column] == live[str(held.row)][held.column]


@prop
@given(states())
def test_every_new_row_is_there_afterwards(state: Any) -> None:
    base, file, new, live = state
    after = carried_out(made(asked(base, file, new), live, deleting=True), live)
    unnamed = [cells for row, cells in after.items() if row not in file]
    for cells in (cells for cells in new if any(texts(cells).values())):
        assert cells in unnamed
        unnamed.remove(cells)
