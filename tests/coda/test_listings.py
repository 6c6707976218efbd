"""Listings are read to their end, or not at all (faults.md, rows 11, 12, 17)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from coda_git_mirror.coda.client import Client
from coda_git_mirror.coda.listing import Listing, list_all
from coda_git_mirror.coda.request import Request
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.demo.server import PageSizes, SimulatedCoda
from coda_git_mirror.demo.tables import Column, Table
from coda_git_mirror.demo.world import Doc, World
from coda_git_mirror.errors import AccessDenied, NotThere, Rejected, Unavailable
from coda_git_mirror.model.content import Json
from tests.coda.conftest import Serving
from tests.coda.wire import Asked, client_of, refusal, reply_json, source_at
from tests.conftest import Serve
from tests.support import VirtualClock, source_of


class Rows:
    """A sink that remembers how often it had to begin anew."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.restarts = 0

    def restart(self) -> None:
        self.ids.clear()
        self.restarts += 1

    def take(self, items: list[Json]) -> None:
        self.ids += [item["id"] for item in items]


def _table(rows: int) -> Table:
    doc = World().add_doc("Doc", id="d")
    return doc.add_table("Table", [Column("Name")], [{"Name": f"row {number}"} for number in range(rows)], id="t")


def _limits(coda: SimulatedCoda, pattern: str) -> list[str]:
    """The limit of each request that began a listing, in order."""
    return [asked.query["limit"] for asked in coda.requests.matching("GET", pattern) if "limit" in asked.query]


def _pages_of(wire: Serving, clock: VirtualClock, *pages: dict[str, Any]) -> list[str]:
    answers = iter([reply_json(page) for page in pages])
    return [page.id for page in source_at(wire(lambda _: next(answers)).api_url, clock).pages("d")]


def test_all_rows_come_in_order_with_the_token_alone(serve: Serve, clock: VirtualClock) -> None:
    table, rows = _table(1_203), Rows()
    coda = serve(table.doc.world, strict_page_tokens=True)
    source_of(coda, clock).rows("d", "t", rows)
    assert rows.ids == [row.id for row in table.rows]
    first, *others = coda.requests.matching("GET", "/rows$")
    assert dict(first.query) == {"limit": "500", "valueFormat": "rich"}
    assert [set(asked.query) for asked in others] == [{"pageToken"}] * 2


def test_clamped_limits_and_short_pages_are_not_the_end(serve: Serve, clock: VirtualClock) -> None:
    table, rows = _table(25), Rows()
    coda = serve(table.doc.world, page_sizes=PageSizes(rows=3, docs=1, tables=1))
    source_of(coda, clock).rows("d", "t", rows)
    assert len(rows.ids) == 25


def test_empty_and_uneven_pages_are_not_the_end(wire: Serving, clock: VirtualClock) -> None:
    pages: list[dict[str, Any]] = [
        {"items": [], "nextPageToken": "1"},
        {"items": [{"id": "a"}, {"id": "b"}], "nextPageToken": "2"},
        {"items": [], "nextPageToken": "3", "nextPageLink": "https://elsewhere.example"},
        {"items": [{"id": "c"}], "nextPageToken": None},
    ]
    assert _pages_of(wire, clock, *pages) == ["a", "b", "c"]


@pytest.mark.parametrize("following", [{}, {"nextPageToken": ""}, {"nextPageToken": None, "nextPageLink": ""}])
def test_a_missing_token_is_the_end(wire: Serving, clock: VirtualClock, following: dict[str, Any]) -> None:
    assert _pages_of(wire, clock, {"items": [{"id": "a"}], **following}) == ["a"]


def test_a_link_to_the_next_page_gives_its_token(wire: Serving, clock: VirtualClock) -> None:
    def answer(asked: Asked) -> list[bytes]:
        link = "https://evil.example/apis/v1/docs/d/pages?limit=9&pageToken=a%2Bb%3D"
        last = asked.target.endswith("?pageToken=a%2Bb%3D")
        return reply_json({"items": [{"id": "z"}]} if last else {"items": [{"id": "a"}], "nextPageLink": link})

    assert [page.id for page in source_at(wire(answer).api_url, clock).pages("d")] == ["a", "z"]


