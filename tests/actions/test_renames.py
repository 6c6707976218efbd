"""Pages that link to what is called otherwise now, or is gone: they are exported again, whatever doc they are in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.demo.blocks import Mention, Text
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, Doc, Page, Row, Table, View, World
from tests.begun import Begun
from tests.conftest import Serve
from tests.support import VirtualClock, files, git, mirror, require_sound

pytestmark = pytest.mark.thinned(5)

Target = Doc | Page | Table | View | Row
KINDS: dict[str, Callable[[Doc], Target]] = {
    "doc": lambda doc: doc,
    "page": lambda doc: doc.page("Roadmap"),
    "subpage": lambda doc: doc.page("Step"),
    "table": lambda doc: doc.table("Tasks"),
    "view": lambda doc: doc.views[0],
    "row": lambda doc: doc.table("Tasks").rows[1],
}
ACTS: dict[str, Callable[[Target], object]] = {
    "renamed": lambda target: target.rename("Another name"),
    "deleted": lambda target: target.delete(),
}
CHANGES = [(kind, act) for kind in KINDS for act in ACTS]
GOES_WITH = {"page": {"subpage"}, "table": {"view", "row"}, "doc": set(KINDS)}
"""What is gone with what is deleted."""
GOES_BY = {"table": {"row"}, "doc": set(KINDS)}
"""What may have another address with another name."""


class Account:
    """A doc, whose things pages of it and of another doc mention, each on a page of its own, and a mirror of them."""

    def __init__(self, serve: Serve, clock: VirtualClock, folder: Path) -> None:
        self.world, self.clock, self.folder = World(), clock, folder
        self.plan, self.notes = self.world.add_doc("Plan"), self.world.add_doc("Notes")
        self.plan.add_page("Step", self.plan.add_page("Roadmap", markdown="Words.\n"), markdown="More words.\n")
        tasks = self.plan.add_table("Tasks", [Column("Task")], [{"Task": "Rest"}, {"Task": "Ship it"}])
        self.plan.add_view("Open", tasks)
        for doc in (self.plan, self.notes):
            for kind, find in KINDS.items():
                doc.add_page(f"On the {kind}", blocks=(Text("See:"), Mention(find(self.plan))))
            doc.add_page("On nothing", markdown="Words.\n")
        self.world.add_doc("Recipes").add_page("Soup", markdown="Hot.\n")
        self.coda: SimulatedCoda = serve(self.world)

    def sync(self, folder: Path | None = None, **options: Any) -> SyncReport:
        return mirror(self.coda, folder or self.folder, self.clock, **options)

    def make(self, folder: Path) -> None:
        assert self.sync(folder).problems == ()

    def exported(self, **options: Any) -> set[str]:
        """The pages that a sync without problems exports, as `doc/page`."""
        begun, folder = len(self.coda.requests), options.pop("folder", self.folder)
        assert self.sync(folder, **options).problems == ()
        paths = [request.path for request in list(self.coda.requests)[begun:] if request.path.endswith("/export")]
        names = {page.id: f"{doc.name}/{page.name}" for doc in self.world.docs for page in doc.pages()}
        assert all(paths.count(path) == 2 for path in paths)
        return {names[path.split("/")[-2]] for path in paths}

    def mentioning(self, *kinds: str) -> set[str]:
        return {f"{doc.name}/On the {kind}" for doc in (self.plan, self.notes) for kind in kinds if not is_gone(doc)}

    def act(self, kind: str, act: str) -> None:
        ACTS[act](KINDS[kind](self.plan))

    def clone(self) -> Path:
        there = self.folder.with_name("clone")
        git(self.folder.parent, "clone", "-q", str(self.folder), str(there))
        return there

    def require_as_fresh(self, *folders: Path) -> None:
        fresh = self.folder.with_name("fresh")
        self.make(fresh)
        for folder in folders or (self.folder,):
            require_sound(folder, files(fresh))

    def unread(self) -> set[str]:
        """The pages that the last commit's message calls not read yet."""
        text = git(self.folder, "log", "-1", "--format=%B").partition("Not read yet:")[2].partition("\n\n")[0]
        return {line.split(":")[0].removeprefix("  page ").replace(" › ", "/") for line in text.splitlines() if line}


def is_gone(doc: Doc) -> bool:
    return doc not in doc.world.docs


@pytest.fixture
def account(serve: Serve, clock: VirtualClock, folder: Path, begun: Begun) -> Account:
    """Mirrored once."""
    account = Account(serve, clock, folder)
    begun.put(folder, account.make)
    return account


@pytest.mark.parametrize(("kind", "act"), CHANGES)
def test_just_the_pages_that_mention_what_is_called_otherwise_are_exported(
    account: Account, kind: str, act: str
) -> None:
    expected = {kind} | (GOES_WITH if act == "deleted" else GOES_BY).get(kind, set())
    account.act(kind, act)
    edited = {f"Plan/{name}" for name in ("Another name",) if act == "renamed" and kind in ("page", "subpage")}
    assert account.exported() == account.mentioning(*expected) | edited
    account.require_as_fresh()
    assert account.exported() == set()


@pytest.mark.parametrize(("kind", "act"), CHANGES)
def test_also_where_the_sync_is_about_the_other_doc_alone(account: Account, kind: str, act: str) -> None:
    account.act(kind, act)
    account.sync(docs=(account.plan.id,))
    account.sync()
    account.require_as_fresh()


