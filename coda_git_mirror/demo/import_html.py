"""HTML as it comes in: a `<table>` becomes a real table, much else is lost (coda-api.md, Writing)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from coda_git_mirror.demo.blocks import Block, Code, Heading, Item, Quote, Text
from coda_git_mirror.demo.html_tree import Element, html_tree
from coda_git_mirror.demo.imported import Content, Imported, NewColumn, NewPicture, NewTable, unnamed_columns

MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "s": "~~", "del": "~~", "strike": "~~", "code": "`"}
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 3, "h5": 3, "h6": 3}
CONTAINERS = {
    "p", "div", "ul", "ol", "li", "blockquote", "pre", "table", "hr", "img", "section", "article", "main", "body",
    *HEADINGS,
}  # fmt: skip
SPACE = re.compile(r"[ \t\r\n\f]+")
NOISE = str.maketrans("", "", "\u200b\ufffc")
DEEPEST_ITEM = 2
HIDES_TITLE = 64


def import_html(text: str, *, coda_attributes: bool = True) -> Content:
    """What stands on a page to which this HTML is written."""
    return list(_flow(html_tree(text).children, coda_attributes))


def _flow(children: Sequence[Element | str], own: bool) -> Iterator[Imported]:
    """Blocks one after another; what stands loose between them makes paragraphs."""
    loose: list[Element | str] = []
    for child in children:
        if isinstance(child, Element) and _holds_blocks(child):
            yield from _paragraph(loose)
            loose = []
            yield from _block(child, own)
        else:
            loose.append(child)
    yield from _paragraph(loose)


def _holds_blocks(element: Element) -> bool:
    return element.tag in CONTAINERS or any(True for _ in element.all(*CONTAINERS))


def _paragraph(children: Sequence[Element | str]) -> Iterator[Block]:
    text = _inline(children)
    if text:
        yield Text(text)


def _block(element: Element, own: bool) -> Iterator[Imported]:
    match element.tag:
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            yield from _heading(element)
        case "ul" | "ol":
            yield from _items(element, 0, own)
        case "blockquote":
            yield Quote("\n".join(_lines(element.children, own)))
        case "pre":
            yield Code("", _verbatim(element).strip("\n"))
        case "table":
            yield from _table(element, own)
        case "img":
            yield NewPicture(element.attributes.get("src", ""), element.attributes.get("alt", ""))
        case _:
            yield from _flow(element.children, own)


def _heading(element: Element) -> Iterator[Heading]:
    """h4 to h6 become bold ones of the third level."""
    level, text = HEADINGS[element.tag], _inline(element.children)
    if text:
        yield Heading(level, f"**{text}**" if element.tag > "h3" else text)


def _items(element: Element, level: int, own: bool) -> Iterator[Imported]:
    """The items of a list, each before those below it; a box to tick is lost."""
    kind = "number" if element.tag == "ol" else "bullet"
    for item in element.elements():
        if item.tag in ("ul", "ol"):
            yield from _items(item, level + 1, own)
            continue
        inner = [child for child in item.children if isinstance(child, str) or child.tag not in ("ul", "ol")]
        yield Item("\n".join(_lines(inner, own)), min(level, DEEPEST_ITEM), kind)
        for deeper in item.elements():
            if deeper.tag in ("ul", "ol"):
                yield from _items(deeper, level + 1, own)


def _lines(children: Sequence[Element | str], own: bool) -> Iterator[str]:
    """What a quotation or an item keeps of what is in it."""
    for block in _flow(children, own):
        match block:
            case Text(text) | Quote(text) | Heading(_, text):
                yield text


def _table(element: Element, own: bool) -> Iterator[NewTable]:
    """A real table; the header names its columns, what a caption says is lost."""
    records = list(element.all("tr"))
    header = [cell for cell in records[0].elements() if cell.tag == "th"] if records else []
    body = [[_verbatim(cell).strip() for cell in record.elements()] for record in records[bool(header) :]]
    width = max([len(header), *map(len, body)])
    columns = [_column(cell, number, own) for number, cell in enumerate(header, 1)]
    if width:
        rows = tuple(tuple((row + [""] * width)[:width]) for row in body)
        mask = element.attributes.get("data-coda-view-config-hiddenuimask", "") if own else ""
        yield NewTable((*columns, *unnamed_columns(width)[len(columns) :]), rows, titled=mask != str(HIDES_TITLE))


def _column(cell: Element, number: int, own: bool) -> NewColumn:
    name = SPACE.sub(" ", _verbatim(cell)).strip() or f"Column {number}"
    try:
        column_format = json.loads(cell.attributes["data-coda-column-format"]) if own else {}
    except (KeyError, ValueError):
        column_format = {}
    return NewColumn(name, tuple(column_format.items()) if isinstance(column_format, dict) else ())


def _inline(children: Sequence[Element | str]) -> str:
    return "\n".join(line.strip() for line in _marked(children).translate(NOISE).split("\n")).strip()


def _marked(children: Sequence[Element | str]) -> str:
    return "".join(SPACE.sub(" ", it) if isinstance(it, str) else _marked_element(it) for it in children)


def _marked_element(element: Element) -> str:
    inner = _marked(element.children)
    if element.tag == "br":
        return "\n"
    if element.tag == "a" and element.attributes.get("href"):
        return f"[{inner}]({element.attributes['href']})"
    mark = MARKS.get(element.tag, "") if inner.strip() else ""
    return f"{mark}{inner}{mark}"


def _verbatim(element: Element) -> str:
    """The text of an element, with its line breaks and without any formatting."""
    texts = (it if isinstance(it, str) else "\n" if it.tag == "br" else _verbatim(it) for it in element.children)
    return "".join(texts).translate(NOISE)
