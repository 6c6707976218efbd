"""How many requests a sync needs: the least that the laws of the mirror allow, as formulas, and so how long it takes.

With `p(n) = max(1, ceil(n / 500))`, the requests that list n items:

- a sync in which nothing changed: p(docs of the account), and `whoami` where this token was not met before; where
  something but hosted files is read, 1 for the names of folders, which the listing of docs leaves out;
- a doc that is visited: p(pages) + p(tables and views) + 1 for each of these for its details;
- its content: for each table and view 1 for the columns and p(rows), for the formulas and the controls 1 and 1 for
  each of them, 2 for the sharing;
- each page that is exported, in each format: 1 that begins the export, of a rate class of its own, and 1 that finds
  it ready. The download of the export, and of images and files, is not limited.

A table's details cannot be spared, for a view's filter may change and nothing else tells of it; nor can its rows, for
values that are calculated move no time (coda-api.md, Freshness).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coda_git_mirror.actions.held import NOT_HELD, Held, HeldDoc
from coda_git_mirror.actions.sync.extras import CONTROLS, FORMULAS
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.visits import Visit
from coda_git_mirror.actions.sync.workers import EXPORTS_AT_ONCE, READS_AT_ONCE, RENDER_SECONDS
from coda_git_mirror.disk.shelf import Shelve, in_memory
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.model.content import Doc, is_exportable
from coda_git_mirror.model.traffic import RateClass, Requests, Traffic

PAGE_SIZE = 500
_SHARING = 2
_MOST_STATED = 10_000_000
"""No doc has more of anything: one that says so is not believed."""
_STEPS = 8
"""Exchanges of which each waits for the one before, from the first listing to the last download."""


@dataclass(frozen=True)
class DocShape:
    """What a doc consists of, as far as it is known beforehand; `rows` has the count of each table and view."""

    pages: int
    exportable: int
    rows: tuple[int, ...]
    formulas: int = 0
    controls: int = 0


@dataclass(frozen=True)
class DocPlan:
    """What a visit will export, read and cost; `held` gives what the mirror has of the doc."""

    visit: Visit
    held: Callable[[], HeldDoc]
    shape: DocShape
    pages: int
    tables: int
    rows: int
    requests: Requests

    @property
    def is_sized(self) -> bool:
        """Whether the size of the doc is known at all."""
        return self.shape is not _UNKNOWN


_UNKNOWN = DocShape(1, 1, (0,))


def plan_visits(
    visits: Iterable[Visit], held: Held | None, options: SyncOptions, shelve: Shelve = in_memory
) -> list[DocPlan]:
    """The plan of each visit, as far as it is known before Coda is asked: of an edited doc one page is exported."""
    chosen = list(visits)
    ids = [visit.doc.id for visit in chosen if held and visit.doc.id in held.docs]
    docs = held.each_doc(ids) if held else iter(())
    known = {doc.doc.id: (shelve(doc), stored_shape(doc.stored)) for doc in docs}
    return [_plan(visit, known.get(visit.doc.id), options) for visit in chosen]


def _not_held() -> HeldDoc:
    return NOT_HELD


def _plan(visit: Visit, known: tuple[Callable[[], HeldDoc], DocShape] | None, options: SyncOptions) -> DocPlan:
    held, shape = known or (_not_held, listed_shape(visit.doc) or _UNKNOWN)
    return plan_visit(visit, held, shape, shape.exportable if visit.whole else 1, options)


def plan_visit(
    visit: Visit, held: Callable[[], HeldDoc], shape: DocShape, exported: int, options: SyncOptions
) -> DocPlan:
    """The plan of a visit that exports so many pages; what is not asked for costs nothing, nor do hosted files."""
    if visit.files_only:
        return DocPlan(visit, held, shape, 0, 0, 0, Requests())
    pages = exported if options.pages else 0
    rows = shape.rows if options.tables else ()
    requests = (
        outline_requests(shape, options)
        + content_requests(shape, options)
        + export_requests(pages * len(options.formats))
    )
    return DocPlan(visit, held, shape, pages, len(rows), sum(rows), requests)


def outline_requests(shape: DocShape, options: SyncOptions) -> Requests:
    pages = listing_requests(shape.pages) if options.pages else 0
    tables = listing_requests(len(shape.rows)) + len(shape.rows) if options.tables else 0
    return Requests({RateClass.READ: pages + tables})


def content_requests(shape: DocShape, options: SyncOptions) -> Requests:
    tables = sum(1 + listing_requests(rows) for rows in shape.rows) if options.tables else 0
    extras = 1 + shape.formulas + 1 + shape.controls + _SHARING if options.pages else 0
    return Requests({RateClass.READ: tables + extras})


def export_requests(exports: int) -> Requests:
    """Those for so many exports, each of one page in one format."""
    return Requests({RateClass.EXPORT: exports, RateClass.READ: exports})


def listing_requests(items: int) -> int:
    return max(1, -(-items // PAGE_SIZE))


def stored_shape(stored: StoredDoc) -> DocShape:
    """A doc as the mirror holds it."""
    grids = (*stored.tables.values(), *stored.views.values())
    return DocShape(
        pages=len(stored.pages),
        exportable=sum(is_exportable(str(page.get("contentType", "canvas"))) for page in stored.pages.values()),
        rows=tuple(int(grid.get("rowCount") or 0) for grid in grids),
        formulas=len(stored.extras.get(FORMULAS) or ()),
        controls=len(stored.extras.get(CONTROLS) or ()),
    )


def listed_shape(doc: Doc) -> DocShape | None:
    """A doc that the mirror does not hold, as Coda's listing tells of its size; None where it does not."""
    size = doc.raw.get("docSize")
    if not isinstance(size, dict):
        return None
    pages, tables, rows = (size.get(name) for name in ("pageCount", "tableAndViewCount", "totalRowCount"))
    counts = [count for count in (pages, tables, rows) if type(count) is int and 0 <= count <= _MOST_STATED]
    return DocShape(counts[0], counts[0], _spread(counts[2], counts[1])) if len(counts) == 3 else None


def _spread(rows: int, tables: int) -> tuple[int, ...]:
    """All rows in one table: how they are spread, the listing does not say."""
    return (rows, *([0] * (tables - 1))) if tables > 0 else ()


def total(plans: Iterable[DocPlan]) -> Requests:
    return sum((plan.requests for plan in plans), Requests())


def seconds_for(requests: Requests, traffic: Traffic, formats: int) -> float:
    """About how long requests take: as long as the tightest rate class, or the threads that wait for Coda, need.

    A page is exported in one of its `formats` after the other, so many more renderings are waited for in the end.
    """
    if not requests.total():
        return 0.0
    reads, exports = requests[RateClass.READ], requests[RateClass.EXPORT]
    job = RENDER_SECONDS + 2 * traffic.latency
    busy = max(_paced(requests, traffic), reads * traffic.latency / READS_AT_ONCE, exports * job / EXPORTS_AT_ONCE)
    return busy + _STEPS * traffic.latency + (formats * job if exports else 0.0)


def _paced(requests: Requests, traffic: Traffic) -> float:
    """How long requests take to leave at the present pace: classes do not wait for each other."""
    paces = ((count, traffic.rates.get(kind)) for kind, count in requests.items())
    return max((count / rate for count, rate in paces if rate), default=0.0)
