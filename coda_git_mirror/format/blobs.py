"""The addresses of the files that Coda hosts (coda-api.md, Hosted files)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from coda_git_mirror.format.destinations import Destination, Edit, edited
from coda_git_mirror.format.relink import edits
from coda_git_mirror.format.scan_html import scan_html
from coda_git_mirror.format.scan_markdown import scan_markdown
from coda_git_mirror.model.hosts import FILE_HOSTS

_ADDRESS = re.compile(r"(https?)://([^/?#]+)(/[^?#]*)(?:[?#].*)?", re.IGNORECASE | re.DOTALL)
_BLOB_ID = re.compile(r"bl-[A-Za-z0-9_-]+")
_ROOM = "blobs"
LETTERS_BY_NUMBER = "&#(?!39;|x27;)"
"""How alone letters can be written otherwise; apostrophes, which are none, are written so in any HTML."""
_MAY_NAME = re.compile(f"{_ROOM}|{LETTERS_BY_NUMBER}")
_IN_PROSE = re.compile(r"https?://[^\s<>()\[\]\"'`|\\*]*[^\s<>()\[\]\"'`|\\*.,;:!?]", re.IGNORECASE)


@dataclass(frozen=True)
class BlobUrl:
    """A hosted file: its id, which always means the same bytes, its address up to that id, the doc if that says it."""

    id: str
    url: str
    doc: str = ""


def blob_of(url: str, hosts: Collection[str] = ()) -> BlobUrl | None:
    """The hosted file that a URL names, if it is one of Coda's or of the given further hosts."""
    address = _ADDRESS.fullmatch(url)
    if not address or (address[2].lower() not in FILE_HOSTS and address[2].lower() not in hosts):
        return None
    parts = address[3].split("/")
    room = parts.index(_ROOM) if _ROOM in parts else len(parts)
    place = next((place for place in range(room + 1, len(parts)) if _BLOB_ID.fullmatch(parts[place])), None)
    if place is None:
        return None
    doc = parts[2] if room == 3 and parts[1] == "docs" else ""
    return BlobUrl(parts[place], f"{address[1]}://{address[2]}{'/'.join(parts[: place + 1])}", doc)


def may_name_blobs(text: str) -> bool:
    """Whether the address of a hosted file may stand in a page, however it is written."""
    return _MAY_NAME.search(text) is not None


def trim_blobs_markdown(text: str, hosts: Collection[str] = ()) -> str:
    """Markdown with the addresses of hosted files cut after their id (mirror-format.md, law 4), but not within code."""
    return edited(text, _markdown_edits(text, hosts)) if may_name_blobs(text) else text


def trim_blobs_html(text: str, hosts: Collection[str] = ()) -> str:
    """HTML with the addresses of hosted files cut after their id wherever a tag links to them."""
    if not may_name_blobs(text):
        return text
    return edited(text, (edit for _, edit in edits(scan_html(text), lambda url: _trimmed(url, hosts))))


def _markdown_edits(text: str, hosts: Collection[str]) -> Iterator[Edit]:
    """Also of the addresses that are shown: Coda writes a bare one as `[address](address)`."""
    done = 0
    for mark in scan_markdown(text):
        yield from _in_prose(text, done, max(done, mark.start), hosts)
        if isinstance(mark, Destination):
            yield from (edit for _, edit in edits([mark], lambda url: _trimmed(url, hosts)))
        done = max(done, mark.end)
    yield from _in_prose(text, done, len(text), hosts)


def _trimmed(url: str, hosts: Collection[str]) -> str | None:
    blob = blob_of(url, hosts)
    return blob.url if blob else None


def _in_prose(text: str, start: int, end: int, hosts: Collection[str]) -> Iterator[Edit]:
    for match in _IN_PROSE.finditer(text, start, end):
        trimmed = _trimmed(match[0], hosts)
        if trimmed is not None and trimmed != match[0]:
            yield (*match.span(), trimmed)
