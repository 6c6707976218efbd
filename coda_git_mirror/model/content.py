"""An account, its docs, pages, tables and columns, as far as the mirror needs to know them.

`raw` is Coda's own object with whatever fields it has, freed from what varies without the content varying
(API addresses, host names): it is what the mirror stores. The named fields are what the program decides by.
Instants are ISO 8601 text as Coda sends it, empty where Coda sends none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_UNEXPORTABLE_TYPES = frozenset({"embed", "syncPage", "table"})


def is_exportable(content_type: str) -> bool:
    """Whether Coda may export pages of this type; the others answer 400 (FACTS.md). An unknown one may be."""
    return content_type not in _UNEXPORTABLE_TYPES


@dataclass(frozen=True)
class Account:
    """Whose token it is."""

    login: str
    name: str


@dataclass(frozen=True)
class Doc:
    id: str
    name: str
    created: str = ""
    updated: str = ""
    raw: Json = field(default_factory=dict, repr=False, hash=False)

    @property
    def link(self) -> str:
        """The doc's address in a browser."""
        return str(self.raw.get("browserLink") or "")


@dataclass(frozen=True)
class Page:
    id: str
    name: str
    created: str = ""
    parent: str | None = None
    children: tuple[str, ...] = ()
    content_type: str = "canvas"
    raw: Json = field(default_factory=dict, repr=False, hash=False)

    @property
    def link(self) -> str:
        """The page's address in a browser, whose tail other pages' links name."""
        return str(self.raw.get("browserLink") or "")


@dataclass(frozen=True)
class Table:
    """A base table or a view with the details of `GET /tables/{id}`."""

    id: str
    name: str
    created: str = ""
    is_view: bool = False
    raw: Json = field(default_factory=dict, repr=False, hash=False)

    @property
    def link(self) -> str:
        """The table's address in a browser."""
        return str(self.raw.get("browserLink") or "")


@dataclass(frozen=True)
class Column:
    """`kind` is the type of the column's format: a hint at its values, never a promise (FACTS.md, Rows)."""

    id: str
    name: str
    kind: str = ""
    raw: Json = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True)
class Outline:
    """What a doc consists of, before any content is read. Pages stand in the order of Coda's listing."""

    doc: Doc
    pages: tuple[Page, ...]
    tables: tuple[Table, ...]
    views: tuple[Table, ...] = ()
