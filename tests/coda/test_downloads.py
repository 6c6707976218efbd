"""A hosted file is taken whole or not at all, in bounded memory and time, from known hosts, without the token (20)."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import time
import tracemalloc
import zlib
from collections.abc import Iterable, Iterator

import pytest

from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.connections import Timeouts
from coda_git_mirror.coda.downloads import BlobDownloader, Downloaded, TooLarge
from coda_git_mirror.coda.error_bodies import NOTHING_SAID, ExpectedFile
from coda_git_mirror.coda.retry import RetryPolicy
from coda_git_mirror.coda.streams import FileStreams
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import World
from coda_git_mirror.errors import AccessDenied, CodaError, Deleted, MirrorError, NotThere, Rejected, Unavailable
from tests.coda.conftest import Serving
from tests.coda.test_bodies import CUT, TEXT, ZIPPED, chunked
from tests.coda.wire import ORDINARY, Answering, Asked, Wire, reply
from tests.conftest import Serve
from tests.support import VirtualClock

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 300
MEGABYTE = 1024 * 1024
DIGEST = hashlib.sha256(PNG).hexdigest()
STORAGE_ERROR = b"<?xml version='1.0'?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
SIGN_IN = b"<!DOCTYPE html>\n<html><title>Sign in</title></html>"


class Memory:
    """A destination that forgets what is void."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.beginnings = 0

    def restart(self) -> None:
        self.content.clear()
        self.beginnings += 1

    def write(self, content: bytes) -> None:
        self.content += content


class Nowhere:
    """A destination that keeps nothing."""

    def restart(self) -> None: ...

    def write(self, content: bytes) -> None: ...


def downloader(host: str, clock: VirtualClock, timeouts: Timeouts = ORDINARY, tries: int = 8) -> BlobDownloader:
    hosts = AssetHosts.parse(host.removeprefix("http://"))
    return BlobDownloader(FileStreams(timeouts), hosts, clock, RetryPolicy(tries=tries), chance=lambda: 0.5)


def fetched(
    server: Wire, clock: VirtualClock, limit: int | None = None, expected: ExpectedFile = NOTHING_SAID
) -> tuple[Downloaded | TooLarge, bytes]:
    memory = Memory()
    found = downloader(server.origin, clock).fetch(f"{server.origin}/blobs/bl-a", memory, limit, expected)
    return found, bytes(memory.content)


def address(coda: SimulatedCoda, blob_id: str) -> str:
    return f"http://{coda.asset_hosts}/docs/D/blobs/{blob_id}/{coda.world.blobs[blob_id].hash}"


@pytest.fixture
def coda(serve: Serve) -> SimulatedCoda:
    world = World()
    world.add_blob(PNG, "photo.png", "image/png")
    return serve(world)


@pytest.fixture
def blob_url(coda: SimulatedCoda) -> str:
    return address(coda, next(iter(coda.world.blobs)))


def _fetch(coda: SimulatedCoda, clock: VirtualClock, url: str) -> tuple[Downloaded | TooLarge, Memory]:
    memory = Memory()
    return downloader(coda.asset_hosts, clock).fetch(url, memory), memory


def test_a_file_of_the_simulated_coda(coda: SimulatedCoda, clock: VirtualClock, blob_url: str) -> None:
    found, memory = _fetch(coda, clock, blob_url)
    assert found == Downloaded(len(PNG), "image/png", "photo.png", DIGEST)
    assert memory.content == PNG


def test_failures_are_tried_again_from_the_beginning(coda: SimulatedCoda, clock: VirtualClock, blob_url: str) -> None:
    rules = coda.on("GET", "/blobs/")
    rules.fail(500, times=1)
    rules.cut(1000, times=1)
    rules.drop(times=1)
    rules.fail(429, times=1)
    found, memory = _fetch(coda, clock, blob_url)
    assert isinstance(found, Downloaded)
    assert memory.content == PNG
    assert memory.beginnings == 2


def test_a_file_that_is_gone_is_not_asked_for_again(coda: SimulatedCoda, clock: VirtualClock, blob_url: str) -> None:
    next(iter(coda.world.blobs.values())).gone = True
    with pytest.raises(NotThere, match="error 404"):
        _fetch(coda, clock, blob_url)
    assert clock.now() == VirtualClock().now()


