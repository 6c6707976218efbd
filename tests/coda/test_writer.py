"""How changes are asked for, what their answers must say, and that none is sent twice (coda-api.md, Writing)."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from coda_git_mirror.coda.rate import Limit
from coda_git_mirror.coda.throttle import PUBLISHED, UNLIMITED
from coda_git_mirror.coda.writer import CodaWriter
from coda_git_mirror.demo.limits import Kind, Limiter, Limits
from coda_git_mirror.errors import (
    AccessDenied,
    CodaError,
    Deleted,
    NotThere,
    OutOfPatience,
    Postponed,
    Rejected,
    TokenRefused,
    TooLargeToWrite,
    Unanswered,
    Unavailable,
)
from coda_git_mirror.model.traffic import RateClass, content_write_seconds
from coda_git_mirror.model.writes import Accepted, Mutation
from tests.coda.conftest import Serving
from tests.coda.wire import PROMPT, USER, Asked, client_of, refusal, reply, reply_json
from tests.support import VirtualClock

REQUEST = "mutate:0b1c"
Write = Callable[[CodaWriter], Any]
ROWS: list[dict[str, Any]] = [{"c-1": "a", "c-2": [1, True]}, {"c-1": "b"}]
WRITES: dict[str, tuple[Write, str, str, Any, Any]] = {
    "insert rows": (
        lambda writer: writer.insert_rows("d", "t", ROWS), "POST", "/docs/d/tables/t/rows",
        {"rows": [{"cells": [{"column": "c-1", "value": "a"}, {"column": "c-2", "value": [1, True]}]},
                  {"cells": [{"column": "c-1", "value": "b"}]}]},
        {"requestId": REQUEST, "addedRowIds": ["i-1", "i-2"]},
    ),
    "update row": (
        lambda writer: writer.update_row("d", "t", "i-1", {"c-1": ""}), "PUT", "/docs/d/tables/t/rows/i-1",
        {"row": {"cells": [{"column": "c-1", "value": ""}]}}, {"requestId": REQUEST, "id": "i-1"},
    ),
    "delete rows": (
        lambda writer: writer.delete_rows("d", "t", ("i-1", "i-2")), "DELETE", "/docs/d/tables/t/rows",
        {"rowIds": ["i-1", "i-2"]}, {"requestId": REQUEST, "rowIds": ["i-1", "i-2"]},
    ),
    "create doc": (
        lambda writer: writer.create_doc("Plans", source_doc="d"), "POST", "/docs",
        {"title": "Plans", "sourceDoc": "d"}, {"requestId": REQUEST, "id": "new"},
    ),
    "change doc": (lambda writer: writer.change_doc("d", {"title": "New"}), "PATCH", "/docs/d", {"title": "New"}, {}),
    "delete doc": (lambda writer: writer.delete_doc("d"), "DELETE", "/docs/d", None, {}),
    "create page": (
        lambda writer: writer.create_page("d", {"name": "Notes", "parentPageId": "p"}), "POST", "/docs/d/pages",
        {"name": "Notes", "parentPageId": "p"}, {"requestId": REQUEST, "id": "new"},
    ),
    "change page": (
        lambda writer: writer.change_page("d", "p", {"isHidden": True}), "PUT", "/docs/d/pages/p",
        {"isHidden": True}, {"requestId": REQUEST, "id": "p"},
    ),
    "append content": (
        lambda writer: writer.append_content("d", "p", "html", "<p>é</p>"), "PUT", "/docs/d/pages/p",
        {"contentUpdate": {"insertionMode": "append", "canvasContent": {"format": "html", "content": "<p>é</p>"}}},
        {"requestId": REQUEST, "id": "p"},
    ),
    "delete page": (
        lambda writer: writer.delete_page("d", "p"), "DELETE", "/docs/d/pages/p", None,
        {"requestId": REQUEST, "id": "p"},
    ),
}  # fmt: skip
EACH = pytest.mark.parametrize("name", WRITES)
QUEUED = [name for name in WRITES if name not in ("change doc", "delete doc")]


def writer_at(url: str, clock: VirtualClock, **options: Any) -> CodaWriter:
    return CodaWriter(client_of(url, clock, **options))


def write(name: str, writer: CodaWriter) -> Any:
    return WRITES[name][0](writer)


@EACH
def test_a_change_is_one_request(wire: Serving, clock: VirtualClock, name: str) -> None:
    _, method, path, body, answer = WRITES[name]
    api = wire(lambda _: reply_json(answer, 202))
    accepted = write(name, writer_at(api.api_url, clock))
    [asked] = api.asked
    assert (asked.method, asked.path) == (method, path)
    assert (json.loads(asked.body) if asked.body else None) == body
    if name in QUEUED:
        made = tuple(answer.get("addedRowIds") or [answer["id"]] if method == "POST" else ())
        assert accepted == Accepted(REQUEST, made)


def test_texts_leave_in_the_bytes_by_which_coda_counts(wire: Serving, clock: VirtualClock) -> None:
    api = wire(lambda _: reply_json({"requestId": REQUEST}, 202))
    writer = writer_at(api.api_url, clock)
    writer.update_row("d", "t", "i-1", {"c-1": "é\N{BICYCLE}\u2028\0"})
    writer.update_row("d", "t", "i-1", {"c-1": "\ud83d é"})
    first, second = (asked.body for asked in api.asked)
    assert "é\N{BICYCLE}\u2028\\u0000".encode() in first
    assert json.loads(second)["row"]["cells"][0]["value"] == "\ud83d é"
    assert {asked.headers["content-type"] for asked in api.asked} == {"application/json"}


LOST: dict[str, list[bytes]] = {
    **{str(status): reply(status, b"<html>") for status in (408, 500, 502, 503, 504, 520)},
    "nothing": [],
    "half": reply(202, b'{"requestId"', length=99),
    "no JSON": reply(202, b"accepted"),
    "a list": reply_json([], 202),
    "a proxy's 404": reply(404, b"<html>"),
}


@EACH
@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
@pytest.mark.thinned(3)
def test_no_change_is_sent_again_while_nobody_knows_what_became_of_it(
    wire: Serving, clock: VirtualClock, name: str, answer: list[bytes]
) -> None:
    api, begun = wire(lambda _: answer), clock.now()
    with pytest.raises(Unanswered, match="whether Coda did what it was asked for is not known"):
        write(name, writer_at(api.api_url, clock))
    assert len(api.asked) == 1
    assert clock.now() == begun


def test_an_answer_that_does_not_come_leaves_it_open(wire: Serving, clock: VirtualClock) -> None:
    def silence(_: Asked) -> Any:
        while not done:
            yield b""

    done: list[int] = []
    api = wire(silence)
    with pytest.raises(Unanswered, match="no answer within"):
        write("insert rows", writer_at(api.api_url, clock, timeouts=PROMPT))
    done.append(1)
    assert len(api.asked) == 1


ODD: list[Any] = [
    {},
    {"requestId": ""},
    {"requestId": None},
    {"requestId": 7},
    {"requestId": ".."},
    {"requestId": "\ud800"},
    {"requestId": "x" * 5_000},
    {"addedRowIds": ["i-1", "i-2"], "id": "new"},
]


@pytest.mark.parametrize("name", [name for name in QUEUED if name != "create doc"])
@pytest.mark.parametrize("answer", ODD, ids=lambda answer: repr(answer)[:24])
@pytest.mark.thinned(3)
def test_a_change_that_cannot_be_asked_for_may_be_anything(
    wire: Serving, clock: VirtualClock, name: str, answer: Any
) -> None:
    api = wire(lambda _: reply_json({**WRITES[name][4], "requestId": None, **answer}, 202))
    with pytest.raises(Unanswered):
        write(name, writer_at(api.api_url, clock))
    assert len(api.asked) == 1


@pytest.mark.parametrize("request_id", [None, "", 7, ".."])
def test_a_new_doc_need_not_be_asked_about(wire: Serving, clock: VirtualClock, request_id: Any) -> None:
    api = wire(lambda _: reply_json({"id": "new", "requestId": request_id}, 201))
    assert writer_at(api.api_url, clock).create_doc("Plans") == Accepted("", ("new",))


@pytest.mark.parametrize(
    "added",
    [None, [], ["i-1"], ["i-1", "i-1"], ["i-1", "i-2", "i-3"], ["i-1", None], ["i-1", ""], "i1", {"i-1": "i-2"}],
)
def test_rows_that_were_added_are_all_named(wire: Serving, clock: VirtualClock, added: Any) -> None:
    api = wire(lambda _: reply_json({"requestId": REQUEST, "addedRowIds": added}, 202))
    with pytest.raises(Unanswered, match="which rows it added"):
        write("insert rows", writer_at(api.api_url, clock))
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("create doc", ""),
        ("create page", None),
        ("create page", 7),
        ("update row", "other"),
        ("update row", None),
        ("append content", "other"),
        ("delete page", ""),
    ],
)
def test_an_answer_is_about_what_was_changed(wire: Serving, clock: VirtualClock, name: str, item: Any) -> None:
    api = wire(lambda _: reply_json({"requestId": REQUEST, "id": item}, 202))
    with pytest.raises(Unanswered):
        write(name, writer_at(api.api_url, clock))


@EACH
def test_what_the_rate_limit_refused_is_sent_again(wire: Serving, clock: VirtualClock, name: str) -> None:
    answers = iter([reply(429), reply(429, b"{", length=9), refusal(429), reply_json(WRITES[name][4], 202)])
    api = wire(lambda _: next(answers))
    write(name, writer_at(api.api_url, clock))
    assert len({(asked.method, asked.path, asked.body) for asked in api.asked}) == 1
    assert len(api.asked) == 4


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_what_rests_on_a_look_at_the_rows_is_not_sent_later(wire: Serving, clock: VirtualClock, method: str) -> None:
    """In the pause that a refusal makes others may edit them, so somebody has to look again."""
    answers = iter([reply(429, Retry_After="30"), reply_json({"requestId": REQUEST}, 202)])
    api = wire(lambda _: next(answers))
    writer, begun = writer_at(api.api_url, clock), clock.now()

    def send() -> Accepted:
        if method == "PUT":
            return writer.update_row("d", "t", "i-1", {"c-1": "x"}, at_once=True)
        return writer.delete_rows("d", "t", ["i-1"], at_once=True)

    with pytest.raises(Postponed):
        send()
    assert (len(api.asked), clock.now(), writer.backlog()) == (1, begun, 30.0)
    clock.sleep(writer.backlog())
    assert send() == Accepted(REQUEST)


def test_that_too_ends_in_bounded_time(wire: Serving, clock: VirtualClock) -> None:
    writer, begun = writer_at(wire(lambda _: reply(429)).api_url, clock), clock.now()

    def send_until_accepted() -> None:
        while True:
            with suppress(Postponed):
                writer.delete_rows("d", "t", ["i-1"], at_once=True)
            clock.sleep(writer.backlog())

    with pytest.raises(OutOfPatience, match="has done nothing of what was refused"):
        send_until_accepted()
    assert 290 < clock.now() - begun < 420


@EACH
def test_what_never_left_is_sent_again(clock: VirtualClock, name: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match=r"no connection to 127.0.0.1 \(tried 8 times\)") as told:
            write(name, writer_at(f"http://127.0.0.1:{nobody.getsockname()[1]}/apis/v1", clock))
    assert not isinstance(told.value, Unanswered)


def test_a_secure_connection_that_breaks_leaves_it_open(wire: Serving, clock: VirtualClock) -> None:
    """It may do so before or after the request left, which nothing tells apart."""
    api = wire(lambda _: reply_json({}))
    with pytest.raises(Unanswered):
        write("insert rows", writer_at(api.api_url.replace("http:", "https:"), clock, timeouts=PROMPT))


@pytest.mark.parametrize("name", ["insert rows", "create doc"])
def test_changes_that_are_refused_for_ever_end_in_bounded_time(wire: Serving, clock: VirtualClock, name: str) -> None:
    """Only an engineer of Coda's lifts such a limit: no other request is to be tried in its place."""

    def answer(asked: Asked) -> list[bytes]:
        return reply_json(USER) if asked.path == "/whoami" else reply(429)

    api, begun = wire(answer), clock.now()
    with pytest.raises(OutOfPatience, match="has done nothing of what was refused"):
        write(name, writer_at(api.api_url, clock))
    assert 290 < clock.now() - begun < 420
    assert {asked.method for asked in api.asked} == {"POST"}


