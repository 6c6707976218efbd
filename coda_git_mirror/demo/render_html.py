"""A page as Coda exports it to HTML: deterministic, one `<div>` a line (coda-api.md, What the two formats carry)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
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
from coda_git_mirror.demo.cells import Value
from coda_git_mirror.demo.mentions import Mentioned, Served, live, mentioned
from coda_git_mirror.demo.render_markdown import display

if TYPE_CHECKING:
    from coda_git_mirror.demo.world import Blob, Page

BlobAddress = Callable[["Blob"], str]
EMPTY_LINE = "<div><br></div>"
ZERO_WIDTH_SPACE, OBJECT_REPLACEMENT = "\u200b", "\ufffc"
LIST_TAGS = {"bullet": "ul", "number": "ol", "check": "ul"}
INLINE = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)"), r'<a href="\2">\1</a>'),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<b>\1</b>"),
    (re.compile(r"(?<![*\w])\*([^*\s][^*]*)\*(?![*\w])"), r"<i>\1</i>"),
)


def render_html(page: Page, blob_address: BlobAddress, served: Served = live) -> str:
    """The whole page, without its title."""
    return "\n".join(_block(block, blob_address, served) for block in page.blocks) + ("\n" if page.blocks else "")


def _block(block: Block, blob_address: BlobAddress, served: Served) -> str:
    match block:
        case Picture(blob, width):
            return _picture(blob, blob_address(blob), width)
        case Attachment(blob):
            link = f'<a href="{escape(blob_address(blob))}">{escape(blob.filename)}</a>'
            return f"<div>{ZERO_WIDTH_SPACE}{link}{OBJECT_REPLACEMENT}</div>"
        case Grid():
            return _grid(block)
        case Mention():
            return f"<div>{_mention(mentioned(block, served))}</div>"
        case Divider():
            return "<hr>"
        case Raw(text):
            return "\n".join(f"<div>{escape(line)}</div>" if line.strip() else EMPTY_LINE for line in text.split("\n"))
        case _:
            return _prose(block)


def _prose(block: Block) -> str:
    match block:
        case Text(text) | Callout(text):
            return f"<div>{_inline(text)}</div>"
        case Heading(level, text):
            return f"<h{level}>{_inline(text)}</h{level}>"
        case Item(text, level, kind):
            tag = LIST_TAGS[kind]
            return f"<{tag}>" * (level + 1) + f"<li>{_inline(text)}</li>" + f"</{tag}>" * (level + 1)
        case Quote(text, level):
            lines = "".join(f"<div>{_inline(line)}</div>" for line in text.split("\n"))
            return "<blockquote>" * level + lines + "</blockquote>" * level
        case Code(language, text):
            return f'<pre data-language="{escape(language)}"><code>{escape(text)}</code></pre>'
        case FormulaValue(label, it) | ControlValue(label, it):
            return f"<div>{_inline(label)} <span>{escape(display(it.value))}</span></div>"
        case Embed(url):
            return f"<div>{escape(url)}</div>"
    raise TypeError(f"not a block: {block!r}")


def _picture(blob: Blob, address: str, width: int) -> str:
    if blob.mime_type is not None and blob.mime_type.startswith("video/"):
        source = f'<source src="{escape(address)}" type="{escape(blob.mime_type)}">'
        return f'<div><video controls width="{width}">{source}</video></div>'
    kind = "" if blob.mime_type is None else f' data-coda-mime-type="{escape(blob.mime_type)}"'
    image = (
        f'<img src="{escape(address)}" data-coda-blob-id="{blob.id}"{kind} alt="{escape(blob.filename)}"'
        f' width="{width}" height="0">'
    )
    inner = f'{ZERO_WIDTH_SPACE}<span style="display: inline-block">{image}</span>{OBJECT_REPLACEMENT}'
    return f"<div>{inner}</div>"


def _grid(block: Grid) -> str:
    columns = block.of.visible_columns()
    caption = f"<caption><h2>{escape(block.of.name)}</h2></caption>" if block.titled else ""
    headers = "".join(f'<th data-coda-column-id="{escape(c.id)}">{escape(c.name)}</th>' for c in columns)
    rows = ("".join(f"<td>{_cell(row.value(column))}</td>" for column in columns) for row in block.of.visible_rows())
    body = "".join(f"<tr>{cells}</tr>" for cells in rows)
    start = f'<table data-coda-grid-id="{escape(block.of.id)}">{caption}'
    return f"{start}<thead><tr>{headers}</tr></thead><tbody>{body}</tbody></table>"


def _mention(it: Mentioned) -> str:
    text = escape(it.text, quote=False)
    return text if it.url is None else f'<a href="{escape(it.url)}">{text}</a>'


def _cell(value: Value) -> str:
    return escape(display(value)).replace("\n", "<br>")


def _inline(text: str) -> str:
    found = escape(text, quote=False)
    for pattern, replacement in INLINE:
        found = pattern.sub(replacement, found)
    return found
