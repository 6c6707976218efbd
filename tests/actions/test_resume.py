"""What was read before a run was cut off is not read again, unless it may be another thing now."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import ControlValue, FormulaValue, Grid, Mention, Picture, Text
from coda_git_mirror.demo.world import Column, Doc, Page, Row, Table, World
from coda_git_mirror.errors import TokenRefused
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.state.fetched import fetched_files
from tests.conftest import Serve
from tests.support import VirtualClock, files, mirror, require_sound

PAGES = 12
EXPORTS = 2 * PAGES


class Account:
    """Two docs, their server, and a mirror that is being made of them."""

    def __init__(self, serve: Serve, clock: VirtualClock, folder: Path) -> None:
        self.world, self.clock, self.folder = World(), clock, folder
        self._numbers = itertools.count()
        photo = self.world.add_blob(b"\x89PNG photo", "photo.png", "image/png")
        for name in ("Plans", "Recipes"):
            doc = self.world.add_doc(name)
            for number in range(PAGES // 2):
                doc.add_page(f"Page {number}", blocks=(Text(f"{name} {number}."), Picture(photo)))
            doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}])
        self.now = self.last_edit + timedelta(days=2)
        self.coda = serve(self.world, date=lambda: self.now)

    @property
    def last_edit(self) -> datetime:
        return max(datetime.fromisoformat(doc.updated_at) for doc in self.world.docs)

    def sync(self, folder: Path | None = None, **options: Any) -> list[str]:
        """Mirrors the account; what was asked for, methods and paths."""
        self.coda.new_client()
        mirror(self.coda, folder or self.folder, self.clock, **self._options(options))
        return [f"{request.method} {request.path}" for request in self.coda.requests]

    def cut_off(self, after: int = EXPORTS // 3, **options: Any) -> None:
        """A sync of which the token dies after so many of the exports, a third of them."""
        self.coda.on("POST", r"/export$").fail(401, after=after)
        self.coda.on("GET", r"^/whoami$").fail(401, after=1)
        with pytest.raises(TokenRefused):
            mirror(self.coda, self.folder, self.clock, **self._options(options))
        self.coda.off()

    def require_as_undisturbed(self) -> None:
        undisturbed = self.folder.with_name(f"undisturbed{next(self._numbers)}")
        self.sync(undisturbed)
        require_sound(self.folder, files(undisturbed))

    def _options(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"asset_hosts": frozenset({self.coda.asset_hosts}), **options}


@pytest.fixture
def account(serve: Serve, clock: VirtualClock, folder: Path) -> Account:
    return Account(serve, clock, folder)


def exports(requests: list[str]) -> int:
    return sum(request.endswith("/export") for request in requests)


@pytest.mark.parametrize("hours", [0.001, 48])
def test_a_first_sync_takes_up_what_one_before_had_read(account: Account, hours: float) -> None:
    """Also of docs that were edited just now, as long as these are read again later."""
    account.now = account.last_edit + timedelta(hours=hours)
    account.cut_off()
    asked = account.sync()
    assert exports(asked) == EXPORTS - EXPORTS // 3
    assert not [request for request in asked if "/rows" in request and "Plans" in request]
    account.require_as_undisturbed()
    assert not fetched_files(Repository.open(account.folder)).folder.exists()


def test_what_was_edited_since_is_read_again(account: Account) -> None:
    account.cut_off()
    account.world.doc("Plans").page("Page 0").append(Text("More."))
    account.now = account.last_edit + timedelta(days=1)
    account.sync()
    account.require_as_undisturbed()


def test_what_was_read_too_early_is_read_again_once_it_is_settled(account: Account) -> None:
    account.now = account.last_edit + timedelta(minutes=1)
    account.cut_off()
    account.now += timedelta(hours=1)
    assert exports(account.sync()) == EXPORTS
    account.require_as_undisturbed()


def test_what_is_older_than_a_day_and_a_full_sync_take_up_nothing(account: Account) -> None:
    account.cut_off()
    account.now += timedelta(hours=25)
    account.cut_off()
    assert exports(account.sync(full=True)) == EXPORTS


def test_other_options_take_up_nothing_that_depends_on_them(account: Account) -> None:
    account.cut_off(csv_formula_guard=True)
    assert exports(account.sync()) == EXPORTS


def test_what_a_crash_or_a_bad_disk_left_is_not_believed(account: Account) -> None:
    account.cut_off()
    kept = fetched_files(Repository.open(account.folder)).folder
    lines = (kept / "kept.jsonl").read_bytes()
    (kept / "kept.jsonl").write_bytes(b'{"key": 1}\n' + lines + b'{"key": "cut o')
    texts = sorted(path for path in kept.iterdir() if path.name != "kept.jsonl")
    texts[0].write_bytes(texts[0].read_bytes()[:-1] + b"?")
    texts[1].unlink()
    (kept / "stray").write_bytes(b"")
    account.sync()
    account.require_as_undisturbed()


NAMED: dict[str, Callable[[Doc], Page | Table | Row | Doc]] = {
    "doc": lambda doc: doc,
    "page": lambda doc: doc.page("Page 5"),
    "table": lambda doc: doc.table("Tasks"),
    "row": lambda doc: doc.table("Tasks").rows[0],
}


@pytest.mark.thinned(3)
@pytest.mark.parametrize("is_held", [False, True], ids=["first sync", "full refresh"])
@pytest.mark.parametrize("act", ["renamed", "deleted"])
@pytest.mark.parametrize("kind", NAMED)
def test_what_is_taken_up_hides_no_rename_in_another_doc(account: Account, kind: str, act: str, is_held: bool) -> None:
    target = NAMED[kind](account.world.doc("Plans"))
    account.world.doc("Recipes").page("Page 0").append(Mention(target))
    if is_held:
        account.sync()
        account.now += timedelta(days=8)
    account.cut_off(after=EXPORTS - 1)
    target.rename("Another name") if act == "renamed" else target.delete()
    asked = account.sync()
    assert exports(asked) < EXPORTS
    account.require_as_undisturbed()


def _formula(doc: Doc) -> Callable[[], object]:
    formula = doc.add_formula("Total", 1, doc.page("Page 0"))
    doc.page("Page 0").append(FormulaValue("Total: ", formula))
    return lambda: formula.recalculate(2)


def _control(doc: Doc) -> Callable[[], object]:
    control = doc.add_control("Share", "slider", 1)
    doc.page("Page 0").append(ControlValue("Share: ", control))
    return lambda: control.recalculate(2)


def _column(doc: Doc) -> Callable[[], object]:
    table = doc.table("Tasks")
    column = table.add_column(Column("Age", "number", formula="Today()", compute=lambda _: 1))
    doc.page("Page 0").append(Grid(table))
    return lambda: column.recalculate(lambda _: 2)


def _column_of_a_view(doc: Doc) -> Callable[[], object]:
    recalculate = _column(doc)
    doc.page("Page 1").append(Grid(doc.add_view("Old", doc.table("Tasks"), doc.page("Page 1"))))
    return recalculate


CALCULATED = {"formula": _formula, "control": _control, "column": _column, "column of a view": _column_of_a_view}


@pytest.mark.parametrize("is_held", [False, True], ids=["first sync", "full refresh"])
@pytest.mark.parametrize("kind", CALCULATED)
def test_what_is_taken_up_hides_no_recalculated_value(account: Account, kind: str, is_held: bool) -> None:
    recalculate = CALCULATED[kind](account.world.doc("Plans"))
    if is_held:
        account.sync()
        account.now += timedelta(days=8)
    account.cut_off(after=EXPORTS - 1)
    recalculate()
    account.sync()
    account.require_as_undisturbed()


@pytest.mark.parametrize("kind", CALCULATED)
def test_an_edited_doc_s_pages_are_not_taken_up_with_old_values(account: Account, kind: str) -> None:
    """Such a visit finds them stale, and so has to ask."""
    plans = account.world.doc("Plans")
    recalculate = CALCULATED[kind](plans)
    account.sync()
    for page in list(plans.pages())[:3]:
        page.append(Text("More."))
    account.now = account.last_edit + timedelta(days=1)
    account.cut_off(after=5)
    recalculate()
    account.sync()
    account.require_as_undisturbed()


@pytest.mark.parametrize("kind", CALCULATED)
def test_values_that_stay_cost_no_page_a_second_export(account: Account, kind: str) -> None:
    CALCULATED[kind](account.world.doc("Plans"))
    account.cut_off(after=EXPORTS - 1)
    assert exports(account.sync()) == 1
    account.require_as_undisturbed()
