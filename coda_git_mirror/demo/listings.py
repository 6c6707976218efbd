"""Pagination: opaque tokens that pin offset, page size and, but for docs, a snapshot (coda-api.md, Listings)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from coda_git_mirror.demo.replies import ErrorReply

Json = dict[str, Any]


@dataclass(frozen=True)
class PageSizes:
    """The most items that each listing gives at once; a larger `limit` is clamped in silence."""

    docs: int = 200
    pages: int = 100
    tables: int = 100
    columns: int = 100
    rows: int = 500
    formulas: int = 100
    controls: int = 100
    permissions: int = 100
    content: int = 500


@dataclass(frozen=True)
class Source:
    """The items of a listing and how each becomes JSON; `items` is called again per page only where nothing pins it."""

    items: Callable[[], Sequence[Any]]
    shape: Callable[[Any], Json]
    largest_page: int | None = None  # a larger page size times out, as on heavy tables


@dataclass(frozen=True)
class _Position:
    kind: str
    path: str
    source: Source
    pinned: Sequence[Any] | None
    offset: int
    limit: int


class Listings:
    """Serves listings page by page and keeps what each token stands for.

    `live` names the kinds whose items are read anew at every page, so that an item can come twice or not at all.
    """

    def __init__(self, sizes: PageSizes, *, live: frozenset[str], strict_tokens: bool, seed: int | None) -> None:
        self._sizes = sizes
        self._live = live
        self._strict = strict_tokens
        self._seed = seed
        self._positions: dict[str, _Position] = {}

    def page(self, kind: str, url: str, path: str, query: Mapping[str, str], source: Callable[[], Source]) -> Json:
        """One page: the first by the query, a later one by its token alone."""
        if "pageToken" in query:
            return self._show(self._resume(kind, path, query), url, query["pageToken"])
        limit = min(_limit(query), getattr(self._sizes, kind))
        opened = source()
        pinned = None if kind in self._live else tuple(opened.items())
        return self._show(_Position(kind, path, opened, pinned, 0, limit), url, None)

    def _resume(self, kind: str, path: str, query: Mapping[str, str]) -> _Position:
        if self._strict and len(query) > 1:
            raise ErrorReply(400, "Other parameters are not allowed with pageToken.")
        position = self._positions.get(query["pageToken"])
        if position is None or (position.kind, position.path) != (kind, path):
            raise ErrorReply(400, "Invalid pageToken.")
        return position

    def _show(self, at: _Position, url: str, token: str | None) -> Json:
        if at.source.largest_page is not None and at.limit > at.source.largest_page:
            raise ErrorReply(504, "Gateway Time-out")
        items = at.source.items() if at.pinned is None else at.pinned
        end = at.offset + at.limit
        found: Json = {"items": [at.source.shape(item) for item in items[at.offset : end]]}
        found["href"] = url if token is None else f"{url}?pageToken={quote(token)}"
        if end < len(items):
            following = self._issue(_Position(at.kind, at.path, at.source, at.pinned, end, at.limit))
            found.update(nextPageToken=following, nextPageLink=f"{url}?pageToken={quote(following)}")
        return found

    def _issue(self, position: _Position) -> str:
        number = len(self._positions)
        digest = hashlib.sha256(f"{self._seed}\0{position.kind}\0{number}".encode()).hexdigest()
        token = f"eyJ{digest[:37]}"
        self._positions[token] = position
        return token

    def forget(self) -> None:
        """Makes every token given out so far invalid."""
        self._positions.clear()


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", "25")
    if not text.isdecimal() or int(text) < 1:
        raise ErrorReply(400, "Validation Error: limit must be a positive integer.")
    return int(text)
