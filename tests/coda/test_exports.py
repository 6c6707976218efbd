"""The export of a page: a job that can be lost, a link that dies, a body that is something else (faults.md, row 16)."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from coda_git_mirror.demo.pages import Page
from coda_git_mirror.demo.server import Token
from coda_git_mirror.demo.world import World
from coda_git_mirror.errors import (
    AccessDenied,
    Deleted,
    ExportDenied,
    MirrorError,
    NotExportable,
    NotThere,
    Rejected,
    Unavailable,
)
from tests.coda.conftest import Serving
from tests.coda.wire import TOKEN, Asked, refusal, reply, reply_json, source_at
from tests.conftest import Serve
from tests.support import VirtualClock, source_of

TEXT = "# Käse\n\n\N{BICYCLE} text\n"
S3_ERROR = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>Gone</Message></Error>'
SIGN_IN = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>\n"


@pytest.fixture
def page() -> Page:
    return World().add_doc("Doc", id="d").add_page("Page", markdown=TEXT.strip(), id="p")


class Exporting:
    """An API and a file host in one, whose answers about one export a test sets."""

    def __init__(self, wire: Serving, *files: list[bytes]) -> None:
        self.job: Any = {"id": "job", "status": "inProgress"}
        self.status: Callable[[], list[bytes]] = self.complete
        self._files = iter(files)
        self._last: list[bytes] = reply(500)
        self.wire = wire(self._answer)

    def complete(self, status: str = "complete") -> list[bytes]:
        return reply_json({"id": "job", "status": status, "downloadLink": f"{self.wire.origin}/file"})

    def _answer(self, asked: Asked) -> list[bytes]:
        if asked.target == "/file":
            self._last = next(self._files, self._last)
            return self._last
        return reply_json(self.job, 202) if asked.method == "POST" else self.status()

    def count(self, method: str, end: str) -> int:
        return sum(asked.method == method and asked.target.endswith(end) for asked in self.wire.asked)

    def export(self, clock: VirtualClock, output_format: str = "markdown") -> str:
        return source_at(self.wire.api_url, clock).export_page("d", "p", output_format)


def _file(body: bytes, status: int = 200, **headers: str) -> list[bytes]:
    return reply(status, gzip.compress(body), Content_Encoding="gzip", Content_Type="text/plain", **headers)


@pytest.mark.parametrize("complete_status", ["complete", "completed", "done"])
def test_a_page_is_exported_whatever_completion_is_called(
    serve: Serve, clock: VirtualClock, page: Page, complete_status: str
) -> None:
    coda = serve(page.doc.world, complete_status=complete_status, render_seconds=9.0, not_found_seconds=5.0)
    assert source_of(coda, clock).export_page("d", "p", "markdown").strip() == TEXT.strip()
    assert coda.requests.count("POST", "/export$") == 1


def test_a_lost_job_begins_anew(serve: Serve, clock: VirtualClock, page: Page) -> None:
    coda = serve(page.doc.world, render_seconds=5.0)
    lost_at = clock.now() + 45.0
    rule = coda.on("GET", "/export/").fail(404)
    rule.chance = lambda: clock.now() < lost_at
    assert source_of(coda, clock).export_page("d", "p", "markdown").strip() == TEXT.strip()
    assert coda.requests.count("POST", "/export$") == 2


def test_jobs_that_are_always_lost_end_in_an_error(serve: Serve, clock: VirtualClock, page: Page) -> None:
    coda, begun = serve(page.doc.world), clock.now()
    coda.on("GET", "/export/").fail(404)
    with pytest.raises(Unavailable, match="lost the export"):
        source_of(coda, clock).export_page("d", "p", "markdown")
    assert clock.now() - begun < 150


def test_a_job_in_progress_for_ever_ends(serve: Serve, clock: VirtualClock, page: Page) -> None:
    coda, begun = serve(page.doc.world, render_seconds=1e9), clock.now()
    with pytest.raises(Unavailable, match="not ready"):
        source_of(coda, clock).export_page("d", "p", "markdown")
    assert 290 < clock.now() - begun < 320


def test_a_failed_job_is_told_in_one_line(serve: Serve, clock: VirtualClock, page: Page) -> None:
    page.export_error = f"It failed.\nBearer {TOKEN}\x1b[2J\r\n" + "x" * 900
    source = source_of(serve(page.doc.world, token=TOKEN), clock)
    with pytest.raises(Unavailable, match="could not export the page: It failed") as failure:
        source.export_page("d", "p", "markdown")
    assert TOKEN not in str(failure.value)
    assert str(failure.value).isprintable()
    assert len(str(failure.value)) < 300


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ({"status": "failed"}, "could not export"),
        ({"status": "inProgress", "error": {"why": "odd"}}, "odd"),
        ({"status": "complete"}, "not ready"),
        ({"status": "complete", "downloadLink": None}, "not ready"),
        ({"status": "complete", "downloadLink": ""}, "not ready"),
        ({"status": "complete", "downloadLink": {"href": "x"}}, "no text"),
        ({"status": "complete", "downloadLink": "nonsense"}, "no https address"),
        ({"status": "complete", "downloadLink": "http://files.example/x"}, "no https address"),
        ({}, "not ready"),
    ],
)
def test_a_job_that_brings_no_link_is_a_problem_of_its_page(
    wire: Serving, clock: VirtualClock, status: dict[str, Any], message: str
) -> None:
    exporting, begun = Exporting(wire), clock.now()
    exporting.status = lambda: reply_json(status)
    with pytest.raises(Unavailable, match=message):
        exporting.export(clock)
    assert clock.now() - begun < 400


@pytest.mark.parametrize("job", [{}, {"id": ""}, {"id": 7}, {"id": None}, {"id": "\ud800"}, []])
def test_a_job_without_an_id_is_asked_for_again(wire: Serving, clock: VirtualClock, job: Any) -> None:
    exporting = Exporting(wire)
    exporting.job = job
    with pytest.raises(Unavailable):
        exporting.export(clock)


@pytest.mark.parametrize("job_id", ["../../../whoami", "a/b?c#d", "a b", "%2e%2e"])
def test_the_jobs_id_stays_in_its_place(wire: Serving, clock: VirtualClock, job_id: str) -> None:
    exporting = Exporting(wire, _file(b"text"))
    exporting.job = {"id": job_id}
    exporting.status = lambda: reply_json({"id": job_id, "downloadLink": f"{exporting.wire.origin}/file"})
    assert exporting.export(clock) == "text"
    paths = {asked.path for asked in exporting.wire.asked if asked.method == "GET" and asked.target != "/file"}
    assert all(path.startswith("/docs/d/pages/p/export/") and path.count("/") == 6 for path in paths)


@pytest.mark.parametrize("job_id", [".", "..", "x" * 100_000])
def test_a_job_whose_id_leads_elsewhere_is_asked_for_again_and_says_nothing_of_the_page(
    wire: Serving, clock: VirtualClock, job_id: str
) -> None:
    exporting = Exporting(wire)
    exporting.job = {"id": job_id}
    with pytest.raises(Unavailable):
        exporting.export(clock)
    assert exporting.count("POST", "/export") == len(exporting.wire.asked) > 1


@pytest.mark.parametrize("other", ["other", "JOB", "", 7, ["job"], {"id": "job"}])
def test_another_jobs_status_is_asked_for_again(wire: Serving, clock: VirtualClock, other: Any) -> None:
    exporting = Exporting(wire, _file(b"text"))
    wrong = reply_json({"id": other, "downloadLink": f"{exporting.wire.origin}/another-page"})
    answers = iter([wrong, wrong, exporting.complete()])
    exporting.status = lambda: next(answers)
    assert exporting.export(clock) == "text"
    assert exporting.count("GET", "/another-page") == 0
    exporting.status = lambda: wrong
    with pytest.raises(Unavailable, match="another export"):
        exporting.export(clock)


@pytest.mark.parametrize("missing", [{}, {"id": None}])
def test_a_status_that_does_not_say_whose_it_is_is_believed(
    wire: Serving, clock: VirtualClock, missing: dict[str, Any]
) -> None:
    exporting = Exporting(wire, _file(b"text"))
    exporting.status = lambda: reply_json({**missing, "downloadLink": f"{exporting.wire.origin}/file"})
    assert exporting.export(clock) == "text"


def test_a_page_gone_midway_says_so(wire: Serving, clock: VirtualClock) -> None:
    exporting = Exporting(wire)
    exporting.status = lambda: refusal(410)
    with pytest.raises(Deleted):
        exporting.export(clock)


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (400, "Only canvas pages can be exported.", NotExportable),
        (400, "Validation Error: outputFormat", Rejected),
        (401, "This token may only read.", AccessDenied),
        (403, "No.", AccessDenied),
        (404, "No page.", NotThere),
        (410, "Gone.", Deleted),
    ],
)
def test_a_refused_export_is_told_apart(
    wire: Serving, clock: VirtualClock, status: int, message: str, error: type[MirrorError]
) -> None:
    def answer(asked: Asked) -> list[bytes]:
        return reply_json({"name": "A", "loginId": "a"}) if asked.path == "/whoami" else refusal(status, message)

    with pytest.raises(error) as refused:
        source_at(wire(answer).api_url, clock).export_page("d", "p", "markdown")
    assert type(refused.value) is error


@pytest.mark.parametrize("refusal_status", [401, 403])
@pytest.mark.parametrize("output_format", ["markdown", "html"])
def test_a_token_that_may_only_read_is_told_that_it_may_not_export(
    serve: Serve, clock: VirtualClock, page: Page, refusal_status: int, output_format: str
) -> None:
    source = source_of(serve(page.doc.world, token=Token(read_only=True, refusal=refusal_status)), clock)
    with pytest.raises(ExportDenied):
        source.export_page("d", "p", output_format)
    assert source.page_text("d", "p").strip() == TEXT.strip()


@pytest.mark.parametrize(
    ("status", "error"), [(401, AccessDenied), (403, AccessDenied), (404, NotThere), (500, Unavailable)]
)
def test_a_page_that_cannot_be_read_either_says_nothing_of_the_token(
    serve: Serve, clock: VirtualClock, page: Page, status: int, error: type[MirrorError]
) -> None:
    coda = serve(page.doc.world)
    coda.on("POST", "/pages/p/export$").fail(403)
    coda.on("GET", "/pages/p$").fail(status)
    with pytest.raises(error) as refused:
        source_of(coda, clock).export_page("d", "p", "markdown")
    assert type(refused.value) is error


def test_a_doc_that_is_closed_says_nothing_of_the_token(serve: Serve, clock: VirtualClock, page: Page) -> None:
    page.doc.accessible = False
    with pytest.raises(AccessDenied) as refused:
        source_of(serve(page.doc.world), clock).export_page("d", "p", "markdown")
    assert type(refused.value) is AccessDenied


@pytest.mark.parametrize("expired_status", [200, 403])
def test_an_expired_link_is_renewed_from_the_status(
    serve: Serve, clock: VirtualClock, page: Page, expired_status: int
) -> None:
    coda = serve(page.doc.world, expired_link_status=expired_status, link_seconds=10.0)
    coda.on("GET", "/exports/").call(lambda: clock.sleep(11.0), times=2)
    assert source_of(coda, clock).export_page("d", "p", "markdown").strip() == TEXT.strip()
    assert coda.requests.count("POST", "/export$") == 1
    assert coda.requests.count("GET", "/export/") == 3


UNTOLD = ("text/plain", "text/xml", "binary/octet-stream", "application/octet-stream")
WRONG: dict[str, list[bytes]] = {
    "xml": reply(200, S3_ERROR, Content_Type="application/xml"),
    **{f"xml-as-{kind}": reply(200, S3_ERROR, Content_Type=kind) for kind in UNTOLD},
    "xml-untyped": reply(200, S3_ERROR),
    "xml-with-namespace": reply(200, b'<Error xmlns="s"><RequestId>1</RequestId><Code>AccessDenied</Code></Error>'),
    "xml-zipped": reply(200, gzip.compress(S3_ERROR), Content_Encoding="gzip", Content_Type="text/xml"),
    "xml-of-another-kind": reply(200, b"<?xml version='1.0'?><ListBucketResult/>", Content_Type="application/xml"),
    "403": reply(403, S3_ERROR),
    "404": reply(404, S3_ERROR),
    "410": reply(410, S3_ERROR),
    "429": reply(429, b"slow down"),
    "500": reply(500),
    "503-cut": reply(503, b"x", length=9),
    "206": reply(206, TEXT.encode()),
    "204": reply(204),
    "sign-in": reply(200, SIGN_IN, Content_Type="text/html; charset=utf-8"),
    "sign-in-as-text": reply(200, SIGN_IN, Content_Type="text/plain"),
    "sign-in-zipped": reply(200, gzip.compress(SIGN_IN), Content_Encoding="gzip", Content_Type="text/html"),
    "sign-in-marked": reply(200, b"\xef\xbb\xbf" + SIGN_IN, Content_Type="text/html"),
    "sign-in-xhtml": reply(200, b"<?xml version='1.0'?><!-- x --><!-- y -->" + SIGN_IN, Content_Type="text/html"),
    "sign-in-fragment": reply(200, b"<!-- x -->\n<head><title>", Content_Type="TEXT/HTML"),
    "latin-1": _file("Käse".encode("latin-1")),
    "utf-16": _file("Käse".encode("utf-16")),
    "unframed": reply(200, TEXT.encode(), length=None),
    "short": reply(200, TEXT.encode(), length=1000),
    "cut-gzip": reply(200, gzip.compress(TEXT.encode())[:-4]),
    "empty-gzip": reply(200, b"", Content_Encoding="gzip"),
    "redirect-to-nowhere": reply(302),
    "redirect-to-http": reply(302, Location="http://files.example/x"),
    "no-answer": [],
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_no_page_is_never_taken_for_one(wire: Serving, clock: VirtualClock, wrong: list[bytes]) -> None:
    healed = Exporting(wire, wrong, wrong, _file(TEXT.encode()))
    assert healed.export(clock) == TEXT
    assert (healed.count("POST", "/export"), healed.count("GET", "/export/job")) == (1, 3)
    with pytest.raises(Unavailable, match="could not be downloaded"):
        Exporting(wire, wrong).export(clock)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (_file(b""), ""),
        (reply(200, b""), ""),
        (_file(b"\xef\xbb\xbf" + TEXT.encode()), TEXT),
        (reply(200, TEXT.encode(), Content_Type="text/plain"), TEXT),
        (reply(200, TEXT.encode(), Content_Type="text/plain; charset=iso-8859-1"), TEXT),
        (reply(200, gzip.compress(TEXT.encode()), Content_Type="text/plain"), TEXT),
        (reply(200, gzip.compress(TEXT.encode()), length=None), TEXT),
        (_file(gzip.compress(TEXT.encode())), TEXT),
        (_file(b"\xed\xa0\x80"), "\ud800"),
        (_file(b"a\r\n\x00b\r"), "a\r\n\x00b\r"),
        (_file(b"<Error>\nis no XML message here\n"), "<Error>\nis no XML message here\n"),
        (_file(b"About:\n\n" + S3_ERROR), "About:\n\n" + S3_ERROR.decode()),
        (_file(b"```html\n" + SIGN_IN + b"```\n"), "```html\n" + SIGN_IN.decode() + "```\n"),
    ],
)
def test_content_is_taken_as_it_is(wire: Serving, clock: VirtualClock, file: list[bytes], text: str) -> None:
    assert Exporting(wire, file).export(clock) == text


FOREIGN_LOOKS = {
    "an e-mail's source": SIGN_IN,
    "a fragment that begins with <html>": b"<html><div>text</div>",
    "a page in capitals": b"<!-- saved -->\n<HTML><BODY>text</BODY></HTML>",
    "XHTML": b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'x.dtd'>\n<html></html>",
    "a storage's error": S3_ERROR,
    "a storage's error with a namespace": b'<Error xmlns="s3"><RequestId>1</RequestId><Code>Gone</Code></Error>\n',
}


@pytest.mark.parametrize("kind", ["text/plain", "binary/octet-stream", "application/octet-stream", "text/markdown"])
@pytest.mark.parametrize("body", FOREIGN_LOOKS.values(), ids=FOREIGN_LOOKS)
def test_what_looks_like_an_error_and_comes_the_same_twice_is_the_page(
    wire: Serving, clock: VirtualClock, body: bytes, kind: str
) -> None:
    begun = clock.now()
    file = reply(200, gzip.compress(body), Content_Encoding="gzip", Content_Type=kind)
    exporting = Exporting(wire, file)
    assert exporting.export(clock, "html") == body.decode()
    assert (exporting.count("POST", "/export"), exporting.count("GET", "/export/job")) == (1, 2)
    assert exporting.count("GET", "/file") == 2
    assert clock.now() - begun < 5


def test_what_comes_twice_may_be_interrupted(wire: Serving, clock: VirtualClock) -> None:
    genuine = _file(S3_ERROR)
    exporting = Exporting(wire, reply(200, S3_ERROR, Content_Type="application/xml"), genuine, reply(503), genuine)
    assert exporting.export(clock) == S3_ERROR.decode()
    assert exporting.count("GET", "/file") == 4


def test_an_error_that_was_only_once_the_page_s_type_does_not_count(wire: Serving, clock: VirtualClock) -> None:
    typed = reply(200, gzip.compress(SIGN_IN), Content_Encoding="gzip", Content_Type="text/html")
    assert Exporting(wire, _file(SIGN_IN), typed, _file(SIGN_IN), _file(TEXT.encode())).export(clock) == TEXT


@pytest.mark.parametrize("body", [S3_ERROR.replace(b"Gone", b"%d"), SIGN_IN.replace(b"Sign in", b"Sign in %d")])
def test_an_error_that_is_made_for_each_request_is_never_the_page(
    wire: Serving, clock: VirtualClock, body: bytes
) -> None:
    exporting = Exporting(wire, *(_file(body % number) for number in range(99)))
    with pytest.raises(Unavailable, match="in place of the content"):
        exporting.export(clock)
    assert exporting.count("GET", "/file") == 8
    healed = Exporting(wire, _file(body % 1), _file(body % 2), _file(TEXT.encode()))
    assert healed.export(clock) == TEXT


def test_a_fragment_is_content_whatever_its_type(wire: Serving, clock: VirtualClock) -> None:
    fragment = b"<div>text</div>\n"
    exporting = Exporting(wire, reply(200, gzip.compress(fragment), Content_Encoding="gzip", Content_Type="text/html"))
    assert exporting.export(clock, "html") == fragment.decode()


class _Moving:
    """Redirects to another address of its own, where the file is."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __call__(self, asked: Asked) -> list[bytes]:
        return _file(self._body) if asked.path == "/moved" else reply(307, Location="/moved")


