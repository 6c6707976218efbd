"""Relative links in pages and READMEs, and the files that they must lead to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import unquote

import yaml

from coda_git_mirror.format.attachments import without_attachments
from coda_git_mirror.format.metadata import Originals
from coda_git_mirror.format.scan_html import scan_html
from coda_git_mirror.format.scan_markdown import markdown_destinations
from coda_git_mirror.model.findings import BRING_BACK, SYNC, Finding

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|$")
_HEAD = re.compile(r"---\n(id: .*)\n(?:.*\n)*?---\n")


class LinkCheck:
    """Knows every file and folder of the revision; counts the links that it looked at."""

    def __init__(self, paths: Collection[str], folders: Collection[str]) -> None:
        self._paths, self._folders = paths, folders
        self.count = 0

    def page(self, path: str, text: str, page_id: str, originals: Originals) -> Iterator[Finding]:
        """A page's file. `originals` tell which of its links are the mirror's: Coda's own export may hold any other."""
        if path.endswith(".html"):
            yield from self._known_links(path, [found.url for found in scan_html(text)], originals)
            return
        head = _HEAD.match(text)
        if not head or _id_in(head[1]) != page_id:
            yield Finding(path, "does not begin with the head of its page", SYNC)
        content = text[head.end() :].removeprefix("\n") if head else text
        body = without_attachments(content)
        yield from self._known_links(path, _markdown_links(body), originals)
        yield from self._dangling(path, _markdown_links(content[len(body) :]))

    def readme(self, path: str, text: str) -> Iterator[Finding]:
        """A doc's table of contents, in which every link is the mirror's."""
        yield from self._dangling(path, _markdown_links(text))

    def _known_links(self, path: str, links: list[str], originals: Originals) -> Iterator[Finding]:
        if max(originals, default=-1) >= len(links):
            yield Finding(path, "has fewer links than metadata.json knows of", BRING_BACK)
        yield from self._dangling(path, (links[number] for number in originals if number < len(links)))

    def _dangling(self, path: str, links: Iterable[str]) -> Iterator[Finding]:
        for link in links:
            if _ABSOLUTE.match(link):
                continue
            self.count += 1
            place = re.split("[?#]", link, maxsplit=1)[0]
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(place)))
            if target not in self._paths and target not in self._folders:
                yield Finding(path, f"links to {link}, which is not in the mirror", SYNC)


def _markdown_links(text: str) -> list[str]:
    return [found.url for found in markdown_destinations(text)]


def _id_in(line: str) -> str | None:
    try:
        stored = yaml.safe_load(line)
    except yaml.YAMLError:
        return None
    return stored.get("id") if isinstance(stored, dict) else None
