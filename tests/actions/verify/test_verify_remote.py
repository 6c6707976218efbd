"""`verify --remote`: what the mirror and Coda do not agree on is named, and what was not compared is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.verify.report import VerifyReport
from coda_git_mirror.actions.verify.run import Remote, verify
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.errors import MirrorError
from tests.actions.verify.damage import edit
from tests.conftest import Serve
from tests.faults.trial import account
from tests.support import VirtualClock, mirror, source_of

ROWS = "docs/plans/tables/tasks.jsonl"


@pytest.fixture
def coda(serve: Serve, clock: VirtualClock, folder: Path) -> SimulatedCoda:
    """An account with its mirror in the folder."""
    world = account()
    world.doc("Plans").table("Costs").add_row({"What": "Food"})
    world.doc("Plans").table("Costs").add_row({"What": "Fuel"})
    coda = serve(world)
    mirror(coda, folder, clock, asset_hosts=frozenset({coda.asset_hosts}))
    return coda


def compared(coda: SimulatedCoda, folder: Path, clock: VirtualClock, token: str | None = None) -> VerifyReport:
    hosts = frozenset({coda.asset_hosts})
    return verify(folder, None, Remote(source_of(coda, clock, token, hosts), SyncOptions(asset_hosts=hosts)))


def faults(report: VerifyReport) -> set[str]:
    return {f"{finding.path} {finding.fault}" for finding in report.findings}


def test_what_agrees_is_said_to_be_samples(coda: SimulatedCoda, folder: Path, clock: VirtualClock) -> None:
    report, sampled = compared(coda, folder, clock), asked_for(coda, 0)
    assert report.findings == []
    assert [what for what in report.checked if "Coda" in what] == [
        "counts and times of 3 docs in Coda with 3 pages and 3 rows"
    ]
    assert report.unchecked == ["what else these docs hold in Coda: only samples of their content were compared"]
    before = len(coda.requests)
    compared(coda, folder, clock)
    assert asked_for(coda, before) == sampled


def asked_for(coda: SimulatedCoda, begin: int) -> set[str]:
    """The rows that were asked for by themselves from a request on."""
    paths = [request.path for request in list(coda.requests)[begin:]]
    return {path for path in paths if "/rows/" in path}


def test_edits_since_and_docs_that_came_and_went_are_named(
    coda: SimulatedCoda, folder: Path, clock: VirtualClock
) -> None:
    coda.world.doc("Recipes").page("Soup").rename("Stew")
    coda.world.doc("Travel").delete()
    coda.world.add_doc("Budget")
    report = compared(coda, folder, clock)
    named = "\n".join(sorted(faults(report)))
    assert "docs lacks the doc 'Budget', which Coda has" in named
    assert "docs/travel is of a doc that Coda has no more" in named
    assert "docs/recipes is as of " in named
    assert len(report.findings) == 3
    assert "the content of what was edited since the last sync: Recipes" in report.unchecked


def test_what_the_mirror_has_otherwise_at_the_same_time_is_named(
    coda: SimulatedCoda, folder: Path, clock: VirtualClock
) -> None:
    edit("docs/travel/pages/oslo.md", lambda content: content.replace(b"Fjords", b"Lakes"))(folder)
    plans = coda.world.doc("Plans")
    updated = plans.updated_at
    for table in plans.tables:
        for row in table.rows:
            row.set(table.columns[0].name, "Other")
    plans.table("Costs").rows.clear()
    plans.updated_at = updated
    report = compared(coda, folder, clock)
    named = "\n".join(sorted(faults(report)))
    assert "docs/travel/pages/oslo.md is not what Coda exports of this page" in named
    assert "docs/plans/tables/costs.csv has 3 rows, and Coda's table 0" in named
    assert "has other values than Coda in the row" in named or "has something that Coda has no more" in named


def test_what_coda_does_not_give_is_said(coda: SimulatedCoda, folder: Path, clock: VirtualClock) -> None:
    coda.on("GET", f"^/docs/{coda.world.doc('Travel').id}/pages").fail(403)
    report = compared(coda, folder, clock)
    assert report.findings == []
    assert "what Coda did not give: Travel" in report.unchecked


def test_a_row_that_nobody_can_ask_for_is_no_sample(serve: Serve, folder: Path, clock: VirtualClock) -> None:
    world = account()
    for table in world.doc("Plans").tables:
        for number, row in enumerate(table.rows):
            row.id = "." * (number + 1)
    coda = serve(world)
    mirror(coda, folder, clock, asset_hosts=frozenset({coda.asset_hosts}))
    report = compared(coda, folder, clock)
    assert report.findings == []
    assert not [what for what in report.unchecked if "Coda did not give" in what]


@pytest.mark.parametrize("odd", [None, True, -1, "many", [1]])
def test_a_row_count_that_is_none_is_not_compared(
    coda: SimulatedCoda, folder: Path, clock: VirtualClock, odd: object
) -> None:
    coda.on("GET", r"/tables/[^/]+$").mutate(lambda table: table.update(rowCount=odd))
    assert compared(coda, folder, clock).findings == []


def test_the_token_of_another_account_compares_nothing(coda: SimulatedCoda, folder: Path, clock: VirtualClock) -> None:
    coda.on("GET", r"whoami").answer(200, {"name": "Eve", "loginId": "eve@example.org"})
    with pytest.raises(MirrorError, match="belongs to eve@"):
        compared(coda, folder, clock)
