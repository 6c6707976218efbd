"""The first law: after any edits, in any order of syncs, the tree is that of a fresh and full mirror, byte for byte.

Coda's reads trail its edits here by ten minutes, as its snapshots do, while `updatedAt` is already new.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from coda_git_mirror.demo.blocks import FormulaValue, Grid, Picture, Text
from coda_git_mirror.demo.calendar import START, Calendar
from coda_git_mirror.demo.server import Limits, PageSizes, SimulatedCoda
from coda_git_mirror.demo.world import Column, Doc, Page, Row, Table, View, World
from coda_git_mirror.errors import MirrorError, TokenRefused
from tests.support import VirtualClock, files, git, mirror, require_sound

SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
SNAPSHOT_LAG = 600.0
REQUEST_SECONDS = 5.0
"""So that edits begin to be served in the middle of a sync."""
NAMES = st.sampled_from(["Notes", "notes", "Plan", "Plan: β", "", "A much longer name of a page", "con"])
PICK = st.integers(0, 1_000)
LISTINGS = st.sampled_from([r"/docs$", r"/pages$", r"/tables$", r"/columns$", r"/rows$"])
EDITED = (".md", ".html", ".csv", ".png")
REFRESH_DAYS = 7
A_FEW_AT_A_TIME = PageSizes(docs=2, pages=2, tables=2, columns=2, rows=2)
"""Listings have several pages, between which the account may change."""


class ClockCalendar(Calendar):
    """A calendar that goes by the virtual clock, each edit a little later than the one before."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def tick(self) -> str:
        self._now = max(self._now + timedelta(milliseconds=1), instant(self._clock))
        return self.now()


def instant(clock: VirtualClock) -> datetime:
    return START + timedelta(seconds=clock.now())


EDITS: list[tuple[str, dict[str, str]]] = [
    ("delete_page", {}),
    ("add_page", {"name": "Plan"}),
    ("move_page_to_the_top", {}),
    ("rename_doc", {"name": "Notes"}),
    ("delete_row", {}),
    ("add_row", {}),
    ("delete_table", {}),
    ("rename_table", {"name": "Plan"}),
    ("delete_column", {}),
]
"""What somebody else may do while the account is read."""


