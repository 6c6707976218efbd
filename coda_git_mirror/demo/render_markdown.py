"""A page as Coda exports it to Markdown, with all that the format loses (coda-api.md, What the two formats carry)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from coda_git_mirror.demo.blocks import (
    Attachment,
    Block,
    Callout,
    Code,
    ControlValue,
    Divider,
    Embed,
    FormulaValue,
    Grid,
    Heading,
    Item,
    Mention,
    Picture,
    Quote,
    Raw,
    Text,
)
from coda_git_mirror.demo.cells import Bare, Value, simple
from coda_git_mirror.demo.mentions import Mentioned, Served, live, mentioned

if TYPE_CHECKING:
    from coda_git_mirror.demo.world import Page

MARKERS = {"bullet": "- ", "number": "1. ", "check": "- [ ] "}
TICKED = "- [x] "
UNTOUCHED = re.compile(r"`[^`]*`|\[[^\]]*\]\([^)]*\)|<[^>]*>")
BRACKETS = re.compile(r"[\[\]\\]")
LINKABLE = re.compile(r"https?://[^\s<>()]+[^\s<>().,;:!?]|\b[\w-]+\.(?:md|io|sh|com)\b")


def render_markdown(page: Page, served: Served = live) -> str:
    """The whole page; no title, blank lines between blocks, some of which hold a single space."""
    lines: list[str] = []
    previous: Block | None = None
    for block in page.blocks:
        if previous is not None and not (isinstance(previous, Item) and isinstance(block, Item)):
            lines.append(" " if isinstance(previous, Heading) else "")
        lines.extend(_lines(block, served))
        previous = block
    return "\n".join(lines) + ("\n" if lines and not isinstance(previous, Raw) else "")


def _lines(block: Block, served: Served) -> list[str]:
    match block:
        case Raw(text):
            return [text]
        case Code(language, text):
            return [f"```{language}", *text.split("\n"), "```"]
        case Grid():
            return _grid(block)
        case Mention():
            return [_mention(mentioned(block, served))]
        case Picture() | Attachment():
            return [" ", ""]
        case Divider():
            return []
        case _:
            return _prose(block)


def _prose(block: Block) -> list[str]:
    match block:
        case Text(text) | Callout(text):
            return [link_bare_addresses(text)]
        case Heading(level, text):
            return [f"{'#' * level} {text}"]
        case Item(text, level, kind, ticked):
            return ["    " * level + (TICKED if ticked else MARKERS[kind]) + link_bare_addresses(text)]
        case Quote(text):
            return [f"> {link_bare_addresses(line)}" for line in text.split("\n")]
        case FormulaValue(label, it) | ControlValue(label, it):
            return [f"{label} {display(it.value)}"]
        case Embed(url):
            return [link_bare_addresses(url)]
    raise TypeError(f"not a block: {block!r}")


def _grid(block: Grid) -> list[str]:
    columns = block.of.visible_columns()
    rows = [[_cell(row.value(column)) for column in columns] for row in block.of.visible_rows()]
    header = [_cell(column.name) for column in columns]
    title = [f"## {block.of.name}", ""] if block.titled else []
    return [*title, _row(header), _row(["---"] * len(columns)), *map(_row, rows)]


def _mention(it: Mentioned) -> str:
    return link_bare_addresses(it.text) if it.url is None else f"[{BRACKETS.sub(_escaped, it.text)}]({it.url})"


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match.group()}"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(value: Value) -> str:
    return display(value).replace("\\", "\\\\").replace("|", "\\|").replace("\n", "<br/>")


def display(value: Value) -> str:
    """A value as a page shows it."""
    if isinstance(value, Bare) and value.shown is not None:
        return value.shown
    return str(simple(value)).lower() if isinstance(value, bool) else str(simple(value))


def link_bare_addresses(text: str) -> str:
    """Turns bare URLs, and words that merely look like host names, into links; leaves code and links alone."""
    found, end = [], 0
    for spared in UNTOUCHED.finditer(text):
        found += [LINKABLE.sub(_link, text[end : spared.start()]), spared.group()]
        end = spared.end()
    return "".join([*found, LINKABLE.sub(_link, text[end:])])


def _link(match: re.Match[str]) -> str:
    return f"[{match.group()}]({match.group()})"
