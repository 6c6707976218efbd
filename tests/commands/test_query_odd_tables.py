"""Tables, names and damage that nobody would choose, asked by SQL (browse.md, query; faults.md, rows 123 and 124)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.git.pointers import Pointer
from tests.commands.program import run
from tests.sql.made import MadeDoc, MadeTable, MadeView, column, commit_states, mirror_files
from tests.support import git

PLAIN = MadeTable("Plain", [column("A")], [{"c-A": "a"}])
ODD_NAMES = (
    'quo"te', "li\nne", "NUL\0inside", "lone \ud800", "🔥🔥🔥", "tick`s", "[brackets]", "semi;colon", "--", "x" * 250,
    "main",
)  # fmt: skip


def ask(folder: Path, tmp_path: Path, sql: str, *options: str) -> list[dict[str, Any]]:
    answer = run("query", sql, "--format", "json", *options, "-o", str(folder), cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    rows: list[dict[str, Any]] = json.loads(answer.stdout)
    return rows


def in_sql(name: str) -> str:
    return '"' + name.replace("\0", "\ufffd").replace("\ud800", "\ufffd").replace('"', '""') + '"'


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Odd names of tables and columns, more columns than SQLite takes, parts, a table and a view called alike."""
    tables = [
        MadeTable(name, [column(name, column_id="c"), column("Plain")], [{"c": f"{number}"}], slug=f"t-{number}")
        for number, name in enumerate(ODD_NAMES)
    ]
    nameless = MadeTable("", [column("", column_id="c"), column("Same"), column("same")], [{"c": "x"}], slug="nameless")
    wide_columns = [column(f"Column {number}", "number", f"c{number}") for number in range(2_500)]
    wide = MadeTable("Wide", wide_columns, [{f"c{number}": number for number in range(2_500)}, {}])
    parts = MadeTable("Parts", [column("N", "number")], [{"c-N": number} for number in range(9)], part_rows=(4, 3, 2))
    kept = [
        MadeTable(name, PLAIN.columns, PLAIN.rows, slug=f"kept-{place}")
        for place, name in enumerate(("pages", "History", "sqlite_x", "odd/parts", "ÄPFEL"))
    ]
    mixed = MadeTable("Mixed", [column("N", "number")], [{"c-N": 3}, {"c-N": "007"}, {"c-N": True}, {"c-N": 2.5}])
    views = [
        MadeView("Parts", parts, parts.columns, ["i-8", "i-0"]),
        MadeView("Wide", wide, wide_columns[-2:], ["i-0"]),
    ]
    doc = MadeDoc("Odd", [*tables, nameless, wide, parts, mixed, *kept], views, id="d-odd")
    return commit_states(tmp_path_factory.mktemp("odd") / "mirror", [mirror_files([doc])])


@pytest.mark.parametrize("number", range(len(ODD_NAMES)))
def test_any_name_is_a_name(odd: Path, tmp_path: Path, number: int) -> None:
    name = in_sql(ODD_NAMES[number])
    key = name[1:-1].replace('""', '"')
    for table in (name, f'"odd/t-{number}"'):
        assert ask(odd, tmp_path, f"SELECT {name} FROM {table}") == [{key: str(number)}]


def test_a_table_without_a_name_has_its_full_one(odd: Path, tmp_path: Path) -> None:
    rows = ask(odd, tmp_path, 'SELECT * FROM "odd/nameless"')
    assert rows == [{"": "x", "Same": None, "same (2)": None, "Coda row id": "i-0"}]
    assert run("query", 'SELECT * FROM ""', "-o", str(odd), cwd=tmp_path).returncode == 2