TOO_LARGE = [
    reply(400, b"request entity too large"),
    reply(400, b'{"message":"request entity too large"}'),
    refusal(400, "Request Entity Too Large"),
    refusal(400, "Row edit of size 131 KB exceeds maximum size of 85 KB."),
    refusal(400, "Row edit of size 85.1 KB exceeds the maximum size of 85 KB"),
    refusal(400, "The request body is too large."),
    refusal(400, "Page content is too long."),
    refusal(400, "Payload size exceeded."),
    refusal(413),
    reply(413, b"<html><h1>413 Request Entity Too Large</h1></html>"),
]


@pytest.mark.parametrize("answer", TOO_LARGE, ids=range(len(TOO_LARGE)))
def test_what_is_too_large_is_told_apart(wire: Serving, clock: VirtualClock, answer: list[bytes]) -> None:
    api = wire(lambda _: answer)
    with pytest.raises(TooLargeToWrite):
        write("insert rows", writer_at(api.api_url, clock))
    assert len(api.asked) == 1


REFUSED: list[tuple[list[bytes], type[CodaError], str]] = [
    (refusal(400, "Invalid column: c-9."), Rejected, r"Coda refuses the request \(error 400: Invalid column: c-9.\)"),
    (refusal(400, "This doc exceeds 1,000 rows."), Rejected, "1,000 rows"),
    (refusal(409), Rejected, "409"),
    (refusal(403, "No."), AccessDenied, r"the token may not change it \(error 403: No.\)"),
    (refusal(404), NotThere, "does not know it"),
    (refusal(410), Deleted, "deleted"),
    (reply(302, b"", Location="https://elsewhere.example/"), Unavailable, "redirects"),
]


