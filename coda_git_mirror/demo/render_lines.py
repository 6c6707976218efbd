"""A page as the plain-text lines of `GET …/content`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coda_git_mirror.demo.blocks import (
    Attachment,
    Block,
    Callout,
    Code,
    ControlValue,
    Embed,
    FormulaValue,
    Heading,
    Item,
    Mention,
    Quote,
    Raw,
    Text,
)
from coda_git_mirror.demo.mentions import Served, live, mentioned
from coda_git_mirror.demo.render_markdown import display

if TYPE_CHECKING:
    from coda_git_mirror.demo.world import Page

ITEM_STYLES = {"bullet": "bulletedList", "number": "numberedList", "check": "checkboxList"}


def render_lines(page: Page, served: Served = live) -> list[dict[str, Any]]:
    """One object a line, with its style, level and text; tables and pictures have none."""
    lines = [line for block in page.blocks for line in _lines(block, served)]
    return [_shape(page, number, *line) for number, line in enumerate(lines)]


def lines_of_blocks(page: Page) -> list[tuple[Block, set[str]]]:
    """Each block with the ids of its lines."""
    number, found = 0, []
    for block in page.blocks:
        following = number + len(_lines(block, live))
        found.append((block, {_line_id(page, at) for at in range(number, following)}))
        number = following
    return found


def _line_id(page: Page, number: int) -> str:
    return f"cl-{page.id[-6:]}{number:04}"


def _shape(page: Page, number: int, style: str, level: int, text: str) -> dict[str, Any]:
    content = {"style": style, "format": "plainText", "content": text, "lineLevel": level}
    return {"id": _line_id(page, number), "type": "line", "itemContent": content}


def _lines(block: Block, served: Served) -> list[tuple[str, int, str]]:
    match block:
        case Heading(level, text):
            return [(f"h{level}", 0, text)]
        case Item(text, level, kind):
            return [(ITEM_STYLES[kind], level, text)]
        case Quote(text, level):
            return [("blockQuote", level - 1, line) for line in text.split("\n")]
        case Code(_, text):
            return [("code", 0, line) for line in text.split("\n")]
        case Text(text) | Callout(text) | Raw(text):
            return [("paragraph", 0, line) for line in text.split("\n")]
        case FormulaValue(label, it) | ControlValue(label, it):
            return [("paragraph", 0, f"{label} {display(it.value)}")]
        case Mention():
            return [("paragraph", 0, mentioned(block, served).text)]
        case Embed(url):
            return [("paragraph", 0, url)]
        case Attachment(blob):
            return [("paragraph", 0, blob.filename)]
        case _:
            return []
