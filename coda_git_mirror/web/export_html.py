"""Pages as they stand in an export: with links from file to file, and the mirror's own pages without what could run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from urllib.parse import urljoin

import nh3

from coda_git_mirror.format.destinations import Destination, Edit, edited, written
from coda_git_mirror.format.scan_html import Tag, html_tags
from coda_git_mirror.format.text import writable
from coda_git_mirror.web.framed import leading_out

SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""Without scripts; a stricter one blanks the pictures of a page that is a file."""
POLICY = (
    "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)
Link = Callable[[str, bool], str | None]
"""What stands in a page in place of an address; whether that is a picture's; None for what leads nowhere."""

_FOLLOWED = {"a": "href", "area": "href", "link": "href", "script": "src", "img": "src", "iframe": "src"}
_IN_FRAMES = {"a": "href", "area": "href", "img": "src", "audio": "src", "video": "src", "source": "src"}
_SHOWING = frozenset({"img", "audio", "video", "source", "iframe", "script", "link"})
_ELSEWHERE = re.compile(r"[\0-\x20]*([A-Za-z][A-Za-z0-9+.-]*:|[/\\]{2})")
_ATTRIBUTE = re.compile(r"[\t\n\f\r ]+[A-Za-z-]+[\t\n\f\r ]*=[\t\n\f\r ]*[\"']?\Z")
_TAGS = (nh3.ALLOWED_TAGS | {"audio", "video", "source", "section", "main", "input", "font", "label"}) - {
    "input",
    "label",
}
_EVERYWHERE = {"class", "dir", "lang", "id", "title", "style", "align", "width", "height"}
_HEAD = """\
<!doctype html>
<html lang="">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>img {{ height: auto; max-width: 100% }}</style>
</head>
<body>
"""


def relinked(page: str, link: Link) -> str:
    """A page of ours with its links led from file to file; what leads nowhere is no link."""
    return edited(page, _edits(page, _FOLLOWED, link, ""))


def cleaned(page: str, title: str, address: str, link: Link) -> str:
    """A page of the mirror that lies at `address`, with nothing in it that runs, loads from elsewhere or leads away."""
    attributes = {tag: set(names) | {"style"} for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
    attributes["*"] = _EVERYWHERE
    attributes |= {"audio": {"src", "controls"}, "video": {"src", "controls"}, "source": {"src", "type"}}
    attributes["font"] = {"color", "face", "size"}
    body = nh3.clean(
        writable(page),
        tags=set(_TAGS),
        attributes=attributes,
        attribute_filter=_kept,
        clean_content_tags={"script", "style", "title"},
        link_rel="noopener noreferrer",
        url_schemes={"http", "https", "mailto", "data"},
    )
    body = edited(body, _edits(body, _IN_FRAMES, link, address))
    head = _HEAD.format(policy=POLICY, title=escape(title))
    return f"{head}{leading_out(body.encode('utf-8', 'replace')).decode()}</body>\n</html>\n"


def _kept(tag: str, name: str, value: str) -> str | None:
    """Data in an address is for pictures alone."""
    is_data = value.strip().lower().startswith("data:")
    return None if is_data and not (tag == "img" and name == "src") else value


def _edits(page: str, followed: dict[str, str], link: Link, address: str) -> Iterator[Edit]:
    for tag in html_tags(page):
        name = followed.get(tag.name, "")
        edits = [_edit(page, tag, tag.attributes[name], link, address)] if name in tag.attributes else []
        if tag.name == "iframe" and "sandbox" in tag.attributes:
            sandbox = tag.attributes["sandbox"]
            edits.append((sandbox.start, sandbox.end, SANDBOX))
        yield from sorted(filter(None, edits))


def _edit(page: str, tag: Tag, found: Destination, link: Link, address: str) -> Edit | None:
    """Of a link within the page, or to elsewhere, nothing is changed; what would be loaded from elsewhere is none."""
    if found.url.startswith("#"):
        return None
    if _ELSEWHERE.match(found.url):
        return _elsewhere(page, tag, found)
    target, hash_mark, place = urljoin(address, found.url).partition("#")
    new = link(target, tag.name == "img")
    if new is None:
        return _removal(page, tag, found)
    return (found.start, found.end, written(f"{new}{hash_mark}{place}", found.notation) or "")


def _elsewhere(page: str, tag: Tag, found: Destination) -> Edit | None:
    """An address without a scheme would be one of a file on another machine here."""
    url = found.url.strip()
    if tag.name in _SHOWING:
        return None if url.lower().startswith("data:") else _removal(page, tag, found)
    if url[0] not in "/\\":
        return None
    return (found.start, found.end, written("https:" + url.replace("\\", "/"), found.notation) or "")


def _removal(page: str, tag: Tag, found: Destination) -> Edit | None:
    named = _ATTRIBUTE.search(page, tag.start, found.start)
    if named is None:
        return None
    is_quoted = page[found.start - 1] in "\"'"
    return (named.start(), found.end + is_quoted, "")
