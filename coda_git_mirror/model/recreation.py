"""A doc of a revision that is about to be made anew in Coda, as frozen values, and what became of its parts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from coda_git_mirror.model.content import Column

ID_DIGITS = 12
NO_PAGE = "-"
"""Stands for the id of the page that the tables of a doc without pages get."""
_REVISION_DIGITS = 8


class Restored(Enum):
    """How much of a page or table is there again: all of it, its text, or nothing."""

    WHOLE = "whole"
    TEXT = "text"
    MISSING = "missing"


@dataclass(frozen=True)
class Text:
    """Content of a page that one request can carry; `form` is `markdown` or `html`."""

    form: str
    content: str


@dataclass(frozen=True)
class RealTable:
    """The place of a table, by its old id; its rows are written later."""

    table: str


@dataclass(frozen=True)
class ShownTable:
    """A table that is no table of the doc's own, such as a view: it comes back with the texts that it showed."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class HostedPicture:
    """A file that stands on the page, by the public address that it had; its place among the text is not known."""

    url: str
    name: str
    is_picture: bool


Piece: TypeAlias = "Text | RealTable | ShownTable | HostedPicture"


@dataclass(frozen=True)
class NewPage:
    """A page to make: below the page whose old id is `parent`, after those of its siblings that come before.

    `looks` are the fields that Coda takes beside the name. `lacks_content`: the mirror does not hold what was on it.
    """

    old: str
    name: str
    parent: str | None
    looks: tuple[tuple[str, str], ...] = ()
    is_hidden: bool = False
    pieces: tuple[Piece, ...] = ()
    lacks_content: bool = False


@dataclass(frozen=True)
class NewTable:
    """A table to make on the page with this old id, with all its columns in order."""

    old: str
    name: str
    page: str
    columns: tuple[Column, ...]
    row_count: int


@dataclass(frozen=True)
class NotRestored:
    """Something that does not come back, and why."""

    item: str
    reason: str


@dataclass(frozen=True)
class Copy:
    """What a copy of the living doc has of the revision already.

    `pages` and `tables` are those of the revision, by their ids, that live; `looks` are the fields of such pages to be
    set, by page. `beside` are the pages that take the old text of a page whose text is another now, by that page's id:
    they stand beside it. `whole` are the revision's pages with all that was on them.
    """

    pages: frozenset[str]
    tables: tuple[NewTable, ...]
    looks: tuple[tuple[str, tuple[tuple[str, str | bool], ...]], ...]
    beside: tuple[tuple[str, str], ...]
    whole: tuple[NewPage, ...]


@dataclass(frozen=True)
class Recreation:
    """All that is made anew, pages in sidebar order. `title` is the name that the new doc, or page, has at last.

    `must_be_there`: the folder was asked for; else another one will do where that of the old doc is gone.
    `page` is the old id of the page that comes back into its living doc, with those below it; None for a whole doc.
    """

    doc: str
    doc_name: str
    commit: str
    title: str
    folder: str | None
    pages: tuple[NewPage, ...]
    tables: tuple[NewTable, ...]
    not_restored: tuple[NotRestored, ...] = ()
    page: str | None = None
    copy: Copy | None = None
    must_be_there: bool = False

    @property
    def whole_pages(self) -> tuple[NewPage, ...]:
        """The revision's pages with all that was on them."""
        return self.pages if self.copy is None else self.copy.whole

    @property
    def all_tables(self) -> tuple[NewTable, ...]:
        """The tables of the revision, whether they are made or copied."""
        return self.tables if self.copy is None else (*self.copy.tables, *self.tables)

    @property
    def marked_title(self) -> str:
        """What the new doc is called until everything is there: nobody else has a doc of this name."""
        return f"{self.title} (restoring {self.commit[:_REVISION_DIGITS]})"

    @property
    def id(self) -> str:
        """A digest of what is made: two with the same one make the same doc."""
        made = repr((self.doc, self.page, self.commit, self.title, self.folder, self.pages, self.tables, self.copy))
        return hashlib.sha256(made.encode("utf-8", "surrogatepass")).hexdigest()[:ID_DIGITS]


@dataclass(frozen=True)
class PageFate:
    """What became of a page; `lines` are those of its text that are not to be found on the new one."""

    old: str
    name: str
    new: str | None = None
    restored: Restored | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableFate:
    """What became of a table; `rows` is how many of its rows are there again, `lost` how many are not."""

    old: str
    name: str
    new: str | None = None
    restored: Restored | None = None
    rows: int = 0
    lost: int = 0


@dataclass(frozen=True)
class Recreated:
    """A doc that is to be made, was made before (`is_known`), or was made as far as `stopped` says.

    `doc` is the id of the new doc and `url` its address. `unmet` is what was wanted and is not there. `after` is the
    commit that holds the new doc, `before` the one that holds the living doc to which a page came. `interruption` is
    the exception by which the user ended it.
    """

    what: Recreation
    pages: tuple[PageFate, ...] = ()
    tables: tuple[TableFate, ...] = ()
    doc: str | None = None
    url: str | None = None
    not_restored: tuple[NotRestored, ...] = ()
    unmet: tuple[NotRestored, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    before: str | None = None
    after: str | None = None
    is_known: bool = False
    was_applied: bool = False
    stopped: str = ""
    notes: tuple[str, ...] = ()
    interruption: BaseException | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything is there that can be."""
        fates = [*(page.restored for page in self.pages), *(table.restored for table in self.tables)]
        lost = any(table.lost for table in self.tables)
        return not (self.stopped or self.unmet or lost or Restored.MISSING in fates)