class MirrorMachine(RuleBasedStateMachine):
    """A team edits its account, and two working copies mirror it, one a clone of the other."""

    def __init__(self) -> None:
        super().__init__()
        self._room = tempfile.TemporaryDirectory()
        self.room = Path(self._room.name)
        self.clock = VirtualClock()
        self.world = World(calendar=ClockCalendar(self.clock))
        self.coda = SimulatedCoda(
            self.world,
            clock=self.clock.now,
            limits=Limits.none(),
            sleep=self.clock.sleep,
            latency=REQUEST_SECONDS,
            snapshot_lag=SNAPSHOT_LAG,
            date=lambda: instant(self.clock),
            page_sizes=A_FEW_AT_A_TIME,
        ).__enter__()
        self.mirror = self.room / "mirror"
        self.fresh = 0
        self.unannounced = False

    def teardown(self) -> None:
        try:
            if sys.exception() is None and self.mirror.exists():
                self.settle_and_compare()
        finally:
            self.coda.__exit__(None, None, None)
            self._room.cleanup()

    @initialize()
    def begin(self) -> None:
        photo = self.world.add_blob(b"photo", "photo.png", "image/png")
        for name in ("Plans", "Recipes"):
            doc = self.world.add_doc(name)
            table = doc.add_table(
                "Tasks", [Column("Task"), Column("Done", "checkbox")], [{"Task": "Ship"}, {"Task": "Rest"}]
            )
            view = doc.add_view("Open", table, sort=("Task", "descending"))
            page = doc.add_page("Notes", blocks=(Text("Words."), Picture(photo)))
            board = doc.add_page("Board", page, (Grid(table), Grid(view)))
            board.append(FormulaValue("Total: ", doc.add_formula("Total", 1, board)))
        self.pass_time()
        self.sync()

    # Looking for something to edit.

    def doc(self, pick: int) -> Doc | None:
        docs = [doc for doc in self.world.docs if doc.accessible]
        return docs[pick % len(docs)] if docs else None

    def page(self, pick: int) -> Page | None:
        pages = [page for doc in self.world.docs for page in doc.pages()]
        return pages[pick % len(pages)] if pages else None

    def table(self, pick: int) -> Table | None:
        tables = [table for doc in self.world.docs for table in doc.tables]
        return tables[pick % len(tables)] if tables else None

    def row(self, pick: int) -> Row | None:
        rows = [row for doc in self.world.docs for table in doc.tables for row in table.rows]
        return rows[pick % len(rows)] if rows else None

    def view(self, pick: int) -> View | None:
        views = [view for doc in self.world.docs for view in doc.views]
        return views[pick % len(views)] if views else None

    # Edits.

    @rule(pick=PICK, text=st.text("ab \n*", max_size=8))
    def write(self, pick: int, text: str) -> None:
        if page := self.page(pick):
            page.append(Text(text))

    @rule(pick=PICK, other=PICK)
    def link(self, pick: int, other: int) -> None:
        page, target = self.page(pick), self.page(other)
        if page and target:
            page.append(Text(f"See [there]({target.link})."))

    @rule(pick=PICK, name=NAMES)
    def rename_page(self, pick: int, name: str) -> None:
        if page := self.page(pick):
            page.rename(name)

    @rule(pick=PICK, other=PICK)
    def move_page(self, pick: int, other: int) -> None:
        page, parent = self.page(pick), self.page(other)
        if page and parent and page.doc is parent.doc and parent not in page.tree():
            page.move(parent, 0)

    @rule(pick=PICK)
    def reorder_pages(self, pick: int) -> None:
        if page := self.page(pick):
            page.move(page.parent, 0)

    @rule(pick=PICK)
    def move_page_to_the_top(self, pick: int) -> None:
        if page := self.page(pick):
            page.move(None)

    @rule(pick=PICK, content=st.sampled_from([b"one picture", b"another"]))
    def add_picture(self, pick: int, content: bytes) -> None:
        if page := self.page(pick):
            page.append(Picture(self.world.add_blob(content, "picture.png", "image/png")))

    @rule(pick=PICK)
    def hide_page(self, pick: int) -> None:
        if page := self.page(pick):
            page.hide(not page.hidden)

    @rule(pick=PICK)
    def delete_page(self, pick: int) -> None:
        if page := self.page(pick):
            page.delete()

    @rule(pick=PICK, name=NAMES)
    def add_page(self, pick: int, name: str) -> None:
        if doc := self.doc(pick):
            parents = [None, *doc.pages()]
            doc.add_page(name, parents[pick % len(parents)], (Text("New."), *(Grid(table) for table in doc.tables)))

    @rule(pick=PICK, name=NAMES)
    def rename_doc(self, pick: int, name: str) -> None:
        if doc := self.doc(pick):
            doc.rename(name)

    @rule(pick=PICK, value=st.sampled_from(["Ship", "", "=1", 3, True]))
    def set_cell(self, pick: int, value: str | int | bool) -> None:
        if row := self.row(pick):
            row.set(row.table.columns[pick % len(row.table.columns)].name, value)

    @rule(pick=PICK)
    def add_row(self, pick: int) -> None:
        if table := self.table(pick):
            table.add_row({table.columns[0].name: f"Row {pick}"})

    @rule(pick=PICK)
    def delete_row(self, pick: int) -> None:
        if row := self.row(pick):
            row.delete()

    @rule(pick=PICK, name=NAMES)
    def rename_table(self, pick: int, name: str) -> None:
        if table := self.table(pick):
            table.rename(name)

    @rule(pick=PICK)
    def add_column(self, pick: int) -> None:
        if table := self.table(pick):
            table.add_column(Column(f"Column {pick}"))

    @rule(pick=PICK)
    def rename_column(self, pick: int) -> None:
        if (table := self.table(pick)) and len(table.columns) > 1:
            table.rename_column(table.columns[1].name, f"Renamed {pick}")

    @rule(pick=PICK)
    def delete_column(self, pick: int) -> None:
        if (table := self.table(pick)) and len(table.columns) > 1:
            table.delete_column(table.columns[1].name)

    @rule(pick=PICK)
    def move_row(self, pick: int) -> None:
        if row := self.row(pick):
            row.move(0)

    @rule(pick=PICK, name=NAMES)
    def add_table(self, pick: int, name: str) -> None:
        if doc := self.doc(pick):
            page = next(doc.pages(), None)
            table = doc.add_table(name, [Column("What"), Column("Amount", "number")], [{"What": "Rent"}], page)
            if page:
                page.append(Grid(table))

    @rule(pick=PICK)
    def delete_table(self, pick: int) -> None:
        if table := self.table(pick):
            table.delete()

    @rule(pick=PICK, name=NAMES)
    def add_view(self, pick: int, name: str) -> None:
        if table := self.table(pick):
            page = next(table.doc.pages(), None)
            view = table.doc.add_view(name, table, page)
            if page:
                page.append(Grid(view))

    @rule(pick=PICK, name=NAMES)
    def rename_view(self, pick: int, name: str) -> None:
        if view := self.view(pick):
            view.rename(name)

    @rule(pick=PICK)
    def delete_view(self, pick: int) -> None:
        if view := self.view(pick):
            view.delete()

    @rule(pick=PICK)
    def share(self, pick: int) -> None:
        if doc := self.doc(pick):
            doc.share({"type": "email", "email": f"person{pick}@example.com"}, "readonly")
            self.unannounced = True

    @rule(pick=PICK, value=PICK)
    def set_formula(self, pick: int, value: int) -> None:
        formulas = [formula for doc in self.world.docs for formula in doc.formulas]
        if formulas:
            formulas[pick % len(formulas)].set(value)

    @precondition(lambda self: len(self.world.docs) < 4)
    @rule(name=NAMES)
    def add_doc(self, name: str) -> None:
        self.world.add_doc(name).add_page("Start", markdown="Here.\n")

    @precondition(lambda self: len([doc for doc in self.world.docs if doc.accessible]) > 1)
    @rule(pick=PICK)
    def delete_doc(self, pick: int) -> None:
        if doc := self.doc(pick):
            doc.delete()

    @precondition(lambda self: len([doc for doc in self.world.docs if doc.accessible]) > 1)
    @rule(pick=PICK)
    def take_access_away(self, pick: int) -> None:
        if doc := self.doc(pick):
            doc.accessible = False

    @rule()
    def give_access_back(self) -> None:
        for doc in self.world.docs:
            doc.accessible = True

    # What the user does in the working copy.

    @precondition(lambda self: self.mirror.exists())
    @rule(pick=PICK, whole=st.booleans())
    def commit_into_the_docs(self, pick: int, whole: bool) -> None:
        paths = sorted(path for path in (self.mirror / "docs").rglob("*") if path.suffix in EDITED)
        if not paths:
            return
        path = paths[pick % len(paths)]
        if whole:
            path.unlink()
        else:
            path.write_bytes(path.read_bytes() + b"Mine.\n")
        git(self.mirror, "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "commit", "-qam", "Mine")

    # Time, syncs and what may go wrong with them.

    @rule(minutes=st.sampled_from([1, 5, 12]))
    def wait(self, minutes: int) -> None:
        self.clock.sleep(60.0 * minutes)

    @rule()
    def sync(self) -> None:
        self._sync(self.mirror)

    @rule()
    def sync_in_full(self) -> None:
        self._sync(self.mirror, full=True)

    @rule(pattern=st.sampled_from(["/docs/[^/]+$", "/export$", "/formulas$", "/tables/[^/]+$", "/blobs/"]) | LISTINGS)
    def sync_while_something_fails(self, pattern: str) -> None:
        for method in ("GET", "POST"):
            self.coda.on(method, pattern).fail(500)
        with pytest.raises(MirrorError) if pattern == "/docs$" else contextlib.nullcontext():
            self._sync(self.mirror)
        self.coda.off()

    @rule(pattern=LISTINGS, after=st.integers(0, 3), pick=PICK, edit=st.sampled_from(EDITS))
    def sync_while_somebody_edits(self, pattern: str, after: int, pick: int, edit: tuple[str, dict[str, str]]) -> None:
        name, details = edit
        self.coda.on("GET", pattern).call(lambda: getattr(self, name)(pick=pick, **details), after=after)
        self._sync(self.mirror)
        self.coda.off()

    @rule(after=st.integers(0, 40))
    def sync_is_cut_off(self, after: int) -> None:
        """As by a crash: what it fetched until then is kept aside for the next run."""
        for method in ("GET", "POST"):
            self.coda.on(method, r"^/docs/").fail(401, after=after)
        with contextlib.suppress(TokenRefused):
            self._sync(self.mirror)
        self.coda.off()

    @rule(pick=PICK)
    def sync_one_doc(self, pick: int) -> None:
        if doc := self.doc(pick):
            self._sync(self.mirror, docs=(doc.id,))

    @precondition(lambda self: self.mirror.exists())
    @rule()
    def go_on_in_a_clone(self) -> None:
        clone = self.room / f"clone-{self.fresh}"
        self.fresh += 1
        git(self.room, "clone", "-q", str(self.mirror), str(clone))
        self.mirror = clone

    @rule()
    def settle_and_compare(self) -> None:
        self.give_access_back()
        self.pass_time()
        self._sync(self.mirror)
        self.fresh += 1
        fresh = self.room / f"fresh-{self.fresh}"
        self._sync(fresh)
        assert files(self.mirror) == files(fresh)

    def pass_time(self) -> None:
        """All edits are served by now, and whatever was read before is known to be old."""
        self.clock.sleep(REFRESH_DAYS * 86_400.0 if self.unannounced else 3_600.0)
        self.unannounced = False

    def _sync(self, folder: Path, **options: Any) -> None:
        mirror(self.coda, folder, self.clock, asset_hosts=frozenset({self.coda.asset_hosts}), **options)

    @invariant()
    def the_mirror_is_sound(self) -> None:
        if self.mirror.exists():
            require_sound(self.mirror)


MirrorMachine.TestCase.settings = settings(
    max_examples=1_000 if SLOW else 12,
    stateful_step_count=15,
    deadline=None,
    derandomize=not SLOW,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestIncrementalEqualsFull = MirrorMachine.TestCase


def test_a_clone_of_a_mirror_that_was_read_too_early_reads_again() -> None:
    machine = MirrorMachine()
    try:
        machine.begin()
        machine.hide_page(267)
        machine.sync()
        machine.go_on_in_a_clone()
        machine.settle_and_compare()
    finally:
        machine.teardown()
