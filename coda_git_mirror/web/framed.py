"""A page of the mirror within one of ours: its links to elsewhere leave the frame, which may not show them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from io import BytesIO

from coda_git_mirror.actions.browse.files import Content
from coda_git_mirror.format.scan_html import Tag, html_tags

_ELSEWHERE = re.compile(r"[\0-\x20]*(https?:|//)", re.IGNORECASE)


def framed(page: Content) -> Content:
    """The same page; closes the stream of the one that is given."""
    with page.stream as stream:
        html = leading_out(stream.read())
    return Content(BytesIO(html), len(html), f"{page.mark}-framed", page.is_pointer)


def leading_out(page: bytes) -> bytes:
    """HTML whose links to elsewhere open in a new tab that knows nothing of this one, and show where they lead."""
    text = page.decode("utf-8", "surrogateescape")
    return "".join(_pieces(text)).encode("utf-8", "surrogateescape")


def _pieces(text: str) -> Iterator[str]:
    done = 0
    for tag in html_tags(text):
        if _leads_elsewhere(tag):
            behind_name = tag.start + 1 + len(tag.name)
            yield text[done:behind_name] + _attributes(tag)
            done = behind_name
    yield text[done:]


def _leads_elsewhere(tag: Tag) -> bool:
    return not tag.closing and tag.name.lower() in ("a", "area") and bool(_ELSEWHERE.match(tag.value("href")))


def _attributes(tag: Tag) -> str:
    """Of two attributes of one name the first counts."""
    shown = "" if "title" in tag.attributes else f' title="{escape(tag.value("href").strip())}"'
    return f' target="_blank" rel="noopener noreferrer"{shown}'
