"""Listings, read to the missing page token (FACTS.md, Listings)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from coda_git_mirror.coda.client import Client, HeavyAnswer, Request, Unusable
from coda_git_mirror.errors import Refused, Unavailable
from coda_git_mirror.model.content import Json

_MOST_RESTARTS = 3
_MOST_EMPTY_PAGES = 20
_SMALLER = {500: 200, 200: 50, 50: 10, 10: 1}


class Sink(Protocol):
    """Takes a listing as it arrives; `restart` means that it begins anew and what was taken is void."""

    def restart(self) -> None: ...

    def take(self, items: list[Json]) -> None: ...


@dataclass
class Collected:
    """A sink for listings that fit in memory: each item once, by its id, in the order of the listing."""

    items: dict[str, Json]

    def restart(self) -> None:
        self.items.clear()

    def take(self, items: list[Json]) -> None:
        self.items.update((item["id"], item) for item in items)


def list_all(client: Client, request: Request) -> list[Json]:
    """The items of a listing. Raises what `Client.ask` raises; never returns a part of a listing."""
    collected = Collected({})
    read_listing(client, request, collected)
    return list(collected.items.values())


def read_listing(client: Client, request: Request, sink: Sink) -> None:
    """Feeds a whole listing to the sink, starting over where a page token has become invalid."""
    for _ in range(_MOST_RESTARTS):
        sink.restart()
        try:
            for items in _pages(client, request):
                sink.take(items)
        except _InvalidToken:
            continue
        return
    raise Unavailable("Coda gives up the listing halfway each time it is read")


def read_heavy_listing(client: Client, request: Request, sink: Sink) -> None:
    """The same for rows: where Coda fails with 504 because a page is too much for it, smaller ones are asked for.

    A page token carries its own limit, so the listing starts over (FACTS.md, Requests).
    """
    limit: int = request.query["limit"]
    while smaller := _SMALLER.get(limit):
        try:
            return read_listing(client, _limited(request, limit, heavy=True), sink)
        except HeavyAnswer:
            limit = smaller
    return read_listing(client, _limited(request, limit, heavy=False), sink)


def _limited(request: Request, limit: int, heavy: bool) -> Request:
    return replace(request, query={**request.query, "limit": limit}, heavy=heavy)


class _InvalidToken(Exception):
    """Coda no longer knows the page token: the listing has to start over."""


def _pages(client: Client, request: Request) -> Iterator[list[Json]]:
    seen: set[str] = set()
    empty_pages = 0
    query = request.query
    while True:
        page = _page(client, replace(request, query=query), follows=bool(seen))
        empty_pages = 0 if page["items"] else empty_pages + 1
        yield page["items"]
        token = page.get("nextPageToken")
        if not token:
            return
        if token in seen or empty_pages > _MOST_EMPTY_PAGES:
            raise Unavailable("Coda's listing goes round in circles")
        seen.add(token)
        query = {"pageToken": token}


def _page(client: Client, request: Request, follows: bool) -> Json:
    try:
        return client.ask(request, _check_page)
    except Refused as error:
        if follows and "token" in str(error).lower():
            raise _InvalidToken from error
        raise


def _check_page(page: Json) -> None:
    items: Any = page.get("items")
    token = page.get("nextPageToken")
    if not isinstance(items, list) or not all(_is_item(item) for item in items):
        raise Unusable("Coda's listing is not of the expected shape")
    if token is not None and not isinstance(token, str):
        raise Unusable("Coda's listing has a page token that is no text")


def _is_item(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"] != ""
