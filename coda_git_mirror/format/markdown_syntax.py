"""The parts of which Markdown's links are made, each read at a given place (CommonMark 0.31, sections 4.7 and 6.3)."""

from __future__ import annotations

import html
import re

from coda_git_mirror.format.destinations import Destination, Notation

_DEEPEST = 32
"""Parentheses in one another; markdown-it reads as many."""
_BARE_STOP = re.compile(r"\\[!-~]|[()\x00-\x20\x7f]")
_ANGLE = re.compile(r"<((?:[^<>\n\\]|\\.)*+)>")
_TITLE = re.compile(
    r"[ \t\n]++(?:\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\))",
    re.DOTALL,
)
_ENCODED = re.compile(r"\\([!-/:-@\[-`{-~])|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")


def destination_at(text: str, position: int, end: int) -> Destination | None:
    """What a link leads to, where a destination stands at `position`; a bare one may be empty."""
    if text.startswith("<", position, end):
        angle = _ANGLE.match(text, position, end)
        return Destination(*angle.span(1), decoded(angle[1]), Notation.ANGLE) if angle else None
    stop = _bare_end(text, position, end)
    return None if stop is None else Destination(position, stop, decoded(text[position:stop]), Notation.BARE)


def _bare_end(text: str, position: int, end: int) -> int | None:
    depth = 0
    for stop in _BARE_STOP.finditer(text, position, end):
        match stop[0]:
            case "(":
                depth += 1
                if depth > _DEEPEST:
                    return None
            case ")" if depth:
                depth -= 1
            case mark if len(mark) == 1:
                return None if depth else stop.start()
    return None if depth else end


def skip_title(text: str, position: int, end: int) -> int | None:
    """Behind a title and the space before it, if there is one."""
    title = _TITLE.match(text, position, end)
    return title.end() if title else None


def decoded(markdown: str) -> str:
    """Text without backslash escapes and entities."""
    return _ENCODED.sub(lambda match: match[1] or html.unescape(match[0]), markdown)


def label_key(label: str) -> str:
    """What two labels of one reference have in common."""
    return " ".join(label.split()).casefold()
