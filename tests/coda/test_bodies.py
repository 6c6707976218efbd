"""A body is complete or not taken at all (faults.md, row 11, and row 20 for what is too large or too slow)."""

from __future__ import annotations

import gzip
import json
import threading
import time
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest

from coda_git_mirror.coda import bodies
from coda_git_mirror.coda.connections import Timeouts
from coda_git_mirror.coda.failures import Incomplete, TooMuch
from coda_git_mirror.coda.session import Answer, FileSession
from coda_git_mirror.demo.world import World
from coda_git_mirror.errors import Unavailable
from tests.coda.conftest import Serving
from tests.coda.wire import PROMPT, USER, Asked, refusal, reply, reply_json, source_at
from tests.conftest import Serve
from tests.support import VirtualClock, source_of

TEXT = b"# A page\n" + bytes(range(32, 127)) * 40
ZIPPED = gzip.compress(TEXT, mtime=0)


def chunked(body: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body) + end


def _cut_bodies() -> Iterator[tuple[str, list[bytes]]]:
    plain: dict[str, str] = {}
    for name, encoding, body in (("plain", plain, TEXT), ("gzip", {"Content_Encoding": "gzip"}, ZIPPED)):
        in_chunks = {"Transfer_Encoding": "chunked", **encoding}
        for size in (0, 1, len(body) // 2, len(body) - 1):
            yield f"{name}-length-{size}", reply(200, body[:size], len(body), **encoding)
            yield f"{name}-open-chunk-{size}", reply(200, chunked(body)[: size + 4], None, **in_chunks)
            yield (
                f"{name}-no-last-chunk-{size}",
                reply(200, chunked(body[:size], b"")[: size and None], None, **in_chunks),
            )
            yield f"{name}-close-{size}", reply(200, body[:size], None, **encoding)
    for size in (0, 1, 10, len(ZIPPED) // 2, len(ZIPPED) - 8, len(ZIPPED) - 1):
        whole = chunked(ZIPPED[:size]) if size else b"0\r\n\r\n"
        yield (
            f"gzip-chunks-{size}",
            reply(200, whole, length=None, Transfer_Encoding="chunked", Content_Encoding="gzip"),
        )
        yield f"gzip-short-length-{size}", reply(200, ZIPPED, length=size, Content_Encoding="gzip")
    for length in ("many", "-5", "1e3", ""):
        yield f"length-{length}", reply(200, TEXT[:100], length=length)
    yield "long-length", reply(200, TEXT, length=len(TEXT) + 1)
    yield "two-lengths", reply(200, TEXT[:100], length=f"{len(TEXT)}\r\nContent-Length: 100")
    yield "garbage-after-gzip", reply(200, ZIPPED + b"garbage", Content_Encoding="gzip")
    yield "cut-second-member", reply(200, ZIPPED + ZIPPED[:-3], Content_Encoding="gzip")
    yield "damaged-gzip", reply(200, ZIPPED[:30] + b"\xff\xff" + ZIPPED[32:], Content_Encoding="gzip")
    yield "gzip-that-is-none", reply(200, TEXT, Content_Encoding="gzip")
    yield "unknown-encoding", reply(200, TEXT, Content_Encoding="br")
    yield "gzip-as-transfer", reply(200, chunked(ZIPPED), length=None, Transfer_Encoding="gzip, chunked")
    yield "no-answer", []
    yield "half-a-status-line", [b"HTTP/1."]
    yield "half-a-head", [b"HTTP/1.1 200 OK\r\nContent-Le"]
    yield "no-http", [b"SSH-2.0-OpenSSH\r\n\r\n"]
    yield "many-headers", [b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 2000, b"\r\n"]
    yield "long-header", [b"HTTP/1.1 200 OK\r\nX: ", b"y" * 100_000, b"\r\n\r\n"]


CUT = dict(_cut_bodies())


def _download(wire: Serving, clock: VirtualClock, pieces: Iterable[bytes]) -> Answer:
    answer = FileSession(clock).get(wire(lambda _: pieces).origin)
    if not answer.is_whole:
        raise Incomplete("not proved to be whole")
    return answer


@pytest.mark.parametrize("pieces", CUT.values(), ids=CUT)
def test_a_cut_body_is_no_answer(wire: Serving, clock: VirtualClock, pieces: list[bytes]) -> None:
    with pytest.raises(Incomplete):
        _download(wire, clock, pieces)


@pytest.mark.parametrize(
    "pieces",
    [
        reply(200, TEXT),
        reply(200, chunked(TEXT), length=None, Transfer_Encoding="chunked"),
        reply(200, chunked(TEXT[:50], b"") + chunked(TEXT[50:]), length=None, Transfer_Encoding="Chunked"),
        reply(200, ZIPPED, Content_Encoding="gzip"),
        reply(200, ZIPPED, length=None, Content_Encoding="GZIP"),
        reply(200, ZIPPED, Content_Encoding="x-gzip"),
        reply(200, gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:]), Content_Encoding="gzip"),
        reply(200, TEXT, Content_Encoding="identity"),
    ],
)
def test_a_whole_body_is_one_however_it_is_sent(wire: Serving, clock: VirtualClock, pieces: list[bytes]) -> None:
    assert _download(wire, clock, pieces).body == TEXT


