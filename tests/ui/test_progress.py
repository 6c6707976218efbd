"""The bar of a sync: what is left by it is what `--dry-run` foretells of the same requests at the same pace."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from coda_git_mirror.actions.sync.cost import seconds_for, total
from coda_git_mirror.actions.sync.dry_run import Estimate, estimate
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.coda.throttle import PUBLISHED
from coda_git_mirror.commands.wiring import coda_source
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.model.traffic import RateClass, Requests, Traffic
from coda_git_mirror.redact import Secret
from coda_git_mirror.ui.progress import Dashboard
from coda_git_mirror.ui.report import estimate_lines
from tests.conftest import Serve
from tests.support import VirtualClock


@pytest.fixture
def coda(serve: Serve) -> SimulatedCoda:
    world = World()
    for name in ("Plans", "Recipes"):
        doc = world.add_doc(name)
        for number in range(15):
            doc.add_page(f"Page {number}", markdown="Words.\n")
        doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}])
    return serve(world)


@pytest.fixture
def source(coda: SimulatedCoda, clock: VirtualClock) -> CodaSource:
    return coda_source(coda.api_url, Secret(coda.token), clock, PUBLISHED)


def bar(traffic: Traffic, clock: VirtualClock, formats: int) -> Dashboard:
    return Dashboard(Console(file=io.StringIO(), width=200), lambda: traffic, clock, formats)


def shown(dashboard: Dashboard) -> str:
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as written:
        console.print(dashboard)
    return written.get()


def time_of(text: str) -> str:
    found = re.search(r"about (\d\S* \w+)(?: left| at Coda's)", text)
    assert found, text
    return found[1]


@pytest.mark.parametrize("formats", [(".md",), (".md", ".html")])
def test_the_bar_begins_with_the_time_that_a_dry_run_foretells(
    source: CodaSource, clock: VirtualClock, folder: Path, formats: tuple[str, ...]
) -> None:
    foreseen = estimate(folder, source, SyncOptions(formats=formats))
    dashboard = bar(source.traffic(), clock, len(formats))
    dashboard.begin(len(foreseen.plans))
    dashboard.expect(sum(plan.pages for plan in foreseen.plans), total(foreseen.plans))
    assert time_of(shown(dashboard)) == time_of("\n".join(estimate_lines(foreseen)))


def test_at_any_pace(clock: VirtualClock) -> None:
    needed = Requests({RateClass.READ: 40, RateClass.EXPORT: 20})
    for rate, latency in ((None, 0.4), (5.0, 0.4), (0.1, 0.01)):
        traffic = Traffic(Requests(), 0, {RateClass.READ: rate, RateClass.EXPORT: rate}, latency)
        dashboard = bar(traffic, clock, 2)
        dashboard.begin(1)
        dashboard.expect(20, needed)
        foreseen = Estimate((), 1, (), (), needed.total(), seconds_for(needed, traffic, 2))
        assert time_of(shown(dashboard)) == time_of("\n".join(estimate_lines(foreseen)))


def test_what_was_sent_before_the_reading_began_brings_its_end_no_nearer(clock: VirtualClock) -> None:
    rates = {RateClass.READ: 1.0}
    sent = [Requests({RateClass.READ: 30})]
    dashboard = Dashboard(
        Console(file=io.StringIO(), width=200), lambda: Traffic(sent[0], 0, rates, 0.0), clock, formats=1
    )
    dashboard.begin(1)
    dashboard.expect(0, Requests({RateClass.READ: 50}))
    assert "about 50 s left" in shown(dashboard)
    sent[0] = Requests({RateClass.READ: 40})
    assert "about 40 s left" in shown(dashboard)
    sent[0] = Requests({RateClass.READ: 80})
    assert "left" not in shown(dashboard)