@EACH
@pytest.mark.parametrize(("answer", "error", "words"), REFUSED, ids=[words for *_, words in REFUSED])
@pytest.mark.thinned(4)
def test_what_coda_refuses_was_not_done(
    wire: Serving, clock: VirtualClock, name: str, answer: list[bytes], error: type[CodaError], words: str
) -> None:
    api = wire(lambda _: answer)
    with pytest.raises(error, match=words) as told:
        write(name, writer_at(api.api_url, clock))
    assert type(told.value) is error
    assert len(api.asked) == 1


@pytest.mark.parametrize(("whoami", "error"), [(reply_json(USER), AccessDenied), (refusal(401), TokenRefused)])
def test_a_token_that_may_only_read_is_told_from_one_that_is_void(
    wire: Serving, clock: VirtualClock, whoami: list[bytes], error: type[CodaError]
) -> None:
    api = wire(lambda asked: whoami if asked.path == "/whoami" else refusal(401))
    with pytest.raises(error):
        write("update row", writer_at(api.api_url, clock))
    assert [asked.path for asked in api.asked] == ["/docs/d/tables/t/rows/i-1", "/whoami"]


STATUS: list[tuple[list[bytes], Mutation]] = [
    (reply_json({"completed": False}), Mutation(False)),
    (reply_json({"completed": True}), Mutation(True)),
    (reply_json({"completed": True, "warning": None}), Mutation(True)),
    (reply_json({"completed": True, "warning": "Initial page HTML was invalid."}),
     Mutation(True, "Initial page HTML was invalid.")),
    (refusal(404), Mutation(False)),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "mutation"), STATUS, ids=range(len(STATUS)))
