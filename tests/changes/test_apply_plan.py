"""What a CSV asks for, merged with a table as it lives: pure, from values alone (cli.md, apply)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from coda_git_mirror.changes.apply.asked import Asked, BaseRow, ChangedRow, NewRow, changed_cells
from coda_git_mirror.changes.apply.merge import Living, Reading
from coda_git_mirror.changes.apply.plan import Choices, plan_of
from coda_git_mirror.changes.apply.sheet_rows import Distance, Distances, Fingerprints, fingerprints, nearest
from coda_git_mirror.changes.encode import Known
from coda_git_mirror.changes.typed_text import Directory, KnownPeople, RowNames, Unread, typed
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.tables import csv_lines
from coda_git_mirror.model.cell_values import (
    EMPTY,
    CellValue,
    Formatted,
    HostedFile,
    Many,
    Member,
    Money,
    Number,
    RowReference,
    Text,
    Truth,
    WebAddress,
)
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.model.plan import HeldKind, Plan


class Rows:
    """The rows of a living table."""

    def __init__(self, rows: Sequence[Json]) -> None:
        self._rows = {str(row["id"]): row for row in rows}

    def __contains__(self, row_id: object) -> bool:
        return row_id in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def ids(self) -> Sequence[str]:
        return list(self._rows)

    def row(self, row_id: str) -> Json:
        return self._rows[row_id]


def column(kind: str, **more: Any) -> Column:
    raw = {"id": "c", "name": "C", "format": {"type": kind, **more.pop("format", {})}, **more}
    return Column.of(raw)


def living(columns: Sequence[Column], values: Sequence[Mapping[str, Any]]) -> Living:
    rows = [
        {"id": f"i-{number}", "name": f"Row {number}", "values": dict(cells)} for number, cells in enumerate(values)
    ]
    return Living("d", "Doc", "grid-1", "Table", columns, Rows(rows))


def reading(overwrite: bool = False, plain_text: bool = False) -> Reading:
    ada, ben, other = (
        Member("ada@x.org", "Ada", "ada@x.org"),
        Member("ben@x.org", "Ben", "ben@x.org"),
        Member("Ben", "Ben"),
    )
    rows = RowNames({"i-moon": "Moon", "i-mars": "Mars, red", "i-a": "Twin", "i-b": "Twin"})
    directory = Directory(
        lambda _: rows, lambda: KnownPeople((ada, ben, other)), lambda member: member.key == "eve@x.org"
    )
    known = Known(lambda _: True, lambda member: member.email or member.name, lambda file: file.url, None, plain_text)
    return Reading(directory, known, overwrite)


def plan(base: Any, text: str, live: Any, kind: Column, **choices: bool) -> Plan:
    """The plan for one cell."""
    row = BaseRow({"c": cell_text(base, kind.kind)}, {"c": base})
    cells = changed_cells([kind], [("i-0", (2, [text]))], {"i-0": row})
    asked = Asked({"c": kind}, cells.rows, damaged=cells.damaged, known={"i-0"}, present={"i-0"})
    return plan_of(asked, living([kind], [{"c": live}]), Choices(), reading(**choices))


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(("base", "wanted", "live"), list(product("abc", repeat=3)))
def test_every_case_of_three_states(base: str, wanted: str, live: str, overwrite: bool) -> None:
    made = plan(f"```{base}```", wanted, f"```{live}```", column("text"), overwrite=overwrite)
    told = [(each.was, each.becomes, each.newer) for each in made.updates]
    conflicts = [each.kind for each in made.held]
    if wanted in (base, live):
        assert (told, conflicts) == ([], [])
    elif live == base:
        assert (told, conflicts) == ([(live, wanted, False)], [])
    elif overwrite:
        assert (told, conflicts) == ([(live, wanted, True)], [])
    else:
        assert (told, conflicts) == ([], [HeldKind.CONFLICT])


OPTIONS = column("select", format={"options": [{"name": "To do"}, {"name": "Done, really"}]})
MANY = {"format": {"isArray": True}}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (column("text"), "**x**", Text("**x**")),
        (column("number"), "12.50", Number(Decimal("12.5"))),
        (column("number"), "1,5", None),
        (column("number"), "1e5", None),
        (column("currency", format={"currencyCode": "EUR"}), "3", Money(Decimal(3), "EUR")),
        (column("currency"), "€ 3", None),
        (column("checkbox"), "True", Truth(True)),
        (column("checkbox"), "", Truth(False)),
        (column("checkbox"), "yes", None),
        (column("date"), "2026-02-30", None),
        (column("date"), "31.03.2026", None),
        (column("time"), "9:15", None),
        (OPTIONS, "Done, really", Text("Done, really")),
        (OPTIONS, "done, really", None),
        (column("select", format={"isArray": True, "options": [{"name": "A"}, {"name": "B, b"}]}), "B, b, A", 2),
        (column("person"), "Ada", Member("ada@x.org")),
        (column("person"), "ADA@x.org", Member("ada@x.org")),
        (column("person"), "Ben", None),
        (column("person"), "eve@x.org", Member("eve@x.org")),
        (column("person"), "Zoe", None),
        (column("person"), "Ada, ben@x.org", 2),
        (column("lookup"), "Mars, red", RowReference("i-mars")),
        (column("lookup"), "Moon, Mars, red", 2),
        (column("lookup"), "i-b", RowReference("i-b")),
        (column("lookup"), "Twin", None),
        (column("lookup"), "Moon, Venus", None),
        (column("link"), "https://example.org", WebAddress("https://example.org")),
        (column("link"), "example", None),
        (column("image"), "https://example.org/a.png", HostedFile("https://example.org/a.png")),
        (column("image"), "a.png (assets/a.png)", None),
    ],
)
def test_a_text_is_read_strictly(kind: Column, text: str, value: CellValue | int | None) -> None:
    read = typed(text, kind, EMPTY, reading().directory)
    if value is None:
        assert isinstance(read, Unread)
    elif isinstance(value, int):
        assert isinstance(read, Many)
        assert len(read.items) == value
    else:
        assert read == value


def test_formatting_is_not_lost_unless_somebody_says_so() -> None:
    made = plan("**Old** text", "**New** text", "**Old** text", column("text"))
    assert [each.kind for each in made.held] == [HeldKind.UNWRITABLE]
    made = plan("**Old** text", "**New** text", "**Old** text", column("text"), plain_text=True)
    assert [each.cell.sent for each in made.updates] == ["**New** text"]
    made = plan("**Old** text", "plain", "**Old** text", column("text"))
    assert [each.cell.sent for each in made.updates] == ["plain"]
    assert isinstance(typed("**New**", column("text"), Formatted("*x*"), reading().directory), Formatted)


def test_columns_that_cannot_be_written_are_named_once() -> None:
    was, gone = column("number"), column("text")
    made = plan(1, "2", "```x```", was)
    assert [each.kind for each in made.held] == [HeldKind.CONFLICT]
    rows = tuple(
        ChangedRow(
            f"i-{number}",
            changed_cells([was], [("i-0", (2, ["5"]))], {"i-0": BaseRow({"c": "1"}, {"c": 1})}).rows[0].cells,
        )
        for number in range(3)
    )
    asked = Asked({"c": was}, rows, known={"i-0", "i-1", "i-2"})
    for now, kind in ((gone, HeldKind.RETYPED), (column("number", calculated=True), HeldKind.CALCULATED)):
        made = plan_of(asked, living([now], [{"c": ""}] * 3), Choices(), reading())
        assert [(each.row, each.column, each.kind, each.cells) for each in made.held] == [(None, "c", kind, 3)]
    made = plan_of(asked, living([], [{}] * 3), Choices(), reading())
    assert [(each.kind, each.cells) for each in made.held] == [(HeldKind.COLUMN_GONE, 3)]


NAME, NOTE = (
    Column.of({"id": "c", "name": "Name", "display": True, "format": {"type": "text"}}),
    Column("n", "Points", "number"),
)


def new(*texts: tuple[str, str]) -> tuple[NewRow, ...]:
    return tuple(NewRow(line, {"c": name, "n": points}) for line, (name, points) in enumerate(texts, 2))


def test_new_rows_that_live_already_are_told_apart_as_multisets() -> None:
    asked = Asked({"c": NAME, "n": NOTE}, new=new(("A", "1"), ("A", "1"), ("A", "1")), known={"i-0"})
    live = [{"c": "A", "n": 1}, {"c": "A", "n": 1}, {"c": "A", "n": 2}]
    made = plan_of(asked, living([NAME, NOTE], live), Choices(), reading())
    assert len(made.inserts) == 1
    of_base = Asked({"c": NAME, "n": NOTE}, new=new(("A", "1")), known={"i-0"}, present={"i-0"})
    assert len(plan_of(of_base, living([NAME, NOTE], live[:1]), Choices(), reading()).inserts) == 1


def test_a_row_whose_name_cannot_be_written_is_held_and_another_cell_alone_is() -> None:
    display = Column.of({"id": "n", "name": "Points", "display": True, "format": {"type": "number"}})
    other = Column("c", "Name")
    asked = Asked({"c": other, "n": display}, new=new(("A", "many")))
    made = plan_of(asked, living([other, display], []), Choices(), reading())
    assert (made.inserts, [each.kind for each in made.held]) == ((), [HeldKind.UNWRITABLE])
    asked = Asked({"c": NAME, "n": NOTE}, new=new(("A", "many")))
    made = plan_of(asked, living([NAME, NOTE], []), Choices(), reading())
    assert ([[cell.sent for cell in each.cells] for each in made.inserts], len(made.held)) == ([["A"]], 1)


def test_a_corrected_row_goes_on_where_it_was_begun() -> None:
    asked = Asked({"c": NAME, "n": NOTE}, new=new(("A", "5")), known={"i-9"})
    made = plan_of(asked, living([NAME, NOTE], [{"c": "A", "n": ""}]), Choices(), reading())
    assert ([(each.row, each.becomes) for each in made.updates], made.inserts) == ([("i-0", "5")], ())


NAMES = ("Name", "Points", "Coda row id")


def prints(*rows: tuple[str, str, str]) -> Fingerprints:
    return fingerprints(NAMES, [(number, list(row)) for number, row in enumerate(rows, 2)])


def test_the_nearest_state_is_the_one_with_the_fewest_differences() -> None:
    file = prints(("A", "1", "i-1"), ("B", "2", "i-2"), ("C", "9", "i-3"))
    monday = csv_lines([["A", "1", "i-1"], ["B", "2", "i-2"], ["C", "3", "i-3"]])
    friday = csv_lines([["A", "7", "i-1"], ["B", "8", "i-2"], ["C", "3", "i-3"]])
    compare = Distances(file)
    columns = [("Name", False), ("Points", False)]
    found = [compare.of(columns, lines) for lines in (friday, monday, monday)]
    assert [each.cells for each in found] == [3, 1, 1]
    assert [(each.known, each.foreign, each.missing, each.width) for each in found] == [(3, 0, 0, 2)] * 3
    assert nearest(found) == 1
    assert nearest([Distance(known=5, missing=10), Distance(known=5)]) == 1
    part = [Distance(cells=1, known=2, missing=100, width=2), Distance(cells=2, known=2, missing=90, width=2)]
    assert nearest(part) == 0
    calculated = [compare.of([("Name", False), ("Points", True)], lines) for lines in (friday, monday)]
    assert [(each.cells, each.calculated) for each in calculated] == [(0, 3), (0, 1)]
    other = [compare.of([("Name", False)], csv_lines([["A", "i-1"], ["Z", "i-9"]]))]
    assert [(each.cells, each.foreign, each.missing) for each in other] == [(1, 2, 1)]


def test_an_id_that_is_there_twice_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="more than once"):
        prints(("A", "1", "i-1"), ("B", "2", "i-1"))


def test_what_a_spreadsheet_has_ruined_makes_no_new_cell() -> None:
    asked = Asked({"c": NAME, "n": NOTE}, new=new(("A", "#VALUE!"), ("1.23457E+15", "1")))
    made = plan_of(asked, living([NAME, NOTE], []), Choices(), reading())
    assert [each.name for each in made.inserts] == ["A"]
    assert [each.kind for each in made.held] == [HeldKind.DAMAGED, HeldKind.DAMAGED]


def test_a_row_that_is_found_without_its_id_is_not_lacking() -> None:
    asked = Asked({"c": NAME, "n": NOTE}, new=new(("A", "1")), known={"i-0"}, missing={"i-0": {"c": Text("A")}})
    table = living([NAME, NOTE], [{"c": "A", "n": 1}])
    for choices in (Choices(delete_missing=True), Choices(delete_missing=True, key=(NAME,))):
        made = plan_of(asked, table, choices, reading())
        assert (made.updates, made.inserts, made.deletes) == ((), (), ())
