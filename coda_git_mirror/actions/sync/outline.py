"""The outline of a doc, with every absence proved before it is believed (mirror-format law 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.errors import CodaError, NotThere, OutOfPatience, TokenRefused
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.model.content import Doc, Json, Outline, Page, Table

_OURS = frozenset({"file", "children", "parent"})
T = TypeVar("T", Page, Table)


@dataclass(frozen=True)
class Outlined:
    """An outline, and the items in it that Coda did not show: they stay as the mirror holds them, for a reason.

    The reason is empty where the item was not asked for.
    """

    outline: Outline
    unseen_pages: Mapping[str, str]
    unseen_tables: Mapping[str, str]


def read_outline(source: Source, doc: Doc, stored: StoredDoc, options: SyncOptions) -> Outlined:
    """What the doc consists of. Raises CodaError where a listing cannot be read."""
    held_pages = {page_id: stored_page(entry) for page_id, entry in stored.pages.items()}
    held_tables = {table_id: stored_table(entry) for table_id, entry in stored.tables.items()}
    pages, unseen_pages = _items(
        options.pages, lambda: source.pages(doc.id), lambda page_id: source.page(doc.id, page_id), held_pages
    )
    tables, unseen_tables = _items(
        options.tables, lambda: source.tables(doc.id), lambda table_id: source.table(doc.id, table_id), held_tables
    )
    return Outlined(Outline(doc, tuple(pages), tuple(tables)), unseen_pages, unseen_tables)


def _items(
    wanted: bool, list_all: Callable[[], list[T]], get: Callable[[str], T], held: Mapping[str, T]
) -> tuple[list[T], dict[str, str]]:
    if not wanted:
        return list(held.values()), dict.fromkeys(held, "")
    items = {item.id: item for item in list_all()}
    unseen: dict[str, str] = {}
    for item in _missing(held, items):
        try:
            items[item.id] = get(item.id)
        except NotThere:
            continue
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError as error:
            items[item.id] = item
            unseen[item.id] = str(error)
    return list(items.values()), unseen


def _missing(held: Mapping[str, T], listed: Mapping[str, T]) -> Iterable[T]:
    return [item for item_id, item in held.items() if item_id not in listed]


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


def stored_table(entry: Json) -> Table:
    """A table as the mirror's `metadata.json` describes it."""
    raw = {name: value for name, value in entry.items() if name != "file"}
    return Table(str(entry["id"]), str(entry.get("name", "")), str(entry.get("createdAt", "")), raw)
