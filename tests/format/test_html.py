from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.html import body_of, normalised_html, page_html
from coda_git_mirror.model.content import Page
from tests.format.link_texts import HTML_PIECES, texts
from tests.format.strategies import ids, names, prop

NOTES = Page("canvas-1", "Notes & <b>")
HEAD = (
    b'<!doctype html>\n<meta charset="utf-8">\n<meta name="coda-page" content="canvas-1">\n'
    b"<title>Notes &amp; &lt;b&gt;</title>\n"
    b"<style>img { height: auto }</style>\n"
)


@pytest.mark.parametrize(
    ("body", "file"),
    [
        ("<div>é  </div>\r\n<div><br></div>", HEAD + "<div>é  </div>\n<div><br></div>\n".encode()),
        ("", HEAD),
        ("\ufeff\n\n", HEAD + b""),
        ("<p>&lt;html></p>\n\n", HEAD + b"<p>&lt;html></p>\n"),
        ("<HTML><p>", b"<HTML><p>\n"),
        ('<meta charset="utf-8"><p>\n', b'<meta charset="utf-8"><p>\n'),
        (HEAD.decode(), HEAD + HEAD),
        (HEAD.decode() + "<p>", HEAD + HEAD + b"<p>\n"),
    ],
)
def test_page(body: str, file: bytes) -> None:
    assert page_html(NOTES, body).encode() == file
    assert body_of(file.decode()) == normalised_html(body)


@prop
@given(
    ids,
    names,
    texts(*HTML_PIECES, HEAD.decode(), '<meta charset="utf-8">', "<html>", "\r", "\n\n", "\ufeff") | st.text(),
)
def test_the_body_is_found_again(page_id: str, name: str, body: str) -> None:
    page = Page(page_id, name)
    file = page_html(page, body)
    assert body_of(file) == normalised_html(body)
    assert page_html(page, body_of(file)) == file
    assert file.endswith("\n")
    assert "\r" not in file
