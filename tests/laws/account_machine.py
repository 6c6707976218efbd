"""A team edits an account of two docs: the rules of the state machine that do not sync.

Coda's reads trail its edits here by ten minutes, as its snapshots do, while `updatedAt` is already new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from coda_git_mirror.demo.blocks import ControlValue, FormulaValue, Grid, Mention, Picture, Text
from coda_git_mirror.demo.calendar import START, Calendar
from coda_git_mirror.demo.cells import File
from coda_git_mirror.demo.faults import Rule
from coda_git_mirror.demo.mentions import live, mentioned
from coda_git_mirror.demo.server import Limits, PageSizes, SimulatedCoda
from coda_git_mirror.demo.world import Blob, Column, Control, Doc, Formula, Page, Row, Table, View, World
from tests.support import VirtualClock

SNAPSHOT_LAG = 600.0
REQUEST_SECONDS = 5.0
"""So that edits begin to be served in the middle of a sync."""
REFRESH_DAYS = 7
NAMES = st.sampled_from(["Notes", "notes", "Plan", "Plan: β", "", "A much longer name of a page", "con"])
PICK = st.integers(0, 1_000)
MENTIONABLE = st.sampled_from(["doc", "page", "table", "view"])
PLACES = st.sampled_from(["nowhere", "untold", "here"])
GONE = st.sampled_from([403, 404, 410])
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


class AccountMachine(RuleBasedStateMachine):
    """What people do to an account that is mirrored, and what ails it for a while.

    `unannounced` tells that something has changed that moves no time, so that only a refresh can find it.
    """

    def __init__(self) -> None:
        super().__init__()
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
        self.unannounced = False
        self.failing: list[Rule] = []

    def populate(self) -> None:
        """Two docs with some of everything, that mention each other."""
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
            page.append(ControlValue("Share: ", doc.add_control("Share", "slider", 1)))
        plans, recipes = self.world.docs
        for doc, other in ((plans, recipes), (recipes, plans)):
            targets: list[Doc | Page | Table | View] = [other, other.page("Board"), *other.grids(), doc.table("Tasks")]
            doc.page("Notes").append(*map(Mention, targets))

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

    def value(self, pick: int) -> Formula | Control | None:
        values: list[Formula | Control] = []
        for doc in self.world.docs:
            values += [*doc.formulas, *doc.controls]
        return values[pick % len(values)] if values else None

    def mentionable(self, kind: str, pick: int, docs: list[Doc]) -> Doc | Page | Table | View | None:
        found: dict[str, list[Doc | Page | Table | View]] = {
            "doc": [*docs],
            "page": [page for doc in docs for page in doc.pages()],
            "table": [table for doc in docs for table in doc.tables],
            "view": [view for doc in docs for view in doc.views],
        }
        return found[kind][pick % len(found[kind])] if found[kind] else None

    def mentioned(self, pick: int) -> Doc | Page | Table | View | Row | None:
        """Something that a page mentions and that is still there."""
        found = [mention.to for mention in self._mentions() if mentioned(mention, live).url is not None]
        return found[pick % len(found)] if found else None

    def _mentions(self) -> Iterator[Mention]:
        for doc in self.world.docs:
            for page in doc.pages():
                yield from (block for block in page.blocks if isinstance(block, Mention))

    def blob(self, pick: int) -> Blob:
        blobs = list(self.world.blobs.values())
        return blobs[pick % len(blobs)]

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

    # Links that follow names.

    @rule(pick=PICK, other=PICK, kind=MENTIONABLE, far=st.booleans())
    def mention(self, pick: int, other: int, kind: str, far: bool) -> None:
        page = self.page(pick)
        if page and (target := self.mentionable(kind, other, [d for d in self.world.docs if (d is page.doc) != far])):
            page.append(Mention(target))

    @rule(pick=PICK, name=NAMES)
    def rename_what_is_mentioned(self, pick: int, name: str) -> None:
        if target := self.mentioned(pick):
            target.rename(name)

    @rule(pick=PICK)
    def delete_what_is_mentioned(self, pick: int) -> None:
        target = self.mentioned(pick)
        if target and not isinstance(target, Doc):
            target.delete()

    # Values that pages show.

    @rule(pick=PICK, control=st.booleans(), place=PLACES)
    def show_a_value(self, pick: int, control: bool, place: str) -> None:
        """Of a formula or control that stands on no page, does not tell its page, or stands on this one.

        What tells its page and is shown on another one besides only a refresh can find.
        """
        if page := self.page(pick):
            home = {"nowhere": None, "untold": next(page.doc.pages()), "here": page}[place]
            placeless = place == "untold"
            if control:
                slider = page.doc.add_control("Share", "slider", 1, home, placeless=placeless)
                page.append(ControlValue("Share: ", slider))
            else:
                page.append(FormulaValue("Share: ", page.doc.add_formula("Share", 1, home, placeless=placeless)))

    @rule(pick=PICK, value=PICK)
    def set_value(self, pick: int, value: int) -> None:
        if it := self.value(pick):
            it.set(value)

    @rule(pick=PICK, value=PICK)
    def recalculate(self, pick: int, value: int) -> None:
        if it := self.value(pick):
            it.recalculate(value)
            self.unannounced = True

    @rule(pick=PICK, value=PICK)
    def add_calculated_column(self, pick: int, value: int) -> None:
        if table := self.table(pick):
            table.add_column(Column("Age", "number", formula="Today()", compute=lambda _: value))

    @rule(value=PICK)
    def recalculate_columns(self, value: int) -> None:
        for column in [column for doc in self.world.docs for table in doc.tables for column in table.columns]:
            if column.compute is not None:
                column.recalculate(lambda _: value)
                self.unannounced = True

    # Namesakes.

    @rule(pick=PICK)
    def add_namesake_page(self, pick: int) -> None:
        if page := self.page(pick):
            page.doc.add_page(page.name, page.parent, (Text(f"The other {page.name}."),))

    @precondition(lambda self: len(self.world.docs) < 4)
    @rule(pick=PICK)
    def add_namesake_doc(self, pick: int) -> None:
        if doc := self.doc(pick):
            self.world.add_doc(doc.name).add_page("Notes", blocks=(Text("Other words."),))

    # Docs.

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

    # What ails the account for a while.

    @rule(pick=PICK, status=GONE)
    def lose_a_file(self, pick: int, status: int) -> None:
        blob = self.blob(pick)
        blob.gone, blob.gone_status = True, status

    @rule(pick=PICK, status=GONE)
    def add_lost_files(self, pick: int, status: int) -> None:
        """Files that were never there to be fetched, on a page and in a cell."""
        blob = self.world.add_blob(b"lost", "lost.png", "image/png")
        blob.gone, blob.gone_status = True, status
        if page := self.page(pick):
            page.append(Picture(blob))
        if row := self.row(pick):
            row.set(row.table.columns[-1].name, File(blob))

    @rule()
    def find_files_again(self) -> None:
        for blob in self.world.blobs.values():
            blob.gone = False

    @rule(pick=PICK, status=st.sampled_from([403, 500]))
    def refuse_exports_of_a_page(self, pick: int, status: int) -> None:
        """From now on, over any number of syncs."""
        if page := self.page(pick):
            self.failing.append(self.coda.on("POST", f"/pages/{re.escape(page.id)}/export$").fail(status))

    @rule(pick=PICK)
    def fail_exports_of_a_page(self, pick: int) -> None:
        """The jobs begin, and come to nothing."""
        if page := self.page(pick):
            page.export_error = "Something went wrong."

    @rule()
    def let_exports_work_again(self) -> None:
        for page in [page for doc in self.world.docs for page in doc.pages()]:
            page.export_error = None
        if self.failing:
            self.coda.off(*self.failing)
            self.failing.clear()

    def recover(self) -> None:
        """Ends all that ails the account."""
        self.give_access_back()
        self.find_files_again()
        self.let_exports_work_again()

    @property
    def ailing(self) -> bool:
        """Whether something cannot be read at present."""
        pages = (page for doc in self.world.docs for page in doc.pages())
        lost = any(not doc.accessible for doc in self.world.docs) or any(b.gone for b in self.world.blobs.values())
        return lost or bool(self.failing) or any(page.export_error for page in pages)

    # Time.

    @rule(minutes=st.sampled_from([1, 5, 12]))
    def wait(self, minutes: int) -> None:
        self.clock.sleep(60.0 * minutes)

    def pass_time(self) -> None:
        """All edits are served by now, and whatever was read before is known to be old."""
        self.clock.sleep(REFRESH_DAYS * 86_400.0 if self.unannounced else 3_600.0)
        self.unannounced = False
