"""Markdown as it comes in, with all that is lost on the way (coda-api.md, Writing)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from coda_git_mirror.demo.blocks import Block, Code, Heading, Item, Quote, Text
from coda_git_mirror.demo.imported import Content, Imported, NewTable, unnamed_columns

FENCE = re.compile(r"(\s*)(`{3,}|~{3,})[ \t]*([^`\s]*)[^`]*$")
HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*?)(\s+#+)?\s*$")
RULE = re.compile(r"\s{0,3}([-*_])(\s*\1){2,}\s*$")
QUOTE = re.compile(r"\s{0,3}>[\s>]*")
ITEM = re.compile(r"(\s*)([-*+]|\d+[.)])\s+(?:\[([ xX])\]\s+)?(.*)$")
DELIMITERS = re.compile(r"\s*(\|\s*)?:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
BORDER = re.compile(r"(?<!\\)\|")
IMAGE_OR_CODE = re.compile(r"`[^`]*`|!\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
ESCAPED = re.compile(r"\\([|\\])")
LINE_BREAK = re.compile(r"<br\s*/?>")
DEEPEST_HEADING, DEEPEST_ITEM = 3, 2


def import_markdown(text: str, *, joins_lines: bool = False) -> Content:
    """What stands on a page to which this Markdown is written."""
    return list(_Reader(text.replace("\r\n", "\n").split("\n"), " " if joins_lines else "\n").blocks())


class _Reader:
    """Goes through the lines once; `_indents` are those of the list items that the next one may stand below."""

    def __init__(self, lines: list[str], glue: str) -> None:
        self._lines, self._glue, self._at = lines, glue, 0
        self._indents: list[int] = []

    def blocks(self) -> Iterator[Imported]:
        while self._at < len(self._lines):
            yield from self._next(self._lines[self._at])

    def _next(self, line: str) -> Iterator[Imported]:
        if fence := FENCE.match(line):
            yield self._code(fence)
        elif self._begins_table():
            yield self._table()
        elif QUOTE.match(line):
            yield Quote("\n".join(_inline(QUOTE.sub("", it, count=1)) for it in self._while(QUOTE.match)))
        elif not line.strip() or RULE.match(line):
            self._at += 1
        elif heading := HEADING.match(line):
            self._at += 1
            yield _heading(len(heading[1]), heading[2])
        else:
            yield from self._prose(line)

    def _prose(self, line: str) -> Iterator[Block]:
        if item := ITEM.match(line):
            self._at += 1
            yield self._item(item)
        else:
            self._indents = self._indents if line.startswith(" ") else []
            yield Text(self._glue.join(_inline(it.strip()) for it in self._while(self._is_plain)))

    def _while(self, goes_on: Callable[[str], object]) -> list[str]:
        """The lines from here on that are alike, at least one."""
        begin = self._at
        self._at += 1
        while self._at < len(self._lines) and goes_on(self._lines[self._at]):
            self._at += 1
        return self._lines[begin : self._at]

    def _is_plain(self, line: str) -> bool:
        marked = (FENCE, QUOTE, RULE, HEADING, ITEM)
        return bool(line.strip()) and not any(mark.match(line) for mark in marked) and not self._begins_table()

    def _code(self, fence: re.Match[str]) -> Code:
        indent, mark, language = len(fence[1]), fence[2], fence[3]
        ending = re.compile(rf"\s*{mark[0]}{{{len(mark)},}}\s*$")
        lines = self._while(lambda line: not ending.match(line))[1:]
        self._at += 1
        return Code(language, "\n".join(line[min(indent, len(line) - len(line.lstrip())) :] for line in lines))

    def _begins_table(self) -> bool:
        header, below, *_ = [*self._lines[self._at : self._at + 2], "", ""]
        if not DELIMITERS.match(below) or "|" not in header or "-" not in below:
            return False
        return len(_cells(header)) == len(_cells(below))

    def _table(self) -> NewTable:
        """Its header is demoted to a row like any other."""
        lines = self._while(lambda line: "|" in line)
        records = [_cells(line) for line in (lines[0], *lines[2:])]
        width = len(records[0])
        rows = tuple(tuple((record + [""] * width)[:width]) for record in records)
        return NewTable(unnamed_columns(width), rows)

    def _item(self, found: re.Match[str]) -> Item:
        indent = len(found[1].expandtabs(4))
        self._indents = [*(outer for outer in self._indents if outer < indent), indent]
        kind = "check" if found[3] else "number" if found[2][0].isdigit() else "bullet"
        level = min(len(self._indents) - 1, DEEPEST_ITEM)
        return Item(_inline(found[4]), level, kind, (found[3] or "").lower() == "x")


def _heading(level: int, text: str) -> Block:
    return Heading(level, _inline(text)) if level <= DEEPEST_HEADING else Text(_inline(text))


def _inline(text: str) -> str:
    """An image becomes a link; all else that a line may hold survives."""
    return IMAGE_OR_CODE.sub(lambda it: it[0] if it[2] is None else f"[{it[1] or it[2]}]({it[2]})", text)


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [LINE_BREAK.sub("\n", ESCAPED.sub(r"\1", cell.strip())) for cell in BORDER.split(inner)]
