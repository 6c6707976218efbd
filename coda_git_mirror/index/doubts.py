"""Changes of files of which only a closer look tells whether a person sees them; it is taken when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from coda_git_mirror.changes.compare import definition_changed
from coda_git_mirror.changes.page_differences import compare_pages
from coda_git_mirror.changes.sides import Item, Side
from coda_git_mirror.changes.trees import DamagedFile
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.index.asking import Asking
from coda_git_mirror.index.build import CHANGED, MAYBE
from coda_git_mirror.index.entries import DOC, PAGE
from coda_git_mirror.index.trees import IndexedTree
from coda_git_mirror.model.content import Json


class Changed(NamedTuple):
    """What a commit did to a thing, and how this was called and where it lay then, or last."""

    number: int
    thing: int
    did: str
    what: str
    kind: str
    item: str
    name: str
    path: str


class _Place(NamedTuple):
    name: str
    path: str


def seen(asking: Asking, doc: str, changes: Iterable[Changed]) -> Iterator[Changed]:
    """The changes that a person sees: of pages not those of links alone, of views not those of Coda's details."""
    for change in changes:
        if change.did != MAYBE:
            yield change
        elif what := asking.remembered((change.thing, change.number), partial(_what, asking, doc, change)):
            yield change._replace(did=CHANGED, what=what)


def _what(asking: Asking, doc: str, change: Changed) -> str:
    old, new = (_side(asking, doc, number) for number in (change.number - 1, change.number))
    try:
        if change.kind == PAGE:
            return "formatting changed" if _is_formatted_otherwise(change.item, old, new) else ""
        item = Item(old.stored().views.get(change.item), new.stored().views.get(change.item), old, new)
        return "defined otherwise" if definition_changed(item) else ""
    except (DamagedFile, DamagedContent):
        return "changed"


def _is_formatted_otherwise(page: str, old: Side, new: Side) -> bool:
    before, after = _only(old.stored().pages, page), _only(new.stored().pages, page)
    return any(each.text or each.other_forms for each in compare_pages(before, after, old, new))


def _only(pages: Mapping[str, Json], page: str) -> dict[str, Json]:
    return {page: pages[page]} if page in pages else {}


def _side(asking: Asking, doc: str, number: int) -> Side:
    query = (
        "SELECT name, path FROM items WHERE doc = ? AND kind = ? AND born <= ? AND (died IS NULL OR died > ?) LIMIT 1"
    )
    found = asking.ask(query, doc, DOC, number, number)
    return Side(IndexedTree(asking, number), _Place(*found[0]) if found else None)
