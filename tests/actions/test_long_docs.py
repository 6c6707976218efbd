"""Docs that take longer than a run with `--for` may read: windows one after another come to an end of each.

Time passes by Coda's limits alone, so that a window is a number of requests. It is what faults.md, row 98, asks for.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.sync.run import sync
from coda_git_mirror.actions.sync.workers import DOCS_AT_ONCE
from coda_git_mirror.clock import Clock, Window
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.commands.wiring import coda_source
from coda_git_mirror.demo.blocks import FormulaValue, Grid, Mention, Picture, Text
from coda_git_mirror.demo.server import Limits, PageSizes, SimulatedCoda
from coda_git_mirror.demo.tokens import Token
from coda_git_mirror.demo.world import Column, Doc, World
from coda_git_mirror.errors import TimeIsUp, TokenRefused
from coda_git_mirror.progress import Silent
from coda_git_mirror.redact import Secret
from tests.conftest import Serve
from tests.support import VirtualClock, await_crew, files, git, require_sound

ENDLESS = 1e9
MANY = 30
LIMITS = Limits(export=(100, 6.0))


def with_pages(doc: Doc) -> None:
    for number in range(MANY):
        doc.add_page(f"Page {number}", blocks=(Text(f"Words {number}."),))


def with_tables(doc: Doc) -> None:
    for number in range(5):
        doc.add_table(f"Table {number}", [Column("Name")], [{"Name": f"Row {row}"} for row in range(120)])


def with_calculated_tables(doc: Doc) -> None:
    with_tables(doc)
    for table in doc.tables:
        table.add_column(Column("Age", "number", formula="Today()", compute=lambda _: 1))


def with_views(doc: Doc) -> None:
    table = doc.add_table("Tasks", [Column("Name")], [{"Name": "Ship it"}])
    for number in range(MANY):
        doc.add_view(f"View {number}", table)


def with_files(doc: Doc) -> None:
    page = doc.add_page("Photos")
    for number in range(MANY):
        photo = doc.world.add_blob(b"\x89PNG photo %d" % number, f"{number}.png", "image/png")
        page.append(Picture(photo))


def with_formulas(doc: Doc) -> None:
    for number in range(MANY):
        doc.add_formula(f"Sum {number}", number, None)
    with_views(doc)


KINDS: dict[str, Callable[[Doc], None]] = {
    "pages": with_pages,
    "tables": with_tables,
    "calculated tables": with_calculated_tables,
    "views": with_views,
    "hosted files": with_files,
    "formulas and views": with_formulas,
}


SLOW: dict[str, dict[str, Any]] = {"hosted files": {"latency": 0.4}}
SHORTEST, MOST = {"pages": 6.0, "hosted files": 10.0}, {"pages": 15}
"""Whatever the window, an export is asked for after some seconds."""


class Nights:
    """An account, its server, and mirrors that are synced a while each night, as processes of their own would."""

    def __init__(self, serve: Serve, clock: VirtualClock, room: Path, world: World, **options: Any) -> None:
        self.world, self.clock, self.room = world, clock, room
        edited = max(datetime.fromisoformat(doc.updated_at) for doc in world.docs)
        self.begun = edited + timedelta(days=2)
        self.coda: SimulatedCoda = serve(
            world, limits=LIMITS, page_sizes=PageSizes(rows=10), date=lambda: self.now, sleep=clock.sleep, **options
        )
        self.folder = room / "mirror"
        self.left, self.is_mixed = set[str](), False
        self.seconds, self.whole, self.pause = ENDLESS, 0, timedelta(hours=1)
        self.asked: Counter[str] = Counter()
        """How often each request was sent in all windows."""

    @property
    def now(self) -> datetime:
        return self.begun + timedelta(seconds=self.clock.now())

    def sync(self, seconds: float | None = None, folder: Path | None = None, **options: Any) -> SyncReport:
        """A window, or with `seconds` 0 a sync without one."""
        self.coda.new_client()
        length = self.seconds if seconds is None else seconds
        clock: Clock = Window(self.clock, length) if length else self.clock
        hosts = frozenset({self.coda.asset_hosts})
        source = coda_source(self.coda.api_url, Secret(self.coda.token), clock, hosts=AssetHosts(hosts))
        asked = SyncOptions(asset_hosts=hosts, **{"selected_by_settings": True, **options})
        try:
            return sync(folder or self.folder, source, asked, Silent(), clock)
        finally:
            await_crew()
            self.asked.update(f"{it.method} {it.path}" for it in self.coda.requests)

    def is_done(self, **options: Any) -> bool:
        """A window, some time after the last one; whether nothing is left."""
        try:
            report = self.sync(**options)
            self.left, self.is_mixed = {problem.doc for problem in report.left}, bool(report.notes)
        except TimeIsUp:
            self.left = {doc.name for doc in self.world.docs}
        self.clock.sleep(self.pause.total_seconds())
        return not self.left

    def windows(self, most: int, between: Callable[[], object] = lambda: None) -> int:
        """How many it took until nothing was left."""
        for number in range(1, most + 1):
            if self.is_done():
                return number
            between()
        raise AssertionError(f"{most} windows were not enough")

    def divide(self, windows: float, of_request: float = 0.063) -> None:
        """Makes a window such a part of the time that the requests of a sync of the whole account take."""
        self.sync(0, self.room / "first")
        self.whole = self.asked.total()
        self.seconds = self.whole * of_request / windows
        self.asked.clear()

    def require_as_undisturbed(self) -> None:
        undisturbed = self.room / "undisturbed"
        self.sync(0, undisturbed)
        require_sound(self.folder, files(undisturbed))
        shutil.rmtree(undisturbed)


Made = Callable[..., Nights]


@pytest.fixture
def nights(serve: Serve, clock: VirtualClock, tmp_path: Path) -> Callable[..., Nights]:
    """Of a doc of one kind, beside a small one."""

    def made(*kinds: Callable[[Doc], None], **options: Any) -> Nights:
        world = World()
        world.add_doc("Small").add_table("Notes", [Column("Note")], [{"Note": "A line."}])
        plans = world.add_doc("Plans")
        for kind in kinds:
            kind(plans)
        return Nights(serve, clock, tmp_path, world, **options)

    return made


@pytest.mark.thinned(3)
@pytest.mark.parametrize("kind", KINDS)
def test_a_long_doc_is_whole_after_about_as_many_windows_as_it_takes(nights: Made, kind: str) -> None:
    """Each window pays for looking at the doc, and for what its end cuts off."""
    account = nights(KINDS[kind], **SLOW.get(kind, {}))
    account.divide(3)
    account.seconds = max(account.seconds, SHORTEST.get(kind, 0.0))
    assert account.windows(MOST.get(kind, 9)) > 1
    assert account.asked.total() < 2.5 * account.whole
    account.sync(0)
    account.require_as_undisturbed()
    account.asked.clear()
    assert account.sync().commit is None
    assert account.asked.total() <= 2, "a doc that is whole is not read again"


def recalculated(doc: Doc) -> Callable[[], None]:
    """A doc with much that is calculated, all of which stands on its pages; it becomes another when that is called."""
    ages = []
    for number in range(4):
        table = doc.add_table(f"Table {number}", [Column("Name")], [{"Name": f"Row {row}"} for row in range(60)])
        ages.append(table.add_column(Column("Age", "number", formula="Today()", compute=lambda _: 1)))
        doc.add_page(f"Page {number}", blocks=(Grid(table),))
    sums = [doc.add_formula(f"Sum {number}", 1, doc.page("Page 0")) for number in range(3)]
    for formula in sums:
        doc.page("Page 0").append(FormulaValue("Sum: ", formula))

    def recalculate() -> None:
        for column in ages:
            column.recalculate(lambda _: 2)
        for formula in sums:
            formula.recalculate(2)

    return recalculate


@pytest.mark.thinned(4)
@pytest.mark.parametrize("after", [2, 1, 3, 4])
def test_what_windows_take_up_hides_no_recalculated_value(nights: Made, after: int) -> None:
    """What there is no time to confirm is told to be of different times, and read once more."""
    changes: list[Callable[[], None]] = []
    account = nights(lambda doc: changes.append(recalculated(doc)))
    account.seconds = 5.0
    for number in range(1, 15):
        if number == after:
            changes[0]()
        done = account.is_done()
        if done and number > after:
            break
    account.sync(0)
    account.require_as_undisturbed()


def windows_leave_nothing_old_that_was_calculated_anew_before_a_doc_was_whole(
    nights: Made,
) -> None:
    changes: list[Callable[[], None]] = []
    account = nights(lambda doc: changes.append(recalculated(doc)), with_pages)
    account.seconds = 12.0
    assert not account.is_done()
    changes[0]()
    account.windows(12)
    while account.is_mixed:
        account.is_done()
    account.require_as_undisturbed()


def what_was_edited_between_windows_is_read_again_and_nothing_else(nights: Made) -> None:
    """A page that leads into another doc is read again once that one has changed; one that does not is not."""
    account = nights(with_pages)
    world, plans = account.world, account.world.doc("Plans")
    other = world.add_doc("Other")
    other.add_page("Goal", markdown="A goal.\n")
    plans.page("Page 0").append(Mention(other.page("Goal")))
    plans.page("Page 1").append(Mention(world.doc("Small")))
    account.begun = datetime.fromisoformat(plans.updated_at) + timedelta(days=2)
    account.sync(0, account.room / "first")
    account.asked.clear()
    account.coda.on("POST", r"/export$").fail(401, after=2 * MANY - 4)
    account.coda.on("GET", r"^/whoami$").fail(401, after=1)
    with pytest.raises(TokenRefused):
        account.sync()
    account.coda.off()
    account.asked.clear()
    other.page("Goal").rename("Aim")
    account.sync()
    exported = {path.split("/")[4] for path in account.asked if path.endswith("/export")}
    assert plans.page("Page 0").id in exported
    account.require_as_undisturbed()


def what_was_read_many_nights_ago_still_counts(nights: Made) -> None:
    account = nights(with_tables)
    account.pause = timedelta(days=2)
    account.divide(3)
    assert account.windows(12) > 2
    account.require_as_undisturbed()


def a_doc_that_was_begun_comes_before_others(nights: Made) -> None:
    """By its name it would be the last of more than are read at once."""
    account = nights(with_tables)
    for number in range(DOCS_AT_ONCE):
        account.world.add_doc(f"Doc {number}")
    account.begun += timedelta(days=1)
    account.seconds = 2.5
    assert not account.is_done(docs=("Plans",))
    account.asked.clear()
    assert not account.is_done()
    assert account.asked[f"GET /docs/{account.world.doc('Plans').id}/tables"] == 1


def a_table_that_fits_into_no_window_is_named_and_holds_up_no_other_doc(nights: Made) -> None:
    account = nights(with_tables)
    plans, zoo = account.world.doc("Plans"), account.world.add_doc("Zoo")
    plans.add_table("Huge", [Column("Name")], [{"Name": f"Row {row}"} for row in range(1_000)])
    with_tables(zoo)
    account.begun = datetime.fromisoformat(zoo.updated_at) + timedelta(days=2)
    account.seconds = 5.0
    left = []
    for _ in range(8):
        with suppress(TimeIsUp):
            left = [(problem.doc, problem.reason) for problem in account.sync().left]
    [(doc, reason)] = left
    assert (doc, "Huge with its 1000 rows" in reason) == ("Plans", True)
    account.asked.clear()
    assert not account.is_done()
    assert account.asked.total() < 20, "what cannot be read in time is not begun again and again"
    account.seconds = 12.0
    account.windows(1)
    account.require_as_undisturbed()


def a_sync_of_another_doc_loses_nothing_of_what_is_kept(nights: Made) -> None:
    account = nights(with_tables)
    account.divide(3)
    assert [account.is_done() for _ in range(3)] == [False] * 3
    account.sync(0, docs=("Small",))
    account.asked.clear()
    account.sync(0)
    rows = sum(count for asked, count in account.asked.items() if asked.endswith("/rows"))
    assert rows < 5 * 12
    account.require_as_undisturbed()
    assert not (account.folder / ".git/coda-git-mirror/fetched").exists()


def a_fresh_clone_with_the_cached_folder_goes_on(nights: Made) -> None:
    """As on CI, where each run has a clone of its own, and `.git/coda-git-mirror` of the run before."""
    account = nights(with_tables)
    account.divide(3)
    number = 0
    while not account.is_done():
        number += 1
        clone, private = account.room / f"clone{number}", ".git/coda-git-mirror"
        if git(account.folder, "for-each-ref"):
            git(account.room, "clone", "--quiet", str(account.folder), str(clone))
        else:
            git(account.room, "init", "--quiet", "-b", "main", str(clone))
        shutil.copytree(account.folder / private, clone / private)
        account.folder = clone
    assert 2 <= number < 7
    account.require_as_undisturbed()


def what_is_of_different_times_is_told_until_all_of_it_is_confirmed(nights: Made) -> None:
    """By as many runs as that takes; the doc is in the mirror meanwhile."""
    account = nights(with_views)
    account.divide(4)
    while not (account.folder / "docs/plans").exists():
        account.is_done()
    told = 0
    while account.is_mixed:
        told += 1
        assert account.is_done()
    assert 0 < told < 6
    account.require_as_undisturbed()
    account.asked.clear()
    assert account.is_done()
    assert account.asked.total() <= 2


def a_token_that_may_not_export_comes_to_an_end_too(nights: Made) -> None:
    account = nights(with_pages)
    account.coda.use(Token("a-token-that-only-reads", read_only=True))
    account.divide(3)
    account.windows(9)
    account.require_as_undisturbed()


def a_file_too_large_for_the_mirror_is_looked_at_once(nights: Made) -> None:
    account = nights(with_files, latency=0.4)
    account.seconds = 10.0
    limit = {"max_asset_bytes": 4}
    while not account.is_done(**limit):
        pass
    looked_at = [count for asked, count in account.asked.items() if "/blobs/" in asked]
    assert looked_at == [1] * MANY


@pytest.mark.parametrize("seed", range(16))
@pytest.mark.thinned(16)
def test_whatever_happens_between_windows_the_mirror_comes_to_be_as_undisturbed(nights: Made, seed: int) -> None:
    chance, changes = Random(seed), list[Callable[[], None]]()
    account = nights(lambda doc: changes.append(recalculated(doc)), with_views)
    plans = account.world.doc("Plans")
    account.seconds = chance.choice([3.0, 5.0, 9.0])
    for _ in range(6):
        account.is_done()
        happens = chance.choice(["nothing", "calculated", "edited", "edited elsewhere"])
        if happens == "edited":
            chance.choice(list(plans.pages())).append(Text("More."))
        elif happens == "edited elsewhere":
            account.world.doc("Small").table("Notes").rows[0].set("Note", f"Line {chance.random()}")
        elif happens == "calculated" and not (account.folder / "docs/plans").exists():
            changes[0]()
    account.begun += timedelta(days=1)
    account.sync(0)
    account.sync(0)
    account.require_as_undisturbed()


SCENARIOS = (
    a_table_that_fits_into_no_window_is_named_and_holds_up_no_other_doc,
    what_was_read_many_nights_ago_still_counts,
    a_fresh_clone_with_the_cached_folder_goes_on,
    a_sync_of_another_doc_loses_nothing_of_what_is_kept,
    what_is_of_different_times_is_told_until_all_of_it_is_confirmed,
    a_token_that_may_not_export_comes_to_an_end_too,
    what_was_edited_between_windows_is_read_again_and_nothing_else,
    windows_leave_nothing_old_that_was_calculated_anew_before_a_doc_was_whole,
    a_doc_that_was_begun_comes_before_others,
    a_file_too_large_for_the_mirror_is_looked_at_once,
)


@pytest.mark.thinned(2)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_windows_one_after_another(nights: Made, scenario: Callable[[Made], None]) -> None:
    scenario(nights)
