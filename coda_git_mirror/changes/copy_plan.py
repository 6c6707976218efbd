"""What it takes to make a copy of the living doc what the doc was: decided from the revision and the last sync."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.recreation import (
    NO_PAGE,
    Copy,
    NewPage,
    NotRestored,
    Piece,
    RealTable,
    Recreation,
    Text,
)

_TAKEN = ("subtitle", "iconName")


def copy_plan(then: Recreation, now: Recreation, day: str) -> Recreation:
    """The plan for a copy of `now`. Nothing of it is taken away but rows: what else came since is named."""
    living = {page.old: page for page in now.pages}
    tables = {table.old for table in now.tables}
    pages, beside = list[NewPage](), list[tuple[str, str]]()
    for page in (each for each in then.pages if each.old != NO_PAGE):
        lost = tuple(it for it in page.pieces if isinstance(it, RealTable) and it.table not in tables)
        if page.old not in living:
            pages.append(replace(page, pieces=tuple(_without_living(page, tables))))
            continue
        pages.append(replace(page, pieces=lost, is_hidden=False))
        if _texts(page) != _texts(living[page.old]):
            texts = tuple(it for it in page.pieces if not isinstance(it, RealTable))
            old = NewPage(f"{page.old} as of {day}", f"{page.name} (as of {day})", page.parent, (), False, texts)
            beside.append((page.old, old.old))
            pages.append(old)
    copied = Copy(
        frozenset(living) & {page.old for page in then.pages},
        tuple(table for table in then.tables if table.old in tables),
        tuple(_looks(then, living)),
        tuple(beside),
        tuple(page for page in then.pages if page.old != NO_PAGE),
    )
    made = tuple(table for table in then.tables if table.old not in tables)
    lost_things = tuple(dict.fromkeys(_not_restored(then, now, living)))
    return replace(then, pages=tuple(pages), tables=made, copy=copied, not_restored=lost_things)


def _without_living(page: NewPage, tables: set[str]) -> Iterator[Piece]:
    """The pieces of a page that is gone, without tables that live on."""
    return (it for it in page.pieces if not (isinstance(it, RealTable) and it.table in tables))


def _texts(page: NewPage) -> str:
    return "\n".join(piece.content for piece in page.pieces if isinstance(piece, Text))


def _looks(then: Recreation, living: Mapping[str, NewPage]) -> Iterator[tuple[str, tuple[tuple[str, str | bool], ...]]]:
    """The fields of living pages that were other ones."""
    for page in then.pages:
        now = living.get(page.old)
        if now is None:
            continue
        before, after = dict(page.looks), dict(now.looks)
        fields: dict[str, str | bool] = {"name": page.name} if page.name != now.name else {}
        fields |= {name: before[name] for name in _TAKEN if name in before and before[name] != after.get(name)}
        fields |= {"isHidden": page.is_hidden} if page.is_hidden != now.is_hidden else {}
        if fields:
            yield page.old, tuple(fields.items())


def _not_restored(then: Recreation, now: Recreation, living: Mapping[str, NewPage]) -> Iterator[NotRestored]:
    were = {page.old: page for page in then.pages}
    for page in now.pages:
        if page.old not in were:
            yield NotRestored(f"page {one_line(page.name)}", "it came since, and stays in the copy")
        elif page.parent != were[page.old].parent:
            yield NotRestored(f"place of the page {one_line(page.name)}", "no page can be moved back")
    for page in then.pages:
        if page.old not in living:
            reason = "it was deleted since; it comes back as a new page, the last one at its place"
            yield NotRestored(f"place of the page {one_line(page.name)}", reason)
    known = {table.old for table in then.tables}
    for table in now.tables:
        if table.old not in known:
            yield NotRestored(f"table {one_line(table.name)}", "it came since, and stays in the copy")
    yield NotRestored("changes to columns, views, formulas, buttons and controls", "the copy has them as they are now")
    yield NotRestored("text that was formatted in cells since changed", "Coda would keep its Markdown as plain text")
    yield NotRestored("automations, comments, locks, sharing", "nothing reads or makes them by this API")
    yield NotRestored("ids, authors and times", "Coda gives new ones")
