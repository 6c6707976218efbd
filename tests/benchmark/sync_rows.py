"""How close a sync comes to what Coda's rate limits allow, in virtual time; and one small sync in real time."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from coda_git_mirror.clock import SystemClock
from coda_git_mirror.coda.throttle import PUBLISHED
from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.limits import Limits
from coda_git_mirror.demo.world import World
from tests.benchmark.account import ACCOUNT, TINY_ACCOUNT, Size, account
from tests.benchmark.bound import FOLDER_NAMES, Delays, Needs, account_needs, doc_needs, first_sync_needs, least_seconds
from tests.benchmark.runs import EditCalendar, Measured, Schedule, measured_sync, serving
from tests.benchmark.table import Benchmark, Row
from tests.benchmark.virtual_time import VirtualTime

_MOST_TIME = 1.15
_MOST_REFUSED = 0.03
_MOST_REAL_TIME = 2.0
_MOST_REQUESTS = 1.15
_DELAYS = Delays(latency=0.2, render=(2.0, 6.0))
_AN_HOUR = 3_600.0
_HURRY = 20.0

_PUBLISHED = Limits(export=(5, 10.0))
_TIGHTER = Limits(read=(50, 6.0), docs=(2, 6.0), export=(3, 10.0))
_LOOSER = Limits(export=(30, 6.0))
_AS_WRITING = Limits(export=(10, 6.0))
_AS_READING = Limits(export=(100, 6.0))


def benchmarks(quick: bool) -> Mapping[str, Benchmark]:
    """The rows of this module, by the names by which one can ask for them; `quick` takes a smaller account."""
    sizes = TINY_ACCOUNT if quick else ACCOUNT
    part = 0.15 if quick else 1.0
    changes = {
        "published": ("published limits, exports 5 in 10 s", _constant(_PUBLISHED)),
        "tighter": ("half of the published limits, exports 3 in 10 s", _constant(_TIGHTER)),
        "looser": ("published limits, exports 30 in 6 s", _constant(_LOOSER)),
        "as-reading": ("published limits, exports 100 in 6 s", _constant(_AS_READING)),
        "falling": ("exports 30 in 6 s, midway 10 in 6 s", _changing(50.0 * part, _LOOSER, _AS_WRITING)),
        "rising": ("exports 5 in 10 s, midway 30 in 6 s", _changing(300.0 * part, _PUBLISHED, _LOOSER)),
    }
    first = {name: _first_sync(text, schedule, sizes) for name, (text, schedule) in changes.items()}
    return {**first, "requests": lambda: _requests(sizes), "real-time": _real_time}


def _constant(limits: Limits) -> Schedule:
    return lambda _: limits


def _changing(seconds: float, first: Limits, then: Limits) -> Schedule:
    return lambda elapsed: first if elapsed < seconds else then


def _first_sync(text: str, schedule: Schedule, sizes: tuple[Size, ...]) -> Benchmark:
    def measure() -> Iterator[Row]:
        world = account(sizes)
        with VirtualTime() as clock, _folder() as folder, serving(world, clock, schedule, _DELAYS) as coda:
            measured = measured_sync(coda, folder, clock)
        needs = first_sync_needs(world)
        bound = least_seconds(needs, schedule, _DELAYS)
        seconds = f"{measured.seconds:.1f} s of {bound:.1f} s"
        yield Row("first sync", f"time: {text}", measured.seconds / bound, _MOST_TIME, _noting(seconds, measured))
        refused = f"{measured.refused} of {measured.accepted + measured.refused} requests"
        yield Row("", "share of refused requests", measured.refused_share, _MOST_REFUSED, refused)
        yield _request_row("", "its requests", measured, needs)

    return measure


def _requests(sizes: tuple[Size, ...]) -> Iterator[Row]:
    """A first sync, and the next ones an hour after each edit, under published limits."""
    with VirtualTime() as clock, _folder() as folder:
        world = account(sizes, EditCalendar(clock))
        with serving(world, clock, _constant(_PUBLISHED), _DELAYS) as coda:
            clock.sleep(_AN_HOUR)
            yield _request_row("requests", "first sync", measured_sync(coda, folder, clock), first_sync_needs(world))
            for name, edit in _EDITS.items():
                clock.sleep(_AN_HOUR)
                with world.lock:
                    needs = account_needs(world) + edit(world)
                clock.sleep(_AN_HOUR)
                yield _request_row("requests", name, measured_sync(coda, folder, clock), needs)


def _meet_the_token(_: World) -> Needs:
    return Counter(read=1)


def _edit_nothing(_: World) -> Needs:
    return Counter()


def _edit_a_page(world: World) -> Needs:
    """A page without a table: nothing else shows what it shows."""
    page = list(world.docs[1].pages())[-3]
    page.append(Text("One more line."))
    return FOLDER_NAMES + doc_needs(page.doc, [page])


def _edit_a_row(world: World) -> Needs:
    """A row that no view shows: only the table's own page shows it."""
    table = world.docs[1].tables[0]
    table.rows[7].set("Note", "another one")
    assert table.page
    return FOLDER_NAMES + doc_needs(table.doc, [table.page])


_EDITS: Mapping[str, Callable[[World], Needs]] = {
    "unchanged account, the token met for the second time": _meet_the_token,
    "unchanged account": _edit_nothing,
    "one edited page": _edit_a_page,
    "one edited row": _edit_a_row,
}


def _request_row(name: str, measured: str, sync: Measured, needs: Needs) -> Row:
    details = f"{sync.accepted} requests of {needs.total()}"
    return Row(name, f"requests: {measured}", sync.accepted / needs.total(), _MOST_REQUESTS, _noting(details, sync))


def _noting(details: str, sync: Measured) -> str:
    """A sync that did not do all of its work shows no speed."""
    return f"{details}; {sync.problems} PROBLEMS" if sync.problems else details


def _real_time() -> Iterator[Row]:
    """The same on the machine's clock, with everything twenty times as fast: what the program itself costs shows."""
    schedule, delays = _constant(_hastened_limits(_LOOSER)), Delays(0.2 / _HURRY, (2.0 / _HURRY, 6.0 / _HURRY))
    limits = {kind: limit and replace(limit, seconds=limit.seconds / _HURRY) for kind, limit in PUBLISHED.items()}
    world, clock = account(TINY_ACCOUNT), SystemClock()
    with _folder() as folder, serving(world, clock, schedule, delays) as coda:
        measured = measured_sync(coda, folder, clock, limits)
    bound = least_seconds(first_sync_needs(world), schedule, delays)
    details = _noting(f"{measured.seconds:.1f} s of {bound:.1f} s", measured)
    text = f"time on the machine's clock, everything {_HURRY:.0f} times as fast"
    yield Row("first sync", text, measured.seconds / bound, _MOST_REAL_TIME, details)


def _hastened_limits(limits: Limits) -> Limits:
    def hastened(rate: tuple[int, float] | None) -> tuple[int, float] | None:
        return rate and (rate[0], rate[1] / _HURRY)

    return replace(limits, read=hastened(limits.read), docs=hastened(limits.docs), export=hastened(limits.export))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder, "mirror")
