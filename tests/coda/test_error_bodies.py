"""What comes in place of a file or a page, and what merely looks like it."""

from __future__ import annotations

import time

import pytest

from coda_git_mirror.coda.error_bodies import (
    HEAD_BYTES,
    NOTHING_SAID,
    Doubt,
    ExpectedFile,
    Recurrence,
    file_doubt,
    page_doubt,
)
from coda_git_mirror.coda.failures import Incomplete

ERROR = b"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>NoSuchKey</Code><Message>Gone</Message></Error>"
PAGE = b"<!DOCTYPE html>\n<html><title>Sign in</title></html>"
XHTML = b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'x.dtd'>\n<html></html>"
SVG = b"<?xml version='1.0'?>\n<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'svg11.dtd'>\n<svg><title>a</title></svg>"


@pytest.mark.parametrize(
    ("head", "media_type", "served_name", "expected", "certain"),
    [
        (PAGE, "text/html", "", NOTHING_SAID, True),
        (PAGE, "text/html", "", ExpectedFile("new3.gif", "image/gif"), True),
        (PAGE, "text/html", "new3.gif", ExpectedFile("new3.gif", "image/gif"), True),
        (PAGE, "text/html", "", ExpectedFile("Photo.HEIC"), True),
        (PAGE, "text/html", "", ExpectedFile("notes.txt"), True),
        (PAGE, "text/plain", "", ExpectedFile("photo", "image/png"), True),
        (ERROR, "application/xml", "", NOTHING_SAID, True),
        (ERROR, "application/xml", "", ExpectedFile("error.txt", "text/plain"), True),
        (ERROR, "text/xml", "", ExpectedFile("index.html"), True),
        (ERROR, "image/png", "", ExpectedFile("photo.png"), True),
        (PAGE, "", "", NOTHING_SAID, False),
        (PAGE, "text/html", "", ExpectedFile("index.html"), False),
        (PAGE, "text/html", "", ExpectedFile("EXPORT.ASPX"), False),
        (PAGE, "text/html", "", ExpectedFile("page", "text/html; charset=utf-8"), False),
        (PAGE, "text/html", "README", NOTHING_SAID, False),
        (PAGE, "application/octet-stream", "logo.png", ExpectedFile("logo.png"), False),
        (PAGE, "application/msword", "", ExpectedFile("letter.doc"), False),
        (ERROR, "text/plain", "", ExpectedFile("error.txt"), False),
        (ERROR, "application/xml", "trace", NOTHING_SAID, False),
        (ERROR, "text/xml", "", ExpectedFile("feed.xml"), False),
    ],
)
def test_a_file_that_looks_like_an_error(
    head: bytes, media_type: str, served_name: str, expected: ExpectedFile, certain: bool
) -> None:
    doubt = file_doubt(head, media_type, served_name, expected)
    assert doubt is not None
    assert doubt.certain is certain
    redirected = file_doubt(head, media_type, served_name, expected, is_redirected=True)
    assert redirected is not None
    assert redirected.certain is (certain or not served_name)


@pytest.mark.parametrize(
    ("head", "media_type", "served_name", "expected"),
    [
        (PAGE, "text/html", "index.shtml", NOTHING_SAID),
        (PAGE, "text/html", "index.html", ExpectedFile("a picture.png")),
        (PAGE, "", "saved", ExpectedFile(mime="text/html")),
        (XHTML, "application/xhtml+xml", "page.xht", NOTHING_SAID),
        (ERROR, "application/xml", "error.xml", NOTHING_SAID),
        (SVG, "image/svg+xml", "", ExpectedFile("a.svg", "image/svg+xml")),
        (b"<?xml version='1.0'?><feed><Error><Code>1</Code></Error></feed>", "application/xml", "", NOTHING_SAID),
        (b"<Error>no code</Error>", "application/xml", "", NOTHING_SAID),
        (ERROR + b" " * HEAD_BYTES + b"x", "application/xml", "", NOTHING_SAID),
        (b"<header>of something else</header>", "text/html", "", NOTHING_SAID),
        (b"", "text/html", "", NOTHING_SAID),
    ],
)
def test_a_file_that_is_plainly_one(head: bytes, media_type: str, served_name: str, expected: ExpectedFile) -> None:
    assert file_doubt(head, media_type, served_name, expected) is None


@pytest.mark.parametrize("body", [ERROR, PAGE, XHTML, b"\xef\xbb\xbf" + PAGE, b"<!-- a -->\n<!-- b --><BODY>"])
def test_a_page_that_looks_like_an_error_is_told_by_what_comes_with_it(body: bytes) -> None:
    def certain(media_type: str = "text/plain", is_packed: bool = True, is_redirected: bool = False) -> bool:
        doubt = page_doubt(body, media_type, is_packed, is_redirected)
        assert doubt is not None
        return doubt.certain

    assert not certain()
    assert not certain("binary/octet-stream")
    assert certain(is_packed=False)
    assert certain(is_redirected=True)
    assert all(certain(kind) for kind in ("application/xml", "text/xml", "text/html", "application/xhtml+xml"))


@pytest.mark.parametrize("body", [b"", b"# Notes\n", SVG, b"About:\n\n" + ERROR, b"```html\n" + PAGE + b"```\n"])
def test_a_page_is_content(body: bytes) -> None:
    assert page_doubt(body, "text/plain", True, False) is None
    assert page_doubt(body, "text/plain", False, True) is None
    assert page_doubt(body, "text/html", True, False) == Doubt("a web page in place of the content", certain=False)
    assert page_doubt(body, "application/xml", True, False) == Doubt("an error message in place of the content", True)


def test_the_same_twice_in_a_row_settles_a_doubt_that_is_not_certain() -> None:
    recurrence, maybe, never = Recurrence(), Doubt("maybe", certain=False), Doubt("never", certain=True)
    for doubt, sha256 in [(maybe, "a"), (maybe, "b"), (never, "b"), (never, "b"), (maybe, "b"), (maybe, "a")]:
        with pytest.raises(Incomplete, match=doubt.reason):
            recurrence.settle(doubt, sha256)
    recurrence.settle(maybe, "a")
    recurrence.settle(None, "c")


@pytest.mark.parametrize(
    "head", [b"<Error>" + b"<Code>" * 4000, b"<!-- -->" * 2000 + b"<x", b" " * HEAD_BYTES, b"<?x" * 5000]
)
def test_a_hostile_beginning_takes_no_time(head: bytes) -> None:
    begun = time.process_time()
    assert file_doubt(head[:HEAD_BYTES], "text/html", "", NOTHING_SAID) is None
    assert time.process_time() - begun < 1
