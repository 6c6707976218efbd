"""Where the links of a page lead: to something in the mirror, to a file of it, or elsewhere."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from coda_git_mirror.format.scan_html import html_tags
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.looking import IndexedCommit

if TYPE_CHECKING:
    from coda_git_mirror.actions.browse.mirror import Browsed

_SCHEMES = frozenset({"http", "https", "mailto"})
_MOST = 200
"""So many links of a page are listed."""
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Target:
    """One of: an item by `doc` and `item` (of a doc its own id), a file by its `path`, an `address` elsewhere."""

    doc: str = ""
    item: str = ""
    path: str = ""
    address: str = ""


@dataclass(frozen=True)
class PageLink:
    """A link as a page shows it."""

    text: str
    target: Target


class Ways:
    """The links of one file of the mirror as of a commit."""

    def __init__(self, browsed: Browsed, at: IndexedCommit, file: str) -> None:
        self._index, self._tree, self._at = browsed.index, browsed.tree(at.id), at
        self._folder = posixpath.dirname(file)

    def target(self, url: str) -> Target | None:
        """What a link leads to; None for a place in its own page, what the mirror lacks, and what is no address."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if parts.scheme:
            return Target(address=url) if parts.scheme in _SCHEMES else None
        if parts.netloc or not parts.path:
            return None
        path = posixpath.normpath(posixpath.join(self._folder, unquote(parts.path)))
        return None if path.startswith(("../", "/")) else self._inside(path)

    def _inside(self, path: str) -> Target | None:
        places = [path, posixpath.dirname(path)] if posixpath.basename(path) == "README.md" else [path]
        for place in places:
            if state := self._index.item_of_path(place, self._at.number):
                return Target(state.doc, state.item)
        return Target(path=path) if self._tree.digest(path) else None


def links_of_html(text: str, ways: Ways) -> tuple[PageLink, ...]:
    """The first links of a page that lead to another place, each target once, with the text by which it is first shown.

    Pictures and attached files, which the page itself shows, are none of them.
    """
    found: dict[Target, str] = {}
    for url, shown in islice(_anchors(text), 10 * _MOST):
        target = ways.target(url)
        if target and not target.path and len(found) < _MOST:
            found.setdefault(target, one_line(shown) or url)
    return tuple(PageLink(shown, target) for target, shown in found.items())


def _anchors(text: str) -> Iterator[tuple[str, str]]:
    """The address and the text of each link, in order."""
    url, start = "", 0
    for tag in html_tags(text):
        if tag.name != "a":
            continue
        if url:
            yield url, _plain(text[start : tag.start])
        url, start = tag.value("href"), tag.end


def _plain(markup: str) -> str:
    return html.unescape(_TAG.sub("", markup))
