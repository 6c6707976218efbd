"""The mirror of a small account with a past, and a client that looks at it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.browse.mirror import Browsed
from coda_git_mirror.model.content import Page
from coda_git_mirror.web.app import create_app
from tests.actions.past import Past
from tests.changes.trees import Content, Grid

HOST = "127.0.0.1:8000"
ABOUT: dict[str, Any] = {
    "authors": [{"name": "Ada Brennan"}, {"name": "Chloë Martín"}],
    "icon": {"name": "bicycle"},
    "subtitle": "What we promise",
    "createdAt": "2026-01-03T09:00:00.000Z",
    "updatedAt": "2026-03-01T12:00:00.000Z",
    "browserLink": "https://coda.io/d/Handbook_ddocA/Policy_sup1",
}
LONG = "A name that goes on and on " * 8
POLICY = Page("p1", "Policy", raw=ABOUT)
SUB = Page("p2", "Returns", parent="p1")
HIDDEN = Page("p3", "Plans", raw={"isHidden": True})
EMBED = Page("p4", "Board", raw={"contentType": "embed"})
ARABIC = Page("p5", "دليل الموظفين")
BLANK = Page("p6", "   ")
TEXT = """Rules for all.

[Returns](policy/returns.md), [Tasks](../tables/tasks.csv), [nowhere](gone.md), [out](../../../../etc/passwd),
[here](#rules), [elsewhere](https://example.org/a?b=1&c=2), [bad](javascript:alert(1)), [doc](../README.md)

![photo](../assets/bl-1) <script>alert(1)</script> one<br/>two
"""
HTML = (
    '<p>Rules for all. <a href="https://example.org/a?b=1&amp;c=2">else<b>where</b></a> '
    '<a href="policy/returns.html">Returns</a> <a href="https://example.org/a?b=1&amp;c=2">again</a> '
    '<a href="javascript:alert(1)">bad</a></p>'
)
TASKS = Grid("t1", "Tasks", ("Task", "State"), {"i-1": ("Ship it", "open"), "i-2": ("Draft", "done")})


def made(folder: Path) -> list[str]:
    """Five commits from 2 March 2026 on, a day apart; their ids.

    The second renames a page and adds a sentence, the third takes it again, the fourth takes a page and a doc.
    """
    past = Past(folder)
    other = Content("docB", "Old ideas", {Page("o1", "Folding tandem"): "A tandem that folds.\n"})
    pages = {SUB: "Within thirty days.\n", HIDDEN: "Secret\n", EMBED: "x\n", ARABIC: "نص\n", BLANK: "Blank\n"}
    html = {"p1": HTML, "p2": "<p>Within thirty days.</p>", "p4": "<p>x</p>"}

    def handbook(first: Page, text: str, others: dict[Page, str], rows: Grid = TASKS) -> Content:
        views = (Grid("v1", "Open tasks", ("Task",), {"i-1": ("Ship it",)}, {"parentTable": {"id": "t1"}}),)
        return Content(
            "docA", "Handbook 🚲", {first: text, **others}, (rows,), views=views, html=html, assets=frozenset({"bl-1"})
        )

    fewer = {page: text for page, text in pages.items() if page is not SUB}
    closed = Grid("t1", "Tasks", ("Task", "State"), {"i-1": ("Ship it", "closed")})
    return [
        past.sync(handbook(Page("p1", "Rules", raw=ABOUT), TEXT, pages), other),
        past.sync(handbook(POLICY, f"{TEXT}\nRefunds without any question.\n", pages), other),
        past.sync(handbook(POLICY, TEXT, pages), other),
        past.sync(handbook(POLICY, TEXT, fewer)),
        past.sync(handbook(POLICY, TEXT, fewer, closed)),
    ]


@dataclass(frozen=True)
class Shown:
    """An answer."""

    status: int
    text: str
    location: str
    object: Any

    def links(self) -> list[str]:
        """The addresses of all links, in order, without the key."""
        return [unescape(each).removeprefix("/KEY") for each in re.findall(r'<a\b[^>]*?href="([^"]*)"', self.text)]

    def words(self) -> str:
        """The text of the page, with single blanks."""
        without = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", self.text, flags=re.DOTALL)
        return re.sub(r" ([.,:])", r"\1", " ".join(unescape(without).split()))


class Looking:
    """A client of the pages of a mirror."""

    def __init__(self, folder: Path) -> None:
        self._told: list[str] = []
        self.browsed = Browsed.open(folder, lambda _: None)
        self._client = create_app(self.browsed, "KEY", [HOST], self._told.append).test_client()

    def __call__(self, path: str, **query: str) -> Shown:
        """The answer for a path below the key; fails where the program complains of something."""
        with self._client.get(f"/KEY{path}", query_string=query or None, headers={"Host": HOST}) as answer:
            assert self._told == []
            found = answer.get_json(silent=True) if answer.is_json else None
            location = answer.headers.get("Location", "").removeprefix("/KEY")
            return Shown(answer.status_code, answer.get_data(as_text=True), location, found)
