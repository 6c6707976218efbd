"""An account, its docs, pages, tables and columns, as far as the mirror needs to know them.

`raw` is Coda's own object with whatever fields it has, freed from what varies without the content varying
(API addresses, host names): it is what the mirror stores. The named fields are what the program decides by.
Instants are ISO 8601 text as Coda sends it, empty where Coda sends none. `doubt` says in a few words why Coda's answer
cannot be believed, where a field is missing that is always there, or is of another kind; empty otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_UNEXPORTABLE_TYPES = frozenset({"embed", "syncPage", "table"})


def name_of(item: Json) -> str:
    """The name in an object of Coda's; empty where it has none that is text."""
    name = item.get("name")
    return name if isinstance(name, str) else ""


def row_count_of(table: Json) -> int | None:
    """The row count in an object of Coda's; None where it has none that is a whole number from 0 on."""
    count = table.get("rowCount")
    return count if type(count) is int and count >= 0 else None


def is_exportable(content_type: str) -> bool:
    """Whether Coda may export pages of this type (coda-api.md, Page export). An unknown one may be."""
    return content_type not in _UNEXPORTABLE_TYPES


@dataclass(frozen=True)
class Account:
    """Whose token it is."""

    login: str
    name: str


@dataclass(frozen=True)
class Holder:
    """Whose token it is, what that person calls it, and whether Coda says that it may not do all that they may."""

    account: Account
    token_name: str
    is_restricted: bool


@dataclass(frozen=True)
class Doc:
    id: str
    name: str
    created: str = ""
    updated: str = ""
    raw: Json = field(default_factory=dict, repr=False, hash=False)
    doubt: str = field(default="", compare=False)

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
    doubt: str = field(default="", compare=False)

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
    doubt: str = field(default="", compare=False)

    @property
    def link(self) -> str:
        """The table's address in a browser."""
        return str(self.raw.get("browserLink") or "")

    @property
    def row_count(self) -> int | None:
        """How many rows there are by Coda's word, if it says so."""
        return row_count_of(self.raw)


@dataclass(frozen=True)
class Column:
    """`kind` is the type of the column's format: a hint at its values, never a promise (coda-api.md, Rows)."""

    id: str
    name: str
    kind: str = ""
    raw: Json = field(default_factory=dict, repr=False, hash=False)
    doubt: str = field(default="", compare=False)

    @classmethod
    def of(cls, raw: Json, doubt: str = "") -> Column:
        """A column by Coda's own object of it, which has an id."""
        about = raw.get("format")
        kind = about.get("type") if isinstance(about, dict) else None
        return cls(raw["id"], name_of(raw), kind if isinstance(kind, str) else "", raw, doubt)


@dataclass(frozen=True)
class Outline:
    """What a doc consists of, before any content is read. Pages stand in the order of Coda's listing."""

    doc: Doc
    pages: tuple[Page, ...]
    tables: tuple[Table, ...]
    views: tuple[Table, ...] = ()
