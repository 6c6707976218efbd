"""Where a table is cut follows from its rows alone, and the parts are the whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate, chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.metadata import parse_metadata, table_entry
from coda_git_mirror.format.table_parts import (
    Part,
    csv_parts,
    csv_records,
    cut_rows,
    files_of,
    part_names,
    part_of,
    row_parts,
    whole_csv,
)
from coda_git_mirror.format.tables import csv_header, csv_rows, row_key, row_records, table_document
from coda_git_mirror.model.content import Column, Json, Table
from tests.format.strategies import prop

COLUMN = Column("c-1", 'Of "many"\nlines')
TEXTS = st.text(alphabet='ab",\n\r\0é\ud800', max_size=60)
IDS = st.text(alphabet='ab-\ud800"\n', min_size=1, max_size=8)
TABLES = st.dictionaries(IDS, TEXTS, max_size=40)
BOUNDS = st.integers(1, 900)


def row(row_id: str, text: str) -> Json:
    return {"id": row_id, "createdAt": "", "values": {"c-1": text}}


def lines_of(table: dict[str, str]) -> tuple[list[bytes], list[bytes]]:
    """The lines of a table's JSONL and CSV, its rows in the mirror's order."""
    rows = sorted((row(*each) for each in table.items()), key=row_key)
    sheet = b"".join([csv_header([COLUMN]), *csv_rows(rows, [COLUMN])])
    return row_records(rows), sheet.splitlines(keepends=True) if b"\r" not in sheet else [sheet]


def cut(table: dict[str, str], largest: int) -> tuple[int, ...]:
    return cut_rows(*lines_of(table), largest)


def parts(table: dict[str, str], largest: int) -> list[tuple[bytes, bytes]]:
    """The bytes of each part, as JSONL and as CSV."""
    rows, csv = lines_of(table)
    sizes = cut_rows(rows, csv, largest)
    jsonls = [b"".join(part) for part in row_parts(rows, sizes)]
    return list(zip(jsonls, [b"".join(part) for part in csv_parts(csv, sizes)], strict=True))


def ids_in(part: tuple[bytes, bytes]) -> list[str]:
    return [json.loads(line)["id"] for line in part[0].splitlines()]


@prop
@given(TABLES, BOUNDS)
def test_the_parts_are_the_whole_and_each_begins_with_the_header(table: dict[str, str], largest: int) -> None:
    rows, csv = lines_of(table)
    found = parts(table, largest)
    assert b"".join(jsonl for jsonl, _ in found) == b"".join(rows)
    assert b"".join(whole_csv(sheet.splitlines(keepends=True) for _, sheet in found)) == b"".join(csv)
    assert all(sheet.startswith(csv_header([COLUMN])) for _, sheet in found)


@prop
@given(TABLES, BOUNDS)
def test_no_part_passes_the_bound_that_has_more_than_one_row(table: dict[str, str], largest: int) -> None:
    for jsonl, sheet in parts(table, largest):
        assert len(jsonl.splitlines()) == 1 or max(len(jsonl), len(sheet)) <= largest or not table


@prop
@given(st.permutations(range(30)), st.integers(200, 900))
def test_the_order_in_which_rows_come_decides_nothing(order: Sequence[int], largest: int) -> None:
    table = {f"i-{number}": "text" * (number % 5) for number in order}
    assert parts(table, largest) == parts(dict(sorted(table.items())), largest)


@prop
@given(st.dictionaries(IDS, TEXTS, min_size=1, max_size=40), BOUNDS, st.data())
def test_another_value_of_a_row_changes_its_part_alone(
    table: dict[str, str], largest: int, data: st.DataObject
) -> None:
    """A part that grows past the bound is cut where it is; one that shrinks may become one with its neighbours."""
    changed = data.draw(st.sampled_from(sorted(table)))
    before = parts(table, largest)
    after = parts({**table, changed: table[changed] + data.draw(st.text("xyz", min_size=1, max_size=200))}, largest)
    place = next(place for place, part in enumerate(before) if changed in ids_in(part))
    others = len(before) - place - 1
    assert after[:place] == before[:place]
    assert after[len(after) - others :] == before[place + 1 :]
    anew = after[place : len(after) - others]
    assert list(chain(*map(ids_in, anew))) == ids_in(before[place])


@prop
@given(st.integers(2, 60), BOUNDS)
def test_a_bound_that_is_not_passed_cuts_nothing(count: int, largest: int) -> None:
    table = {f"i-{number:03}": "text" for number in range(count)}
    rows, csv = lines_of(table)
    whole = max(len(b"".join(rows)), len(b"".join(csv)))
    assert cut(table, whole) == (count,)
    assert len(cut(table, whole - 1)) > 1
    assert sum(cut(table, largest)) == count


def test_a_new_row_hardly_ever_moves_a_cut() -> None:
    """Of 200 rows that are added to one of about 20 parts, each anywhere in the table."""
    table = {f"i-{number:04}": "text" * (number % 7) for number in range(0, 2_000, 2)}
    before = {part[0] for part in parts(table, 8_000)}
    assert len(before) > 15
    lost = [
        len(before - {part[0] for part in parts({**table, f"i-{number:04}": "new"}, 8_000)})
        for number in range(1, 2_000, 10)
    ]
    assert sorted(lost)[190] == 1
    assert sum(lost) < 230


def test_a_view_is_cut_by_the_ids_of_its_rows_and_its_sheet() -> None:
    rows, csv = lines_of({f"i-{number}": "text" for number in range(20)})
    ids = [json.dumps(json.loads(line)["id"]).encode() + b"\n" for line in rows]
    assert len(cut_rows(rows, csv, 200)) > len(cut_rows(ids, csv, 200)) > 1


@pytest.mark.parametrize("line", [b"[]\n", b"{}\n", b"7\n", b"{\n", b""], ids=repr)
def test_what_is_no_table_is_not_cut(line: bytes) -> None:
    _, csv = lines_of({"i-1": "text"})
    with pytest.raises(ValueError, match=r"."):
        cut_rows([line] if line else [], csv, 1)


def test_a_record_ends_where_its_quotes_do() -> None:
    lines = [b'A,"B\n', b'""C"",\n', b'",D\n', b"1,2\n", b'"x""\n', b'",3\n', b'"open\n']
    records = [b'A,"B\n""C"",\n",D\n', b"1,2\n", b'"x""\n",3\n', b'"open\n']
    assert list(csv_records(lines)) == records
    assert list(accumulate(map(len, records)))[-1] == sum(map(len, lines))


def test_parts_are_named_by_their_number() -> None:
    assert part_names("tables/tasks", 3, ".csv") == ("tables/tasks.csv", "tables/tasks.2.csv", "tables/tasks.3.csv")
    assert part_of("tables/tasks.csv") == Part("tables/tasks", 1, ".csv")
    assert part_of("views/open.12.csv") == Part("views/open", 12, ".csv")
    assert part_of("tables/tasks.2.jsonl") == Part("tables/tasks", 2, ".jsonl")
    for other in ("tables/tasks.json", "assets/a.2.csv", "pages/tasks.2.csv", "metadata.json", ""):
        assert part_of(other) is None


def test_an_entry_names_the_files_of_its_table() -> None:
    entry = table_entry({"id": "t", "name": "T", "parts": "Coda's own"}, "tables/t.csv", 9, 2)
    assert entry["coda:parts"] == "Coda's own"
    assert files_of(entry, ".jsonl") == ("tables/t.jsonl", "tables/t.2.jsonl")
    assert files_of(entry, ".json") == ("tables/t.json",)
    assert files_of(table_entry({"id": "t"}, None, None), ".csv") == files_of(None, ".csv") == ()
    assert "parts" not in table_entry({"id": "t", "name": "T"}, "tables/t.csv", 9)


def test_a_table_in_one_file_is_described_as_ever() -> None:
    described = json.loads(table_document(Table("t", "T", raw={"id": "t"}), [], 3))
    assert described == {"id": "t", "columns": [], "rowCount": 3}


@pytest.mark.parametrize("parts", [0, 1, 10, -1, True, "2", 2.0, [2]], ids=repr)
def test_metadata_with_a_number_of_parts_that_cannot_be_is_damaged(parts: object) -> None:
    entry = {"id": "t", "file": "tables/t.csv", "rowCount": 9, "parts": parts}
    stored = {"doc": {}, "pages": [], "tables": [entry], "views": [], "assets": [], "denied": []}
    with pytest.raises(ValueError, match="number of files"):
        parse_metadata(json.dumps(stored).encode())
