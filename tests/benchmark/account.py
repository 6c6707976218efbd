"""The account that the benchmark mirrors: one doc far larger than the others, and many small ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from coda_git_mirror.demo.blocks import Block, Grid, Heading, Item, Text
from coda_git_mirror.demo.calendar import Calendar
from coda_git_mirror.demo.world import Column, Doc, Page, Table, World


@dataclass(frozen=True)
class Size:
    """What a doc has; the rows are spread over its tables, the first of which has half of them."""

    pages: int
    tables: int
    rows: int
    views: int = 0
    formulas: int = 0


LARGE = Size(pages=110, tables=12, rows=12_000, views=6, formulas=12)
MIDDLING = Size(pages=30, tables=5, rows=2_500, views=2, formulas=4)
SMALL = Size(pages=10, tables=1, rows=375, views=1)
ACCOUNT = (LARGE, *(MIDDLING,) * 2, *(SMALL,) * 8, Size(pages=0, tables=0, rows=0))
"""12 docs, 250 pages, 30 tables, 20,000 rows."""
TINY_ACCOUNT = (Size(pages=24, tables=3, rows=1_200, views=1, formulas=2), *(Size(pages=4, tables=1, rows=50),) * 3)


def account(sizes: tuple[Size, ...] = ACCOUNT, calendar: Calendar | None = None) -> World:
    """An account with a doc of each size."""
    world = World(calendar=calendar)
    for number, size in enumerate(sizes):
        _fill(world.add_doc(f"Team {number:02}"), size)
    return world


def _fill(doc: Doc, size: Size) -> None:
    pages: list[Page] = []
    for number in range(size.pages):
        pages.append(_page(doc, number, pages))
    tables = [_table(doc, number, rows, pages[number]) for number, rows in enumerate(_shares(size))]
    for table, page in zip(tables, pages, strict=False):
        page.blocks.append(Grid(table))
    for number in range(size.views):
        doc.add_view(f"Open {number}", tables[0], pages[-1 - number], sort=("Hours", "descending"), where=_is_open)
    for number in range(size.formulas):
        doc.add_formula(f"Total {number}", number * 100)


def _page(doc: Doc, number: int, before: Sequence[Page]) -> Page:
    """One page; every third is a subpage of the one before."""
    return doc.add_page(f"Page {number:03}", before[-1] if number % 3 == 2 else None, list(_blocks(number)))


def _blocks(number: int) -> Iterator[Block]:
    yield Heading(1, f"What we know of subject {number}")
    for paragraph in range(3 + number % 9):
        yield Text(f"Paragraph {paragraph} says **something** about subject {number}, at some length. " * 4)
        yield Item(f"a point of {paragraph}")


def _shares(size: Size) -> Iterator[int]:
    if size.tables == 1:
        yield size.rows
        return
    for number in range(size.tables):
        yield size.rows // 2 if number == 0 else size.rows // (2 * (size.tables - 1))


def _table(doc: Doc, number: int, rows: int, page: Page) -> Table:
    columns = [Column("Task"), Column("Hours", "number"), Column("Done", "checkbox"), Column("Note")]
    return doc.add_table(f"Tasks {number}", columns, (_row(row) for row in range(rows)), page)


def _row(number: int) -> dict[str, Any]:
    return {"Task": f"Task {number}", "Hours": number % 40, "Done": number % 50 != 0, "Note": f"of week {number % 52}"}


def _is_open(row: Any) -> bool:
    return row.get("Done") is False
