"""What is asked again, how often, and what an answer means (faults.md, rows 9, 10, 11, 14, 19)."""

from __future__ import annotations

import itertools
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any
from urllib.parse import unquote

import pytest

from coda_git_mirror.coda.client import Client
from coda_git_mirror.coda.origin import ApiOrigin
from coda_git_mirror.coda.request import Request, path_of
from coda_git_mirror.coda.retry import FIRST_CONTACT
from coda_git_mirror.coda.session import ApiSession
from coda_git_mirror.coda.throttle import UNLIMITED, Throttle
from coda_git_mirror.demo.server import SimulatedCoda, Token
from coda_git_mirror.demo.world import World
from coda_git_mirror.errors import (
    AccessDenied,
    CodaError,
    Deleted,
    NotThere,
    OutOfPatience,
    Rejected,
    TokenRefused,
    Unanswered,
    Unavailable,
)
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.redact import Secret
from tests.coda.conftest import Serving
from tests.coda.wire import PROMPT, TOKEN, USER, Asked, refusal, reply, reply_json, source_at
from tests.conftest import Serve
from tests.support import VirtualClock, source_of

DOC = {"id": "d", "name": "Doc"}


@pytest.fixture
def coda(serve: Serve) -> SimulatedCoda:
    world = World()
    world.add_doc("Doc", id="d")
    return serve(world)


@pytest.mark.parametrize("status", [408, 425, 500, 501, 502, 503, 504, 507, 520, 522])
def test_a_passing_failure_is_asked_again(wire: Serving, clock: VirtualClock, status: int) -> None:
    answers = iter([reply(status, b"<html>"), reply(status, b"<html>"), reply_json(DOC)])
    assert source_at(wire(lambda _: next(answers)).api_url, clock).doc("d").name == "Doc"


def test_a_failure_for_ever_is_told_in_bounded_time(wire: Serving, clock: VirtualClock) -> None:
    api, begun = wire(lambda _: reply(500)), clock.now()
    with pytest.raises(Unavailable, match=r"^Coda answers with error 500 \(tried 8 times\)$"):
        source_at(api.api_url, clock).doc("d")
    assert 10 < clock.now() - begun < 60
    assert len(api.asked) == 8


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(400), Rejected),
        (refusal(403), AccessDenied),
        (reply(403, b"<html>blocked</html>"), AccessDenied),
        (refusal(404), NotThere),
        (refusal(410), Deleted),
        (refusal(409), Rejected),
        (refusal(451), Rejected),
        (reply(400, b"[" * 100_000), Rejected),
    ],
)
def test_a_refusal_is_not_asked_again(
    wire: Serving, clock: VirtualClock, answer: list[bytes], error: type[CodaError]
) -> None:
    api = wire(lambda _: answer)
    with pytest.raises(error) as refused:
        source_at(api.api_url, clock).doc("d")
    assert type(refused.value) is error
    assert len(api.asked) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_an_absence_that_is_not_codas_word_proves_nothing(wire: Serving, clock: VirtualClock, status: int) -> None:
    api = wire(lambda _: reply(status, b"<html>no such page</html>", Content_Type="text/html"))
    with pytest.raises(Unavailable, match="not Coda's own"):
        source_at(api.api_url, clock).doc("d")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b'{"id": "d"',
        b'{"id": "d"}}',
        b"<html></html>",
        b'{"id": "d", "x": NaN}',
        b'{"id": "d", "x": -Infinity}',
        b'{"id": "d", "x": 1e400}',
        b'{"id": "d", "x": -1e400}',
        b'{"id": "d", "x": ' + b"9" * 5000 + b"}",
        b'{"id": "d", "x": ' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"id": "d", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"x":' * 900 + b"1" + b"}" * 900,
        b'{"id": "\xff"}',
        b'{"name": "no id"}',
        b'{"id": ""}',
        b'{"id": 7}',
        b'{"id": null}',
        b'{"id": "\\ud800"}',
    ],
    ids=lambda body: body[:24].decode("latin-1"),
)
def test_an_unusable_answer_is_asked_for_again(wire: Serving, clock: VirtualClock, body: bytes) -> None:
    answers = iter([reply_json(body), reply_json(DOC)])
    assert source_at(wire(lambda _: next(answers)).api_url, clock).doc("d").name == "Doc"
    with pytest.raises(Unavailable):
        source_at(wire(lambda _: reply_json(body)).api_url, clock).doc("d")


def test_what_is_odd_but_json_is_taken_as_it_is(wire: Serving, clock: VirtualClock) -> None:
    big = 123456789012345678901234567890
    body = b'\xef\xbb\xbf{"id":"-_d-","name":"\\ud800 \xf0\x9f\x9a\xb2","big":%d,"small":1e-7,"deep":[[[]]]}' % big
    doc = source_at(wire(lambda _: reply_json(body)).api_url, clock).doc("-_d-")
    assert (doc.id, doc.name) == ("-_d-", "\ud800 \N{BICYCLE}")
    assert (doc.raw["big"], doc.raw["small"], doc.raw["deep"]) == (big, 1e-7, [[[]]])


