"""The cells of a table compared: whatever happened to it, what is told makes the newer table of the older one."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.changes.cells import ColumnPair, TableCells
from coda_git_mirror.changes.columns import compare_columns
from coda_git_mirror.changes.difference_objects import row_object
from coda_git_mirror.format.tables import row_key, row_records
from coda_git_mirror.model.changes import Kind, RowCounts
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.differences import ABSENT, RowChange
from tests.format.strategies import instants, names, prop

column_ids = st.sampled_from(["c-1", "c-2", "c-3", "c-é"])
row_ids = st.sampled_from(["i-1", "i-2", "i-3", "i-4", "i-"])
values = st.one_of(
    st.sampled_from(
        [0, 0.0, 1, 1.0, True, False, "", None, "1", 10**30, 1e-7, [], [1, True], {"@type": "x"}, "\ud800"]
    ),
    names,
    st.lists(st.integers(0, 2) | st.booleans(), max_size=3),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Json], dict[str, Json]]:
    """Columns and rows: columns of any name and type, rows that lack cells or have cells of no known column."""
    columns = [
        {"id": column, "name": draw(names), "format": {"type": draw(st.sampled_from(["text", "number"]))}}
        for column in draw(st.lists(column_ids, unique=True))
    ]
    rows = {
        row: {
            "id": row,
            "name": draw(names),
            "createdAt": draw(instants),
            "values": draw(st.dictionaries(column_ids, values)),
        }
        for row in draw(st.lists(row_ids, unique=True))
    }
    return columns, rows


def lines(rows: dict[str, Json]) -> Callable[[], list[bytes]]:
    return lambda: row_records(sorted(rows.values(), key=row_key))


def compared(old: tuple[list[Json], dict[str, Json]], new: tuple[list[Json], dict[str, Json]]) -> TableCells:
    return TableCells(lines(old[1]), lines(new[1]), ColumnPair(old[0], new[0]))


def applied(columns: list[Json], rows: dict[str, Json], told: Json) -> tuple[list[str], dict[str, Json]]:
    """The table that the JSON of a comparison makes of another one: the ids of its columns, its cells."""
    order = [column["id"] for column in columns] if told["column_order"] is None else told["column_order"]
    cells = {row: dict(content["values"]) for row, content in rows.items()}
    gone = [column["id"] for column in told["columns"] if column["change"] == "removed"]
    for row in told["rows"]:
        if row["change"] == "removed":
            del cells[row["id"]]
            continue
        content = cells.setdefault(row["id"], {})
        for cell in row["cells"]:
            content.pop(cell["column"], None)
            if "after" in cell:
                content[cell["column"]] = cell["after"]
    for content in cells.values():
        for column in gone:
            content.pop(column, None)
    return order, cells


@prop
@given(tables(), tables())
def test_what_is_told_makes_the_newer_table_of_the_older_one(
    old: tuple[list[Json], dict[str, Json]], new: tuple[list[Json], dict[str, Json]]
) -> None:
    columns, gone = compare_columns(old[0], new[0]), {each["id"] for each in old[0]} - {each["id"] for each in new[0]}
    for row in new[1].values():
        row["values"] = {column: value for column, value in row["values"].items() if column not in gone}
    told = {
        "columns": [{"id": each.id, "change": each.kind.value} for each in columns.columns],
        "column_order": columns.order,
        "rows": [row_object(row) for row in compared(old, new)],
    }
    order, cells = applied(*old, json.loads(json.dumps(told)))
    assert order == [column["id"] for column in new[0]]
    assert json.dumps(cells, sort_keys=True) == json.dumps(
        {row: content["values"] for row, content in new[1].items()}, sort_keys=True
    )
    facts = {each.id: (each.after.name, each.after.type) for each in columns.columns if each.after}
    before = {each["id"]: (each["name"], each["format"]["type"]) for each in old[0]}
    after = {each["id"]: (each["name"], each["format"]["type"]) for each in new[0]}
    assert {column: pair for column, pair in {**before, **facts}.items() if column not in gone} == after


@prop
@given(tables(), tables())
def test_a_table_has_no_changes_to_itself_and_all_counts_fit(
    old: tuple[list[Json], dict[str, Json]], new: tuple[list[Json], dict[str, Json]]
) -> None:
    assert list(compared(old, old)) == []
    changes = list(compared(old, new))
    assert len({row.id for row in changes}) == len(changes)
    counts = compared(old, new).counts()
    assert counts == RowCounts(
        *(sum(row.kind is kind for row in changes) for kind in (Kind.ADDED, Kind.CHANGED, Kind.REMOVED))
    )
    assert counts.added - counts.removed == len(new[1]) - len(old[1])


def change(before: Any, after: Any, kind: str = "text") -> RowChange:
    columns = [{"id": "c", "name": "Status", "format": {"type": kind}}]
    old, new = ({"i": {"id": "i", "name": "Ship it", "values": {"c": value}}} for value in (before, after))
    [row] = compared((columns, old), (columns, new))
    return row


def test_a_cell_is_told_as_a_person_reads_it() -> None:
    [cell] = change("```To do```", "```Done```").cells
    assert (cell.name, cell.text_before, cell.text_after, cell.words) == ("Status", "To do", "Done", ())
    [cell] = change("2026-03-01T00:00:00.000-08:00", "", "date").cells
    assert (cell.text_before, cell.text_after) == ("2026-03-01", "")


def test_of_long_texts_the_words_that_differ_are_told() -> None:
    text = "All the words of this long text stay as they are, but for the {} one."
    [cell] = change(text.format("second"), text.format("last")).cells
    assert [piece.text for piece in cell.words if piece.operation != "="] == ["second", "last"]
    [cell] = change("x" * 50, "y" * 50).cells
    assert cell.words == ()


def test_an_added_column_is_told_in_its_rows_and_a_removed_one_is_not() -> None:
    rows = {"i": {"id": "i", "name": "R", "values": {"a": 1, "b": 2}}}
    fewer = {"i": {"id": "i", "name": "R", "values": {"a": 1}}}
    both, one = [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}], [{"id": "a", "name": "A"}]
    [row] = compared((one, fewer), (both, rows))
    assert [(cell.name, cell.before, cell.after) for cell in row.cells] == [("B", ABSENT, 2)]
    assert list(compared((both, rows), (one, fewer))) == []


def test_a_row_of_another_creation_time_is_the_same_row() -> None:
    old = {n: {"id": n, "name": n, "createdAt": f"2024-01-0{n}T00:00:00Z", "values": {"a": 1}} for n in "123"}
    new = {**old, "1": {**old["1"], "createdAt": "", "values": {"a": 2}}}
    [row] = compared(([], old), ([], new))
    assert (row.kind, row.id) == (Kind.CHANGED, "1")


def test_a_large_table_is_compared_with_memory_for_few_rows() -> None:
    def rows(status: str) -> Iterator[bytes]:
        for number in range(20_000):
            values = {"a": "x" * 1_000, "b": status if number % 1_000 == 0 else ""}
            yield row_records([{"id": f"i-{number:06}", "values": values}])[0]

    tracemalloc.start()
    try:
        counts = TableCells(lambda: rows("To do"), lambda: rows("Done"), ColumnPair([], [])).counts()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert counts == RowCounts(changed=20)
    assert peak < 1_000_000