def test_a_file_that_always_fails_ends_as_a_problem(coda: SimulatedCoda, clock: VirtualClock, blob_url: str) -> None:
    coda.on("GET", "/blobs/").fail(500)
    with pytest.raises(Unavailable, match=r"error 500 \(tried 8 times\)"):
        _fetch(coda, clock, blob_url)
    assert clock.now() < VirtualClock().now() + 60


@pytest.mark.parametrize(
    ("status", "error"), [(401, AccessDenied), (403, AccessDenied), (410, Deleted), (404, NotThere), (400, Rejected)]
)
def test_what_a_refusal_means(foreign: Serving, clock: VirtualClock, status: int, error: type[CodaError]) -> None:
    server = foreign(lambda _: reply(status, STORAGE_ERROR, Content_Type="application/xml"))
    with pytest.raises(error):
        fetched(server, clock)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [201, 204, 206, 304, 500, 503])
def test_other_answers_are_no_file(foreign: Serving, clock: VirtualClock, status: int) -> None:
    server = foreign(lambda _: reply(status, b"" if status in (204, 304) else TEXT))
    with pytest.raises(Unavailable, match=f"error {status}"):
        fetched(server, clock)


def test_nothing_goes_to_a_host_that_is_not_known(foreign: Serving, clock: VirtualClock) -> None:
    server = foreign(lambda _: reply(200, TEXT))
    with pytest.raises(Rejected, match="hosts"):
        downloader("example.org", clock).fetch(f"{server.origin}/blobs/bl-a", Memory())
    assert server.asked == []


def test_netrc_and_cookies_add_nothing(
    foreign: Serving, clock: VirtualClock, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path_factory.mktemp("home") / ".netrc"
    netrc.write_text("machine 127.0.0.1 login ann password secret\ndefault login ann password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = foreign(lambda _: reply(200, TEXT))
    fetched(server, clock)


@pytest.mark.parametrize("pieces", CUT.values(), ids=CUT)
def test_a_cut_body_is_no_file(foreign: Serving, clock: VirtualClock, pieces: list[bytes]) -> None:
    answers = iter([pieces, pieces, reply(200, PNG)])
    found, content = fetched(foreign(lambda _: next(answers)), clock)
    assert isinstance(found, Downloaded)
    assert content == PNG


@pytest.mark.parametrize(
    "pieces",
    [
        reply(200, TEXT),
        reply(200, chunked(TEXT), length=None, Transfer_Encoding="chunked"),
        reply(200, ZIPPED, Content_Encoding="gzip"),
        reply(200, ZIPPED, length=None, Content_Encoding="x-gzip"),
        reply(200, gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:]), Content_Encoding="GZIP"),
        reply(
            200,
            chunked(ZIPPED[:100], b"") + chunked(ZIPPED[100:]),
            None,
            Transfer_Encoding="chunked",
            Content_Encoding="gzip",
        ),
    ],
)
def test_a_whole_body_is_a_file_however_it_is_sent(foreign: Serving, clock: VirtualClock, pieces: list[bytes]) -> None:
    found, content = fetched(foreign(lambda _: pieces), clock)
    assert found == Downloaded(len(TEXT), "", "", hashlib.sha256(TEXT).hexdigest())
    assert content == TEXT


def test_an_archive_that_is_no_encoding_stays_packed(foreign: Serving, clock: VirtualClock) -> None:
    server = foreign(lambda _: reply(200, ZIPPED, Content_Type="application/gzip"))
    assert fetched(server, clock)[1] == ZIPPED
    assert server.asked[0].headers["accept-encoding"] == "identity"


def test_an_empty_file_is_a_file(foreign: Serving, clock: VirtualClock) -> None:
    found, _ = fetched(foreign(lambda _: reply(200, b"")), clock, limit=10)
    assert isinstance(found, Downloaded)
    assert found.size == 0


def test_a_large_file_takes_little_memory(foreign: Serving, clock: VirtualClock) -> None:
    zeros = bytes(MEGABYTE)

    def answer(_: Asked) -> Iterator[bytes]:
        yield reply(200, b"", length=100 * MEGABYTE)[0]
        yield from (zeros for _ in range(100))

    server = foreign(answer)
    tracemalloc.start()
    try:
        found = downloader(server.origin, clock).fetch(f"{server.origin}/x", Nowhere())
        assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
    finally:
        tracemalloc.stop()
    assert isinstance(found, Downloaded)
    assert found.size == 100 * MEGABYTE


