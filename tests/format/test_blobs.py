from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.blobs import BlobUrl, blob_of, trim_blobs_html, trim_blobs_markdown
from tests.format.judge import judged_links
from tests.format.link_texts import HTML_PIECES, MARKDOWN_PIECES, texts
from tests.format.strategies import prop

SHORT = "https://codahosted.io/docs/D/blobs/bl-_a-1"
LONG = f"{SHORT}/0123abcd?x=1&y=(2)"
LOCAL = "127.0.0.1:8080"


@pytest.mark.parametrize(
    ("url", "blob"),
    [
        (LONG, BlobUrl("bl-_a-1", SHORT, "D")),
        (SHORT, BlobUrl("bl-_a-1", SHORT, "D")),
        (f"{SHORT}#x", BlobUrl("bl-_a-1", SHORT, "D")),
        ("https://coda.io/blobs/bl-1/ff", BlobUrl("bl-1", "https://coda.io/blobs/bl-1")),
        ("https://coda.io/blobs/D/bl-1/ff", BlobUrl("bl-1", "https://coda.io/blobs/D/bl-1")),
        ("https://docs.superhuman.com/blobs/bl-1", BlobUrl("bl-1", "https://docs.superhuman.com/blobs/bl-1")),
        ("HTTPS://CodaHosted.io/docs/D/blobs/bl-1?", BlobUrl("bl-1", "HTTPS://CodaHosted.io/docs/D/blobs/bl-1", "D")),
        (f"http://{LOCAL}/docs/D/blobs/bl-1/f", BlobUrl("bl-1", f"http://{LOCAL}/docs/D/blobs/bl-1", "D")),
        ("http://127.0.0.1/docs/D/blobs/bl-1/f", None),
        ("https://elsewhere.example/docs/D/blobs/bl-1/f", None),
        ("https://codahosted.io@elsewhere.example/docs/D/blobs/bl-1/f", None),
        ("https://codahosted.io/docs/bl-1/f", None),
        ("https://codahosted.io/docs/D/blobs/", None),
        ("https://codahosted.io/docs/D/blobs/bl-", None),
        ("docs/D/blobs/bl-1", None),
        ("", None),
    ],
)
def test_blob_of(url: str, blob: BlobUrl | None) -> None:
    assert blob_of(url, {LOCAL}) == blob


@pytest.mark.parametrize(
    ("markdown", "trimmed"),
    [
        (f"![a]({LONG})", f"![a]({SHORT})"),
        (f"[{LONG}]({LONG} 't')", f"[{SHORT}(2)]({SHORT} 't')"),
        (f"see {SHORT}/ff. Or <{LONG}>, or\n[r]: {LONG}", f"see {SHORT}. Or <{SHORT}>, or\n[r]: {SHORT}(2)"),
        (f"[r]: {LONG}", f"[r]: {SHORT}"),
        (f"`{LONG}`\n```\n{LONG}\n```\n", f"`{LONG}`\n```\n{LONG}\n```\n"),
        (f'<img src="{SHORT}/ff?a&amp;b">', f'<img src="{SHORT}">'),
        ("https://coda.io/d/_dX?a", "https://coda.io/d/_dX?a"),
        (f"http://{LOCAL}/docs/D/blobs/bl-1/f", f"http://{LOCAL}/docs/D/blobs/bl-1"),
    ],
)
def test_markdown(markdown: str, trimmed: str) -> None:
    assert trim_blobs_markdown(markdown, {LOCAL}) == trimmed


def test_html() -> None:
    html = f'<img src="{SHORT}/ff?a&amp;b" alt="{LONG}"><pre>{LONG}</pre><a href={SHORT}/f>{LONG}</a>'
    trimmed = f'<img src="{SHORT}" alt="{LONG}"><pre>{LONG}</pre><a href={SHORT}>{LONG}</a>'
    assert trim_blobs_html(html) == trimmed


BLOBS = (SHORT, LONG, f"[a]({LONG})", f"[{LONG}]({LONG})", f"`{LONG}`", f"<{LONG}>", f'<a href="{LONG}">', f"{LONG}!.")


@prop
@given(texts(*MARKDOWN_PIECES, *BLOBS) | st.text())
def test_trimming_markdown_twice_is_trimming_it_once(markdown: str) -> None:
    once = trim_blobs_markdown(markdown)
    assert trim_blobs_markdown(once) == once
    assert len(judged_links(once)) == len(judged_links(markdown))


@prop
@given(texts(*HTML_PIECES, *BLOBS) | st.text())
def test_trimming_html_twice_is_trimming_it_once(html: str) -> None:
    once = trim_blobs_html(html)
    assert trim_blobs_html(once) == once


@prop
@given(texts(*MARKDOWN_PIECES))
def test_what_has_no_blobs_keeps_its_bytes(markdown: str) -> None:
    assert trim_blobs_markdown(markdown) == trim_blobs_html(markdown) == markdown
