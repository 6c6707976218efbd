"""The demonstration's account over nine days, so that there is a past to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from coda_git_mirror.demo.blocks import Heading, Item, Text
from coda_git_mirror.demo.calendar import START
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.story import edit_workspace
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.demo.world import Doc, World
from tests.browse.sites import Site
from tests.support import VirtualClock, mirror

GONE = "Paint is late"
"""A sentence that somebody deletes: it is there until the fourth sync."""


class Days:
    """Syncs at six in the evening of one day after the other."""

    def __init__(self, folder: Path, world: World, coda: SimulatedCoda, clock: VirtualClock) -> None:
        self._folder, self._world, self._coda, self._clock = folder, world, coda, clock
        self.now = START.replace(hour=18)

    def date(self) -> datetime:
        return self.now

    def sync(self, days: int = 1) -> None:
        hosts = frozenset({self._coda.asset_hosts})
        mirror(self._coda, self._folder, self._clock, asset_hosts=hosts, full=True)
        self.now += timedelta(days=days)


def make_lumen(folder: Path) -> None:
    """Six syncs, from 2 to 11 March 2026."""
    world, clock = demo_workspace(), VirtualClock()
    days: list[Days] = []
    coda = SimulatedCoda(world, clock=clock.now, limits=Limits.none(), date=lambda: days[0].date())
    days.append(Days(folder, world, coda, clock))
    [past] = days
    with coda:
        past.sync()
        edit_workspace(world)
        past.sync(2)
        _write_about_belts(world)
        past.sync()
        _delete_a_sentence(world)
        past.sync(3)
        _go_on_with_projects(world)
        past.sync(2)
        world.doc("Product roadmap").table("Projects").rows[2].set("Spent", 1)
        world.doc("Lumen handbook 🚲").page("Welcome").append(Text("Spring ride: 28 March, whatever the weather."))
        past.sync()


def _write_about_belts(world: World) -> None:
    page = world.doc("Lumen handbook 🚲").page("Meetings")
    page.append(Heading(2, "In short"), Item("Belts: the 118 tooth one"), Item("Price list: Chloë, by Friday"))
    world.doc("Product roadmap").table("Projects").rows[0].set("Status", "At risk")
    world.doc("Lumen handbook 🚲").page("Welcome").append(Text("Visitors come in by the blue door."))


def _delete_a_sentence(world: World) -> None:
    notes = next(page for page in world.doc("Lumen handbook 🚲").pages() if page.name == "Notes")
    notes.write(Heading(2, "2 March"), Item("Belts: decided on 9 March"))
    welcome = world.doc("Lumen handbook 🚲").page("Welcome")
    welcome.write(
        *(
            Text("We build bicycles that people keep, and mend.") if "We build" in getattr(it, "markdown", "") else it
            for it in welcome.blocks
        )
    )


def _go_on_with_projects(world: World) -> None:
    projects = world.doc("Product roadmap").table("Projects")
    projects.rows[0].set("Status", "On track")
    projects.rows[1].set("Priority", 5)
    projects.rows[5].delete()
    projects.add_row({"Project": "Cargo trailer", "Status": "Planned", "Priority": 2})


class Places:
    """Where each kind of page of the mirror is."""

    KINDS = (
        "account", "past account", "doc", "page", "page in the past", "markdown", "deleted page", "table", "view",
        "table in the past", "row", "deleted row", "cell", "diff", "diff of a page", "diff of a table", "found now",
        "found in the past", "nothing found", "missing",
    )  # fmt: skip

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
