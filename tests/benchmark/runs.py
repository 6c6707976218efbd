"""Syncs of a simulated account that are watched: how long they took, and what they asked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.run import sync
from coda_git_mirror.clock import Clock, SystemClock
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.coda.throttle import PUBLISHED
from coda_git_mirror.commands.wiring import coda_source
from coda_git_mirror.demo.calendar import START, Calendar
from coda_git_mirror.demo.mutations import Kind, Seconds
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import World
from coda_git_mirror.progress import Silent
from coda_git_mirror.redact import Secret
from tests.benchmark.bound import Delays, Schedule


class EditCalendar(Calendar):
    """Edits happen when they happen, each a little later than the one before."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def tick(self) -> str:
        self._now = max(self._now + timedelta(milliseconds=1), date_of(self._clock))
        return self.now()


class HastenedClock(SystemClock):
    """The machine's clock, by which so many seconds pass in one."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def now(self) -> float:
        return super().now() * self._seconds

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds / self._seconds)


def date_of(clock: Clock) -> datetime:
    """The date that the simulated Coda shows."""
    return START + timedelta(seconds=clock.now())


DEFAULTS = SyncOptions()


@dataclass(frozen=True)
class Measured:
    """One sync: its seconds by the clock, the requests that Coda took, and those that it refused."""

    seconds: float
    accepted: int
    refused: int
    problems: int

    @property
    def refused_share(self) -> float:
        return self.refused / (self.accepted + self.refused)


@contextmanager
def serving(
    world: World, clock: Clock, schedule: Schedule, delays: Delays, mutations: Mapping[Kind, Seconds] | float = 0.0
) -> Iterator[SimulatedCoda]:
    """The account behind these limits, with these delays; what is written is done after the seconds of `mutations`."""
    begun = clock.now()
    with SimulatedCoda(
        world,
        clock=clock.now,
        sleep=clock.sleep,
        latency=delays.latency,
        render_seconds=delays.render,
        mutation_seconds=mutations,
        limits=lambda: schedule(clock.now() - begun),
        live_listings=(),
        date=lambda: date_of(clock),
    ) as coda:
        yield coda


@contextmanager
def mirror_folder() -> Iterator[Path]:
    """Where a mirror goes; it does not exist yet, and is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder, "mirror")


def client(coda: SimulatedCoda, clock: Clock) -> CodaSource:
    """What a command reads the account with."""
    return coda_source(coda.api_url, Secret(coda.token), clock, PUBLISHED)


def measured_sync(coda: SimulatedCoda, folder: Path, clock: Clock, options: SyncOptions = DEFAULTS) -> Measured:
    """One sync as the command does it."""
    coda.requests.clear()
    report = sync(folder, client(coda, clock), options, Silent(), clock)
    asked = [request.status for request in coda.requests if request.origin == "api"]
    refused = asked.count(429)
    problems = len(report.problems) + len(coda.violations)
    return Measured(report.seconds, len(asked) - refused, refused, problems)