def test_names_that_are_kept_are_no_table_s_own(odd: Path, tmp_path: Path) -> None:
    assert ask(odd, tmp_path, "SELECT doc FROM pages") == []
    assert {row["what"] for row in ask(odd, tmp_path, "SELECT what FROM history")} == {"added"}
    assert run("query", "SELECT * FROM sqlite_x", "-o", str(odd), cwd=tmp_path).returncode == 2
    assert len(ask(odd, tmp_path, 'SELECT N FROM "odd/parts"')) == 9
    assert ask(odd, tmp_path, "SELECT A FROM äpfel JOIN ÄPFEL USING (A)") == [{"A": "a"}]


def test_columns_beyond_what_sqlite_takes_are_in_one(odd: Path, tmp_path: Path) -> None:
    answer = run("query", 'SELECT * FROM "odd/wide"', "--format", "json", "-o", str(odd), cwd=tmp_path)
    assert answer.stderr == (
        "Note: odd/wide has more columns than SQLite takes; the last 502 are JSON in its column 'Other columns'.\n"
    )
    first, second = json.loads(answer.stdout)
    assert len(first) == 2_000
    assert first["Column 1997"] == 1_997
    assert json.loads(first["Other columns"])["Column 2499"] == 2_499
    assert (second["Column 0"], second["Other columns"], second["Coda row id"]) == (None, "{}", "i-1")
    other = ask(odd, tmp_path, """SELECT "Other columns" ->> '$."Column 2000"' AS n FROM "odd/wide" LIMIT 1""")
    assert other == [{"n": 2_000}]
    assert ask(odd, tmp_path, 'SELECT * FROM "odd/views/wide"')[0]["Column 2499"] == "2499"


def test_a_table_in_parts_is_one(odd: Path, tmp_path: Path) -> None:
    assert ask(odd, tmp_path, 'SELECT group_concat(N) AS n FROM "odd/parts"') == [{"n": "0,1,2,3,4,5,6,7,8"}]
    assert ask(odd, tmp_path, 'SELECT N FROM "odd/views/parts"') == [{"N": 8}, {"N": 0}]


def test_a_mixed_column_keeps_each_value(odd: Path, tmp_path: Path) -> None:
    rows = ask(odd, tmp_path, "SELECT N, typeof(N) AS t FROM Mixed")
    assert [(row["N"], row["t"]) for row in rows] == [
        (3, "integer"), ("007", "text"), (1, "integer"), (2.5, "real"),
    ]  # fmt: skip


def without(files: Mapping[str, bytes], path: str) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name != path}


def test_a_view_of_what_its_table_lacks_has_texts(tmp_path: Path) -> None:
    table = MadeTable("T", [column("N", "number")], [{"c-N": 1}])
    gone_row = MadeView("Gone row", table, table.columns, ["i-7", "i-0"], slug="gone-row", texts={"i-7": ["70"]})
    gone_column = MadeView("Gone column", table, [column("M")], ["i-0"], slug="gone-column", texts={"i-0": ["m"]})
    no_table = MadeView("No table", table, table.columns, ["i-0"], slug="no-table", base="t-elsewhere")
    doc = MadeDoc("Doc", [table], [gone_row, gone_column, no_table])
    folder = commit_states(tmp_path / "mirror", [mirror_files([doc])])
    assert [row["N"] for row in ask(folder, tmp_path, 'SELECT N FROM "Gone row"')] == ["70", "1"]
    assert ask(folder, tmp_path, 'SELECT * FROM "doc/gone-column"') == [{"M": "m", "Coda row id": "i-0"}]
    answer = run("query", 'SELECT N FROM "No table"', "--format", "csv", "-o", str(folder), cwd=tmp_path)
    assert (answer.stdout, answer.returncode) == ("N\n1\n", 0)
    assert "doc/no-table shows what its table lacks" in answer.stderr


