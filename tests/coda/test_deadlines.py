"""One deadline holds from connecting to the last byte, whatever of an answer drips (faults.md, row 61)."""

from __future__ import annotations

import gzip
import itertools
import time
from collections.abc import Callable, Iterable, Iterator

import pytest

from coda_git_mirror.clock import SystemClock
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.client import HeavyAnswer
from coda_git_mirror.coda.connections import Timeouts
from coda_git_mirror.coda.deadlines import Deadline
from coda_git_mirror.coda.downloads import BlobDownloader, TimeLimits
from coda_git_mirror.coda.failures import Incomplete, TooSlow
from coda_git_mirror.coda.origin import ApiOrigin
from coda_git_mirror.coda.request import Request
from coda_git_mirror.coda.retry import RetryPolicy
from coda_git_mirror.coda.session import ApiSession, FileSession
from coda_git_mirror.coda.streams import FileStreams
from coda_git_mirror.errors import Unavailable
from coda_git_mirror.redact import Secret
from tests.coda.conftest import Serving
from tests.coda.test_downloads import Nowhere
from tests.coda.wire import TOKEN, Answering, Asked, Wire, client_of, reply, source_at
from tests.support import VirtualClock

PAUSE, TOTAL, SLACK = 0.04, 0.2, 2.0
"""Seconds between two bytes, for an exchange, and for a machine that is busy."""
LIMITS = Timeouts(connect=1.0, read=1.0, total=TOTAL)
CHUNKED = {"Transfer_Encoding": "chunked"}
OK = b"HTTP/1.1 200 OK\r\n"


def dripping(*before: bytes, endless: bytes = b"x") -> Answering:
    """Says what comes before at once, and then the rest byte by byte, again and again."""

    def answer(_: Asked) -> Iterator[bytes]:
        yield from before
        for byte in itertools.cycle(endless):
            time.sleep(PAUSE)
            yield bytes([byte])

    return answer


def flooding(*before: bytes, endless: bytes) -> Answering:
    """The same as fast as it can."""

    def answer(_: Asked) -> Iterator[bytes]:
        yield from before
        yield from itertools.repeat(endless * 100)

    return answer


