"""A mirror of a doc with something of everything, which is lost in Coda and made anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.ports import Writer
from coda_git_mirror.actions.recreate.run import Account, Way, foreseen, recreate
from coda_git_mirror.actions.recreate.target import Target, Words, target_of
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.changes.recreation import Wish
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.commands.wiring import coda_account
from coda_git_mirror.demo.blocks import Code, Grid, Heading, Item, Mention, Text
from coda_git_mirror.demo.cells import Markdown, Person, Reference, simple
from coda_git_mirror.demo.render_markdown import render_markdown
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, Doc, Icon, Page, Table, World
from coda_git_mirror.model.recreation import Recreated
from coda_git_mirror.progress import Silent
from coda_git_mirror.redact import Secret
from tests.conftest import Serve
from tests.support import VirtualClock, await_crew, files, mirror, require_sound

NAME = "Plans"
BEN = Person("Ben", "ben@example.com")


def plans() -> World:
    """Nested pages with a hidden one, two of one name, tables of several types on pages and on none, a view, a link."""
    world = World()
    doc = world.add_doc(NAME)
    notes = doc.add_page("Notes", blocks=(Heading(1, "Hello"), Text("First **line**."), Item("done", 0, "check", True)))
    notes.subtitle, notes.icon = "of all", Icon("rocket")
    week = doc.add_page("Week", notes)
    doc.add_page("Ideas", week, blocks=(Text("Many."), Code("python", "x = 1\n\ny = 2")))
    doc.add_page("Ideas", week, blocks=(Text("Few."),))
    doc.add_page("Secret", blocks=(Text("Hidden."),)).hide()
    doc.add_page("Last", blocks=(Mention(week), Text("See https://example.com/ too.")))
    _add_tables(doc, notes, week)
    return world


def _add_tables(doc: Doc, notes: Page, week: Page) -> None:
    columns = [Column("Task"), Column("Hours", "number"), Column("Done", "checkbox"), Column("Who", "person")]
    rows: list[dict[str, Any]] = [
        {"Task": "Ship it", "Hours": 2.5, "Done": True, "Who": BEN},
        {"Task": Markdown("**Sell** it"), "Hours": 3},
        {"Task": "Sell it", "Who": BEN},
        {"Task": "Sell it", "Who": BEN},
    ]
    tasks = doc.add_table("Tasks", columns, rows, notes)
    after = tasks.add_column(Column("After", "lookup", table=tasks))
    tasks.rows[1].values[after.id] = Reference(tasks.rows[0])
    notes.append(Text("Before."), Grid(tasks), Text("Between."))
    view = doc.add_view("Open", tasks, week, where=lambda row: row.get("Done") != True, shown=["Task"])  # noqa: E712
    week.write(Text("What is open:"), Grid(view))
    doc.add_table("Loose", [Column("What"), Column("What")], [{"What": "a | b\nc"}])


@dataclass
class Workshop:
    """`old` is the doc that is lost; what it was is what the new one is held against."""

    coda: SimulatedCoda
    folder: Path
    clock: VirtualClock
    old: Doc
    revision: str = "HEAD"
    page: str | None = None
    around: Callable[[Writer], Writer] = lambda writer: writer
    options: SyncOptions = field(default_factory=SyncOptions)

    @classmethod
    def begun(
        cls, serve: Serve, clock: VirtualClock, folder: Path, make: Callable[[], World] = plans, **served: Any
    ) -> Workshop:
        """The doc is mirrored, then deleted."""
        world = make()
        coda = serve(world, **served)
        hosts = frozenset({coda.asset_hosts})
        assert mirror(coda, folder, clock, asset_hosts=hosts).problems == ()
        old = world.docs[0]
        old.delete()
        coda.new_client()
        return cls(coda, folder, clock, old, options=SyncOptions(asset_hosts=hosts))

    @property
    def world(self) -> World:
        return self.coda.world

    @property
    def new(self) -> Doc:
        (doc,) = self.world.docs
        return doc

    def target(self, wish: Wish = Wish()) -> Target:  # noqa: B008 - a frozen value
        return target_of(self.folder, Words(self.old.id, self.page), self.revision, wish)

    def account(self) -> Account:
        hosts = AssetHosts(self.options.asset_hosts)
        source, writer = coda_account(self.coda.api_url, Secret(self.coda.token), self.clock, UNLIMITED, hosts)
        return Account(source, self.around(writer), self.options, self.clock)

    def source(self) -> CodaSource:
        return coda_account(self.coda.api_url, Secret(self.coda.token), self.clock, UNLIMITED)[0]

    def foresee(self) -> Recreated:
        return foreseen(self.target(), self.source())

    def make(self, *, resume: bool = False, wish: Wish = Wish(), way: Way = Way.BEST) -> Recreated:  # noqa: B008
        """As the command does it."""
        try:
            return recreate(self.target(wish), self.account(), Silent(), resume=resume, way=way)
        finally:
            await_crew()

    def pin(self) -> None:
        """From now on the revision is that of now, whatever commits are made."""
        self.revision = self.target().what.commit

    def require_same(self) -> None:
        """One doc, with each page once in its order and place, and all that the old one's tables had as text."""
        self.clock.sleep(600)
        assert self.new.name == self.old.name
        assert tree(self.new) == tree(self.old)
        assert [(page.hidden, page.subtitle) for page in self.new.pages()] == [
            (page.hidden, page.subtitle) for page in self.old.pages()
        ]
        tables = {tuple(column.name for column in table.columns): cells(table) for table in self.new.tables}
        for table in self.old.tables:
            assert tables[tuple(column.name for column in table.columns)] == cells(table), table.name

    def require_sound(self) -> None:
        """The mirror is as a full sync makes it, and nothing unfinished is left."""
        found: list[dict[str, bytes]] = []
        for full in (False, True):
            assert mirror(self.coda, self.folder, self.clock, full=full, asset_hosts=self.hosts).problems == ()
            require_sound(self.folder)
            found.append(files(self.folder))
        assert found[0] == found[1]
        assert not list((self.folder / ".git/coda-git-mirror/writes").rglob("*.jsonl"))

    @property
    def hosts(self) -> frozenset[str]:
        return self.options.asset_hosts


def tree(doc: Doc) -> list[tuple[str, ...]]:
    """The way to each page, in sidebar order."""
    return [_way(page) for page in doc.pages()]


def _way(page: Page) -> tuple[str, ...]:
    return (*(_way(page.parent) if page.parent else ()), page.name)


def cells(table: Table) -> list[list[str]]:
    """The rows as texts, in their order."""
    return [[_text(row.value(column)) for column in table.columns] for row in table.rows]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, Markdown):
        return value.text
    shown = simple(value)
    return str(shown)


def text(doc: Doc, name: str, number: int = 0) -> str:
    """The Markdown export of the page of this name."""
    pages = [page for page in doc.pages() if page.name == name]
    return render_markdown(pages[number])
