"""Which hosted files a page or a cell shows, for others to fetch (coda-api.md, HTML in detail; coda-api.md, Rows)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any

from coda_git_mirror.format.blobs import blob_of, may_name_blobs
from coda_git_mirror.format.destinations import Destination
from coda_git_mirror.format.markdown_syntax import decoded
from coda_git_mirror.format.scan_html import Tag, html_tags
from coda_git_mirror.format.scan_markdown import markdown_destinations
from coda_git_mirror.format.text import one_line, writable

_LONGEST_LABEL = 500
_FILLING = str.maketrans("", "", "\u200b\ufffc\ufeff")
"""What Coda puts beside pictures and files (coda-api.md, HTML in detail)."""


@dataclass(frozen=True)
class AssetReference:
    """A hosted file as somebody refers to it: its name and type as far as said there.

    `url` is its address up to the blob id, which is what the mirror stores; `address` is the whole of it, for download.
    """

    blob_id: str
    url: str
    name: str = ""
    mime: str = ""
    image: bool = False
    """Whether it is shown as a picture, whatever its type."""
    address: str = field(default="", compare=False)

    @property
    def is_whole(self) -> bool:
        """Whether the whole address is known, and not only what the mirror stores in pages."""
        return len(self.address) > len(self.url)

    @property
    def public_url(self) -> str:
        """The address as anybody can use it, as far as it is known, without what varies from one answer to the next."""
        return re.split("[?#]", self.address or self.url, maxsplit=1)[0]


def html_assets(html: str, hosts: Collection[str] = ()) -> list[AssetReference]:
    """The hosted pictures, videos and attachments of an HTML page in its order, each once."""
    return _distinct(_html_references(html, hosts)) if may_name_blobs(html) else []


def markdown_assets(markdown: str, hosts: Collection[str] = ()) -> list[AssetReference]:
    """The hosted files to which a page's Markdown links, in its order, each once."""
    found = markdown_destinations(markdown) if may_name_blobs(markdown) else ()
    return _distinct(
        reference for it in found for reference in _reference(it.url, hosts, _label(markdown, it), image=it.image)
    )


def may_show_files(record: bytes) -> bool:
    """Whether a row's line of JSONL can hold anything of which `value_assets` makes a reference."""
    return b'"ImageObject"' in record


def _label(markdown: str, found: Destination) -> str:
    begin, end = found.label or (0, 0)
    return decoded(markdown[begin : min(end, begin + _LONGEST_LABEL)])


def value_assets(value: Any, hosts: Collection[str] = ()) -> list[AssetReference]:
    """The hosted files of a rich cell value: an `ImageObject` each, whatever their type; deleted ones have no file."""
    return _distinct(reference for image in _image_objects(value) for reference in _of_object(image, hosts))


def _reference(
    url: str, hosts: Collection[str], name: str = "", mime: str = "", image: bool = False
) -> Iterator[AssetReference]:
    """A reference, if the URL is a hosted file's; a name that merely repeats the URL is none."""
    blob = blob_of(url, hosts)
    if blob:
        shown = one_line(writable(name).translate(_FILLING))
        yield AssetReference(blob.id, blob.url, "" if blob_of(shown, hosts) else shown, mime, image, url)


def _distinct(references: Iterable[AssetReference]) -> list[AssetReference]:
    """One reference for each file, with what the later ones say beyond the first."""
    found: dict[str, AssetReference] = {}
    for it in references:
        first = found.setdefault(it.blob_id, it)
        if first is not it:
            found[it.blob_id] = replace(
                first, name=first.name or it.name, mime=first.mime or it.mime, image=first.image or it.image
            )
    return list(found.values())


def _html_references(html: str, hosts: Collection[str]) -> Iterator[AssetReference]:
    """What stands within a link comes behind the link itself."""
    link: Tag | None = None
    words: list[str] = []
    inner: list[AssetReference] = []
    done = 0
    for tag in html_tags(html):
        if link:
            words.append(html[done : tag.start])
        if tag.name == "a":
            yield from _linked(link, words, hosts)
            yield from inner
            link, words, inner = (tag if "href" in tag.attributes else None), [], []
        elif link:
            inner += _shown(tag, hosts)
        else:
            yield from _shown(tag, hosts)
        done = tag.end
    yield from _linked(link, words, hosts)
    yield from inner


def _linked(link: Tag | None, words: list[str], hosts: Collection[str]) -> Iterator[AssetReference]:
    """The file to which a link leads, by the words between the link's tag and its end, without the tags in it."""
    if link:
        name = unescape("".join(words))
        yield from _reference(link.value("href"), hosts, name, link.value("data-coda-mime-type"))


def _shown(tag: Tag, hosts: Collection[str]) -> Iterator[AssetReference]:
    match tag.name:
        case "img":
            yield from _reference(tag.value("src"), hosts, tag.value("alt"), tag.value("data-coda-mime-type"), True)
        case "video" | "audio" | "source":
            yield from _reference(tag.value("src"), hosts, mime=tag.value("type"))
            yield from _reference(tag.value("poster"), hosts, image=True)


def _image_objects(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += reversed(each)
        elif isinstance(each, dict):
            if each.get("@type") == "ImageObject":
                yield each
            else:
                waiting += reversed(each.values())


def _of_object(image: dict[str, Any], hosts: Collection[str]) -> Iterator[AssetReference]:
    if image.get("status") != "deleted":
        yield from _reference(_text(image, "url"), hosts, _text(image, "name"))


def _text(value: dict[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