def test_an_empty_body_is_whole_only_by_its_length_or_trailer(wire: Serving, clock: VirtualClock) -> None:
    assert _download(wire, clock, reply(200, b"")).body == b""
    assert _download(wire, clock, reply(200, gzip.compress(b""), Content_Encoding="gzip")).body == b""
    with pytest.raises(Incomplete):
        _download(wire, clock, reply(200, b"", length=None))


def test_json_that_ends_with_the_connection_proves_its_own_end(wire: Serving, clock: VirtualClock) -> None:
    api = wire(lambda _: reply(200, json.dumps(USER).encode(), length=None))
    assert source_at(api.api_url, clock).account().login == "ada@example.com"
    assert len(api.asked) == 1


@pytest.mark.parametrize("pieces", [pieces for name, pieces in CUT.items() if "garbage" not in name], ids=str)
def test_a_cut_answer_of_the_api_is_asked_for_again(wire: Serving, clock: VirtualClock, pieces: list[bytes]) -> None:
    answers = iter([pieces, pieces, reply_json({"id": "d", "name": "Doc"})])
    api = wire(lambda _: next(answers))
    assert source_at(api.api_url, clock).doc("d").name == "Doc"
    assert len(api.asked) == 3


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_where_the_status_says_all_a_cut_body_changes_nothing(wire: Serving, clock: VirtualClock, status: int) -> None:
    answers = iter([reply(status, b"<html>", length=99), reply(status, b"x", length=None), reply_json(USER)])
    api = wire(lambda _: next(answers))
    assert source_at(api.api_url, clock).account().login == "ada@example.com"


def test_a_cut_refusal_is_asked_for_again(wire: Serving, clock: VirtualClock) -> None:
    whole = b"".join(refusal(404))
    answers = iter([[whole[:-9]], reply_json({"id": "d", "name": "Doc"})])
    api = wire(lambda _: next(answers))
    assert source_at(api.api_url, clock).doc("d").name == "Doc"


@pytest.mark.parametrize("status", [201, 204, 206, 203])
def test_success_of_another_kind_is_no_success(wire: Serving, clock: VirtualClock, status: int) -> None:
    api = wire(lambda _: reply(status, b"" if status == 204 else b"[1]"))
    with pytest.raises(Unavailable):
        source_at(api.api_url, clock).doc("d")


def test_a_stall_before_the_answer_ends_in_time(wire: Serving, clock: VirtualClock) -> None:
    def stall(_: Asked) -> Iterator[bytes]:
        time.sleep(1)
        yield b""

    with pytest.raises(TooMuch, match="no answer within"):
        FileSession(clock, PROMPT).get(wire(stall).origin)


def test_a_stall_in_the_middle_of_a_body_ends_in_time(wire: Serving, clock: VirtualClock) -> None:
    def stall(_: Asked) -> Iterator[bytes]:
        yield from reply(200, TEXT[:100], length=len(TEXT))
        time.sleep(1)

    with pytest.raises(TooMuch, match="no answer within"):
        FileSession(clock, PROMPT).get(wire(stall).origin)


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_byte_now_and_then_does_not_outlast_the_deadline(wire: Serving, clock: VirtualClock, framing: str) -> None:
    """Each byte comes in time for the socket, and a minute later by the clock."""

    def trickle(_: Asked) -> Iterator[bytes]:
        if framing == "chunks":
            yield from reply(200, b"2710\r\n", None, Transfer_Encoding="chunked")
        else:
            yield from reply(200, b"", 10_000)
        for _byte in range(30):
            clock.sleep(60.0)
            yield b"x"
            time.sleep(0.01)
        time.sleep(2)

    with pytest.raises(TooMuch, match="takes too long"):
        FileSession(clock, Timeouts(read=1.0)).get(wire(trickle).origin)


@pytest.mark.parametrize("encoded", [False, True])
def test_a_body_beyond_the_bound_is_left_in_bounded_memory(
    wire: Serving, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, encoded: bool
) -> None:
    monkeypatch.setattr(bodies, "LARGEST_BODY", 1024 * 1024)
    huge = b"\0" * (200 * 1024 * 1024)
    pieces = reply(200, gzip.compress(huge, 1), Content_Encoding="gzip") if encoded else reply(200, huge)
    del huge
    tracemalloc.start()
    try:
        with pytest.raises(TooMuch, match="too large"):
            FileSession(clock).get(wire(lambda _: pieces).origin)
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_connection_is_kept_open_for_the_next_exchange(serve: Serve, clock: VirtualClock) -> None:
    coda = serve(World())
    threads = threading.active_count()
    source = source_of(coda, clock)
    for _ in range(5):
        source.account()
    assert threading.active_count() == threads + 1  # the simulation serves each connection in a thread of its own
