"""A CSV that programs write anew changes no value: what they do to cells is left alone, or held as damaged."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.changes.apply.asked import BaseRow, ChangedCells, changed_cells
from coda_git_mirror.changes.apply.headers import columns_named
from coda_git_mirror.changes.apply.sheet_rows import rows_by_id
from coda_git_mirror.changes.damage import Verdict, judge
from coda_git_mirror.format.csv_files import read_sheet
from coda_git_mirror.format.tables import ROW_ID_HEADER, csv_header, csv_lines
from coda_git_mirror.model.content import Column
from tests.changes.spreadsheets import PROGRAMS, Program
from tests.format.strategies import prop
from tests.support import REAL_DOCS

COLUMNS = [
    Column("c-1", "Größe, 日本"),
    Column("c-2", "Number", "number"),
    Column("c-3", "Day", "date"),
    Column("c-4", "Done", "checkbox"),
]
NASTY = [
    *(
        "007",
        "1/2",
        "3-4",
        "1.50",
        "1234567890123456789",
        "12345678901234567890",
        "0.1234567890123",
        "1e5",
        "-0",
        "+49",
    ),
    *(
        "=SUM(A1)",
        "@ada",
        "-",
        "- item",
        "'quoted",
        "TRUE",
        "true",
        "N/A",
        "NULL",
        "",
        " ",
        "2026-03-04",
        "10:30",
        "50%",
    ),
    *(
        "Łódź",
        "日本語 x",
        "Müller",
        "🎉 done",
        "a\nb",
        "a\r\nb",
        'say "hi"',
        "a;b",
        "a,b",
        "a\tb",
        "x" * 40_000,
        "ﬁ",
        "é̀",
    ),
    *("MAR1", "1.2.3", "12-11-10", "00:00", "1,5", "1.234", "€ 5", "#NAME?", "###", "1E+05", "5 %", "v1.0"),
]


def opened(place: Path, content: bytes, columns: Sequence[Column], base: dict[str, BaseRow]) -> ChangedCells:
    """What a file asks for against a base."""
    place.write_bytes(content)
    names = {column.name: column for column in columns}
    sheet = read_sheet(place, {*names, ROW_ID_HEADER})
    header, unknown = columns_named(sheet.header, {*names, ROW_ID_HEADER})
    assert unknown == []
    lines = list(rows_by_id(header, sheet.records(), base))
    assert [row for row, _ in lines] == list(base)
    return changed_cells([names.get(name) for name in header], lines, base)


def saved_by(program: Program, place: Path, rows: Sequence[Sequence[str]], columns: Sequence[Column]) -> ChangedCells:
    """What a file asks for that a program has opened and saved."""
    ids = [f"i-{number}x" for number in range(len(rows))]
    base = {
        row_id: BaseRow({column.id: cell for column, cell in zip(columns, cells, strict=True)})
        for row_id, cells in zip(ids, rows, strict=True)
    }
    table = [
        [column.name for column in columns] + [ROW_ID_HEADER],
        *([*row, id_] for row, id_ in zip(rows, ids, strict=True)),
    ]
    return opened(place, program.saved(table), columns, base)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_no_program_changes_a_value_of_nasty_cells(program: Program, tmp_path: Path) -> None:
    rows = [[text, "1.5", f"2026-03-{number % 28 + 1:02}", "TRUE"] for number, text in enumerate(NASTY)]
    assert saved_by(program, tmp_path / "saved.csv", rows, COLUMNS).rows == ()


DAYS = st.dates().map(lambda day: day.isoformat())
FLOATS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15)
TEXTS = st.one_of(
    st.sampled_from(NASTY[:20]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8),
    st.from_regex(r"[0-9/.\-]{1,8}", fullmatch=True),
    st.integers(0, 10**20).map(str),
)
ROWS = st.lists(
    st.tuples(
        TEXTS,
        FLOATS.map(lambda number: f"{number:f}".rstrip("0").rstrip(".")),
        DAYS,
        st.sampled_from(["TRUE", "FALSE"]),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
@prop
@given(rows=ROWS)
def test_no_program_changes_a_value(
    program: Program, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    place = tmp_path_factory.getbasetemp() / f"{program.name.replace(' ', '-')}.csv"
    asked = saved_by(program, place, rows, COLUMNS).rows
    assert asked == (), [(cell.was_text, cell.text) for row in asked for cell in row.cells]


def real_tables() -> list[Path]:
    return sorted(REAL_DOCS.glob("*/tables/*.csv"))


@pytest.mark.skipif(not real_tables(), reason="no real docs beside the checkout")
@pytest.mark.thinned(5)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
@pytest.mark.parametrize("table", real_tables(), ids=lambda path: path.stem)
def test_no_program_changes_a_value_of_a_real_table(table: Path, program: Program, tmp_path: Path) -> None:
    with table.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    columns = [Column(f"c-{number}", name) for number, name in enumerate(header)]
    assert saved_by(program, tmp_path / "saved.csv", rows[:2_000], columns).rows == ()


LIBREOFFICE_READS = {
    "texts as texts": "44,34,76,1",
    "en-US, as if typed": "44,34,76,1,,1033,false,true",
    "de-DE, as if typed": "44,34,76,1,,1031,false,true",
    "en-GB, as if typed": "44,34,76,1,,2057,false,true",
}
"""How it is told to read a CSV: delimiter, quotes, UTF-8, first line, language, and whether to look for dates."""


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.thinned(4)
@pytest.mark.parametrize("output", ["csv", "csv:Text - txt - csv (StarCalc):59,34,ANSI,1"], ids=["UTF-8", "ANSI"])
@pytest.mark.parametrize("reading", LIBREOFFICE_READS.values(), ids=LIBREOFFICE_READS)
def test_libreoffice_itself_changes_nothing(tmp_path: Path, reading: str, output: str) -> None:
    source = tmp_path / "source.csv"
    texts = [*NASTY, "12:30", "1.5.2026", "3/4/2026", "$5.5", "5,5 €", "(5)", "16:9", "March 5, 2026", "99999999999"]
    rows = [[text, "1.5", "2026-03-04", "TRUE", f"i-{number}"] for number, text in enumerate(texts)]
    source.write_bytes(csv_header(COLUMNS) + b"".join(csv_lines(rows)))
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/home"]
    command += [f"--infilter=Text - txt - csv (StarCalc):{reading}", "--convert-to", output]
    subprocess.run([*command, "--outdir", str(tmp_path / "out"), str(source)], check=True, capture_output=True)
    base = {row[-1]: BaseRow({column.id: cell for column, cell in zip(COLUMNS, row, strict=False)}) for row in rows}
    content = (tmp_path / "out/source.csv").read_bytes()
    assert opened(tmp_path / "again.csv", content, COLUMNS, base).rows == ()


def test_pandas_itself_changes_nothing(tmp_path: Path) -> None:
    frames = pytest.importorskip("pandas", reason="pandas is not installed")
    rows = [[text, "1.5", "2026-03-04", "TRUE", f"i-{number}"] for number, text in enumerate(NASTY)]
    source = tmp_path / "source.csv"
    source.write_bytes(csv_header(COLUMNS) + b"".join(csv_lines(rows)))
    frames.read_csv(source).to_csv(tmp_path / "out.csv", index=False)
    base = {row[-1]: BaseRow({column.id: cell for column, cell in zip(COLUMNS, row, strict=False)}) for row in rows}
    assert opened(tmp_path / "again.csv", (tmp_path / "out.csv").read_bytes(), COLUMNS, base).rows == ()


@pytest.mark.parametrize(
    ("was", "now", "kind", "verdict"),
    [
        ("1234567890123456", "1.23457E+15", "text", Verdict.UNTOUCHED),
        ("42", "1.2E+30", "number", Verdict.DAMAGED),
        ("foo", "1.2E+3", "text", Verdict.CHANGED),
        ("foo", "1.23457E+15", "text", Verdict.DAMAGED),
        ("foo", "#NAME", "text", Verdict.CHANGED),
        ("12345678901234567890", "12345678901234500000", "text", Verdict.UNTOUCHED),
        ("007", "7", "text", Verdict.UNTOUCHED),
        ("007", "8", "text", Verdict.DAMAGED),
        ("007", "008", "text", Verdict.CHANGED),
        ("4.5", "4.6", "number", Verdict.CHANGED),
        ("1234", "1.234", "number", Verdict.CHANGED),
        ("1.234", "1234", "number", Verdict.DAMAGED),
        ("1.5", "1,5", "number", Verdict.UNTOUCHED),
        ("1/2", "01-Feb", "text", Verdict.UNTOUCHED),
        ("1/2", "05-Mar", "text", Verdict.DAMAGED),
        ("1/2", "2/1", "text", Verdict.CHANGED),
        ("1.2", "1.2.3", "text", Verdict.CHANGED),
        ("TRUE", "WAHR", "checkbox", Verdict.UNTOUCHED),
        ("FALSE", "WAHR", "checkbox", Verdict.CHANGED),
        ("=1+1", "2", "text", Verdict.DAMAGED),
        ("=1+1", "#NAME?", "text", Verdict.UNTOUCHED),
        ("plain", "#REF!", "text", Verdict.DAMAGED),
        ("Łódź", "?ód?", "text", Verdict.UNTOUCHED),
        ("Łódź", "?ód? now", "text", Verdict.DAMAGED),
        ("Müller", "Muller", "text", Verdict.CHANGED),
        ("Müller", "MÃ¼ller", "text", Verdict.UNTOUCHED),
        ("x" * 40_000, "x" * 32_767, "text", Verdict.UNTOUCHED),
        ("x" * 40_000, "y" + "x" * 32_766, "text", Verdict.DAMAGED),
        ("N/A", "", "text", Verdict.DAMAGED),
        ("2026-03-04", "46085", "date", Verdict.UNTOUCHED),
        ("2026-03-04", "2026-03-05", "date", Verdict.CHANGED),
        ("09:15:00", "9:15 AM", "time", Verdict.UNTOUCHED),
        ("2026-03-04T10:00:00.000-05:00", "2026-03-04 10:00", "dateTime", Verdict.UNTOUCHED),
        ("'=x", "=x", "text", Verdict.UNTOUCHED),
        ("16:9", "16:09:00", "text", Verdict.UNTOUCHED),
        ("12-11-10", "11/10/2012", "text", Verdict.UNTOUCHED),
        ("March 5, 2026", "3/5/2026", "text", Verdict.UNTOUCHED),
        ("(5)", "-5", "text", Verdict.UNTOUCHED),
        ("$5.5", "$5.50", "text", Verdict.UNTOUCHED),
        ("$5.5", "5.5", "text", Verdict.CHANGED),
        ("$5", "€5", "text", Verdict.CHANGED),
        ("5,5 €", "5.50 ", "text", Verdict.UNTOUCHED),
        ("€ 5", "¬ 5", "text", Verdict.UNTOUCHED),
        ("日本", "å,", "text", Verdict.UNTOUCHED),
        ("1/2", "01/02/26", "text", Verdict.UNTOUCHED),
        ("3/4/2026", "04/03/26", "text", Verdict.UNTOUCHED),
        ("3/4/2026", "4/3/2026", "text", Verdict.CHANGED),
        ("5 %", "5.00%", "text", Verdict.UNTOUCHED),
        ("e\u0301", "é", "text", Verdict.UNTOUCHED),
    ],
)
def test_a_cell_is_judged(was: str, now: str, kind: str, verdict: Verdict) -> None:
    assert judge(was, now, kind).verdict is verdict


def test_dates_are_read_in_the_order_that_fits_most_of_a_column(tmp_path: Path) -> None:
    base = {f"i-{day}": BaseRow({"c-3": f"2026-03-{day:02}"}) for day in (4, 20, 21)}
    table = [["Day", ROW_ID_HEADER], ["4/3/2026", "i-4"], ["3/20/2026", "i-20"], ["3/21/2026", "i-21"]]
    content = Program("", str, line_end="\n").saved(table)
    asked = opened(tmp_path / "saved.csv", content, COLUMNS, base)
    assert [(cell.was_text, cell.text) for row in asked.rows for cell in row.cells] == [("2026-03-04", "4/3/2026")]


def test_a_name_that_a_spreadsheet_wrote_otherwise_is_the_only_one_that_it_fits() -> None:
    known = {"Größe", "日本", "日語", "Note?", "1/2", "007"}
    assert columns_named(["Gr??e", "日本", "Note?", "01-Feb", "7"], known) == (
        ["Größe", "日本", "Note?", "1/2", "007"],
        [],
    )
    assert columns_named(["??", "Nope", ""], known) == (["", "", ""], ["??", "Nope", ""])