@pytest.mark.parametrize(
    "doc_id", ["-d", "_d", "a/b", "a?b#c", "a%2Fb", "a b", "ü", "%", "..a", "é\u0301", "\\", "a;b,c"]
)
def test_ids_are_quoted(wire: Serving, clock: VirtualClock, doc_id: str) -> None:
    api = wire(lambda asked: reply_json({"id": unquote(asked.path.rsplit("/", 1)[1])}))
    assert source_at(api.api_url, clock).doc(doc_id).id == doc_id
    assert api.asked[0].path.count("/") == 2


@pytest.mark.parametrize("doc_id", [".", ".."])
def test_ids_that_lead_elsewhere_are_not_asked_for(wire: Serving, clock: VirtualClock, doc_id: str) -> None:
    api = wire(lambda _: reply_json(DOC))
    with pytest.raises(Rejected):
        source_at(api.api_url, clock).doc(doc_id)
    assert api.asked == []
    assert path_of("docs", "...") == "/docs/..."


def test_a_bad_token_ends_at_once(coda: SimulatedCoda, clock: VirtualClock) -> None:
    source = source_of(coda, clock, token="another-token")
    with pytest.raises(TokenRefused, match="CODA_API_TOKEN"):
        source.doc("d")
    assert len(coda.requests) == 2
    with pytest.raises(TokenRefused):
        source.account()
    assert len(coda.requests) == 3


@pytest.mark.parametrize("refusal_status", [401, 403])
def test_a_restricted_token_is_denied_not_refused(serve: Serve, clock: VirtualClock, refusal_status: int) -> None:
    world = World()
    doc = world.add_doc("Doc", id="d")
    page = doc.add_page("Page")
    source = source_of(serve(world, token=Token(scoped_to="d", read_only=True, refusal=refusal_status)), clock)
    with pytest.raises(AccessDenied):
        source.docs(owned_only=True)
    assert source.doc("d").name == "Doc"
    with pytest.raises(AccessDenied):
        source.export_page("d", page.id, "markdown")


def test_where_whoami_fails_too_it_is_said_and_not_asked_for_ever(coda: SimulatedCoda, clock: VirtualClock) -> None:
    coda.on("GET", "/docs/d$").fail(401)
    coda.on("GET", "/whoami").fail(500)
    with pytest.raises(Unavailable, match="error 500"):
        source_of(coda, clock).doc("d")
    assert len(coda.requests) == 1 + FIRST_CONTACT.tries


def test_a_whoami_that_fails_for_a_moment_decides_nothing(coda: SimulatedCoda, clock: VirtualClock) -> None:
    coda.on("GET", "/docs/d$").fail(401)
    coda.on("GET", "/whoami").fail(503, times=2)
    with pytest.raises(AccessDenied):
        source_of(coda, clock).doc("d")


def test_nobody_there_is_told_within_seconds(clock: VirtualClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    begun = clock.now()
    with pytest.raises(Unavailable, match=r"no connection to 127\.0\.0\.1.*CODA_API_URL"):
        source_at(f"http://127.0.0.1:{port}/apis/v1", clock).account()
    assert clock.now() - begun < 6


@pytest.mark.parametrize("answer", [refusal(404), reply(404, b"<html>"), reply(200, b"<html>"), reply_json({"ok": 1})])
def test_a_server_that_is_not_codas_is_told_by_the_setting(
    wire: Serving, clock: VirtualClock, answer: list[bytes]
) -> None:
    with pytest.raises(Unavailable, match="CODA_API_URL"):
        source_at(wire(lambda _: answer).api_url, clock).account()


def test_a_plain_server_behind_https_is_told(wire: Serving, clock: VirtualClock) -> None:
    api = wire(lambda _: reply_json(USER))
    with pytest.raises(Unavailable, match=r"no secure connection|no answer within"):
        source_at(api.api_url.replace("http:", "https:"), clock, PROMPT).account()


RETRY_AFTER: list[Any] = [
    "0", "1", "7", "-1", "-99999999999", "99999999", "9" * 400, "9" * 5000, "1.5", "nan", "inf", "-inf", "1e9", "soon",
    "", " ", "0x10", "1, 2", "٣", "\xff", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
    "Fri, 31 Dec 99999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00", "Thu, 01 Jan 1970 00:00:00 -0000", "Thu, 99 Foo",
    "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "2026-11-21T08:00:00Z", ";", "()", "(", ",", "GMT",
]  # fmt: skip


@pytest.mark.parametrize("text", RETRY_AFTER, ids=lambda text: text[:32])
def test_any_retry_after_makes_a_bounded_wait(wire: Serving, clock: VirtualClock, text: str) -> None:
    header = text if text != "٣" else text.encode().decode("latin-1")
    answers = iter([reply(429, Retry_After=header), reply_json(DOC)])
    begun = clock.now()
    source_at(wire(lambda _: next(answers)).api_url, clock).doc("d")
    assert 1.0 <= clock.now() - begun <= 60.0


def test_a_sensible_retry_after_is_honoured(wire: Serving, clock: VirtualClock) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=31), usegmt=True)
    for text, least, most in (("17", 17.0, 17.0), (when, 28.0, 31.0)):
        answers = iter([reply(429, Retry_After=text), reply_json(DOC)])
        begun = clock.now()
        source_at(wire(lambda _, answers=answers: next(answers)).api_url, clock).doc("d")  # type: ignore[misc]
        assert least <= clock.now() - begun <= most


