"""What a page of a comparison shows: all of it in parts, and never more than a page can bear."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.actions.browse.compared_rows import RowsPart, rows_part
from coda_git_mirror.actions.browse.compared_texts import Replaced, Stretch, TextPart, text_part
from coda_git_mirror.actions.browse.marks import CUT, Mark, Room, both_sides, cut, one_side
from coda_git_mirror.changes.words import compare_texts
from coda_git_mirror.model.changes import ColumnChanges, ColumnFacts, Kind, RowCounts
from coda_git_mirror.model.differences import ABSENT, CellChange, PageDiff, Piece, RowChange, TableDiff
from tests.format.strategies import prop

LINE = st.sampled_from(["one two\n", "two three\n", "\n", "four\n", "one three\n"])
TEXT = st.lists(LINE, max_size=20).map("".join)


def page(old: str, new: str) -> PageDiff:
    return PageDiff(Kind.CHANGED, "p1", ("Page",), text=compare_texts(old, new), newer=new)


def parts(of: PageDiff, most: int, room: int) -> Iterator[TextPart]:
    start: int | None = 0
    while start is not None:
        part = text_part(of, start, most, Room(room))
        assert part
        assert part.rest is None or part.rest > start
        yield part
        start = part.rest


def words(marks: tuple[Mark, ...]) -> str:
    return "".join(mark.text for mark in marks)


@prop
@given(TEXT, TEXT, st.integers(1, 5), st.integers(0, 40))
def test_the_parts_of_a_text_are_all_of_both_sides(old: str, new: str, most: int, room: int) -> None:
    """Without blank lines, of which some are left out where nothing changed."""
    told = page(old, new)
    assert (text_part(told, 0, 10, Room(100)) is None) == (old == new)
    stretches = [stretch for part in parts(told, most, room) for stretch in part.stretches] if old != new else []
    shown = [
        (words(each.old), words(each.new)) if isinstance(each, Replaced) else (words(each.marks),) * 2
        for each in stretches
    ]
    if stretches:
        assert "".join(side[0] for side in shown).split() == old.split()
        assert "".join(side[1] for side in shown).split() == new.split()


@prop
@given(TEXT, TEXT)
def test_what_is_counted_as_unchanged_is(old: str, new: str) -> None:
    for part in parts(page(old, new), 100, 100_000) if old != new else ():
        for stretch in part.stretches:
            if isinstance(stretch, Stretch):
                assert stretch.count == len([line for line in words(stretch.marks).split("\n") if line.strip()])


def test_lines_far_from_a_change_are_folded() -> None:
    lines = [f"line {number}\n" for number in range(100)]
    part = text_part(page("".join(lines), "".join(lines).replace("line 50\n", "row 50\n")), 0, 10, Room(10_000))
    assert part
    assert [(each.kind, each.count if isinstance(each, Stretch) else 0) for each in part.stretches] == [
        ("folded", 48), ("kept", 2), ("replaced", 0), ("kept", 2), ("folded", 47),
    ]  # fmt: skip


def test_a_long_fold_is_only_counted() -> None:
    text = "a line of some words\n" * 3_000
    part = text_part(page(f"{text}old\n", f"{text}new\n"), 0, 10, Room(10_000))
    assert part
    assert part.stretches[0] == Stretch("folded", 2_998, ())


def test_of_a_huge_paragraph_only_what_changed_and_what_is_near_is_shown() -> None:
    text = "word " * 200_000
    part = text_part(page(f"{text}old {text}\n", f"{text}new {text}\n"), 0, 10, Room(10_000))
    assert part
    [replaced] = part.stretches
    assert isinstance(replaced, Replaced)
    assert [mark.kind for mark in replaced.old] == [CUT, "=", "-", "=", CUT]
    assert len(words(replaced.old)) < 1_000


def test_of_what_came_at_length_the_beginning_is_shown_and_the_rest_counted() -> None:
    [first, rest] = one_side((Piece("+", "x" * 9_000),), "+", 6_000)
    assert (len(first.text), rest) == (6_000, Mark(CUT, "3,000 more characters"))
    assert list(cut(Mark("=", "x" * 7_000), 6_000)) == [Mark("=", "x" * 7_000)]
    assert [mark.kind for mark in both_sides((Piece("-", "a"), Piece("+", "b"), Piece("=", "c")), 10)] == [
        "-",
        "+",
        "=",
    ]


def cell(column: str, before: str | None, after: str | None) -> CellChange:
    values = ABSENT if before is None else before, ABSENT if after is None else after
    return CellChange(column, column, *values, before or "", after or "")


def table(columns: int, *rows: RowChange, size: int = 10) -> TableDiff:
    known = {f"c{number}": ColumnFacts(f"c{number}", "text") for number in range(columns)}
    kinds = [row.kind for row in rows]
    counts = RowCounts(kinds.count(Kind.ADDED), kinds.count(Kind.CHANGED), kinds.count(Kind.REMOVED))
    return TableDiff(
        Kind.CHANGED, "t1", "Tasks", "", ColumnChanges(), counts, rows, told=counts, known=known, size=size
    )


def changed(number: int, *cells: CellChange, kind: Kind = Kind.CHANGED) -> RowChange:
    return RowChange(kind, f"i-{number}", f"Row {number}", cells, {"c0": f"Row {number}"})


def names(part: RowsPart | None) -> list[str]:
    assert part
    return [heading.name for heading in part.headings]


def test_of_many_columns_those_in_which_a_row_changed_come_first() -> None:
    new = changed(1, *(cell(f"c{number}", None, "x") for number in range(1, 20)), kind=Kind.ADDED)
    part = rows_part(table(20, changed(0, cell("c17", "a", "b")), new), 0, 10, Room(1_000))
    assert names(part) == ["c17", "c1", "c2", "c3", "c4", "c5", "c6", "c7"]
    assert part
    assert part.left_out == 11
    assert part.unchanged_rows == 8


def test_few_columns_are_all_shown_and_idle_ones_say_so() -> None:
    part = rows_part(table(4, changed(0, cell("c2", "a", "b"))), 0, 10, Room(1_000))
    assert part
    assert [(heading.name, heading.is_quiet) for heading in part.headings] == [
        ("c1", True),
        ("c2", False),
        ("c3", True),
    ]


def test_rows_come_in_parts_that_fit_and_at_least_one_at_a_time() -> None:
    rows = [changed(number, cell("c1", "a" * 300, "b" * 300)) for number in range(10)]
    seen: list[str] = []
    start: int | None = 0
    while start is not None:
        part = rows_part(table(3, *rows), start, 4, Room(500))
        assert part
        seen += [row.id for row in part.rows]
        start = part.rest
    assert seen == [row.id for row in rows]
    part = rows_part(table(3, *rows), 99, 4, Room(500))
    assert part
    assert [row.id for row in part.rows] == ["i-9"]


def test_rows_that_follow_a_column_are_not_told() -> None:
    following = changed(0, CellChange("c1", "c1", 1, "1", "1", "1", by_column=True))
    it = table(3, following, changed(1, cell("c1", "a", "b")))
    told = TableDiff(**{**vars(it), "told": RowCounts(changed=1)})
    part = rows_part(told, 0, 10, Room(100))
    assert part
    assert [row.id for row in part.rows] == ["i-1"]
