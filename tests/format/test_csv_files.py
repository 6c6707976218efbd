"""CSVs as people's programs write them (cli.md, apply)."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.format.csv_files import read_sheet

KNOWN = {"Größe", "Note", "Coda row id"}
ROWS = [["12", 'say "hi", you', "i-1"], ["13", "two\nlines", "i-2"], ["", "; and, \t", ""]]


def text(delimiter: str, line_end: str) -> str:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    lines = [["Größe", "Note", "Coda row id"], *ROWS]
    return "".join(delimiter.join(map(quoted, line)) + line_end for line in lines)


def read(place: Path, content: bytes) -> tuple[tuple[str, ...], list[list[str]]]:
    place.write_bytes(content)
    sheet = read_sheet(place, KNOWN)
    first = [cells for _, cells in sheet.records()]
    assert [cells for _, cells in sheet.records()] == first, "it is read anew each time"
    return sheet.header, first


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=repr)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_delimiter_and_line_end_is_the_same_file(
    tmp_path: Path, encoding: str, delimiter: str, line_end: str
) -> None:
    content = text(delimiter, line_end).encode(encoding)
    assert read(tmp_path / "file.csv", content) == (("Größe", "Note", "Coda row id"), ROWS)


def test_utf_16_with_the_other_mark(tmp_path: Path) -> None:
    content = codecs.BOM_UTF16_BE + text(",", "\r\n").encode("utf-16-be")
    assert read(tmp_path / "file.csv", content)[1] == ROWS


def test_the_hint_of_excel_is_no_header(tmp_path: Path) -> None:
    place = tmp_path / "file.csv"
    place.write_bytes(b"sep=;\r\n" + text(";", "\r\n").encode())
    sheet = read_sheet(place, KNOWN)
    assert (sheet.header, [line for line, _ in sheet.records()]) == (("Größe", "Note", "Coda row id"), [3, 5, 6])


def test_bytes_that_windows_1252_leaves_undefined_are_read_all_the_same(tmp_path: Path) -> None:
    assert read(tmp_path / "file.csv", b"Note\n\x81\xfc\n")[1] == [["\x81ü"]]


def test_empty_lines_and_cells_beyond_the_header_are_passed_over(tmp_path: Path) -> None:
    content = b"\n\nNote,Coda row id,,\n\na,i-1,,\nb\n,,,\n\n"
    assert read(tmp_path / "file.csv", content) == (
        ("Note", "Coda row id", "", ""),
        [["a", "i-1", "", ""], ["b", "", "", ""]],
    )


def test_one_column_with_commas_in_its_cells(tmp_path: Path) -> None:
    assert read(tmp_path / "file.csv", b'Note\n"a,b"\n') == (("Note",), [["a,b"]])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no header"),
        (b"\n\n", "no header"),
        (b"Note\na,b\n", "more cells than the header"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_csv_is_wrong_usage(tmp_path: Path, content: bytes | None, words: str) -> None:
    place = tmp_path / "file.csv"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(UsageError, match=words):
        list(read_sheet(place, KNOWN).records())


def test_a_folder_is_no_csv(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_sheet(tmp_path, KNOWN)


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    place = tmp_path / "file.csv"
    place.write_bytes(b"Note\na\n")
    sheet = read_sheet(place, KNOWN)
    place.write_bytes(b"Note\nab\n")
    with pytest.raises(MirrorError, match="was changed while it was read"):
        list(sheet.records())