UNUSABLE: list[Any] = [
    {},
    {"items": None},
    {"items": {"id": "a"}},
    {"items": "a"},
    {"items": ["a"]},
    {"items": [None]},
    {"items": [[]]},
    {"items": [{"id": "a"}, {"name": "no id"}]},
    {"items": [{"id": 1}]},
    {"items": [{"id": "\ud800"}]},
    {"items": [{"id": "a"}], "nextPageToken": 7},
    {"items": [{"id": "a"}], "nextPageToken": ["t"]},
    {"items": [{"id": "a"}], "nextPageToken": "\ud800"},
    {"items": [{"id": "a"}], "nextPageLink": "https://coda.io/"},
    {"items": [{"id": "a"}], "nextPageLink": "http://[bad?pageToken=x"},
    [{"id": "a"}],
]


@pytest.mark.parametrize("page", UNUSABLE, ids=str)
def test_a_page_of_another_shape_is_asked_for_again(wire: Serving, clock: VirtualClock, page: Any) -> None:
    assert _pages_of(wire, clock, page, page, {"items": [{"id": "b"}]}) == ["b"]
    with pytest.raises(Unavailable):
        _pages_of(wire, clock, *[page] * 8)


@pytest.mark.parametrize("row", [{"id": "a"}, {"id": "a", "values": None}, {"id": "a", "values": []}])
def test_a_row_without_values_is_asked_for_again(wire: Serving, clock: VirtualClock, row: Json) -> None:
    answers = iter([reply_json({"items": [row]}), reply_json({"items": [{"id": "a", "values": {"c": 1}}]})])
    rows = Rows()
    source_at(wire(lambda _: next(answers)).api_url, clock).rows("d", "t", rows)
    assert rows.ids == ["a"]


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("items", [[], [{"id": "a"}], [{"id": "a"}, {"id": "b"}]])
def test_a_listing_without_end_ends(
    wire: Serving, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, fresh: bool, items: list[Json]
) -> None:
    monkeypatch.setattr("coda_git_mirror.coda.listing._MOST_EMPTY_PAGES", 25)
    numbers = itertools.count()
    api = wire(lambda _: reply_json({"items": items, "nextPageToken": f"t{next(numbers)}" if fresh else "t"}))
    with pytest.raises(Unavailable, match="circles"):
        source_at(api.api_url, clock).pages("d")
    assert len(api.asked) < 30


@pytest.mark.parametrize("status", [500, 403, 404])
def test_a_listing_that_fails_at_its_third_page_is_no_listing(serve: Serve, clock: VirtualClock, status: int) -> None:
    table = _table(30)
    coda = serve(table.doc.world, page_sizes=PageSizes(rows=10))
    coda.on("GET", "/rows$").fail(status, after=2)
    with pytest.raises((Unavailable, AccessDenied, NotThere)):
        source_of(coda, clock).rows("d", "t", Rows())


@pytest.mark.parametrize("message", ["Invalid pageToken.", "No such thing."])
def test_an_invalid_token_midway_starts_over(serve: Serve, clock: VirtualClock, message: str) -> None:
    table, rows = _table(40), Rows()
    coda = serve(table.doc.world, page_sizes=PageSizes(rows=10))
    coda.on("GET", "/rows$").answer(400, {"statusCode": 400, "message": message}, times=1, after=2)
    source_of(coda, clock).rows("d", "t", rows)
    assert (rows.ids, rows.restarts) == ([row.id for row in table.rows], 2)


def test_tokens_that_never_hold_end_in_an_error(wire: Serving, clock: VirtualClock) -> None:
    def answer(asked: Asked) -> list[bytes]:
        if "pageToken" in asked.target:
            return refusal(400, "Invalid pageToken.")
        return reply_json({"items": [{"id": "a"}], "nextPageToken": "t"})

    api = wire(answer)
    with pytest.raises(Unavailable, match="halfway"):
        source_at(api.api_url, clock).pages("d")
    assert len(api.asked) == 10


