"""What a write to a page makes of the account: new pages, content at the end or instead, names, pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeAlias

from coda_git_mirror.demo.blocks import Block, Grid, Picture, Text
from coda_git_mirror.demo.import_html import import_html
from coda_git_mirror.demo.import_markdown import import_markdown
from coda_git_mirror.demo.imported import Content, NewColumn, NewPicture, NewTable
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.render_lines import lines_of_blocks
from coda_git_mirror.demo.world import Blob, Column, Doc, Icon, Page, Table, World

Edit: TypeAlias = Callable[[Page], object]
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
BLOB = re.compile(r"/blobs/(bl-[\w-]+)")


def make_page(doc: Doc, page_id: str, fields: Mapping[str, Any], parent: Page | None, readings: Readings) -> Page:
    """A new page as `POST …/pages` describes it, last among its siblings."""
    content = fields.get("pageContent", {})
    kind = content.get("type", "canvas")
    page = doc.add_page(fields.get("name", "Untitled"), parent, id=page_id, content_type=kind, author=doc.world.user)
    change_page(page, fields)
    if kind == "canvas" and "canvasContent" in content:
        add_content(page, content["canvasContent"], readings)
    return page


def change_page(page: Page, fields: Mapping[str, Any]) -> None:
    """Sets what of name, subtitle, icon, cover and hiding is given; the only page at the top cannot be hidden."""
    page.edited()
    page.name = fields.get("name", page.name)
    page.subtitle = fields.get("subtitle", page.subtitle) or None
    if "iconName" in fields:
        page.icon = Icon(fields["iconName"]) if fields["iconName"] else None
    if "imageUrl" in fields:
        page.cover = taken_over(page.doc.world, fields["imageUrl"])
    if "isHidden" in fields and (page.parent is not None or len(page.doc.roots) > 1):
        page.hidden = fields["isHidden"]


def update_content(page: Page, update: Mapping[str, Any], readings: Readings) -> None:
    """Adds content at the end or replaces what is there, which destroys the tables of the page."""
    if update["insertionMode"] == "replace":
        clear(page)
    add_content(page, update["canvasContent"], readings)


def clear(page: Page) -> None:
    """Takes everything off a page; its tables and views are gone for good."""
    page.edited()
    doomed = [it for it in page.doc.grids() if it.page is page]
    views = [view for view in page.doc.views if view.table in doomed]
    page.doc.remove_tables([*doomed, *views])
    page.blocks = []


def remove_lines(page: Page, element_ids: Collection[str]) -> None:
    """Takes away the blocks whose lines are named; where none is named everything, of which one empty line stays."""
    if not element_ids:
        clear(page)
        page.blocks = [Text("")]
        return
    page.edited()
    page.blocks = [block for block, ids in lines_of_blocks(page) if not ids & set(element_ids)]


def add_content(page: Page, canvas: Mapping[str, Any], readings: Readings) -> None:
    """Reads the content and puts it at the end of the page, with the tables that it makes."""
    page.append(*_blocks(page, _read(canvas, readings), readings))


def _read(canvas: Mapping[str, Any], readings: Readings) -> Content:
    if canvas["format"] == "html":
        return import_html(canvas["content"], coda_attributes=readings.coda_attributes)
    return import_markdown(canvas["content"], joins_lines=readings.joins_lines)


def _blocks(page: Page, content: Content, readings: Readings) -> Iterator[Block]:
    for block in content:
        match block:
            case NewTable():
                yield Grid(_make_table(page, block, readings), block.titled)
            case NewPicture(url):
                blob = taken_over(page.doc.world, url) if readings.takes_pictures else None
                if blob is not None:
                    yield Picture(blob)
            case _:
                yield block


def _make_table(page: Page, new: NewTable, readings: Readings) -> Table:
    columns = [_column(column, [row[at] for row in new.rows], readings) for at, column in enumerate(new.columns)]
    page.doc.numbered_tables += 1
    table = page.doc.add_table(f"Table {page.doc.numbered_tables}", columns, page=page)
    for row in new.rows or [("",) * len(columns)] * readings.blank_rows:
        cells = zip(columns, row, strict=True)
        table.add_row({}).values.update({column.id: _value(column, text) for column, text in cells})
    return table


def _column(new: NewColumn, texts: list[str], readings: Readings) -> Column:
    told = dict(new.format).get("type") == "num"
    inferred = readings.infers_imported and texts != [] and all(map(NUMBER.fullmatch, texts))
    return Column(new.name, "number" if told or inferred else "text")


def _value(column: Column, text: str) -> str | int | float:
    if column.type == "number" and NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def taken_over(world: World, url: str) -> Blob | None:
    """A copy of the file at an address, which Coda fetches; none where there is no such file any more."""
    found = BLOB.search(url)
    blob = world.blobs.get(found[1]) if found else None
    return None if blob is None or blob.gone else world.add_blob(blob.content, blob.filename, blob.mime_type)
