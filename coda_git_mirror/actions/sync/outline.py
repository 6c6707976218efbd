"""The outline of a doc, with every absence proved before it is believed (mirror-format law 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.errors import CodaError, NotThere, OutOfPatience, TokenRefused
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.model.content import Doc, Json, Outline, Page, Table

_OURS = frozenset({"file", "files", "links", "content", "children", "parent"})
"""What `metadata.json` adds to a page, or says in another way."""
T = TypeVar("T", Page, Table)


@dataclass(frozen=True)
class Outlined:
    """An outline, and the items in it that Coda did not show, by id: they stay as the mirror holds them, for a reason.

    The reason is empty where the item was not asked for.
    """

    outline: Outline
    unseen: Mapping[str, str]


def read_pages(source: Source, doc: Doc, stored: StoredDoc, options: SyncOptions) -> Outlined:
    """The doc's pages, without its tables and views. Raises CodaError where the listing cannot be read."""
    held = stored_outline(doc, stored).pages
    if not options.pages:
        return Outlined(Outline(doc, held, (), ()), {page.id: "" for page in held})
    unseen: dict[str, str] = {}
    listed = source.pages(doc.id)
    missing = _detailed(_missing(listed, held), held, lambda page: source.page(doc.id, page.id), unseen)
    return Outlined(Outline(doc, (*listed, *missing), (), ()), unseen)


def with_grids(source: Source, listed: Outlined, stored: StoredDoc, options: SyncOptions) -> Outlined:
    """All that the doc consists of. Raises CodaError where the listing of tables and views cannot be read."""
    doc, unseen = listed.outline.doc, dict(listed.unseen)
    held = stored_outline(doc, stored)
    grids: Sequence[Table] = (*held.tables, *held.views)
    if options.tables:
        references = source.tables(doc.id)
        wanted = [*references, *_missing(references, grids)]
        grids = _detailed(wanted, grids, lambda table: source.table(doc.id, table.id), unseen)
    else:
        unseen |= {grid.id: "" for grid in grids}
    return Outlined(outline_of(doc, listed.outline.pages, grids), unseen)


def outline_of(doc: Doc, pages: Iterable[Page], grids: Iterable[Table]) -> Outline:
    """The outline with tables and views apart."""
    both = tuple(grids)
    tables = tuple(table for table in both if not table.is_view)
    return Outline(doc, tuple(pages), tables, tuple(table for table in both if table.is_view))


def stored_outline(doc: Doc, stored: StoredDoc) -> Outline:
    """The outline of a doc as the mirror holds it."""
    tables = [stored_table(entry, is_view=False) for entry in stored.tables.values()]
    views = [stored_table(entry, is_view=True) for entry in stored.views.values()]
    return outline_of(doc, map(stored_page, stored.pages.values()), [*tables, *views])


def _missing(listed: Iterable[T], held: Iterable[T]) -> list[T]:
    """What the mirror holds and a listing does not show."""
    shown = {item.id for item in listed}
    return [item for item in held if item.id not in shown]


def _detailed(items: Iterable[T], held: Iterable[T], get: Callable[[T], T], unseen: dict[str, str]) -> list[T]:
    """Each item as Coda describes it by itself; one that cannot be looked at as the mirror holds it, or as it came."""
    known = {item.id: item for item in held}
    detailed: list[T] = []
    for item in items:
        try:
            detailed.append(get(item))
        except NotThere:
            continue
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError as error:
            detailed.append(known.get(item.id, item))
            unseen[item.id] = str(error)
    return detailed


def stored_page(entry: Json) -> Page:
    """A page as the mirror's `metadata.json` describes it."""
    return Page(
        id=str(entry["id"]),
        name=str(entry.get("name", "")),
        created=str(entry.get("createdAt", "")),
        parent=entry["parent"],
        content_type=str(entry.get("contentType", "canvas")),
        raw={name: value for name, value in entry.items() if name not in _OURS},
    )


def stored_table(entry: Json, is_view: bool) -> Table:
    """A table or view as the mirror's `metadata.json` describes it."""
    raw = {name: value for name, value in entry.items() if name != "file"}
    return Table(str(entry["id"]), str(entry.get("name", "")), str(entry.get("createdAt", "")), is_view, raw)