def test_a_refused_first_page_does_not_start_over(wire: Serving, clock: VirtualClock) -> None:
    api = wire(lambda _: refusal(400, "This token is no good."))
    with pytest.raises(Rejected):
        source_at(api.api_url, clock).pages("d")
    assert len(api.asked) == 1


@pytest.mark.parametrize(("heavy_above", "expected"), [(200, "200"), (60, "50"), (9, "1")])
def test_heavy_rows_are_asked_for_in_smaller_pages(
    serve: Serve, clock: VirtualClock, heavy_above: int, expected: str
) -> None:
    table, rows = _table(21), Rows()
    table.heavy_above = heavy_above
    coda = serve(table.doc.world)
    source_of(coda, clock).rows("d", "t", rows)
    assert rows.ids == [row.id for row in table.rows]
    assert _limits(coda, "/rows$")[-1] == expected
    assert _limits(coda, "/rows$").count("500") == 4


def test_rows_that_become_heavy_midway_start_over(serve: Serve, clock: VirtualClock) -> None:
    table, rows = _table(700), Rows()
    coda = serve(table.doc.world)
    coda.on("GET", "/rows$").fail(504, after=1, times=4)
    source_of(coda, clock).rows("d", "t", rows)
    assert (rows.ids, rows.restarts) == ([row.id for row in table.rows], 2)
    assert _limits(coda, "/rows$") == ["500", "200"]


def test_rows_that_never_come_are_told(serve: Serve, clock: VirtualClock) -> None:
    table = _table(3)
    table.heavy_above = 0
    begun = clock.now()
    with pytest.raises(Unavailable, match="504"):
        source_of(serve(table.doc.world), clock).rows("d", "t", Rows())
    assert clock.now() - begun < 120


@pytest.mark.parametrize("seed", range(12))
def test_a_flaky_server_does_not_make_rows_heavy(serve: Serve, clock: VirtualClock, seed: int) -> None:
    """After one failure that asking again has cured, time-outs count as failures like others."""
    table, rows, chance = _table(90), Rows(), Random(seed)
    coda = serve(table.doc.world, page_sizes=PageSizes(rows=3))
    coda.on("GET", "/rows$").fail(504, times=1)
    coda.on("GET", "/rows$").fail(504).chance = lambda: chance.random() < 0.3
    source_of(coda, clock).rows("d", "t", rows)
    assert rows.ids == [row.id for row in table.rows]
    assert set(_limits(coda, "/rows$")) == {"500"}


def test_other_failures_are_not_cured_by_asking_for_less(serve: Serve, clock: VirtualClock) -> None:
    table = _table(3)
    coda = serve(table.doc.world)
    coda.on("GET", "/rows$").fail(503)
    with pytest.raises(Unavailable):
        source_of(coda, clock).rows("d", "t", Rows())
    assert set(_limits(coda, "/rows$")) == {"500"}


def test_docs_that_move_while_they_are_listed_are_all_found(serve: Serve, clock: VirtualClock) -> None:
    world = World()
    docs = [world.add_doc(f"Doc {number}") for number in range(9)]
    coda = serve(world, page_sizes=PageSizes(docs=3))
    coda.on("GET", "/docs$").call(lambda: docs[0].rename("Moved to the front"), after=1)
    found = source_of(coda, clock).docs(owned_only=True)
    assert {doc.id for doc in found} == {doc.id for doc in docs}
    assert len(found) == 9
    assert "Moved to the front" in {doc.name for doc in found}


def test_docs_that_never_stand_still_are_listed_in_bounded_time(serve: Serve, clock: VirtualClock) -> None:
    world = World()
    docs = [world.add_doc(f"Doc {number}") for number in range(9)]
    coda = serve(world, page_sizes=PageSizes(docs=3))
    coda.on("GET", "/docs$").call(lambda: docs[0].rename("Moved"), times=None)
    assert len(source_of(coda, clock).docs(owned_only=True)) <= 9
    assert len(coda.requests) < 30


