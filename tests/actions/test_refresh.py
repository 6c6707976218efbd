"""What Coda never announces is found by a refresh of each doc once in seven days; values may be on any page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import ControlValue, FormulaValue, Text
from coda_git_mirror.demo.calendar import Calendar
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Control, Doc, Formula, World
from tests.begun import Begun
from tests.conftest import Serve
from tests.support import VirtualClock, commit_by_hand, files, git, mirror, require_sound

pytestmark = pytest.mark.thinned(3)

BEGIN = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DOCS, DAYS = 12, 7


class Account:
    """Twelve docs with a page each, mirrored at one day after the other, where nothing but one diary is ever edited."""

    def __init__(self, serve: Serve, clock: VirtualClock, folder: Path, begun: Begun) -> None:
        self.world, self.clock, self.folder = World(calendar=Calendar(BEGIN - timedelta(days=2))), clock, folder
        for number in range(DOCS):
            self.world.add_doc(f"Doc {number:02}").add_page("Page", markdown="Words.\n")
        self.diary = self.world.add_doc("Diary").add_page("Today", markdown="Nothing.\n")
        self.day = 0
        self.coda: SimulatedCoda = serve(self.world, date=lambda: BEGIN + timedelta(days=self.day))
        begun.put(folder, lambda there: mirror(self.coda, there, clock))

    def write(self) -> None:
        """An edit, so that a sync has something to commit."""
        self.diary.append(Text(f"Day {self.day}."))

    def clone(self) -> None:
        """From now on in a clone, where nothing is known but the commits."""
        there = self.folder.with_name(f"{self.folder.name}+")
        git(self.folder.parent, "clone", "-q", str(self.folder), str(there))
        self.folder = there

    def read_in_full(self, **options: Any) -> list[str]:
        """The docs of which nothing was edited, and all of which a sync reads all the same."""
        begun = len(self.coda.requests)
        assert mirror(self.coda, self.folder, self.clock, **options).problems == ()
        paths = [request.path for request in list(self.coda.requests)[begun:] if request.path.endswith("/export")]
        names = {doc.id: doc.name for doc in self.world.docs if doc is not self.diary.doc}
        read = Counter(path.split("/")[2] for path in paths)
        return sorted(names[doc_id] for doc_id in read if doc_id in names)


@pytest.fixture
def account(serve: Serve, clock: VirtualClock, folder: Path, begun: Begun) -> Account:
    return Account(serve, clock, folder, begun)


ALL = [f"Doc {number:02}" for number in range(DOCS)]
Meanwhile = Callable[[Account], object]


def partial(**options: Any) -> Meanwhile:
    """A sync that leaves something out, and commits."""

    def sync(account: Account) -> None:
        account.write()
        head = git(account.folder, "rev-parse", "HEAD")
        account.read_in_full(**options)
        assert git(account.folder, "rev-parse", "HEAD") != head

    return sync


MEANWHILE: dict[str, Meanwhile] = {
    "nothing": lambda _: None,
    "an edit": lambda account: account.write(),
    "--doc": partial(docs=("Diary",)),
    "--exclude": partial(exclude=("Doc 0*", "Doc 1*")),
    "--pages-only": partial(tables=False),
    "--tables-only": lambda account: account.read_in_full(pages=False),
    "one format": partial(formats=(".md",)),
    "without files": partial(assets=False),
    "an edit by hand": lambda account: commit_by_hand(account.folder, "Mine", "2026-06-05T12:00Z"),
}


@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE)
def test_a_weekly_sync_in_a_fresh_clone_each_time_reads_all_in_full(account: Account, meanwhile: Meanwhile) -> None:
    for week in range(3):
        account.day = DAYS * week + 3
        meanwhile(account)
        account.day = DAYS * (week + 1)
        account.clone()
        assert account.read_in_full() == ALL


@pytest.mark.parametrize("is_edited", [False, True], ids=["nothing changes", "something changes"])
@pytest.mark.parametrize("days", [2, 3, 5, 6])
def test_clones_at_other_intervals_read_each_doc_at_least_once_in_that_many_days(
    account: Account, days: int, is_edited: bool
) -> None:
    last = dict.fromkeys(ALL, 0)
    for account.day in range(days, 22, days):
        if is_edited:
            account.write()
        account.clone()
        read = account.read_in_full()
        last |= dict.fromkeys(read, account.day)
        assert [name for name, day in last.items() if account.day - day > DAYS] == []


@pytest.mark.parametrize("is_edited", [False, True], ids=["nothing changes", "something changes"])
def test_a_daily_sync_in_one_working_copy_reads_each_doc_in_full_once_a_week_and_no_more(
    account: Account, is_edited: bool
) -> None:
    for _ in range(2):
        read: list[str] = []
        for _ in range(DAYS):
            account.day += 1
            if is_edited:
                account.write()
            today = account.read_in_full()
            assert len(today) < DOCS / 2
            assert account.read_in_full() == []
            read += today
        assert sorted(read) == ALL


def test_daily_syncs_in_clones_read_each_doc_in_full_once_a_week_and_no_more_while_they_commit(
    account: Account,
) -> None:
    for _ in range(2):
        read: list[str] = []
        for _ in range(DAYS):
            account.day += 1
            account.write()
            account.clone()
            read += account.read_in_full()
        assert sorted(read) == ALL


@pytest.mark.parametrize(
    "options",
    [{"tables": False}, {"pages": False}, {"formats": (".md",)}, {"assets": False}, {"docs": ("Diary",)}],
    ids=str,
)
def test_what_a_sync_leaves_out_is_not_refreshed_by_it(account: Account, options: dict[str, Any]) -> None:
    account.day = DAYS
    account.write()
    account.read_in_full(**options)
    assert account.read_in_full() == ALL
    assert account.read_in_full() == []


def test_a_full_sync_of_one_doc_counts_for_that_doc_alone(account: Account) -> None:
    account.day = DAYS
    assert account.read_in_full(docs=("Doc 03",), full=True) == ["Doc 03"]
    assert account.read_in_full() == [name for name in ALL if name != "Doc 03"]


def test_a_refresh_finds_what_moved_no_time(account: Account, tmp_path: Path) -> None:
    doc = account.world.doc("Doc 05")
    doc.page("Page").blocks = [Text("Other words.")]
    doc.share({"type": "email", "email": "eve@example.org"}, "readonly")
    for _ in range(DAYS):
        account.day += 1
        account.read_in_full()
    mirror(account.coda, tmp_path / "fresh", account.clock)
    require_sound(account.folder, files(tmp_path / "fresh"))


def test_a_refresh_that_fails_is_made_up_for(account: Account) -> None:
    account.day = DAYS
    account.coda.on("GET", r"^/docs/[^/]+/pages$").fail(500)
    assert {it.kind for it in mirror(account.coda, account.folder, account.clock).problems} == {"doc"}
    account.coda.off()
    account.day += 1
    account.clone()
    assert account.read_in_full() == ALL


# Values that stand on no page that Coda names.

Value = Formula | Control
VALUES: dict[str, Callable[[Doc], Value]] = {
    "formula on no page": lambda doc: doc.add_formula("Total", 1),
    "formula that does not tell its page": lambda doc: doc.add_formula("Total", 1, doc.page("Step"), placeless=True),
    "control on no page": lambda doc: doc.add_control("Share", "slider", 1),
    "control that does not tell its page": lambda doc: doc.add_control(
        "Share", "slider", 1, doc.page("Step"), placeless=True
    ),
}


class Showing:
    """Two docs; two pages of the first show a value."""

    def __init__(self, kind: str, serve: Serve, clock: VirtualClock, folder: Path, begun: Begun) -> None:
        self.world, self.clock, self.folder = World(), clock, folder
        self.doc, other = self.world.add_doc("Plans"), self.world.add_doc("Recipes")
        for doc in (self.doc, other):
            for name in ("Step", "Board", "Words"):
                doc.add_page(name, markdown="Words.\n")
        self.value, unlike = VALUES[kind](self.doc), VALUES[kind](other)
        for doc, value in ((self.doc, self.value), (other, unlike)):
            shown = FormulaValue("It: ", value) if isinstance(value, Formula) else ControlValue("It: ", value)
            for name in ("Step", "Board"):
                doc.page(name).append(shown)
        self.coda: SimulatedCoda = serve(self.world)
        begun.put(folder, lambda there: mirror(self.coda, there, clock), kind)

    def exported(self) -> set[str]:
        begun = len(self.coda.requests)
        assert mirror(self.coda, self.folder, self.clock).problems == ()
        paths = {request.path for request in list(self.coda.requests)[begun:] if request.path.endswith("/export")}
        return {path.split("/")[-2] for path in paths}

    def require_as_fresh(self) -> None:
        fresh = self.folder.with_name("fresh")
        mirror(self.coda, fresh, self.clock)
        require_sound(self.folder, files(fresh))


@pytest.fixture(params=VALUES)
def showing(request: pytest.FixtureRequest, serve: Serve, clock: VirtualClock, folder: Path, begun: Begun) -> Showing:
    return Showing(request.param, serve, clock, folder, begun)


def test_a_value_without_a_page_costs_all_pages_of_its_doc_and_of_no_other(showing: Showing) -> None:
    showing.value.set(2)
    assert showing.exported() == {page.id for page in showing.doc.pages()}
    showing.require_as_fresh()
    assert showing.exported() == set()


def test_a_value_that_is_recalculated_is_found_by_the_next_visit_of_its_doc(showing: Showing) -> None:
    showing.value.recalculate(2)
    assert showing.exported() == set()
    showing.doc.page("Words").append(Text("More."))
    assert showing.exported() == {page.id for page in showing.doc.pages()}
    showing.require_as_fresh()


def test_a_value_without_a_page_that_is_deleted(showing: Showing) -> None:
    showing.doc.edited()
    showing.doc.formulas.clear()
    showing.doc.controls.clear()
    for page in showing.doc.pages():
        page.blocks = page.blocks[:1]
    assert showing.exported() == {page.id for page in showing.doc.pages()}
    showing.require_as_fresh()


@pytest.mark.parametrize("parent", [None, {}, "page", {"id": "nobody"}, {"id": None}, [{"id": "nobody"}]], ids=str)
def test_a_value_on_a_page_that_nobody_knows_may_be_on_any(showing: Showing, parent: Any) -> None:
    rules = [
        showing.coda.on("GET", f"/{kind}/[^/]+$").mutate(lambda value: {**value, "parent": parent})
        for kind in ("formulas", "controls")
    ]
    mirror(showing.coda, showing.folder, showing.clock, full=True)
    showing.value.set(2)
    assert showing.exported() >= {page.id for page in showing.doc.pages()}
    showing.coda.off(*rules)
