"""No answer and no listing is larger than what a doc can hold (faults.md, row 64), and none that is smaller is cut."""

from __future__ import annotations

import gzip
import itertools
import json
import tracemalloc

import pytest

from coda_git_mirror.coda import listing, shape
from coda_git_mirror.coda.client import HeavyAnswer
from coda_git_mirror.coda.failures import TooMuch
from coda_git_mirror.coda.listing import Listing, list_all, read_listing
from coda_git_mirror.coda.request import Request
from coda_git_mirror.coda.shape import json_object
from coda_git_mirror.errors import Unavailable
from coda_git_mirror.model.content import Json
from tests.coda.conftest import Serving
from tests.coda.wire import Asked, client_of, reply, reply_json
from tests.support import VirtualClock

PAGES = Request("/docs/d/pages", query={"limit": 500})
VALUES = {
    "objects": b'{"items":[%s{}]}' % (b"{}," * 21_000),
    "lists": b'{"items":[%s[]]}' % (b"[]," * 21_000),
    "numbers": b'{"items":[%s1]}' % (b"12345," * 21_000),
    "keys": b"{%s}" % b",".join(b'"%d":0' % number for number in range(21_000)),
}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that are quickly reached."""
    monkeypatch.setattr(shape, "_FEW_BYTES", 1_000)
    monkeypatch.setattr(shape, "_MOST_VALUES", 20_000)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("body", VALUES.values(), ids=VALUES)
def test_an_answer_with_too_many_values_is_not_even_parsed(body: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(TooMuch, match="too many values"):
            json_object(body)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(body)
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("few")
def test_of_a_heavy_answer_with_too_many_values_less_is_asked_for(wire: Serving, clock: VirtualClock) -> None:
    api = wire(lambda _: reply(200, gzip.compress(VALUES["objects"], 1), Content_Encoding="gzip"))
    with pytest.raises(HeavyAnswer):
        client_of(api.api_url, clock).ask(Request("/docs/d/tables/t/rows", heavy=True))


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("text", ["[{," * 30_000, '\\"[,' * 15_000, "\\\\" * 20_000 + ",[" * 20_000])
def test_marks_in_a_text_are_no_values(text: str) -> None:
    value = {"items": [{"id": "a", "name": text}, {"id": '"', "name": ',"['}]}
    assert json_object(json.dumps(value).encode()) == value


class Items:
    """Counts what it takes."""

    count = 0

    def restart(self) -> None:
        self.count = 0

    def take(self, items: list[Json]) -> None:
        self.count += len(items)


def test_short_and_empty_pages_are_lawful_while_tokens_are_new(wire: Serving, clock: VirtualClock) -> None:
    numbers = itertools.count()

    def answer(_: Asked) -> list[bytes]:
        number = next(numbers)
        items = [{"id": f"i{number}"}] if number % 90 == 89 else []
        return reply_json({"items": items, **({"nextPageToken": f"t{number}"} if number < 179 else {})})

    assert len(list_all(client_of(wire(answer).api_url, clock), Listing(PAGES))) == 2


@pytest.mark.parametrize("size", [1, 7])
def test_a_listing_of_ever_fresh_items_ends(wire: Serving, clock: VirtualClock, size: int) -> None:
    numbers = itertools.count()

    def answer(_: Asked) -> list[bytes]:
        items = [{"id": f"i{next(numbers)}"} for _ in range(size)]
        return reply_json({"items": items, "nextPageToken": f"t{next(numbers)}"})

    client, items = client_of(wire(answer).api_url, clock), Items()
    with pytest.raises(Unavailable, match="has no end: it has given more than 40 items"):
        read_listing(client, Listing(PAGES, most=40), items)
    assert 40 - size < items.count <= 40
    with pytest.raises(Unavailable, match="has no end"):
        list_all(client, Listing(PAGES, most=40))


def test_the_bounds_are_well_above_what_docs_hold() -> None:
    assert shape._MOST_VALUES >= 500 * 3_000
    assert Listing(PAGES).most >= 6 * 500_000
    assert listing._MOST_IN_MEMORY >= 10 * 10_000