GOOD = MadeDoc("Doc", [PLAIN, MadeTable("Other", PLAIN.columns, PLAIN.rows)], [], {"Notes": "Text.\n"})
JSONL = "docs/doc/tables/plain.jsonl"
POINTER = Pointer("ab" * 32, 12_345)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, f"{JSONL} is damaged"),
        (b"no row\n", f"{JSONL} is damaged"),
        (b'{"id":"i-0","values":{}}\n' * 2, f"{JSONL} is damaged"),
        (POINTER.text, "git lfs pull"),
    ],
    ids=["missing", "spoilt", "a row twice", "in Git LFS"],
)
def test_what_is_damaged_is_told_and_the_rest_answers(tmp_path: Path, content: bytes | None, told: str) -> None:
    files = mirror_files([GOOD])
    spoilt = without(files, JSONL) if content is None else {**files, JSONL: content}
    folder = commit_states(tmp_path / "mirror", [spoilt])
    answer = run("query", "SELECT * FROM Plain", "-o", str(folder), cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert told in answer.stderr
    assert ask(folder, tmp_path, "SELECT A FROM Other") == [{"A": "a"}]
    saved = run("query", "--save", "x.sqlite", "-o", str(folder), cwd=tmp_path)
    assert saved.returncode == 3
    assert saved.stderr.startswith("Note: doc/plain is left out: ")
    assert saved.stdout.startswith("Saved 1 table, pages and history in ")


def test_a_table_that_git_lfs_has_here_is_read(tmp_path: Path) -> None:
    files = mirror_files([GOOD])
    pointer = Pointer(hashlib.sha256(files[JSONL]).hexdigest(), len(files[JSONL]))
    folder = commit_states(tmp_path / "mirror", [{**files, JSONL: pointer.text}])
    place = folder / ".git/lfs/objects" / pointer.sha256[:2] / pointer.sha256[2:4] / pointer.sha256
    place.parent.mkdir(parents=True)
    place.write_bytes(files[JSONL])
    assert ask(folder, tmp_path, "SELECT A FROM Plain") == [{"A": "a"}]


def test_a_page_whose_text_is_missing_is_told(tmp_path: Path) -> None:
    folder = commit_states(tmp_path / "mirror", [without(mirror_files([GOOD]), "docs/doc/pages/notes.md")])
    answer = run("query", "SELECT name, path, markdown FROM pages", "--format", "csv", "-o", str(folder), cwd=tmp_path)
    assert (answer.stdout, answer.returncode) == ("name,path,markdown\nNotes,,\n", 3)
    assert "docs/doc/pages/notes.md is missing or damaged" in answer.stderr


def test_a_file_that_is_edited_in_the_working_copy_counts_for_nothing(tmp_path: Path) -> None:
    folder = commit_states(tmp_path / "mirror", [mirror_files([GOOD])])
    (folder / JSONL).write_text("mine\n")
    (folder / "docs/doc/metadata.json").unlink()
    assert ask(folder, tmp_path, "SELECT A FROM Plain") == [{"A": "a"}]
    assert git(folder, "status", "--porcelain").splitlines() == [" D docs/doc/metadata.json", f" M {JSONL}"]


def test_pictures_in_cells_say_where_they_lie(tmp_path: Path) -> None:
    url = "https://codahosted.io/docs/d/blobs/bl-cat/0123"
    image = {"@type": "ImageObject", "name": "cat.png", "url": url}
    elsewhere = {"@type": "ImageObject", "name": "dog.png", "url": "https://example.org/dog.png"}
    table = MadeTable("T", [column("P", "image")], [{"c-P": image}, {"c-P": [image, elsewhere]}])
    asset = {
        "id": "bl-cat", "file": "assets/bl-cat-cat.png", "name": "cat.png", "mime": "image/png", "size": 1,
        "sha256": "0" * 64, "url": url, "stub": False,
    }  # fmt: skip
    folder = commit_states(tmp_path / "mirror", [mirror_files([MadeDoc("Doc", [table], assets=[asset])])])
    one, two = ask(folder, tmp_path, "SELECT P FROM T")
    assert one == {"P": "cat.png (assets/bl-cat-cat.png)"}
    assert json.loads(two["P"]) == ["cat.png (assets/bl-cat-cat.png)", "dog.png"]
