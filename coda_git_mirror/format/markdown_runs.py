"""Markdown cut into the stretches within which links and code spans live: paragraphs, headings, cells of tables.

Unlike CommonMark, lines indented by four spaces are text: Coda indents so the entries of its lists, and writes code
in fences (FACTS.md, "Markdown in detail"). Lines of raw HTML are text, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from coda_git_mirror.format.fences import FenceScanner

Span = tuple[int, int]

_PREFIX = re.compile(r"[ \t]*+(?:(?:>|[-*+](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$))[ \t]*+)*+")
_ITEM = re.compile(r"[-*+.)]")
_FENCE = re.compile(r"`{3,}[^`]*|~{3,}.*")
_RULE = re.compile(r"[-=*_ \t]*+")
_HEADING = re.compile(r"#{1,6}(?=[ \t]|$)")
_DELIMITERS = re.compile(r"\|?+[ \t]*+:?+-++:?+[ \t]*+(?:\|[ \t]*+:?+-++:?+[ \t]*+)*+(?:\|[ \t]*+)?+")
_CELL = re.compile(r"(?:[^|\\]|\\.?)++")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of inline Markdown; only a paragraph can begin with definitions of references."""

    start: int
    end: int
    paragraph: bool = False


@dataclass(frozen=True, slots=True)
class Runs:
    """What a page consists of: prose, and the lines of code fences."""

    prose: list[Run] = field(default_factory=list)
    code: list[Span] = field(default_factory=list)


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


def markdown_runs(text: str) -> Runs:
    """Both kinds of stretches in the order of the text."""
    runs = _Reader()
    lines = list(_lines(text))
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        runs.read(line, following)
    runs.close()
    return runs.found


def _lines(text: str) -> Iterator[_Line]:
    fences, start = FenceScanner(), 0
    for line in text.split("\n"):
        fenced = fences.inside(line)
        prefix = _PREFIX.match(line)
        marks = prefix[0] if prefix else ""
        yield _Line(start, start + len(marks), line[len(marks) :], fenced, marks.count(">"), bool(_ITEM.search(marks)))
        start += len(line) + 1


class _Reader:
    """Goes through the lines; a run is open as long as lines continue it."""

    def __init__(self) -> None:
        self.found = Runs()
        self._open: Span | None = None
        self._quotes = 0
        self._table = False

    def close(self) -> None:
        """Ends the run, or the table."""
        if self._open:
            self.found.prose.append(Run(*self._open, paragraph=True))
        self._open, self._table = None, False

    def read(self, line: _Line, following: _Line | None) -> None:
        if line.fenced or _FENCE.fullmatch(line.content):
            self.close()
            self.found.code.append((line.start, line.end))
        elif _RULE.fullmatch(line.content):
            self.close()
        elif _HEADING.match(line.content):
            self.close()
            self.found.prose.append(Run(line.begin, line.end))
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
            self.found.prose.extend(_cells(line))


def _cells(line: _Line) -> Iterator[Run]:
    for cell in _CELL.finditer(line.content):
        yield Run(line.begin + cell.start(), line.begin + cell.end())


def _begins_table(content: str, following: _Line) -> bool:
    if following.item or "|" not in following.content or not _DELIMITERS.fullmatch(following.content):
        return False
    return _width(content) == _width(following.content)


def _width(row: str) -> int:
    """How many cells a row has."""
    inner = row.strip().removeprefix("|")
    return len(re.findall(r"(?<!\\)\|", inner.removesuffix("|"))) + 1
