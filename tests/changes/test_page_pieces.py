"""A page's text divided into prose and tables, each of a size that a request can carry."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.changes.page_pieces import (
    LARGEST_CONTENT,
    html_pieces,
    markdown_pieces,
    shown_parts,
    table_html,
)
from coda_git_mirror.demo.import_html import import_html
from coda_git_mirror.demo.imported import NewColumn, NewTable
from coda_git_mirror.model.recreation import Piece, RealTable, ShownTable, Text

TABLE = "| Task | Hours |\n| --- | --- |\n| a \\| b | 1<br/>2 |"
SHOWN = ShownTable(("Task", "Hours"), (("a | b", "1\n2"),))


def _none(_title: str | None, _header: Sequence[str]) -> tuple[str, bool] | None:
    return None


def _prose(*texts: str) -> list[Piece]:
    return [Text("markdown", text) for text in texts]


def test_a_pipe_table_stands_between_prose() -> None:
    assert markdown_pieces(f"Before.\n\n{TABLE}\n\nAfter.\n", _none) == [*_prose("Before."), SHOWN, *_prose("After.")]


@pytest.mark.parametrize(
    "text",
    [f"```\n{TABLE}\n```", "a | b", "a | b\n---", "| a | b |\n| --- |", f"    x\n\n~~~\n{TABLE}\n~~~"],
)
def test_what_is_no_table_stays_prose(text: str) -> None:
    assert markdown_pieces(text, _none) == _prose(text)


def test_the_title_of_a_table_that_is_found_goes_with_it_and_a_heading_that_is_none_stays() -> None:
    def at(title: str | None, header: Sequence[str]) -> tuple[str, bool] | None:
        assert header == ["Task", "Hours"]
        return "grid-1", title == "Tasks"

    text = "Before.\n\n## {}\n \n" + TABLE
    assert markdown_pieces(text.format("Tasks"), at) == [*_prose("Before."), RealTable("grid-1")]
    assert markdown_pieces(text.format("Mine"), at) == [*_prose("Before.\n\n## Mine\n "), RealTable("grid-1")]
    assert markdown_pieces(TABLE, at) == [RealTable("grid-1")]


def test_html_is_divided_at_the_tables_of_the_doc() -> None:
    html = '<div>a</div><table data-coda-grid-id="grid-1"><tr></tr></table><table data-coda-grid-id="view">v</table>'
    assert html_pieces(html, lambda grid: grid == "grid-1") == [
        Text("html", "<div>a</div>"),
        RealTable("grid-1"),
        Text("html", '<table data-coda-grid-id="view">v</table>'),
    ]


def test_prose_that_is_too_large_is_cut_between_paragraphs_and_code_stays_code() -> None:
    paragraphs = [f"{number} " + "ö" * 40_000 for number in range(9)]
    pieces = [piece.content for piece in markdown_pieces("\n\n".join(paragraphs), _none) if isinstance(piece, Text)]
    assert "\n\n".join(pieces) == "\n\n".join(paragraphs)
    assert max(len(json.dumps(piece)) for piece in pieces) <= LARGEST_CONTENT
    code = "```py\n" + "x = 1\n" * 400_000 + "```"
    pieces = [piece.content for piece in markdown_pieces(code, _none) if isinstance(piece, Text)]
    assert len(pieces) > 2
    assert all(piece.startswith("```py\n") and piece.endswith("\n```") for piece in pieces)
    assert sum(piece.count("x = 1") for piece in pieces) == 400_000


def test_a_line_without_end_is_cut_too() -> None:
    pieces = [piece.content for piece in markdown_pieces("word " * 600_000, _none) if isinstance(piece, Text)]
    assert max(len(json.dumps(piece)) for piece in pieces) <= LARGEST_CONTENT
    assert sum(piece.count("word") for piece in pieces) == 600_000


def test_a_table_is_cut_between_rows_and_keeps_its_header() -> None:
    rows = tuple((f"{number} " + "x" * 90_000,) for number in range(30))
    parts = list(shown_parts(ShownTable(("What",), rows)))
    assert tuple(row for part in parts for row in part.rows) == rows
    assert all(part.header == ("What",) for part in parts)
    assert max(len(json.dumps(table_html("", [("What", "")], part.rows))) for part in parts) <= LARGEST_CONTENT


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_coda_reads_the_texts_of_a_table_as_they_were_meant(rows: list[tuple[str, str]]) -> None:
    clean = [tuple("".join(filter(str.isprintable, cell)).strip() for cell in row) for row in rows]
    found = [it for it in import_html(table_html("", [("A", ""), ("B", "")], clean)) if isinstance(it, NewTable)]
    assert found == [NewTable((NewColumn("A"), NewColumn("B")), tuple(clean), titled=False)]
