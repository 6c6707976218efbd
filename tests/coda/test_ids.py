"""An answer tells of the item that was asked for and of no other; an id that has no address costs only its item
(faults.md, rows 37 and 40).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from coda_git_mirror.coda.request import path_of
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.tables import Column
from coda_git_mirror.demo.world import World
from coda_git_mirror.errors import CodaError, Rejected, Unaddressable, Unavailable
from coda_git_mirror.model.content import Json
from tests.coda.conftest import Serving
from tests.coda.test_downloads import Memory, downloader
from tests.coda.test_listings import Rows
from tests.coda.wire import reply, reply_json, source_at
from tests.conftest import Serve
from tests.support import VirtualClock, source_of

UNADDRESSABLE = [".", "..", "", "x" * 1_001, "x" * 100_000, "🎉" * 500, "\ud800"]
ODD = ["%2e%2e", "%2E", "...", "/", "a/b", "../x", "?x", "#", " a b ", "\x1b[2J", "\0", "a\r\nb", "é", "e\u0301", "🎉"]
"""Of these an address can be made that leads to nothing else."""
LISTED = [each for each in UNADDRESSABLE if each not in ("", "\ud800")]
"""Those that a listing can have: what has no id in whole characters is no item."""


def _world(odd: str = "odd") -> World:
    """A doc with two of everything, of which the second has the odd id."""
    world = World()
    doc = world.add_doc("Doc", id="d")
    for name in ("plain", odd):
        page = doc.add_page(name, blocks=[Text("words")], id=name)
        table = doc.add_table(name, [Column("A", id=name)], [], page, id=name)
        table.add_row({"A": "x"}, id=name)
        doc.add_formula(name, 1, page, id=name)
        doc.add_control(name, "slider", 2, page).id = name
    return world


Read = Callable[[CodaSource, str], Any]
BY_ID: dict[str, Read] = {
    "docs": lambda source, it: source.doc(it),
    "pages": lambda source, it: source.page("d", it),
    "tables": lambda source, it: source.table("d", it),
    "rows": lambda source, it: source.row("d", "plain", it),
}
BELOW: dict[str, Read] = {
    "pages of a doc": lambda source, it: source.pages(it),
    "tables of a doc": lambda source, it: source.tables(it),
    "formulas of a doc": lambda source, it: source.formulas(it),
    "controls of a doc": lambda source, it: source.controls(it),
    "sharing of a doc": lambda source, it: source.sharing(it),
    "page of a doc": lambda source, it: source.page(it, "plain"),
    "columns of a table": lambda source, it: source.columns("d", it),
    "rows of a table": lambda source, it: source.rows("d", it, Rows()),
    "rows of a view": lambda source, it: source.shown_rows("d", it, Rows()),
    "row of a table": lambda source, it: source.row("d", it, "plain"),
    "words of a page": lambda source, it: source.page_text("d", it),
    "export of a page": lambda source, it: source.export_page("d", it, "markdown"),
}


def _renamed(other: object) -> Callable[[Json], None]:
    return lambda item: item.update(id=other)


@pytest.mark.parametrize("kind", BY_ID)
@pytest.mark.parametrize("other", ["other", "PLAIN", "plain ", "D"])
def test_another_items_answer_is_asked_for_again(serve: Serve, clock: VirtualClock, kind: str, other: str) -> None:
    coda, read = serve(_world()), BY_ID[kind]
    wanted = "d" if kind == "docs" else "plain"
    coda.on("GET", f"/{kind}/{wanted}$").mutate(_renamed(other), times=2)
    item = read(source_of(coda, clock), wanted)
    assert (item["id"] if isinstance(item, dict) else item.id) == wanted
    coda.on("GET", f"/{kind}/{wanted}$").mutate(_renamed(other))
    with pytest.raises(Unavailable, match="about another item") as failure:
        read(source_of(coda, clock), wanted)
    assert type(failure.value) is Unavailable


@pytest.mark.parametrize("kind", ["formulas", "controls"])
def test_another_formulas_answer_is_asked_for_again(serve: Serve, clock: VirtualClock, kind: str) -> None:
    coda = serve(_world())
    coda.on("GET", f"/{kind}/plain$").mutate(_renamed("odd"), times=2)
    source = source_of(coda, clock)
    assert [item["id"] for item in getattr(source, kind)("d")] == ["odd", "plain"]
    coda.on("GET", f"/{kind}/plain$").mutate(_renamed("odd"))
    with pytest.raises(Unavailable, match="about another item"):
        getattr(source, kind)("d")


def test_another_page_does_not_prove_that_the_token_may_not_export(serve: Serve, clock: VirtualClock) -> None:
    coda = serve(_world())
    coda.on("POST", "/export$").fail(403)
    coda.on("GET", "/pages/plain$").mutate(_renamed("odd"))
    with pytest.raises(Unavailable, match="about another item"):
        source_of(coda, clock).export_page("d", "plain", "markdown")


@pytest.mark.parametrize("odd", UNADDRESSABLE, ids=lambda odd: repr(odd[:9]))
@pytest.mark.parametrize("read", [*BY_ID.values(), *BELOW.values()], ids=[*BY_ID, *BELOW])
def test_nobody_is_asked_for_what_has_no_address(serve: Serve, clock: VirtualClock, read: Read, odd: str) -> None:
    coda = serve(World())
    with pytest.raises(Unaddressable, match="cannot stand in an address"):
        read(source_of(coda, clock), odd)
    assert len(coda.requests) == 0


@pytest.mark.parametrize("odd", LISTED, ids=lambda odd: repr(odd[:9]))
def test_what_has_no_address_is_listed_all_the_same(serve: Serve, clock: VirtualClock, odd: str) -> None:
    world = _world(odd)
    world.add_doc("Odd", id=odd)
    coda = serve(world)
    source = source_of(coda, clock)
    assert {doc.id for doc in source.docs(owned_only=True)} == {"d", odd}
    assert [page.id for page in source.pages("d")] == ["plain", odd]
    assert [table.id for table in source.tables("d")] == ["plain", odd]
    assert [column.id for column in source.columns("d", "plain")] == ["plain"]
    assert {formula["id"]: formula.get("value") for formula in source.formulas("d")} == {"plain": 1, odd: None}
    assert {control["id"]: control.get("value") for control in source.controls("d")} == {"plain": 2, odd: None}


def test_columns_and_rows_of_any_id_are_read(serve: Serve, clock: VirtualClock) -> None:
    table = World().add_doc("Doc", id="d").add_table("Table", [Column(odd, id=odd) for odd in LISTED], [], id="t")
    for odd in LISTED:
        table.add_row({odd: "x"}, id=odd)
    source, rows = source_of(serve(table.doc.world), clock), Rows()
    source.rows("d", "t", rows)
    assert [column.id for column in source.columns("d", "t")] == rows.ids == LISTED


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_odd_ids_are_asked_for_as_they_are(serve: Serve, clock: VirtualClock, odd: str) -> None:
    coda = serve(_world(odd))
    source = source_of(coda, clock)
    assert (source.page("d", odd).id, source.table("d", odd).id) == (odd, odd)
    assert [formula["value"] for formula in source.formulas("d")] == [1, 1]
    assert [control["value"] for control in source.controls("d")] == [2, 2]
    assert source.page_text("d", odd) == "words"
    assert source.export_page("d", odd, "markdown").strip() == "words"
    assert unquote(path_of("docs", odd)) == f"/docs/{odd}"
    assert path_of("docs", odd).count("/") == 2


ADDRESSES = [*ODD, *UNADDRESSABLE, "x/../../..", "//evil.example/", "@evil.example", "\\", "%", "%zz", "\ud800"]


@pytest.mark.parametrize("odd", ADDRESSES, ids=lambda odd: repr(odd[:9]))
@pytest.mark.parametrize("place", ["/docs/D/blobs/{}/hash", "/blobs/{}", "{}"])
def test_a_file_of_any_address_comes_or_fails(foreign: Serving, clock: VirtualClock, odd: str, place: str) -> None:
    server = foreign(lambda _: reply(200, b"content"))
    memory, failure = Memory(), "none"
    try:
        downloader(server.origin, clock).fetch(server.origin + place.format(odd), memory)
    except CodaError as error:
        failure = str(error)
    assert failure.isprintable()
    assert len(failure) < 300
    assert (memory.content == b"content") == (failure == "none")


def test_a_file_whose_address_no_server_takes_is_not_asked_for(foreign: Serving, clock: VirtualClock) -> None:
    server = foreign(lambda _: reply(200, b"content"))
    with pytest.raises(Unaddressable, match="longer than any server takes"):
        downloader(server.origin, clock).fetch(f"{server.origin}/blobs/bl-{'x' * 100_000}", Memory())
    assert server.asked == []


def test_what_has_no_address_is_refused_and_nothing_worse() -> None:
    assert issubclass(Unaddressable, Rejected)
    assert path_of("x" * 1_000) == f"/{'x' * 1_000}"


@pytest.mark.parametrize("link", ADDRESSES, ids=lambda link: repr(link[:9]))
def test_a_download_link_of_any_shape_ends_in_an_error(wire: Serving, clock: VirtualClock, link: str) -> None:
    def answer(asked: Any) -> list[bytes]:
        if not asked.path.startswith("/docs/"):
            return reply(404)
        return reply_json({"id": "job", "downloadLink": link or "https://"})

    with pytest.raises(CodaError):
        source_at(wire(answer).api_url, clock).export_page("d", "p", "markdown")


def test_case_tells_ids_apart(serve: Serve, clock: VirtualClock) -> None:
    world = World()
    doc = world.add_doc("Doc", id="d")
    for page_id in ("abc", "ABC"):
        doc.add_page(page_id, id=page_id)
    coda: SimulatedCoda = serve(world)
    source = source_of(coda, clock)
    assert [page.name for page in source.pages("d")] == ["abc", "ABC"]
    assert [source.page("d", page_id).name for page_id in ("abc", "ABC")] == ["abc", "ABC"]