@pytest.mark.parametrize(("kind", "act"), CHANGES)
def test_where_pages_are_not_read_the_ledger_names_them_for_the_next_sync(
    account: Account, kind: str, act: str
) -> None:
    account.act(kind, act)
    assert account.sync(pages=False).problems == ()
    if kind in ("table", "view", "row", "doc"):
        assert account.mentioning(kind) <= account.unread() if not is_gone(account.plan) else account.unread()
    there = account.clone()
    account.sync()
    account.sync(there)
    account.require_as_fresh(account.folder, there)


@pytest.mark.parametrize(("kind", "act"), CHANGES)
def test_where_their_doc_is_excluded_the_ledger_names_them_for_the_next_sync(
    account: Account, kind: str, act: str
) -> None:
    account.act(kind, act)
    assert not any(name.startswith("Notes/") for name in account.exported(exclude=("Notes",)))
    assert f"Notes/On the {kind}" in account.unread()
    there = account.clone()
    account.sync()
    account.sync(there)
    account.require_as_fresh(account.folder, there)


@pytest.mark.parametrize(("kind", "act"), CHANGES)
def test_where_their_doc_cannot_be_reached_it_is_read_once_it_can(account: Account, kind: str, act: str) -> None:
    account.act(kind, act)
    account.notes.accessible = False
    assert account.sync().problems != ()
    account.notes.accessible = True
    there = account.clone()
    account.sync()
    account.sync(there)
    account.require_as_fresh(account.folder, there)


@pytest.mark.parametrize("kind", KINDS)
def test_where_their_exports_fail_they_are_read_by_the_next_sync(account: Account, kind: str) -> None:
    account.act(kind, "renamed")
    account.coda.on("POST", f"^/docs/{account.notes.id}/.*/export$").fail(400)
    told = [(it.kind, it.doc, it.state) for it in account.sync().problems]
    assert set(told) == {("page", "Notes", "failed")}
    account.coda.off()
    there = account.clone()
    account.sync()
    account.sync(there)
    account.require_as_fresh(account.folder, there)


def test_a_clone_of_an_unchanged_account_commits_nothing(account: Account) -> None:
    there = account.clone()
    begun = len(account.coda.requests)
    assert account.sync(there).commit is None
    assert [request.path for request in list(account.coda.requests)[begun:]] == ["/docs", "/whoami"]


def test_a_clone_reads_what_was_renamed_since(account: Account) -> None:
    there = account.clone()
    account.act("row", "renamed")
    assert account.exported(folder=there) == account.mentioning("row")
    account.require_as_fresh(there)


def test_a_row_that_is_mentioned_by_a_view_of_its_table(account: Account) -> None:
    row = account.plan.table("Tasks").rows[1]
    link = f"https://coda.io/d/_d{account.plan.id}#_tu{account.plan.views[0].id}/_ru{row.id}"
    account.notes.page("On nothing").write(Text(f"See [{row.name}]({link})."))
    account.sync()
    row.rename("Another name")
    account.notes.page("On nothing").blocks = [Text(f"See [{row.name}]({link}).")]
    assert account.exported() == {*account.mentioning("row"), "Notes/On nothing"}
    account.require_as_fresh()


def test_a_row_that_another_edit_does_not_rename_costs_nothing(account: Account) -> None:
    table = account.plan.table("Tasks")
    table.add_column(Column("Done"))
    account.sync()
    table.rows[1].set("Done", "yes")
    table.rows[1].move(0)
    table.add_row({"Task": "More"})
    assert account.exported() == set()
    account.require_as_fresh()


def test_another_display_column_renames_all_rows(account: Account) -> None:
    table = account.plan.table("Tasks")
    table.add_column(Column("Done"))
    for row in table.rows:
        row.set("Done", "yes")
    account.sync()
    table.edited()
    table.display = table.column("Done").id
    assert account.exported() == account.mentioning("row")
    account.require_as_fresh()


def test_a_rename_and_a_new_mention_at_once(account: Account) -> None:
    account.notes.page("On nothing").append(Mention(account.plan.page("Roadmap")))
    account.act("page", "renamed")
    account.notes.rename("Words")
    account.sync()
    account.require_as_fresh()


def test_a_mention_in_a_doc_that_is_new(account: Account) -> None:
    account.world.add_doc("Diary").add_page("Today", blocks=(Mention(account.plan.page("Roadmap")),))
    account.act("page", "renamed")
    account.sync()
    account.plan.page("Another name").rename("A third name")
    account.sync()
    account.require_as_fresh()


def test_what_is_renamed_and_back_costs_no_second_export(account: Account) -> None:
    account.act("view", "renamed")
    account.plan.views[0].rename("Open")
    assert account.exported() == set()
    account.require_as_fresh()


def test_two_docs_that_mention_each_other_and_are_renamed_at_once(account: Account) -> None:
    account.plan.page("On nothing").append(Mention(account.notes))
    account.sync()
    account.plan.rename("Roadmaps")
    account.notes.rename("Words")
    account.sync()
    account.require_as_fresh()


def test_a_mention_of_an_untold_format_is_read_where_that_is_asked_for_again(account: Account) -> None:
    account.act("page", "renamed")
    account.sync(formats=(".md",))
    there = account.clone()
    account.sync()
    account.sync(there)
    account.require_as_fresh(account.folder, there)
