"""What tables are shown by: cells taken apart, rows sorted and searched in a file, files in parts, damaged ones.

It is faults.md, row 119.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coda_git_mirror.actions.browse.grids import Grid, open_grid
from coda_git_mirror.actions.browse.mirror import Browsed
from coda_git_mirror.actions.browse.pieces import LINK, NOWHERE, Pieces, clipped
from coda_git_mirror.actions.browse.sheets import Sheets
from coda_git_mirror.actions.browse.tables import sorted_by
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.checksums import checksum_list
from coda_git_mirror.format.manifest import DocRecord, Manifest, manifest_document
from coda_git_mirror.format.metadata import Metadata, metadata_document, table_entry
from coda_git_mirror.format.table_parts import csv_parts, cut_rows, part_names, parts_listed, row_parts
from coda_git_mirror.format.tables import csv_header, csv_rows, row_records, table_document
from coda_git_mirror.model.content import Account, Column, Doc, Table
from coda_git_mirror.sql.sheets import Choice, Sheet, SheetRow
from tests.changes.cell_samples import cell_json, kinds
from tests.web.sites import Site, repository_of, served

few = settings(max_examples=60, deadline=None, derandomize=True, database=None)
ROWS = 40
_cells = st.sampled_from(["", " ", "a", "A", "b", "ß", "ss", "10", "9", "-1.5", "1e5", '"', "\\", "x,y", "İ"])


@given(cell_json, kinds)
@few
def test_pieces_say_what_the_csv_says_and_lead_nowhere_else(value: Any, kind: str) -> None:
    text = cell_text(value, kind)
    pieces = Pieces(NOWHERE).of(value, text, kind)
    assert ", ".join(piece.text for piece in pieces if piece.text) == text
    for piece in pieces:
        assert piece.kind != LINK or re.match("https?://|mailto:", piece.target, re.IGNORECASE)
    assert [piece.kind for piece in clipped(pieces)] == [piece.kind for piece in pieces][: len(clipped(pieces))]


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " javascript:x", "JAVASCRIPT:x", "java\nscript:x", "data:text/html,x", "vbscript:x",
     "file:///etc/passwd", "//example.com", "/at/x", "http:", "https://", "\x01javascript:x", "blob:x", "x.org"],
)  # fmt: skip
def test_what_a_browser_might_carry_out_is_no_link(address: str) -> None:
    for value in (address, {"@type": "WebPage", "url": address}, {"@type": "ImageObject", "url": address}):
        assert all(piece.kind != LINK for piece in Pieces(NOWHERE).of(value, address, "link"))


@given(st.lists(st.lists(_cells, min_size=2, max_size=2), max_size=12), _cells, st.booleans(), st.booleans())
@few
def test_a_sheet_is_sorted_and_searched_as_a_list_would_be(
    tmp_path_factory: pytest.TempPathFactory,
    table: list[list[str]],
    words: str,
    descending: bool,
    by_number: bool,
) -> None:
    rows = [SheetRow(f"i-{number}", texts, b"line %d" % number) for number, texts in enumerate(table)]
    sheet = Sheet(tmp_path_factory.mktemp("sheet") / "x.sqlite", rows)
    choice = Choice(words, 0, descending, by_number)
    found = [row for row in rows if any(words.casefold() in cell.casefold() for cell in row.texts)]
    filled = [row for row in found if row.texts[0]]
    filled.sort(key=lambda row: _key(row.texts[0], by_number), reverse=False)
    if descending:
        filled = _backwards(filled, by_number)
    expected = [*filled, *(row for row in found if not row.texts[0])]
    assert sheet.count(choice) == len(expected)
    assert list(sheet.every(choice)) == expected
    assert sheet.rows(choice, 1, 2) == expected[1:3]
    sheet.close()


def _key(text: str, by_number: bool) -> tuple[bool, float, str]:
    is_number = by_number and re.fullmatch(r"-?\d+(\.\d+)?", text) is not None
    return not is_number, float(text) if is_number else 0.0, "" if is_number else text.casefold()


def _backwards(rows: list[SheetRow], by_number: bool) -> list[SheetRow]:
    """The other way round, but equal ones as they are."""
    keys = sorted({_key(row.texts[0], by_number) for row in rows}, reverse=True)
    return [row for key in keys for row in rows if _key(row.texts[0], by_number) == key]


@pytest.mark.parametrize(
    ("asked", "place", "descending"),
    [
        ("c-0", 0, False),
        ("-c-0", 0, True),
        ("Hours", 1, False),
        ("-Hours", 2, False),
        ("--Hours", 2, True),
        ("hours", None, False),
        ("c-3", 3, False),
        ("-", None, False),
        ("", None, False),
    ],
)
def test_what_a_word_means_by_which_to_sort(asked: str, place: int | None, descending: bool) -> None:
    columns = (*COLUMNS, Column("c-2", "-Hours"), Column("c-3", "c-0"))
    assert sorted_by(columns, asked) == (place, descending)


def test_a_sheet_without_its_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MirrorError, match="free some space there, or let TMPDIR name another folder"):
        Sheet(tmp_path / "missing" / "x.sqlite", [])


COLUMNS = (
    Column.of({"id": "c-0", "name": "Task", "format": {"type": "text"}}),
    Column.of({"id": "c-1", "name": "Hours", "format": {"type": "number"}}),
)


def _row(number: int, hours: int) -> dict[str, Any]:
    created = f"2026-01-01T00:00:{number:02}.000Z"
    values = {"c-0": f"```task {number}```", "c-1": hours}
    return {"id": f"i-{number:02}", "name": f"task {number}", "createdAt": created, "values": values}


def _mirror(rows: Iterable[dict[str, Any]], largest: int) -> dict[str, bytes]:
    """A mirror with one table in as many parts as its rows need."""
    each = list(rows)
    records, lines = row_records(each), [csv_header(COLUMNS), *csv_rows(each, COLUMNS)]
    cuts = cut_rows(records, lines, largest)
    raw = {"id": "grid-1", "name": "Tasks", "displayColumn": {"id": "c-0"}}
    files = dict(zip(part_names("tables/tasks", len(cuts), ".csv"), map(b"".join, csv_parts(lines, cuts)), strict=True))
    files |= dict(
        zip(part_names("tables/tasks", len(cuts), ".jsonl"), map(b"".join, row_parts(records, cuts)), strict=True)
    )
    listed = parts_listed("tables/tasks", cuts, is_view=False)
    files["tables/tasks.json"] = table_document(Table("grid-1", "Tasks", raw=raw), COLUMNS, len(each), listed)
    entry = table_entry(raw, "tables/tasks.csv", len(each), len(cuts))
    files["metadata.json"] = metadata_document(Metadata(Doc("d-1", "Plans", raw={"id": "d-1"}), (), {}, (entry,)))
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    files["SHA256SUMS"] = checksum_list(sums)
    record = DocRecord("d-1", "Plans", "docs/plans", "", "", 0, 1, len(each), 0, 0)
    manifest = manifest_document(Manifest(Account("a@example.org", "Ann"), (record,), ()))
    return {
        "coda-mirror.toml": b"",
        "backup_manifest.json": manifest,
        **{f"docs/plans/{name}": content for name, content in files.items()},
    }


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A table in several files; then one cell is another one, and what the CSV says is spoilt in the last commit."""
    folder = tmp_path_factory.mktemp("parts") / "mirror"
    before = _mirror((_row(number, number) for number in range(ROWS)), 700)
    after = _mirror((_row(number, 99 if number == 3 else number) for number in range(ROWS)), 700)
    spoilt = {**after, "docs/plans/tables/tasks.csv": b'Task,Hours,Coda row id\n"'}
    edited = {**after, "docs/plans/tables/tasks.csv": after["docs/plans/tables/tasks.csv"].split(b"\n", 2)[2]}
    lacking = [{**after, f"docs/plans/tables/{name}": None} for name in ("tasks.2.csv", "tasks.jsonl", "tasks.json")]
    commits = repository_of(folder, before, after, spoilt, edited, *lacking)
    (folder.parent / "commits").write_text("\n".join(commits))
    with served(folder) as site:
        yield site


