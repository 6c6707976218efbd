"""A page of the mirror within one of ours: what the frame may not show, its links open in a new tab.

That is what lies elsewhere, and files that are downloaded, which a sandbox forbids. A link to another page of the
mirror is followed within the frame, since nothing in a sandbox may lead the tab; what came by one says so at its head.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from io import BytesIO
from urllib.parse import unquote

from coda_git_mirror.actions.browse.files import Content
from coda_git_mirror.format.scan_html import Tag, html_tags
from coda_git_mirror.web.media_types import kind_of

_AWAY = ' target="_blank" rel="noopener noreferrer"'
_SCHEME = re.compile(r"[\0-\x20]*[A-Za-z][A-Za-z0-9+.-]*:")
_DOCTYPE = re.compile(r"\s*(<!doctype[^>]*>)?", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[\0-\x20]*(https?:|//)", re.IGNORECASE)


def framed(page: Content, head: str = "") -> Content:
    """The same page with HTML of ours at its head; closes the stream of the one that is given."""
    with page.stream as stream:
        html = _below(head.encode(), leading_out(stream.read()))
    mark = f"{page.mark}-{'followed' if head else 'framed'}"
    return Content(BytesIO(html), len(html), mark, page.is_pointer)


def _below(head: bytes, page: bytes) -> bytes:
    """A head comes before all that a page could swallow it by, and behind what tells how the page is laid out."""
    doctype = _DOCTYPE.match(page.decode("latin-1"))
    end = doctype.end() if doctype and head else 0
    return page[:end] + head + page[end:]


def leading_out(page: bytes) -> bytes:
    """HTML whose links to elsewhere open in a new tab that knows nothing of this one, and show where they lead.

    Those to files that a browser does not show open in a new tab as well.
    """
    text = page.decode("utf-8", "surrogateescape")
    return "".join(_pieces(text)).encode("utf-8", "surrogateescape")


def _pieces(text: str) -> Iterator[str]:
    done = 0
    for tag in html_tags(text):
        if attributes := _attributes(tag):
            behind_name = tag.start + 1 + len(tag.name)
            yield text[done:behind_name] + attributes
            done = behind_name
    yield text[done:]


def _attributes(tag: Tag) -> str:
    """What makes a link leave the frame, if it has to; of two attributes of one name the first counts."""
    url = tag.value("href")
    if tag.closing or tag.name not in ("a", "area") or not url:
        return ""
    if _ELSEWHERE.match(url):
        shown = "" if "title" in tag.attributes else f' title="{escape(url.strip())}"'
        return f"{_AWAY}{shown}"
    return "" if _SCHEME.match(url) or _stays(url) else _AWAY


def _stays(url: str) -> bool:
    path = unquote(url.partition("#")[0].partition("?")[0])
    return not path or kind_of(path).inline