def test_how_a_change_stands(wire: Serving, clock: VirtualClock, answer: list[bytes], mutation: Mutation) -> None:
    odd = iter([reply(502), reply_json({"completed": "true"}), reply_json({})])
    api = wire(lambda _: next(odd, answer))
    assert writer_at(api.api_url, clock).mutation(REQUEST) == mutation
    assert {(asked.method, asked.path) for asked in api.asked} == {("GET", "/mutationStatus/mutate%3A0b1c")}


@pytest.mark.parametrize("allowed", [(3, 10.0), (5, 10.0)])
@pytest.mark.parametrize("kind", ["sliding-log", "fixed-window", "token-bucket", "log-of-all"])
def test_the_limit_of_changes_is_found(
    wire: Serving, clock: VirtualClock, allowed: tuple[int, float], kind: Kind
) -> None:
    """Whichever of the two that are published holds: nearly all of it is used, and few changes are refused."""
    limiter = Limiter(Limits(content=allowed, kind=kind), clock.now)
    api = wire(lambda _: reply_json({"requestId": REQUEST}, 202) if limiter.admits("content") else reply(429))
    writer = writer_at(api.api_url, clock, limits=PUBLISHED)
    begun = clock.now()
    for _ in range(120):
        writer.delete_rows("d", "t", ["i-1"])
    seconds, refused = clock.now() - begun, len(api.asked) - 120
    assert 120 / seconds > 0.85 * allowed[0] / allowed[1]
    assert refused <= 8
    assert seconds <= content_write_seconds(120) * 1.15


def test_how_long_a_change_would_wait_for_its_turn(wire: Serving, clock: VirtualClock) -> None:
    api = wire(lambda _: reply_json({"requestId": REQUEST}, 202))
    writer = writer_at(api.api_url, clock, limits={**UNLIMITED, RateClass.CONTENT: Limit(1, 10.0)})
    assert writer.backlog() == 0.0
    writer.delete_rows("d", "t", ["i-1"])
    assert 9.0 < writer.backlog() < 12.0
    clock.sleep(writer.backlog())
    assert writer.backlog() == 0.0