def _commit(site: Site, place: int) -> str:
    return (site.folder.parent / "commits").read_text().split("\n")[place]


def test_a_table_in_parts_is_one(parts: Site) -> None:
    at = f"at={_commit(parts, 1)}"
    item = "/doc/d-1/item/grid-1"
    shown = json.loads(parts.get(f"{item}?{at}&format=json").body)
    assert [row["id"] for row in shown["rows"]] == [f"i-{number:02}" for number in range(ROWS)]
    lines = parts.get(f"{item}?{at}&format=csv").body.splitlines()
    assert lines[0] == b"Task,Hours,Coda row id"
    assert lines[1:] == [f"task {n},{99 if n == 3 else n},i-{n:02}".encode() for n in range(ROWS)]
    found = parts.get(f"{item}?{at}&format=csv&q=99&sort=Hours").body.splitlines()
    assert found == [lines[0], b"task 3,99,i-03"]
    records = parts.get(f"{item}?{at}&format=jsonl").body.splitlines()
    assert [json.loads(record)["id"] for record in records] == [row["id"] for row in shown["rows"]]


def test_a_cell_of_a_table_in_parts(parts: Site) -> None:
    values = json.loads(parts.get("/doc/d-1/item/grid-1/row/i-03/column/c-1?format=json").body)["values"]
    assert [(each["revision"], each["value"]) for each in values] == [
        (_commit(parts, 1), "99"),
        (_commit(parts, 0), "3"),
    ]
    steps = json.loads(parts.get("/doc/d-1/item/grid-1/row/i-03?format=json").body)["changes"]
    assert [step["what"] for step in steps] == ["changed", "came"]