DRIPS = {
    "status": dripping(b"HTTP/1.1 200 "),
    "header": dripping(OK, b"X-Long: "),
    "headers": dripping(OK, endless=b"X: y\r\n"),
    "interim": dripping(endless=b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": dripping(*reply(200, b"", 10_000)),
    "gzip": dripping(*reply(200, b"", 10_000, Content_Encoding="gzip"), endless=gzip.compress(b"")),
    "chunk": dripping(*reply(200, b"2710\r\n", None, **CHUNKED)),
    "chunks": dripping(*reply(200, b"", None, **CHUNKED), endless=b"1\r\nx\r\n"),
    "chunk size": dripping(*reply(200, b"1;", None, **CHUNKED)),
    "trailer": dripping(*reply(200, b"1\r\nx\r\n0\r\n", None, **CHUNKED), endless=b"X: y\r\n"),
}
FLOODS = {
    "interim": flooding(endless=b"HTTP/1.1 100 Continue\r\n\r\n"),
    "interim headers": flooding(endless=b"HTTP/1.1 100 Continue\r\n" + b"X: y\r\n" * 90 + b"\r\n"),
    "trailer": flooding(*reply(200, b"1\r\nx\r\n0\r\n", None, **CHUNKED), endless=b"X: y\r\n"),
}


def from_api(server: Wire, timeouts: Timeouts) -> object:
    session = ApiSession(ApiOrigin.parse(server.api_url), Secret(TOKEN), SystemClock(), timeouts)
    return session.exchange("GET", "/whoami", {})


def from_link(server: Wire, timeouts: Timeouts) -> object:
    return FileSession(SystemClock(), timeouts).get(f"{server.origin}/file")


def from_host(server: Wire, timeouts: Timeouts) -> object:
    hosts, patience = AssetHosts.parse(server.origin.removeprefix("http://")), TimeLimits(grace=timeouts.total)
    downloader = BlobDownloader(FileStreams(timeouts), hosts, SystemClock(), RetryPolicy(tries=1), patience)
    return downloader.fetch(f"{server.origin}/file", Nowhere())


ASKING = [from_api, from_link, from_host]


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize("answering", DRIPS.values(), ids=DRIPS)
def test_what_drips_ends_at_the_deadline(
    wire: Serving, ask: Callable[[Wire, Timeouts], object], answering: Answering
) -> None:
    server, begun = wire(answering), time.monotonic()
    with pytest.raises((TooSlow, Unavailable), match=r"too long|too slowly"):
        ask(server, LIMITS)
    assert TOTAL <= time.monotonic() - begun < TOTAL + SLACK


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize("answering", FLOODS.values(), ids=FLOODS)
def test_what_is_no_content_has_a_bound(
    wire: Serving, ask: Callable[[Wire, Timeouts], object], answering: Answering
) -> None:
    server, begun = wire(answering), time.monotonic()
    with pytest.raises((Incomplete, Unavailable)):
        ask(server, Timeouts(total=60.0))
    assert time.monotonic() - begun < 10.0


@pytest.mark.parametrize("body", [b"", b"x" * 3_000_000])
def test_a_long_answer_with_much_around_it_is_taken(wire: Serving, body: bytes) -> None:
    """Interim answers, long heads and small chunks are lawful."""
    chunks = b"".join(b"3e8;name=value\r\n%s\r\n" % body[at : at + 1000] for at in range(0, len(body), 1000))
    interim = b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 20
    head, whole = reply(200, chunks + b"0\r\nX: y\r\n\r\n", None, **CHUNKED, X_Long="y" * 50_000)
    server = wire(lambda _: [interim, head, whole])
    assert FileSession(SystemClock()).get(server.origin).body == body


def test_redirects_have_one_deadline(wire: Serving) -> None:
    def answer(asked: Asked) -> Iterable[bytes]:
        time.sleep(TOTAL * 0.7)
        return reply(302, Location=f"{asked.target}x")

    with pytest.raises(TooSlow):
        FileSession(SystemClock(), LIMITS).get(f"{wire(answer).origin}/")


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 Connection established\r\n\r\n\x16\x03\x03\x40\x00"])
def test_a_proxy_that_drips_ends_too(wire: Serving, monkeypatch: pytest.MonkeyPatch, before: bytes) -> None:
    """In its own answer, or in the handshake that it passes on; certificates are read before, which takes a while."""
    proxy, begun = wire(dripping(before, endless=b"X")), time.monotonic()
    monkeypatch.setenv("https_proxy", proxy.origin)
    with pytest.raises(Incomplete):
        FileSession(SystemClock(), Timeouts(connect=TOTAL, read=1.0, total=1.0)).get("https://coda.example/file")
    assert time.monotonic() - begun < 1.0 + SLACK
    assert proxy.asked[0].method == "CONNECT"


def test_a_proxy_holds_for_the_hosts_that_the_environment_says(
    foreign: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after another host was asked by it."""
    proxy = foreign(lambda _: reply(502))
    monkeypatch.setenv("https_proxy", proxy.origin)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for host in ("coda.example", "127.0.0.1:1"):
        with pytest.raises(Incomplete):
            FileSession(SystemClock()).get(f"https://{host}/file")
    assert [asked.target for asked in proxy.asked] == ["coda.example:443"]


def test_what_drips_is_asked_for_a_few_times_only(wire: Serving) -> None:
    """Each try costs all the time that an exchange may take."""
    clock, limits = SystemClock(), Timeouts(connect=1.0, read=1.0, total=0.1)
    api = wire(DRIPS["headers"])
    with pytest.raises(Unavailable, match="check the network"):
        client_of(api.api_url, clock, timeouts=limits).whoami()
    with pytest.raises(Unavailable, match=r"too long \(tried 2 times\)"):
        source_at(api.api_url, clock, limits).doc("d")
    with pytest.raises(HeavyAnswer):
        client_of(api.api_url, clock, timeouts=limits).ask(Request("/rows", heavy=True))
    assert len(api.asked) == 6


def test_what_the_machine_sleeps_through_does_not_count() -> None:
    clock = VirtualClock()
    deadline = Deadline(clock, 600)
    clock.sleep(3600)
    assert deadline.left == 600
    for _ in range(5):
        clock.sleep(110)
        assert not deadline.is_over
    clock.sleep(110)
    assert deadline.is_over