def _listed(wire: Serving, clock: VirtualClock, *readings: str) -> list[str]:
    """What is listed where each reading shows these items, each a letter, on two pages; all have to be read."""
    pages = [
        reply_json({"items": [{"id": letter, "n": n} for letter in half], **following})
        for n, reading in enumerate(readings)
        for half, following in ((reading[:2], {"nextPageToken": "t"}), (reading[2:], {}))
    ]
    answers = iter(pages)
    client: Client = client_of(wire(lambda _: next(answers)).api_url, clock)
    items = list_all(client, Listing(Request("/x")))
    assert next(answers, None) is None
    return [f"{item['id']}{item['n']}" for item in items]


def test_a_listing_that_stands_still_is_read_once(wire: Serving, clock: VirtualClock) -> None:
    assert _listed(wire, clock, "badc") == ["b0", "a0", "d0", "c0"]


def test_a_listing_with_an_item_twice_is_read_again(wire: Serving, clock: VirtualClock) -> None:
    assert _listed(wire, clock, "abbd", "dacb") == ["d1", "a1", "c1", "b1"]
    assert _listed(wire, clock, "aa", "cb") == ["c1", "b1", "a0"]
    assert _listed(wire, clock, "abbd", "eaa", "ca") == ["c2", "a2", "e1", "b0", "d0"]


def test_a_listing_that_never_stands_still_is_read_three_times(wire: Serving, clock: VirtualClock) -> None:
    assert _listed(wire, clock, "abb", "bcc", "cdd") == ["c2", "d2", "b1", "a0"]


def test_what_a_listing_showed_before_it_started_over_is_void(wire: Serving, clock: VirtualClock) -> None:
    answers = iter(
        [
            reply_json({"items": [{"id": "a"}, {"id": "a"}, {"id": "gone"}], "nextPageToken": "t"}),
            refusal(400, "Invalid pageToken."),
            reply_json({"items": [{"id": "b"}, {"id": "a"}]}),
        ]
    )
    client: Client = client_of(wire(lambda _: next(answers)).api_url, clock)
    assert list_all(client, Listing(Request("/x"))) == [{"id": "b"}, {"id": "a"}]


@pytest.mark.parametrize("kind", ["pages", "tables", "columns", "formulas", "controls", "permissions", "folders"])
def test_every_listing_is_read_again_where_an_item_comes_twice(serve: Serve, clock: VirtualClock, kind: str) -> None:
    coda = serve(_doc_of_many().world)
    readers: dict[str, Callable[[CodaSource], Any]] = {
        "pages": lambda source: source.pages("d"),
        "tables": lambda source: source.tables("d"),
        "columns": lambda source: source.columns("d", "t0"),
        "formulas": lambda source: source.formulas("d"),
        "controls": lambda source: source.controls("d"),
        "permissions": lambda source: source.sharing("d")["permissions"],
        "folders": lambda source: source.folders(),
    }
    source = source_of(coda, clock)
    whole, asked = readers[kind](source), coda.requests.count("GET", f"/{kind}$")
    assert len(whole) == 3
    coda.on("GET", f"/{kind}$").mutate(_the_first_passed_over, times=1)
    assert readers[kind](source) == whole
    assert coda.requests.count("GET", f"/{kind}$") == 3 * asked


def _doc_of_many() -> Doc:
    """A doc with three of everything that is listed."""
    doc = World().add_doc("Doc", id="d")
    for number in range(3):
        page = doc.add_page(f"Page {number}", id=f"p{number}")
        doc.add_table(f"Table {number}", [Column(name) for name in "ABC"], [], page, id=f"t{number}")
        doc.add_formula(f"Formula {number}", number, page)
        doc.add_control(f"Control {number}", "slider", number, page)
        doc.share({"type": "email", "email": f"{number}@example.com"}, "readonly")
        doc.world.add_folder(f"Folder {number}")
    return doc


def _the_first_passed_over(page: Json) -> None:
    page["items"][0] = page["items"][1]