def test_a_damaged_csv_is_named(parts: Site) -> None:
    answer = parts.get(f"/doc/d-1/item/grid-1?at={_commit(parts, 2)}")
    assert answer.status == 500
    revision = _commit(parts, 2)[:10]
    assert (
        f"docs/plans/tables/tasks.csv is missing or damaged in revision {revision}; `coda-git-mirror verify"
        in answer.text
    )
    for place, form, file in ((4, "csv", "tasks.csv"), (5, "jsonl", "tasks.jsonl"), (6, "", "tasks.json")):
        missing = parts.get(f"/doc/d-1/item/grid-1?at={_commit(parts, place)}&format={form}")
        assert (missing.status, f"{file} is missing or damaged" in missing.text) == (500, True)
    assert parts.get(f"/doc/d-1/item/grid-1?at={_commit(parts, 5)}").status == 200


def test_values_are_not_taken_for_those_of_another_row(parts: Site) -> None:
    """Somebody took the header out of a CSV, so that its first row passes for it: each line has another number now."""
    shown = json.loads(parts.get(f"/doc/d-1/item/grid-1?at={_commit(parts, 3)}&format=json").body)
    assert shown["rows"][0]["values"] == {"c-0": "task 2", "c-1": "2"}
    assert shown["rows"][0]["name"] == "task 2"


def test_sheets_are_few_and_vanish(parts: Site) -> None:
    browsed = Browsed.open(parts.folder, lambda _: None)
    grids = [_grid(browsed, _commit(parts, place)) for place in (0, 1, 3)]
    sheets = Sheets(most=2)
    for grid in grids:
        with sheets.sheet(grid) as sheet:
            [folder] = {sheet.place.parent}
            assert sheet.count(Choice()) > 0
    assert len(list(folder.glob("*.sqlite"))) == 2
    sheets.close()
    assert not folder.exists()


def test_a_sheet_that_is_in_use_is_not_forgotten(parts: Site) -> None:
    browsed = Browsed.open(parts.folder, lambda _: None)
    first, second = (_grid(browsed, _commit(parts, place)) for place in (0, 1))
    sheets = Sheets(most=1)
    with sheets.sheet(first) as sheet:
        with sheets.sheet(second) as other:
            assert other.count(Choice()) == ROWS
        assert sheet.count(Choice("task 1")) == 11
    sheets.close()


def test_many_who_ask_at_once_get_one_sheet(parts: Site) -> None:
    grid = _grid(Browsed.open(parts.folder, lambda _: None), _commit(parts, 1))
    sheets = Sheets()

    def ask(number: int) -> tuple[int, int]:
        with sheets.sheet(grid) as sheet:
            return id(sheet), sheet.count(Choice(f"task {number}"))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(ROWS)))
    assert len({sheet for sheet, _ in answers}) == 1
    assert [count for _, count in answers] == [11 if 1 <= number <= 3 else 1 for number in range(ROWS)]
    sheets.close()


def _grid(browsed: Browsed, commit: str) -> Grid:
    grid = open_grid(browsed.held(commit), "d-1", "grid-1")
    assert grid is not None
    return grid
