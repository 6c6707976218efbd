"""How close a rollback comes to what Coda's limit of writes allows, in virtual time, and what it writes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.run import sync
from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.changes.plan_cost import cost_of
from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.throttle import PUBLISHED
from coda_git_mirror.commands.wiring import coda_account
from coda_git_mirror.demo.limits import Limits
from coda_git_mirror.demo.listings import PageSizes
from coda_git_mirror.demo.mutations import MEASURED
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.model.plan import Fate
from coda_git_mirror.progress import Silent
from coda_git_mirror.redact import Secret
from tests.benchmark.bound import FORMATS, Delays, Schedule, least_seconds
from tests.benchmark.runs import EditCalendar, mirror_folder, serving
from tests.benchmark.table import Benchmark, Row
from tests.benchmark.virtual_time import VirtualTime
from tests.workload import FULL, SMALL, Desk, Size, week

_MOST_TIME = 1.15
_MOST_WRITES = 1.1
_MOST_REFUSED = 0.03
_AN_HOUR = 3_600.0
_DELAYS = Delays(latency=0.2, render=(2.0, 6.0))
_LAST_WRITE = 8.0
"""Seconds that Coda takes at the least for a change of rows (`MEASURED`)."""
_RATES = {"5 in 10 s": (5, 10.0), "3 in 10 s": (3, 10.0)}


@dataclass(frozen=True)
class _Measured:
    """A rollback and the one after it; of the former how many requests wrote something, and the least that had to.

    `refused` of all its requests came too early.
    """

    carried: Carried
    again: Carried
    writes: int
    least: int
    refused: int
    requests: int

    @property
    def is_whole(self) -> bool:
        return {*self.carried.written.fates} == {Fate.APPLIED} and self.again.plan.is_empty


def benchmarks(quick: bool) -> Mapping[str, Benchmark]:
    """The rows of this module, by the names by which one can ask for them; `quick` takes a smaller table."""
    return {"rollback": lambda: _rollbacks(replace(SMALL, cells=60) if quick else FULL)}


def _rollbacks(size: Size) -> Iterator[Row]:
    what = f"{size.cells} cells, {size.deleted} lost rows and {size.added} new ones of {size.rows:,}"
    for text, rate in _RATES.items():
        schedule = _constant(Limits(content=rate, export=(30, 6.0)))
        measured = _rolled_back(size, schedule)
        seconds, bound = measured.carried.seconds, _least(measured.least, size, schedule)
        details = _noting(f"{seconds:.0f} s of {bound:.0f} s", measured)
        ratio = seconds / bound if measured.is_whole else math.inf
        yield Row("rollback", f"time: {what}, writes {text}", ratio, _MOST_TIME, details)
        writes = f"{measured.writes} requests of {measured.least}, {cost_of(measured.carried.plan).requests} planned"
        yield Row("", "requests that write", measured.writes / measured.least, _MOST_WRITES, _noting(writes, measured))
        refused = f"{measured.refused} of {measured.requests} requests"
        yield Row("", "share of refused requests", measured.refused / measured.requests, _MOST_REFUSED, refused)


def _least(writes: int, size: Size, schedule: Schedule) -> float:
    """The bound: the writes at their limit, between two syncs of the doc, the second once Coda is done with the last.

    Of a sync only what has to come one after the other counts: the pages of the listing, and the page's two exports.
    """
    listing = -(-size.rows // PageSizes().rows) * _DELAYS.latency
    syncing = listing + FORMATS * (3 * _DELAYS.latency + _DELAYS.render[0])
    return 2 * syncing + least_seconds(Counter(content=writes), schedule, _DELAYS) + _LAST_WRITE


def _constant(limits: Limits) -> Schedule:
    return lambda _: limits


def _noting(details: str, measured: _Measured) -> str:
    """A rollback that did not bring all back, or found something to do once more, shows no speed."""
    return details if measured.is_whole else f"{details}; NOT WHOLE"


def _rolled_back(size: Size, schedule: Schedule) -> _Measured:
    with VirtualTime() as clock, mirror_folder() as folder:
        shop = week(size, EditCalendar(clock))
        with serving(shop.world, clock, schedule, _DELAYS, MEASURED) as coda:
            clock.sleep(_AN_HOUR)
            desk = _desk(coda, folder, clock)
            revision = sync(folder, desk.source, desk.options, Silent(), clock).commit or ""
            clock.sleep(_AN_HOUR)
            with shop.world.lock:
                shop.pass_by()
            clock.sleep(_AN_HOUR)
            coda.requests.clear()
            desk = _desk(coda, folder, clock)
            carried = desk.carry_out(desk.planner(shop.orders, revision))
            asked = [request for request in coda.requests if request.origin == "api"]
            writes = sum(request.status != 429 for request in coda.requests.writes())
            again = desk.carry_out(desk.planner(shop.orders, revision))
    refused = sum(request.status == 429 for request in asked)
    return _Measured(carried, again, writes, shop.least_writes, refused, len(asked))


def _desk(coda: SimulatedCoda, folder: Path, clock: Clock) -> Desk:
    hosts = frozenset({coda.asset_hosts})
    source, writer = coda_account(coda.api_url, Secret(coda.token), clock, PUBLISHED, AssetHosts(hosts))
    return Desk(folder, source, writer, clock, SyncOptions(asset_hosts=hosts))
