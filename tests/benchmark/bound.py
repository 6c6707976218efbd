"""What a sync costs at the least: the requests of each rate class, and the time in which limits let them through.

Requests: the listing of docs, and `whoami` the first two times; where a doc is read, the listing of folders, whose
names the docs lack; for each doc that is read the listings of pages, tables, formulas, controls and permissions, and
the sharing settings, one for each formula and control, and for each table and view its description, its columns and
its rows; for each page and format that is exported the POST that begins it and one look at its status. Listings count
as many times as they have pages.

Time: that of the class that takes longest, each at the rate that its limit allows in the long run. Before the first
export three requests have to be answered one after another, and the last one still has to be begun, rendered, looked
at and downloaded. A server bears only so many exports at once, which is a limit like the others.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from coda_git_mirror.demo.limits import Limits
from coda_git_mirror.demo.listings import PageSizes
from coda_git_mirror.demo.world import Doc, Page, View, World

FORMATS = 2
EXPORTS_AT_ONCE = 36
"""A few dozen is the most (coda-api.md, Page export)."""
_SIZES = PageSizes()
_STEP = 0.05

Needs: TypeAlias = "Counter[str]"
"""How many requests of each rate class."""

Schedule: TypeAlias = "Callable[[float], Limits]"
"""The limits, by the seconds since the simulation began."""


@dataclass(frozen=True)
class Delays:
    """Seconds that every request takes on its way, and that a render takes at the least and at the most."""

    latency: float = 0.2
    render: tuple[float, float] = (2.0, 6.0)

    @property
    def before_exports(self) -> float:
        """Who the user is, the docs, the pages of the first doc."""
        return 3 * self.latency

    @property
    def after_exports(self) -> float:
        """From sending the last POST to holding the file."""
        return 3 * self.latency + self.render[0]

    @property
    def export(self) -> float:
        """How long an export is under way on average."""
        return 3 * self.latency + sum(self.render) / 2


FOLDER_NAMES: Needs = Counter(read=1)
"""Where a doc is read, and the listing of docs leaves out the name of its folder."""


def account_needs(world: World) -> Needs:
    """What a sync of any kind has to ask before it knows which docs to read."""
    return Counter(docs=_pages(len(world.docs), _SIZES.docs))


def first_sync_needs(world: World) -> Needs:
    """Everything, once."""
    needs = account_needs(world) + Counter(read=1) + FOLDER_NAMES
    for doc in world.docs:
        needs += doc_needs(doc, doc.pages())
    return needs


def doc_needs(doc: Doc, exported: Iterable[Page]) -> Needs:
    """A doc that is read, with the pages of it that are exported."""
    pages, grids = list(doc.pages()), doc.grids()
    reads = _pages(len(pages), _SIZES.pages) + _pages(len(grids), _SIZES.tables)
    for listed in (doc.formulas, doc.controls):
        reads += _pages(len(listed), _SIZES.formulas) + len(listed)
    reads += _pages(len(doc.permissions), _SIZES.permissions) + 1
    for grid in grids:
        rows = grid.visible_rows() if isinstance(grid, View) else grid.rows
        reads += 1 + _pages(len(grid.base.columns), _SIZES.columns) + _pages(len(rows), _SIZES.rows)
    exports = FORMATS * sum(page.content_type == "canvas" for page in exported)
    return Counter(read=reads + exports, export=exports)


def _pages(items: int, size: int) -> int:
    return max(1, -(-items // size))


def least_seconds(needs: Needs, limits: Schedule, delays: Delays) -> float:
    """The bound: no client is done sooner under limits that are a function of the seconds since it began."""
    finished = delays.before_exports + needs["export"] * delays.export / EXPORTS_AT_ONCE
    for name, count in needs.items():
        begin, end = (delays.before_exports, delays.after_exports) if name == "export" else (0.0, delays.latency)
        finished = max(finished, _passed(name, count, limits, begin) + end)
    return finished


def _passed(name: str, count: int, limits: Schedule, begin: float) -> float:
    """When so many requests have gone through, at the rates of the moment."""
    instant, left = begin, float(count)
    while left > 0:
        rate = getattr(limits(instant), name)
        if rate is None:
            break
        per_second = rate[0] / rate[1]
        step = min(_STEP, left / per_second)
        instant, left = instant + step, left - step * per_second
    return instant


def changing(moment: float, before: Limits, after: Limits) -> Schedule:
    """Limits that change once."""
    return lambda elapsed: before if elapsed < moment else after


def moment_of_change(share: float, needs: Needs, before: Limits, after: Limits, delays: Delays) -> float:
    """When limits have to change so that it is after this share of the bound, which depends on it."""
    earliest, latest = 0.0, least_seconds(needs, changing(0.0, before, after), delays)
    latest = max(latest, least_seconds(needs, changing(math.inf, before, after), delays))
    while latest - earliest > _STEP:
        moment = (earliest + latest) / 2
        if moment < share * least_seconds(needs, changing(moment, before, after), delays):
            earliest = moment
        else:
            latest = moment
    return latest