def test_a_declared_size_beyond_the_limit_spares_the_transfer(foreign: Serving, clock: VirtualClock) -> None:
    server = foreign(lambda _: reply(200, PNG, length=2**31, Content_Type="video/mp4", x_amz_meta_filename="film.mp4"))
    assert fetched(server, clock, limit=len(PNG)) == (TooLarge(2**31, "video/mp4", "film.mp4"), b"")


@pytest.mark.parametrize("size", [0, 1, 1000])
def test_a_file_as_large_as_the_limit_is_taken(foreign: Serving, clock: VirtualClock, size: int) -> None:
    assert isinstance(fetched(foreign(lambda _: reply(200, b"x" * size)), clock, limit=size)[0], Downloaded)
    assert isinstance(fetched(foreign(lambda _: reply(200, b"x" * (size + 1))), clock, limit=size)[0], TooLarge)


def _endless_chunks(_: Asked) -> Iterator[bytes]:
    yield from reply(200, b"", None, Transfer_Encoding="chunked")
    while True:
        yield chunked(bytes(65536), b"")


def _endless_gzip_without_content(_: Asked) -> Iterator[bytes]:
    yield from reply(200, b"", None, Content_Encoding="gzip")
    while True:
        yield gzip.compress(b"") * 3000


def _endless_gzip_header(_: Asked) -> Iterator[bytes]:
    yield from reply(200, b"\x1f\x8b\x08\x08\0\0\0\0\0\xff", None, Content_Encoding="gzip")
    while True:
        yield b"n" * 65536


def _bomb(_: Asked) -> Iterable[bytes]:
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(200)) + packer.flush()
    return reply(200, packed, Content_Encoding="gzip")


@pytest.mark.parametrize("answer", [_endless_chunks, _endless_gzip_without_content, _endless_gzip_header, _bomb])
def test_what_has_no_end_is_ended_in_bounded_memory(foreign: Serving, clock: VirtualClock, answer: Answering) -> None:
    server = foreign(answer)
    found = downloader(server.origin, clock)
    tracemalloc.start()
    try:
        assert found.fetch(f"{server.origin}/x", Nowhere(), limit_bytes=MEGABYTE) == TooLarge(None, "", "")
        assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
    finally:
        tracemalloc.stop()
    assert len(server.asked) == 1


def test_a_bomb_without_a_limit_is_unpacked_piece_by_piece(foreign: Serving, clock: VirtualClock) -> None:
    server = foreign(_bomb)
    found = downloader(server.origin, clock).fetch(f"{server.origin}/x", Nowhere())
    assert isinstance(found, Downloaded)
    assert found.size == 200 * MEGABYTE


def _trickle(clock: VirtualClock, pause: float, pieces: int) -> Answering:
    def answer(_: Asked) -> Iterator[bytes]:
        yield from reply(200, b"", 10_000_000)
        for _piece in range(pieces):
            clock.sleep(pause)
            yield b"x" * 1000
            time.sleep(0.005)

    return answer


def test_a_trickle_is_given_up_after_few_tries(foreign: Serving, clock: VirtualClock) -> None:
    server = foreign(_trickle(clock, 20.0, 10))
    with pytest.raises(Unavailable, match=r"too slowly \(tried 3 times\)"):
        fetched(server, clock)
    assert len(server.asked) == 3


def test_no_file_takes_for_ever(foreign: Serving, clock: VirtualClock) -> None:
    """Every try fails late, and the last of them does not begin."""
    server = foreign(_trickle(clock, 59.0, 1))
    found = downloader(server.origin, clock, tries=1000)
    with pytest.raises(Unavailable):
        found.fetch(f"{server.origin}/x", Nowhere())
    assert clock.now() < VirtualClock().now() + found.patience.total + 120


def test_a_stalled_server_is_given_up(foreign: Serving, clock: VirtualClock) -> None:
    def stall(_: Asked) -> Iterator[bytes]:
        time.sleep(0.5)
        yield b""

    server = foreign(stall)
    with pytest.raises(Unavailable, match=r"no answer within.*tried 3 times"):
        downloader(server.origin, clock, Timeouts(read=0.1)).fetch(f"{server.origin}/x", Nowhere())