@pytest.mark.parametrize("body", FOREIGN_LOOKS.values(), ids=FOREIGN_LOOKS)
def test_a_redirecting_link_leads_to_the_page_but_to_no_error(
    wire: Serving, foreign: Serving, clock: VirtualClock, body: bytes
) -> None:
    def export(content: bytes) -> str:
        exporting, link = Exporting(wire), f"{foreign(_Moving(content)).origin}/file"
        exporting.status = lambda: reply_json({"id": "job", "status": "complete", "downloadLink": link})
        return exporting.export(clock)

    assert export(TEXT.encode()) == TEXT
    with pytest.raises(Unavailable, match="in place of the content"):
        export(body)


def test_a_link_does_not_lead_to_another_server_of_this_machine(
    wire: Serving, foreign: Serving, clock: VirtualClock
) -> None:
    elsewhere = foreign(lambda _: _file(TEXT.encode()))
    with pytest.raises(Unavailable, match="not safe to follow"):
        Exporting(wire, reply(307, Location=f"{elsewhere.origin}/x")).export(clock)
    assert elsewhere.asked == []


@pytest.mark.parametrize("size", [0, 9, 40])
@pytest.mark.parametrize("mode", ["length", "close", "gzip-chunks", "gzip-close"])
def test_a_download_that_is_cut_is_repeated(
    serve: Serve, clock: VirtualClock, page: Page, mode: Any, size: int
) -> None:
    coda = serve(page.doc.world)
    coda.on("GET", "/exports/").cut(size, mode, times=2)
    assert source_of(coda, clock).export_page("d", "p", "markdown").strip() == TEXT.strip()


@pytest.mark.parametrize("delta", [-1000, -9, -1, 1, 1000])
def test_a_download_whose_length_lies_is_repeated(serve: Serve, clock: VirtualClock, page: Page, delta: int) -> None:
    coda = serve(page.doc.world)
    coda.on("GET", "/exports/").lie_length(delta, times=2)
    assert source_of(coda, clock).export_page("d", "p", "markdown").strip() == TEXT.strip()
