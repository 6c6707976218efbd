"""Markdown cut into the stretches within which links and code spans live: paragraphs, headings, cells of tables.

Unlike CommonMark, lines indented by four spaces are text: Coda indents so the entries of its lists, and writes code
in fences (coda-api.md, Markdown in detail). Lines of raw HTML are text, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain, pairwise

from coda_git_mirror.format.fences import FenceScanner
from coda_git_mirror.format.text import lines_of

_PREFIX = re.compile(r"[ \t]*+(?:(?:>|[-*+](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$))[ \t]*+)*+")
_ITEM = re.compile(r"[-*+.)]")
_FENCE = re.compile(r"`{3,}[^`]*|~{3,}.*")
_RULE = re.compile(r"[-=*_ \t]*+")
_HEADING = re.compile(r"#{1,6}(?=[ \t]|$)")
_DELIMITERS = re.compile(r"\|?+[ \t]*+:?+-++:?+[ \t]*+(?:\|[ \t]*+:?+-++:?+[ \t]*+)*+(?:\|[ \t]*+)?+")
_CELL = re.compile(r"(?:[^|\\]|\\.?)++")


class Kind(Enum):
    """What a run is: only a paragraph can begin with definitions of references; code is a line of a fence."""

    PROSE = auto()
    PARAGRAPH = auto()
    CODE = auto()


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of inline Markdown or code."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text; `begin` is where its content begins, behind the marks of quotes and lists."""

    start: int
    begin: int
    content: str
    fenced: bool
    quotes: int
    item: bool

    @property
    def end(self) -> int:
        return self.begin + len(self.content)


def markdown_runs(text: str) -> Iterator[Run]:
    """What a page consists of, in the order of the text."""
    reader = _Reader()
    for line, following in pairwise(chain(_lines(text), [None])):
        if line:
            reader.read(line, following)
            yield from reader.taken()
    reader.close()
    yield from reader.taken()


def _lines(text: str) -> Iterator[_Line]:
    fences, start = FenceScanner(), 0
    for line in lines_of(text):
        fenced = fences.inside(line)
        prefix = _PREFIX.match(line)
        marks = prefix[0] if prefix else ""
        yield _Line(start, start + len(marks), line[len(marks) :], fenced, marks.count(">"), bool(_ITEM.search(marks)))
        start += len(line) + 1


class _Reader:
    """Goes through the lines; a run is open as long as lines continue it."""

    def __init__(self) -> None:
        self._found: list[Run] = []
        self._open: tuple[int, int] | None = None
        self._quotes = 0
        self._table = False

    def taken(self) -> list[Run]:
        """The runs that have ended since it was asked last."""
        found, self._found = self._found, []
        return found

    def close(self) -> None:
        """Ends the run, or the table."""
        if self._open:
            self._found.append(Run(*self._open, Kind.PARAGRAPH))
        self._open, self._table = None, False

    def read(self, line: _Line, following: _Line | None) -> None:
        if line.fenced or _FENCE.fullmatch(line.content):
            self.close()
            self._found.append(Run(line.start, line.end, Kind.CODE))
        elif _RULE.fullmatch(line.content):
            self.close()
        elif _HEADING.match(line.content):
            self.close()
            self._found.append(Run(line.begin, line.end, Kind.PROSE))
        else:
            self._read_text(line, following)

    def _read_text(self, line: _Line, following: _Line | None) -> None:
        if line.item or line.quotes > self._quotes or (self._table and line.quotes != self._quotes):
            self.close()
        if not self._table and following and _begins_table(line.content, following):
            self.close()
            self._table = True
        if self._open:
            self._open = self._open[0], line.end
            return
        self._quotes = line.quotes
        if not self._table:
            self._open = line.begin, line.end
        elif not _DELIMITERS.fullmatch(line.content):
            self._found.extend(_cells(line))


def _cells(line: _Line) -> Iterator[Run]:
    for cell in _CELL.finditer(line.content):
        yield Run(line.begin + cell.start(), line.begin + cell.end(), Kind.PROSE)


def _begins_table(content: str, following: _Line) -> bool:
    if following.item or "|" not in following.content or not _DELIMITERS.fullmatch(following.content):
        return False
    return _width(content) == _width(following.content)


def _width(row: str) -> int:
    """How many cells a row has."""
    inner = row.strip().removeprefix("|")
    return len(re.findall(r"(?<!\\)\|", inner.removesuffix("|"))) + 1
