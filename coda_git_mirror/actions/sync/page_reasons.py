"""Why a page is exported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from coda_git_mirror.actions.sync.options import BOTH_FORMATS
from coda_git_mirror.model.content import Page
from coda_git_mirror.model.ledger import DENIED, FAILED, GONE, UNREAD


class PageReason(StrEnum):
    """The reasons that a page has by itself; where a doc is read as a whole its pages have that of the visit."""

    NEW = "new"
    EDITED = "edited"
    TOO_EARLY = "may have been read too early"
    TABLE_CHANGED = "shows a table that changed"
    TABLE_MAY_SHOW = "may show a table that changed"
    TABLE_MOVED = "a table on it moved or is gone"
    VALUE_CHANGED = "a formula or control on it has another value"
    NO_SUCH_FORMAT = "not in the mirror in this format yet"
    FAILED = "failed before"
    LEFT_OUT = "left out before"
    DENIED = "denied before"
    GONE = "gone before"
    RENAMED = "links to something that was renamed or is gone"


OF_STATE = {
    FAILED: PageReason.FAILED,
    UNREAD: PageReason.LEFT_OUT,
    DENIED: PageReason.DENIED,
    GONE: PageReason.GONE,
}
"""Why a page is asked for again that the ledger names, by the state of the entry."""


@dataclass(frozen=True)
class StalePage:
    """The formats to export of a page, by their suffixes, and why: a `PageReason`, or the reason of the visit."""

    formats: frozenset[str]
    reason: str


Stale = Mapping[str, StalePage]
"""The pages to export, by id."""


def whole_page(reason: str) -> StalePage:
    """A page of which all formats are to be exported."""
    return StalePage(frozenset(BOTH_FORMATS), reason)


def whole_pages(pages: Iterable[Page], reason: str) -> Stale:
    """Pages that are all exported for the same reason."""
    return {page.id: whole_page(reason) for page in pages}
