"""A page's text divided into what one request each can write: prose, and the tables that stand in it.

Coda makes a real table of a pipe table, too, but takes its header for a row (coda-api.md, Content that comes in).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import TypeAlias

from coda_git_mirror.changes.write_sizes import LARGEST_BODY
from coda_git_mirror.format.fences import FenceScanner
from coda_git_mirror.model.recreation import Piece, RealTable, ShownTable, Text

LARGEST_CONTENT = LARGEST_BODY - 1_000
"""Bytes of a piece's content as JSON; around it stands little."""
_DELIMITERS = re.compile(r"\s*(\|\s*)?:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_BORDER = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\([|\\])")
_BREAK = re.compile(r"<br\s*/?>")
_TITLE = re.compile(r"#{1,3} (.*\S)\s*")
_HTML_TABLE = re.compile(r'<table[^>]*\bdata-coda-grid-id="([^"]+)"[^>]*>.*?</table>', re.DOTALL)

TableAt: TypeAlias = "Callable[[str | None, Sequence[str]], tuple[str, bool] | None]"
"""Which table of the doc stands here, by the heading above, if there is one, and by its header; and whether the heading
is its title."""


def markdown_pieces(markdown: str, table_at: TableAt) -> list[Piece]:
    """The prose of a page between its tables; the title of a table that is found goes with it."""
    lines, prose, found = markdown.split("\n"), list[str](), list[Piece]()
    fences, position = FenceScanner(), 0
    while position < len(lines):
        if not fences.inside(lines[position]) and (count := _table_length(lines, position)):
            found += _with_table(prose, [_cells(line) for line in lines[position : position + count]], table_at)
            prose, position = [], position + count
        else:
            prose.append(lines[position])
            position += 1
    return [*found, *_prose(prose)]


def _with_table(prose: list[str], records: list[list[str]], table_at: TableAt) -> Iterator[Piece]:
    """The prose before a table, and the table."""
    header, width = records[0], len(records[0])
    title = next((line for line in reversed(prose) if line.strip()), "")
    heading = _TITLE.fullmatch(title)
    found = table_at(heading[1] if heading else None, header)
    if found is not None and found[1]:
        del prose[len(prose) - 1 - prose[::-1].index(title) :]
    yield from _prose(prose)
    rows = tuple(tuple((record + [""] * width)[:width]) for record in records[2:])
    yield RealTable(found[0]) if found is not None else ShownTable(tuple(header), rows)


def _table_length(lines: Sequence[str], position: int) -> int:
    """How many lines from here on are a pipe table; 0 for none."""
    header, below, *_ = [*lines[position : position + 2], "", ""]
    if "|" not in header or "-" not in below or not _DELIMITERS.fullmatch(below):
        return 0
    if len(_cells(header)) != len(_cells(below)):
        return 0
    end = next((at for at in range(position + 2, len(lines)) if "|" not in lines[at]), len(lines))
    return end - position


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [_BREAK.sub("\n", _ESCAPED.sub(r"\1", cell.strip())) for cell in _BORDER.split(inner)]


def _prose(lines: Sequence[str]) -> Iterator[Text]:
    """The lines as pieces of which each fits into a request; what is blank makes none."""
    text = "\n".join(lines).strip("\n")
    return (Text("markdown", part) for part in _parts(text)) if text.strip() else iter(())


def _parts(text: str) -> Iterator[str]:
    """A text cut between paragraphs, or within one that is too large; code that is cut stays code."""
    if _size(text) <= LARGEST_CONTENT:
        yield text
        return
    part, size, opening, fences = list[str](), 0, "", FenceScanner()
    for line in (each for whole in text.split("\n") for each in _short(whole)):
        inside = fences.inside(line)
        opening = opening if inside else (line if _opens(line, opening) else "")
        if part and (size + _size(line) > LARGEST_CONTENT or (size > LARGEST_CONTENT // 2 and not (inside or line))):
            yield "\n".join([*part, *(["```"] if inside else [])]).strip("\n")
            part = [opening] if inside else []
            size = _size(opening)
        part.append(line)
        size += _size(line)
    yield "\n".join(part).strip("\n")


def _opens(line: str, opening: str) -> bool:
    return not opening and line.lstrip().startswith(("```", "~~~"))


def _short(line: str) -> Iterator[str]:
    """A line that alone would be too large in several, each cut at a space where there is one."""
    while _size(line) > LARGEST_CONTENT // 4:
        half = len(line) * LARGEST_CONTENT // 4 // _size(line)
        cut = line.rfind(" ", 0, half) + 1 or half
        yield line[:cut]
        line = line[cut:]
    yield line


def _size(text: str) -> int:
    return len(json.dumps(text))


def html_pieces(html: str, is_table: Callable[[str], bool]) -> list[Piece]:
    """The same of a page that the mirror holds as HTML only; a part that is too large for a request stays whole."""
    found, position = list[Piece](), 0
    for table in _HTML_TABLE.finditer(html):
        if is_table(table[1]):
            found += _markup(html[position : table.start()])
            found.append(RealTable(table[1]))
            position = table.end()
    return [*found, *_markup(html[position:])]


def _markup(html: str) -> Iterator[Text]:
    if re.sub(r"<[^>]*>|\s", "", html):
        yield Text("html", html)


def table_html(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]] = ()) -> str:
    """A table as HTML, its title above it, for nothing else can name a table; columns are names and attributes."""
    heading = f"<h2>{escape(title)}</h2>" if title else ""
    header = "".join(f"<th{attributes}>{escape(name)}</th>" for name, attributes in columns)
    body = "".join(f"<tr>{''.join(map(_html_cell, row))}</tr>" for row in rows)
    start = '<table data-coda-view-config-hiddenuimask="64">'
    return f"{heading}{start}<thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>"


def _html_cell(text: str) -> str:
    return f"<td>{escape(text).replace(chr(10), '<br>')}</td>"


def shown_parts(table: ShownTable) -> Iterator[ShownTable]:
    """A shown table in as many as it takes for each to fit into a request."""
    rows, size = list[tuple[str, ...]](), _size(table_html("", [(name, "") for name in table.header]))
    begin = size
    for row in table.rows:
        more = _size("".join(map(_html_cell, row))) + len("<tr></tr>")
        if rows and size + more > LARGEST_CONTENT:
            yield ShownTable(table.header, tuple(rows))
            rows, size = [], begin
        rows.append(row)
        size += more
    yield ShownTable(table.header, tuple(rows))
