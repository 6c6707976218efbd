"""A page's HTML: Coda's export behind a head with which a browser shows it without a network."""

from __future__ import annotations

import re
from html import escape

from coda_git_mirror.format.scan_html import html_tags
from coda_git_mirror.format.text import one_line, writable
from coda_git_mirror.model.content import Page

_HEAD = (
    '<!doctype html>\n<meta charset="utf-8">\n<meta name="coda-page" content="{page_id}">\n<title>{title}</title>\n'
    "<style>img {{ height: auto }}</style>\n"
)
"""Coda's exports give pictures a height of 0 (coda-api.md, HTML in detail): the style draws them in proportion."""
_OUR_HEAD = re.compile(
    re.escape(_HEAD.format(page_id="PAGE", title="TITLE")).replace("PAGE", '[^<>"\n]*').replace("TITLE", "[^<>\n]*")
)
_MAY_BE_HEAD = re.compile("<(?:/?html|meta)", re.IGNORECASE)


def page_html(page: Page, body: str) -> str:
    """What `….html` holds: head, the export normalised; an export with a head of its own needs no other.

    One that begins as if with our head gets it once more, so that `body_of` always cuts the right one.
    """
    normal = normalised_html(body)
    if _has_head(normal) and not _OUR_HEAD.match(normal):
        return normal
    title = escape(one_line(page.name))
    return writable(_HEAD.format(page_id=escape(one_line(page.id)), title=title)) + normal


def body_of(text: str) -> str:
    """The normalised export in such a file."""
    head = _OUR_HEAD.match(text)
    return text[head.end() :] if head else text


def normalised_html(html: str) -> str:
    """LF line ends, no byte order marks before it, one newline at the end or no text at all; white space is Coda's."""
    text = writable(html).lstrip("\ufeff")
    if text.endswith("\n") and not text.endswith("\n\n") and text != "\n":
        return text
    text = text.rstrip("\n")
    return f"{text}\n" if text else ""


def _has_head(html: str) -> bool:
    """Whether the export is a whole document, or says which encoding it has."""
    tags = html_tags(html) if _MAY_BE_HEAD.search(html) else ()
    return any(tag.name == "html" or (tag.name == "meta" and "charset" in tag.attributes) for tag in tags)