def test_a_refusal_by_the_rate_limit_is_no_failed_try(wire: Serving, clock: VirtualClock) -> None:
    refused = reply(429, Retry_After="1")
    answers = iter([*[refused] * 12, *[reply(500)] * 7, refused, reply_json(DOC)])
    assert source_at(wire(lambda _: next(answers)).api_url, clock).doc("d").name == "Doc"


@pytest.mark.parametrize("header", [{}, {"Retry_After": "0"}, {"Retry_After": "100000"}])
def test_refusals_for_ever_end_in_bounded_time(wire: Serving, clock: VirtualClock, header: dict[str, str]) -> None:
    api, begun = wire(lambda _: reply(429, b"", -1, **header)), clock.now()
    with pytest.raises(OutOfPatience, match="rate limit"):
        source_at(api.api_url, clock).doc("d")
    assert 290 < clock.now() - begun < 420
    assert len(api.asked) < 320


def test_refusals_of_one_request_alone_end_too(wire: Serving, clock: VirtualClock) -> None:
    """While others of its class are accepted, the class never runs out of patience; the request does."""
    api = wire(lambda _: reply(429))
    throttle = Throttle(clock, lambda: 0.5, UNLIMITED)
    client = Client(ApiSession(ApiOrigin.parse(api.api_url), Secret(TOKEN), clock), throttle, _Busy(clock, throttle))
    begun = clock.now()
    with pytest.raises(Unavailable, match="this one request"):
        client.ask(Request("/docs/d"))
    assert 300 < clock.now() - begun < 700


@dataclass
class _Busy:
    """A clock by which another request of the class is accepted whenever somebody looks at it."""

    clock: VirtualClock
    throttle: Throttle

    def now(self) -> float:
        self.throttle[RateClass.READ].accepted()
        return self.clock.now()

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)


ONCE = Request("/docs/d/rows", RateClass.CONTENT, method="POST", body={"rows": []}, repeatable=False)


def client_at(api_url: str, clock: VirtualClock) -> Client:
    throttle = Throttle(clock, lambda: 0.5, UNLIMITED)
    return Client(ApiSession(ApiOrigin.parse(api_url), Secret(TOKEN), clock), throttle, clock)


@pytest.mark.parametrize(
    "answer", [reply(500), reply(502), reply(504), [], reply(202, b"{", length=9), reply(202, b"no JSON")]
)
def test_what_must_not_be_sent_twice_is_sent_once_when_its_answer_is_lost(
    wire: Serving, clock: VirtualClock, answer: list[bytes]
) -> None:
    api = wire(lambda _: answer)
    with pytest.raises(Unanswered, match="whether Coda did what it was asked for is not known"):
        client_at(api.api_url, clock).ask(ONCE)
    assert len(api.asked) == 1


def test_what_was_refused_or_never_sent_is_sent_again(wire: Serving, clock: VirtualClock) -> None:
    answers = iter([reply(429), reply(429), reply_json({"requestId": "mutate:1"}, 202)])
    api = wire(lambda _: next(answers))
    assert client_at(api.api_url, clock).ask(ONCE) == {"requestId": "mutate:1"}
    assert len(api.asked) == 3
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match=r"no connection to 127.0.0.1 \(tried 8 times\)"):
            client_at(f"http://127.0.0.1:{nobody.getsockname()[1]}/apis/v1", clock).ask(ONCE)


def test_a_flaky_server_is_read_to_the_end(wire: Serving, clock: VirtualClock) -> None:
    """Three answers in ten fail, in all ways, over forty pages."""
    source = Random(7)
    ways = itertools.cycle([reply(500), reply(502), reply(503), reply(504), [], reply(200, b"{", length=9)])

    def answer(asked: Asked) -> list[bytes]:
        if source.random() < 0.3:
            return next(ways)
        number = int(asked.target.partition("pageToken=t")[2] or 0)
        page: dict[str, Any] = {"items": [{"id": f"p{number}"}]}
        return reply_json(page if number == 39 else {**page, "nextPageToken": f"t{number + 1}"})

    api = wire(answer)
    assert len(source_at(api.api_url, clock).pages("d")) == 40
