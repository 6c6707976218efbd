"""The demonstration's account over eleven days, so that there is a past to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from coda_git_mirror.demo.blocks import Heading, Item, Text
from coda_git_mirror.demo.calendar import START
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.story import edit_workspace
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.demo.world import Doc, Page, World
from tests.browse.sites import Site
from tests.support import VirtualClock, mirror

GONE = "Call back within the hour"
"""The begin of a sentence that somebody deletes: it is there until the fourth sync."""
PAGE = "Support / on-call 📟"
"""The page that most happens to."""


class Days:
    """The account, and syncs of it into `folder` at six in the evening, from 2 to 13 March 2026."""

    def __init__(self, folder: Path, world: World | None = None) -> None:
        self.folder = folder
        self._world, self._clock, self._now = world or demo_workspace(), VirtualClock(), START.replace(hour=18)
        self._coda = SimulatedCoda(self._world, clock=self._clock.now, limits=Limits.none(), date=lambda: self._now)
        self._edits = iter(EDITS)

    def __enter__(self) -> Self:
        self._coda.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._coda.__exit__(*error)

    def next(self, **options: Any) -> bool:
        """The next edits and their sync, if there are more."""
        days, edit = next(self._edits, (0, None))
        if edit is None:
            return False
        self._now += timedelta(days=days)
        while datetime.fromisoformat(self._world.calendar.now()) < self._now - timedelta(hours=3):
            self._world.calendar.tick()
        edit(self._world)
        hosts = frozenset({self._coda.asset_hosts})
        mirror(self._coda, self.folder, self._clock, asset_hosts=hosts, full=True, **options)
        return True


def make_lumen(folder: Path) -> None:
    """A mirror of all seven syncs."""
    with Days(folder) as days:
        while days.next():
            pass


def _found(world: World, page: str) -> Page:
    return next(it for doc in world.docs for it in doc.pages() if it.name == page)


def _write_about_belts(world: World) -> None:
    lines = (Heading(2, "In short"), Item("Belts: the 118 tooth one"), Item("Price list: Chloë, by Friday"))
    _found(world, "Meetings").append(*lines)
    _found(world, PAGE).append(Heading(2, "Rota"), Item("March: Ben, then Dai"))
    world.doc("Product roadmap").table("Projects").rows[0].set("Status", "At risk")


def _delete_a_sentence(world: World) -> None:
    page, answer = _found(world, PAGE), Item("Call back the same day", kind="number")
    page.write(*(answer if isinstance(it, Item) and it.text.startswith(GONE) else it for it in page.blocks))
    _mend_the_welcome(world)


def _mend_the_welcome(world: World) -> None:
    page, mended = _found(world, "Welcome"), Text("We build bicycles that people keep, and mend.")
    page.write(*(mended if isinstance(it, Text) and it.markdown.startswith("We build") else it for it in page.blocks))


def _go_on_with_projects(world: World) -> None:
    projects = world.doc("Product roadmap").table("Projects")
    projects.rows[0].set("Status", "On track")
    projects.rows[1].set("Priority", 5)
    projects.rows[5].delete()
    projects.add_row({"Project": "Cargo trailer", "Status": "Planned", "Priority": 2})


def _finish_the_belt(world: World) -> None:
    world.doc("Product roadmap").table("Projects").rows[2].set("Spent", 1)
    _found(world, "Welcome").append(Text("Spring ride: 28 March, whatever the weather."))
    _found(world, PAGE).append(Item("April: Chloë"))


def _rename_the_rota(world: World) -> None:
    page = _found(world, PAGE)
    renamed = Heading(2, "Who is on call")
    page.write(*(renamed if isinstance(it, Heading) and it.text == "Rota" else it for it in page.blocks))


EDITS: tuple[tuple[int, Callable[[World], object]], ...] = (
    (0, lambda _: None),
    (1, edit_workspace),
    (2, _write_about_belts),
    (1, _delete_a_sentence),
    (3, _go_on_with_projects),
    (2, _finish_the_belt),
    (2, _rename_the_rota),
)
"""What people do before each sync, and how many days after the last."""


class Places:
    """Where each kind of page of the mirror is."""

    KINDS = (
        "account", "past account", "doc", "page", "page in the past", "markdown", "deleted page", "table", "view",
        "table in the past", "row", "deleted row", "cell", "diff", "diff of a page", "diff of a table", "found now",
        "found in the past", "nothing found", "missing",
    )  # fmt: skip

    SOME = (
        "past account", "doc", "page", "markdown", "deleted page", "table", "row", "cell", "diff", "diff of a table",
        "found in the past", "missing",
    )  # fmt: skip
    """Those that have hardly anything in common."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.world = demo_workspace()
        self.handbook, self.roadmap = self.world.doc("Lumen handbook 🚲"), self.world.doc("Product roadmap")

    def item(self, name: str) -> str:
        """The path of a page, table or view of the first sync by its name; of several the first."""
        for doc in self.world.docs:
            for it in (*doc.pages(), *doc.grids()):
                if it.name == name:
                    return f"doc/{doc.id}/item/{it.id}"
        raise KeyError(name)

    def row(self, table: str, number: int, column: str = "") -> str:
        """The path of a row, or of a cell of it, by its number in the first sync."""
        grid = self.roadmap.table(table)
        cell = f"/column/{grid.column(column).id}" if column else ""
        return f"{self.item(table)}/row/{grid.rows[number].id}{cell}"

    def column(self, table: str, name: str) -> str:
        """The id of a column."""
        return self.roadmap.table(table).column(name).id

    def difference(self, item: str = "", doc: Doc | None = None, before: int = 0, after: int = -1) -> str:
        """Where two syncs are compared, of all or of one item."""
        doc = doc or self.handbook
        asked = {"doc": doc.id, "item": self.item(item).rpartition("/")[2]} if item else {}
        return self.site(f"diff/{self.site.commits[before]}..{self.site.commits[after]}", **asked)

    def of(self, kind: str) -> str:
        """The address of a page of a kind."""
        site, first = self.site, self.site.commits[0]
        places: dict[str, Callable[[], str]] = {
            "account": lambda: site(),
            "past account": lambda: site(at=first),
            "doc": lambda: site(f"doc/{self.handbook.id}"),
            "page": lambda: site(self.item("Welcome")),
            "page in the past": lambda: site(self.item("Welcome"), at=first),
            "markdown": lambda: site(self.item("Welcome"), view="markdown"),
            "deleted page": lambda: site(self.item("Folding tandem")),
            "table": lambda: site(self.item("Projects")),
            "view": lambda: site(self.item("Open tasks")),
            "table in the past": lambda: site(self.item("Projects"), at=first, sort="-Budget", q="o"),
            "row": lambda: site(self.row("Projects", 2)),
            "deleted row": lambda: site(self.row("Projects", 5)),
            "cell": lambda: site(self.row("Projects", 2, "Spent")),
            "diff": self.difference,
            "diff of a page": lambda: self.difference("Welcome"),
            "diff of a table": lambda: self.difference("Projects", self.roadmap),
            "found now": lambda: site("search", q="belt", when="now"),
            "found in the past": lambda: site("search", q=GONE, when="ever"),
            "nothing found": lambda: site("search", q="zeppelin", when="ever"),
            "missing": lambda: site("doc/nowhere"),
        }
        return places[kind]()