def test_a_redirect_to_a_known_host_is_followed(foreign: Serving, clock: VirtualClock) -> None:
    moved = {"/a": "/b", "/b": "//HOST/c", "/c": "http://HOST/d"}

    def answer(asked: Asked) -> list[bytes]:
        target = moved.get(asked.path)
        return reply(302, b"moved", Location=target.replace("HOST", host)) if target else reply(200, PNG)

    server = foreign(answer)
    host = server.origin.removeprefix("http://")
    memory = Memory()
    assert isinstance(downloader(host, clock).fetch(f"{server.origin}/a", memory), Downloaded)
    assert memory.content == PNG


@pytest.mark.parametrize(
    "location",
    [
        "http://example.org/x",
        "https://127.0.0.1/x",
        "https://router/x",
        "file:///etc/passwd",
        "",
        "https://[x/",
        "ftp://a.b",
    ],
)
def test_a_redirect_to_an_unsafe_place_is_refused(foreign: Serving, clock: VirtualClock, location: str) -> None:
    server = foreign(lambda _: reply(302, Location=location))
    with pytest.raises(Rejected, match="not safe"):
        fetched(server, clock)
    assert len(server.asked) == 1


def test_a_redirect_to_another_server_of_this_machine_is_refused(foreign: Serving, clock: VirtualClock) -> None:
    other = foreign(lambda _: reply(200, TEXT))
    with pytest.raises(Rejected):
        fetched(foreign(lambda _: reply(307, Location=f"{other.origin}/x")), clock)
    assert other.asked == []


def test_a_circle_of_redirects_has_an_end(foreign: Serving, clock: VirtualClock) -> None:
    server = foreign(lambda _: reply(301, Location="/again"))
    with pytest.raises(Rejected, match="without end"):
        fetched(server, clock)
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (STORAGE_ERROR, "application/xml", NOTHING_SAID),
        (STORAGE_ERROR, "image/png", ExpectedFile("photo.png", "image/png")),
        (SIGN_IN, "text/html", NOTHING_SAID),
        (SIGN_IN, "text/html", ExpectedFile("photo.png", "image/png")),
        (SIGN_IN, "application/octet-stream", ExpectedFile("photo", "image/png")),
        (b"<!-- x --><HTML>", "text/html", ExpectedFile("notes.txt")),
        (SIGN_IN, "text/html", ExpectedFile("photo.heic")),
        (SIGN_IN, "text/html", ExpectedFile("Offer.docx")),
        (SIGN_IN, "text/html", ExpectedFile("README")),
        (SIGN_IN, "application/xhtml+xml", ExpectedFile("data.csv", "text/csv")),
        (SIGN_IN, "text/plain", ExpectedFile("photo.png")),
        (SIGN_IN, "", ExpectedFile("film", "video/mp4")),
        (STORAGE_ERROR, "application/xml", ExpectedFile("error.txt", "text/plain")),
        (STORAGE_ERROR, "text/xml", ExpectedFile("index.html", "text/html")),
        (STORAGE_ERROR, "text/plain", ExpectedFile("Offer.pdf")),
    ],
)
def test_a_body_in_place_of_the_file_is_no_file(
    foreign: Serving, clock: VirtualClock, body: bytes, media_type: str, expected: ExpectedFile
) -> None:
    server = foreign(lambda _: reply(200, body, Content_Type=f"{media_type}; charset=utf-8"))
    with pytest.raises(Unavailable, match="in place of the file"):
        fetched(server, clock, expected=expected)


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (STORAGE_ERROR, {"Content_Type": "text/xml"}, ExpectedFile("error.xml")),
        (STORAGE_ERROR, {"x_amz_meta_filename": "error.xml"}, NOTHING_SAID),
        (STORAGE_ERROR + b"x" * 20_000, {}, NOTHING_SAID),
        (b"<?xml version='1.0'?><svg/>", {"Content_Type": "image/svg+xml"}, ExpectedFile("a.svg", "image/svg+xml")),
        (b"<feed><Error>1</Error></feed>", {"Content_Type": "application/xml"}, NOTHING_SAID),
        (SIGN_IN, {"Content_Type": "text/html"}, ExpectedFile("page", "text/html")),
        (SIGN_IN, {"Content_Type": "text/html"}, ExpectedFile("page.HTM")),
        (SIGN_IN, {"Content_Type": "text/html", "x_amz_meta_filename": "page.html"}, NOTHING_SAID),
        (SIGN_IN, {"Content_Type": "text/plain"}, ExpectedFile("template.txt", "text/plain")),
        (SIGN_IN, {}, NOTHING_SAID),
        (SIGN_IN, {"Content_Type": "text/html"}, ExpectedFile("index.shtml")),
        (SIGN_IN, {"Content_Type": "text/html", "x_amz_meta_filename": "README"}, NOTHING_SAID),
        (SIGN_IN, {"Content_Type": "application/vnd.ms-excel"}, ExpectedFile("export.xls")),
        (
            SIGN_IN,
            {"Content_Type": "image/png", "x_amz_meta_filename": "logo.png"},
            ExpectedFile("logo.png", "image/png"),
        ),
        (STORAGE_ERROR, {"Content_Type": "text/plain"}, ExpectedFile("error.txt")),
        (STORAGE_ERROR, {"Content_Type": "application/xml", "x_amz_meta_filename": "trace"}, ExpectedFile("trace")),
    ],
)
def test_a_file_may_be_xml_or_a_web_page(
    foreign: Serving, clock: VirtualClock, body: bytes, headers: dict[str, str], expected: ExpectedFile
) -> None:
    server, begun = foreign(lambda _: reply(200, body, **headers)), clock.now()
    found, content = fetched(server, clock, expected=expected)
    assert isinstance(found, Downloaded)
    assert content == body
    assert found.sha256 == hashlib.sha256(body).hexdigest()
    assert len(server.asked) <= 2
    assert clock.now() - begun < 2


