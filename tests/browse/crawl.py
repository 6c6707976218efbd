"""Walks through the pages of a served mirror by their links, as a reader with endless patience would."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from coda_git_mirror.format.scan_html import html_tags
from tests.browse.sites import Answer, Site

KINDS = (
    (r"$", "account"),
    (r"doc/[^/]+$", "doc"),
    (r"doc/[^/]+/item/[^/]+$", "item"),
    (r"doc/[^/]+/item/[^/]+/row/[^/]+$", "row"),
    (r"doc/[^/]+/item/[^/]+/row/[^/]+/column/[^/]+$", "cell"),
    (r"at/", "file"),
    (r"get/", "download"),
    (r"zip/", "zip"),
    (r"diff/", "diff"),
    (r"search$", "search"),
    (r"static/", "static"),
    (r"head$", "head"),
)
OURS = ("account", "doc", "item", "row", "cell", "diff", "search")
"""The kinds of pages that are the program's own."""


def kind_of(site: Site, url: str) -> str:
    """What stands at an address, such as `cell`."""
    path = urlsplit(url).path.removeprefix(f"/{site.key}/")
    return next((kind for pattern, kind in KINDS if re.match(pattern, path)), path)


def shape_of(site: Site, url: str) -> str:
    """The kind with the names of the parameters, of which those that are few kinds of answers have their value too."""
    asked = (f"{name}={value}" if name in ("view", "when", "format") else name for name, value in _query(url))
    return f"{kind_of(site, url)}?{'&'.join(sorted(asked))}"


def _query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


@dataclass
class Walk:
    """`found` are the addresses by their shape, `answers` what was answered at each that was asked."""

    site: Site
    found: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, Answer] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)

    def few(self, number: int, *kinds: str) -> Iterator[str]:
        """At most so many addresses of each shape of these kinds, the first, the last and some between."""
        for shape, urls in sorted(self.found.items()):
            if shape.partition("?")[0] in kinds:
                step = max(1, (len(urls) - 1) // max(1, number - 1))
                yield from urls[::step][:number]


def walk(site: Site, most: Callable[[str], int], begin: tuple[str, ...] = ()) -> Walk:
    """Follows all links from the account on, but of each shape only `most` of it; every page must be there."""
    done = Walk(site)
    waiting, known = deque([site.address, *begin]), {site.address, *begin}
    while waiting:
        url = waiting.popleft()
        shape = shape_of(site, url)
        done.found[shape].append(url)
        if len(done.found[shape]) > most(shape) or kind_of(site, url) in ("zip", "static", "head"):
            continue
        answer = done.answers[url] = _asked(site, url)
        if kind_of(site, url) not in OURS or "text/html" not in answer.headers.get("content-type", ""):
            continue
        for link in links_of(answer, url):
            if not link.startswith(f"{site.origin}/"):
                done.outside.add(link)
            elif link not in known:
                known.add(link)
                waiting.append(link)
    return done


def _asked(site: Site, url: str) -> Answer:
    target = url.removeprefix(site.origin)
    answer = site.ask(target)
    for _ in range(3):
        if answer.status not in (301, 302, 303, 307, 308):
            break
        answer = site.ask(urljoin(url, answer.headers["location"]).removeprefix(site.origin))
    return answer


def links_of(answer: Answer, url: str) -> list[str]:
    """Where a page's links, frames and pictures lead, without the part behind `#`."""
    text = answer.body.decode()
    found = (destination for tag in html_tags(text) for destination in tag.destinations())
    return [urldefrag(urljoin(url, it.url))[0] for it in found]
