"""Where Markdown has code fences, as CommonMark reads them: also in lists and quotes, with whose end a fence ends."""

from __future__ import annotations

import re

_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?: {1,4}(?=\S)| )")
_BREAK = re.compile(r" {0,3}([-*_])(?: *\1){2,}+ *")
_OPENING = re.compile(r" {0,3}(?P<mark>`{3,}(?=[^`]*$)|~{3,})")
_CLOSING = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,}) *")
_TAB = 4
_IN_QUOTE = 0
_DEEPEST = 100
"""Quotes and lists nested deeper are text: nobody writes them, and a line would cost its length once for each mark."""


class FenceScanner:
    """Goes through a Markdown text line by line."""

    def __init__(self) -> None:
        self._containers: list[int] = []
        """The quotes and list items around the current line: for an item, how far its content is indented."""
        self._fence = ""

    def inside(self, line: str) -> bool:
        """Whether the next line is code within a fence; the lines that open and close a fence are not."""
        rest, depth = self._continued(line.expandtabs(_TAB))
        if self._fence and depth == len(self._containers):
            closing = _CLOSING.fullmatch(rest)
            if not closing or not closing["mark"].startswith(self._fence):
                return True
            self._fence = ""
            return False
        del self._containers[depth:]
        opening = _OPENING.match(self._entered(rest))
        self._fence = opening["mark"] if opening else ""
        return False

    def _continued(self, rest: str) -> tuple[str, int]:
        """The line without what belongs to the open containers, and how many of them it continues."""
        for depth, indentation in enumerate(self._containers):
            if indentation == _IN_QUOTE:
                quote = _QUOTE.match(rest)
                if not quote:
                    return rest, depth
                rest = rest[quote.end() :]
            elif not rest[:indentation].strip():
                rest = rest[indentation:]
            else:
                return rest, depth
        return rest, len(self._containers)

    def _entered(self, rest: str) -> str:
        """The line without the marks of the containers that begin on it."""
        while len(self._containers) < _DEEPEST:
            if quote := _QUOTE.match(rest):
                self._containers.append(_IN_QUOTE)
                rest = rest[quote.end() :]
            elif not _BREAK.fullmatch(rest) and (item := _ITEM.match(rest + " ")):
                self._containers.append(item.end())
                rest = rest[item.end() :]
            else:
                break
        return rest
