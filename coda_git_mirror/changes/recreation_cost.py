"""What it takes to make a doc anew, by the tightest rate that Coda has published (coda-api.md, Requests)."""

from __future__ import annotations

from coda_git_mirror.changes.plan_cost import ROWS_AT_ONCE
from coda_git_mirror.model.plan import Cost
from coda_git_mirror.model.recreation import Recreation
from coda_git_mirror.model.traffic import content_write_seconds

_PAGE_SECONDS, _CONTENT_SECONDS = 60.0, 18.0
"""How long Coda takes for a page, and for a piece of what is on it (coda-api.md, Pages)."""


def recreation_cost(what: Recreation) -> Cost:
    """The requests that write, and how long they and Coda's queue take: pages of one parent come one after another."""
    pieces = [len(page.pieces) for page in what.pages]
    rows = sum(-(-table.row_count // ROWS_AT_ONCE) for table in what.tables)
    hidden = sum(page.is_hidden for page in what.pages)
    content = len(what.pages) + sum(pieces) + rows + hidden
    queue = _PAGE_SECONDS * _longest_way(what) + _CONTENT_SECONDS * max(pieces, default=0)
    return Cost(content + 2, max(content_write_seconds(content), queue + content_write_seconds(rows)))


def _longest_way(what: Recreation) -> int:
    """How many pages have to come one after the other, where each waits for its parent and the page before it."""
    way: dict[str, int] = {}
    before: dict[str | None, str] = {}
    for page in what.pages:
        earlier = [way.get(it, 0) for it in (page.parent, before.get(page.parent)) if it is not None]
        way[page.old] = 1 + max(earlier, default=0)
        before[page.parent] = page.old
    return max(way.values(), default=0)
