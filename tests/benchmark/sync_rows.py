"""How close a sync comes to what Coda's rate limits allow, in virtual time; and one small sync in real time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from statistics import fmean

from coda_git_mirror.actions.sync.dry_run import estimate
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.limits import Limits
from coda_git_mirror.demo.world import World
from tests.benchmark.account import ACCOUNT, TINY_ACCOUNT, Size, account
from tests.benchmark.bound import (
    FOLDER_NAMES,
    Delays,
    Needs,
    Schedule,
    account_needs,
    changing,
    doc_needs,
    first_sync_needs,
    least_seconds,
    moment_of_change,
)
from tests.benchmark.runs import EditCalendar, HastenedClock, Measured, client, measured_sync, mirror_folder, serving
from tests.benchmark.table import Benchmark, Row
from tests.benchmark.virtual_time import VirtualTime

_MOST_TIME = 1.15
_MOST_REFUSED = 0.03
_MOST_REAL_TIME = 2.0
_MOST_REQUESTS = 1.15
_MOST_ERROR = 1.3
_DELAYS = Delays(latency=0.2, render=(2.0, 6.0))
_AN_HOUR = 3_600.0
_HURRY = 5.0
_SHARES = (0.3, 0.4, 0.5, 0.6, 0.7)
"""Of the time that a sync takes at the least, before limits change."""

_PUBLISHED = Limits(export=(5, 10.0))
_TIGHTER = Limits(read=(50, 6.0), docs=(2, 6.0), export=(3, 10.0))
_LOOSER = Limits(export=(30, 6.0))
_AS_WRITING = Limits(export=(10, 6.0))
_AS_READING = Limits(export=(100, 6.0))


def benchmarks(quick: bool) -> Mapping[str, Benchmark]:
    """The rows of this module, by the names by which one can ask for them; `quick` takes a smaller account."""
    sizes = TINY_ACCOUNT if quick else ACCOUNT
    constant = {
        "published": ("published limits, exports 5 in 10 s", _constant(_PUBLISHED)),
        "tighter": ("half of the published limits, exports 3 in 10 s", _constant(_TIGHTER)),
        "looser": ("published limits, exports 30 in 6 s", _constant(_LOOSER)),
        "as-reading": ("published limits, exports 100 in 6 s", _constant(_AS_READING)),
    }
    changes = {
        "falling": ("exports 30 in 6 s, then 10 in 6 s", _LOOSER, _AS_WRITING),
        "rising": ("exports 5 in 10 s, then 30 in 6 s", _PUBLISHED, _LOOSER),
    }
    first = {name: _first_sync(text, schedule, sizes) for name, (text, schedule) in constant.items()}
    changed = {name: _changed(text, before, after, sizes) for name, (text, before, after) in changes.items()}
    estimates = {"estimate": lambda: _estimates(sizes)}
    return {**first, **changed, **estimates, "requests": lambda: _requests(sizes), "real-time": _real_time}


def _constant(limits: Limits) -> Schedule:
    return lambda _: limits


def _first_sync(text: str, schedule: Schedule, sizes: tuple[Size, ...]) -> Benchmark:
    def measure() -> Iterator[Row]:
        world = account(sizes)
        needs = first_sync_needs(world)
        measured, bound = _synced(world, schedule), least_seconds(needs, schedule, _DELAYS)
        seconds = f"{measured.seconds:.1f} s of {bound:.1f} s"
        yield Row("first sync", f"time: {text}", measured.seconds / bound, _MOST_TIME, _noting(seconds, measured))
        refused = f"{measured.refused} of {measured.accepted + measured.refused} requests"
        yield Row("", "share of refused requests", measured.refused_share, _MOST_REFUSED, refused)
        yield _request_row("", "its requests", measured, needs)

    return measure


def _changed(text: str, before: Limits, after: Limits, sizes: tuple[Size, ...]) -> Benchmark:
    """Several syncs, each of which meets the change at another moment: a single moment would be a lottery."""

    def measure() -> Iterator[Row]:
        needs = first_sync_needs(account(sizes))
        syncs, ratios = [], []
        for share in _SHARES:
            schedule = changing(moment_of_change(share, needs, before, after, _DELAYS), before, after)
            syncs.append(_synced(account(sizes), schedule))
            ratios.append(syncs[-1].seconds / least_seconds(needs, schedule, _DELAYS))
        single = ", ".join(f"{share:.0%}: {ratio:.3g}" for share, ratio in zip(_SHARES, ratios, strict=True))
        details = _noting(f"mean of changes at shares of the bound ({single})", *syncs)
        yield Row("first sync", f"time: {text}", fmean(ratios), _MOST_TIME, details)
        most = max(sync.refused_share for sync in syncs)
        yield Row("", "share of refused requests", most, _MOST_REFUSED, f"the largest of {len(syncs)}")
        yield _request_row("", "its requests", max(syncs, key=lambda sync: sync.accepted), needs)

    return measure


def _synced(world: World, schedule: Schedule) -> Measured:
    with VirtualTime() as clock, mirror_folder() as folder, serving(world, clock, schedule, _DELAYS) as coda:
        return measured_sync(coda, folder, clock)


def _estimates(sizes: tuple[Size, ...]) -> Iterator[Row]:
    """What `--dry-run` foretells of a sync that reads everything, once a first sync has found Coda's limits."""
    everything = SyncOptions(full=True)
    for text, limits in {"5 in 10 s": _PUBLISHED, "3 in 10 s": _TIGHTER, "30 in 6 s": _LOOSER}.items():
        world, schedule = account(sizes), _constant(limits)
        with VirtualTime() as clock, mirror_folder() as folder, serving(world, clock, schedule, _DELAYS) as coda:
            measured_sync(coda, folder, clock)
            clock.sleep(_AN_HOUR)
            foretold = estimate(folder, client(coda, clock), everything).seconds
            measured = measured_sync(coda, folder, clock, everything)
        details = _noting(f"{foretold:.0f} s foretold, {measured.seconds:.0f} s needed", measured)
        ratio = max(foretold / measured.seconds, measured.seconds / foretold)
        yield Row("dry run", f"time foretold to time needed, exports {text}", ratio, _MOST_ERROR, details)


def _requests(sizes: tuple[Size, ...]) -> Iterator[Row]:
    """A first sync, and the next ones an hour after each edit, under published limits."""
    with VirtualTime() as clock, mirror_folder() as folder:
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


def _noting(details: str, *syncs: Measured) -> str:
    """A sync that did not do all of its work shows no speed."""
    problems = sum(sync.problems for sync in syncs)
    return f"{details}; {problems} PROBLEMS" if problems else details


def _real_time() -> Iterator[Row]:
    """A small one on the machine's clock, which shows what the program itself costs."""
    schedule, world, clock = _constant(_LOOSER), account(TINY_ACCOUNT), HastenedClock(_HURRY)
    with mirror_folder() as folder, serving(world, clock, schedule, _DELAYS) as coda:
        measured = measured_sync(coda, folder, clock)
    bound = least_seconds(first_sync_needs(world), schedule, _DELAYS)
    details = _noting(f"{measured.seconds / _HURRY:.1f} s of {bound / _HURRY:.1f} s", measured)
    text = f"time on the machine's clock, all waits a {_HURRY:.0f}th as long"
    yield Row("first sync", text, measured.seconds / bound, _MOST_REAL_TIME, details)
