"""Listings, read to the missing page token (coda-api.md, Listings)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from coda_git_mirror.coda.client import Client, HeavyAnswer
from coda_git_mirror.coda.failures import Unusable
from coda_git_mirror.coda.request import Request
from coda_git_mirror.coda.shape import is_item, is_name
from coda_git_mirror.errors import Rejected, Unavailable
from coda_git_mirror.model.content import Json

_MOST_READINGS = 5
_MOST_MOVING_READINGS = 3
_MOST_FRUITLESS_PAGES = 20
"""With items that came before, one after the other."""
_MOST_EMPTY_PAGES = 1_000
"""One after the other: with new tokens they are lawful (coda-api.md, Listings). These cost a minute."""
_MOST_ITEMS = 3_000_000
"""Several times the rows of the largest tables that a doc can hold."""
_MOST_IN_MEMORY = 100_000
"""More pages, tables or docs than anybody has."""
_SMALLER = {500: 200, 200: 50, 50: 10, 10: 1}


class Sink(Protocol):
    """Takes a listing as it arrives; `restart` means that it begins anew and what was taken is void."""

    def restart(self) -> None: ...

    def take(self, items: list[Json]) -> None: ...


class _Collected:
    """A sink for listings that fit in memory: each item once, by its id, and whether one came twice."""

    def __init__(self) -> None:
        self.items: dict[str, Json] = {}
        self.twice = False

    def restart(self) -> None:
        self.items.clear()
        self.twice = False

    def take(self, items: list[Json]) -> None:
        for item in items:
            self.twice |= item["id"] in self.items
            self.items[item["id"]] = item


@dataclass(frozen=True)
class Listing:
    """A listing to read; `is_item` is what each of its items has to be, `most` how many it can have."""

    request: Request
    is_item: Callable[[Any], bool] = is_item
    most: int = _MOST_ITEMS

    def limited(self, limit: int, heavy: bool) -> Listing:
        query = {**self.request.query, "limit": limit}
        return replace(self, request=replace(self.request, query=query, heavy=heavy))


def list_all(client: Client, listing: Listing, heavy: bool = False) -> list[Json]:
    """The items of a listing, each once. Raises what `Client.ask` raises; never returns a part of a listing.

    A listing can move while it is read: when an item shows up twice, another may have been passed over, and the
    listing is read again. What any reading showed is there, in the order of the last one.
    """
    read, found = read_heavy_listing if heavy else read_listing, dict[str, Json]()
    listing = replace(listing, most=min(listing.most, _MOST_IN_MEMORY))
    for _ in range(_MOST_MOVING_READINGS):
        reading = _Collected()
        read(client, listing, reading)
        found = {**reading.items, **found, **reading.items}
        if not reading.twice:
            break
    return list(found.values())


def read_listing(client: Client, listing: Listing, sink: Sink) -> None:
    """Feeds a whole listing to the sink, starting over where a page token has become invalid."""
    for _ in range(_MOST_READINGS):
        sink.restart()
        try:
            for items in _pages(client, listing):
                sink.take(items)
        except _InvalidToken:
            continue
        return
    raise Unavailable("Coda gives up the listing halfway each time it is read")


def read_heavy_listing(client: Client, listing: Listing, sink: Sink) -> None:
    """The same where a page may be too much for Coda: when it times out again and again, smaller ones are asked for.

    A page token carries its own limit, so the listing starts over (coda-api.md, Requests).
    """
    limit: int = listing.request.query["limit"]
    while smaller := _SMALLER.get(limit):
        try:
            return read_listing(client, listing.limited(limit, heavy=True), sink)
        except HeavyAnswer:
            limit = smaller
    return read_listing(client, listing.limited(limit, heavy=False), sink)


class _InvalidToken(Exception):
    """Coda no longer knows the page token: the listing has to start over."""


def _pages(client: Client, listing: Listing) -> Iterator[list[Json]]:
    """Page by page; where the first one is fresh, all are, for a token pins what it is a listing of."""
    progress = _Progress(listing.most)
    request = listing.request
    while True:
        page = _page(client, replace(listing, request=request))
        progress.count(page["items"])
        yield page["items"]
        token = _next_token(page)
        if not token:
            return
        progress.require(page["items"], token)
        request = replace(request, query={"pageToken": token}, fresh=False)


class _Progress:
    """Notices a listing without an end: a token that comes again, page after page with nothing new on it, or more items
    than there can be. Of tokens and ids, which may be long, it remembers a number each.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._items = 0
        self._tokens: set[int] = set()
        self._beginnings: set[int] = set()
        self._fruitless = self._empty = 0

    def count(self, items: list[Json]) -> None:
        self._items += len(items)
        if self._items > self._most:
            raise Unavailable(f"Coda's listing has no end: it has given more than {self._most:,} items")

    def require(self, items: list[Json], token: str) -> None:
        beginning, mark = hash(_beginning(items)), hash(token)
        self._empty = 0 if items else self._empty + 1
        if items:
            self._fruitless = self._fruitless + 1 if beginning in self._beginnings else 0
        if mark in self._tokens or self._fruitless > _MOST_FRUITLESS_PAGES or self._empty > _MOST_EMPTY_PAGES:
            raise Unavailable("Coda's listing goes round in circles")
        self._tokens.add(mark)
        self._beginnings.add(beginning)


def _beginning(items: list[Json]) -> str:
    """What tells one page of a listing from another: its first id, or all of it where items need not have one."""
    if not items:
        return ""
    return items[0]["id"] if is_item(items[0]) else repr(items)


def _page(client: Client, listing: Listing) -> Json:
    def check(page: Json) -> None:
        items: Any = page.get("items")
        if not isinstance(items, list) or not all(map(listing.is_item, items)):
            raise Unusable("Coda's listing is not of the expected shape")
        _next_token(page)

    try:
        return client.ask(listing.request, check)
    except Rejected as error:
        if "pageToken" in listing.request.query:
            raise _InvalidToken from error
        raise


def _next_token(page: Json) -> str:
    """The token of the next page, empty where there is none; a link to the next page gives a token that is missing."""
    token = page.get("nextPageToken") or _token_in(page.get("nextPageLink"))
    if token and not is_name(token):
        raise Unusable("Coda's listing has a page token that is no text")
    return token or ""


def _token_in(link: Any) -> str:
    if not isinstance(link, str) or not link:
        return ""
    try:
        return parse_qs(urlsplit(link).query)["pageToken"][0]
    except (ValueError, KeyError) as error:
        raise Unusable("Coda's listing has a next page without a token") from error