@pytest.mark.parametrize("body", [SIGN_IN + b"<!-- %d -->", STORAGE_ERROR.replace(b"expired", b"expired %d")])
def test_an_error_that_is_made_for_each_request_is_no_file(foreign: Serving, clock: VirtualClock, body: bytes) -> None:
    numbers = itertools.count()
    server = foreign(lambda _: reply(200, body % next(numbers)))
    with pytest.raises(Unavailable, match=r"in place of the file \(tried 8 times\)"):
        fetched(server, clock)
    answers = iter([reply(200, body % 1), reply(200, body % 2), reply(200, PNG)])
    assert fetched(foreign(lambda _: next(answers)), clock)[1] == PNG


@pytest.mark.parametrize("body", [SIGN_IN, STORAGE_ERROR])
@pytest.mark.parametrize("name", ["error.xml", "index.html", "notes.txt", ""])
def test_a_redirect_to_what_looks_like_an_error_leads_to_no_file(
    foreign: Serving, clock: VirtualClock, body: bytes, name: str
) -> None:
    server = foreign(lambda asked: reply(200, body) if asked.path == "/sign-in" else reply(302, Location="/sign-in"))
    with pytest.raises(Unavailable, match="in place of the file"):
        fetched(server, clock, expected=ExpectedFile(name))


def test_a_redirect_to_the_storage_s_own_file_leads_to_it(foreign: Serving, clock: VirtualClock) -> None:
    stored = reply(200, SIGN_IN, Content_Type="text/html", x_amz_meta_filename="export.aspx")
    server = foreign(lambda asked: stored if asked.path == "/stored" else reply(302, Location="/stored"))
    assert fetched(server, clock)[1] == SIGN_IN


def test_an_error_of_the_destination_is_the_callers(foreign: Serving, clock: VirtualClock) -> None:
    class Full(Nowhere):
        def write(self, content: bytes) -> None:  # noqa: ARG002
            raise MirrorError("Cannot write: the disk is full.")

    server = foreign(lambda _: reply(200, PNG))
    with pytest.raises(MirrorError, match="disk is full"):
        downloader(server.origin, clock).fetch(f"{server.origin}/x", Full())
    assert len(server.asked) == 1


def test_reasons_hold_no_address(foreign: Serving, clock: VirtualClock) -> None:
    server = foreign(lambda _: reply(503))
    with pytest.raises(Unavailable) as caught:
        fetched(server, clock)
    assert server.origin not in str(caught.value)
