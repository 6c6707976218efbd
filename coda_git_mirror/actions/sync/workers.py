"""The threads of a run: they mostly wait, for Coda's answers, for its rendering of pages, and for its rate limits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from types import TracebackType
from typing import Self

from coda_git_mirror.actions.sync.in_turn import InTurn
from coda_git_mirror.model.traffic import RateClass, Traffic

DOCS_AT_ONCE = 40
"""So many that exports do not run dry while docs without pages are read."""
EXPORTS_AT_ONCE = 36
"""A few dozen is the most that Coda renders without failures (coda-api.md, Page export)."""
READS_AT_ONCE = 8
"""By Little's law enough to fill Coda's budget for reading (engineering.md, HTTP)."""
DOWNLOADS_AT_ONCE = 8
RENDER_SECONDS = 4.0
"""What Coda takes to render a page, as a rule: 2 to 10 seconds (coda-api.md, Page export)."""
_QUICK_RENDER = 2.0
_SPARE = 2.0
"""A listing of rows takes longer than the mean request."""


_ADDRESSES_OF_THE_REST = 400 * 1024 * 1024
"""What the program itself takes of the address space, with what it reads."""
_USUAL_STACK = 8 * 1024 * 1024


def share_of_threads() -> float:
    """How many of the threads there is room for where addresses are limited (`ulimit -v`), from 0 to 1."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return 1.0
    addresses, stack = (resource.getrlimit(it)[0] for it in (resource.RLIMIT_AS, resource.RLIMIT_STACK))
    if addresses == resource.RLIM_INFINITY:
        return 1.0
    of_a_thread = _USUAL_STACK if stack == resource.RLIM_INFINITY else max(stack, 1)
    every = (DOCS_AT_ONCE + EXPORTS_AT_ONCE + READS_AT_ONCE + DOWNLOADS_AT_ONCE) * of_a_thread
    return min(1.0, max(0.0, (addresses - _ADDRESSES_OF_THE_REST) / every))


def reads_of_use(traffic: Traffic) -> int:
    """So many tables at once fill the budget for reading, by Little's law; more would only make each of them slower.

    For a run of which the time is limited: tables that are read side by side may all be cut off.
    """
    rate = traffic.rates.get(RateClass.READ)
    return READS_AT_ONCE if rate is None else ceil(_SPARE * rate * traffic.latency)


def exports_of_use(seconds: float) -> int:
    """So many pages at once in a run of so many seconds that its end cuts off few, compared with what it reads."""
    return int(min(seconds / _QUICK_RENDER, EXPORTS_AT_ONCE))


class Workers:
    """Four kinds of work that do not hold up each other.

    Work on a doc may wait for the other kinds, and these wait for nothing but Coda; what is read `alone` is read beside
    all else. `reads` tells how many tables to read at once, and `exports` how many pages.
    """

    def __init__(self, reads: Callable[[], int] | None = None, exports: Callable[[], int] | None = None) -> None:
        share = share_of_threads()
        docs, pages, tables, downloads = (
            max(1, int(count * share)) for count in (DOCS_AT_ONCE, EXPORTS_AT_ONCE, READS_AT_ONCE, DOWNLOADS_AT_ONCE)
        )
        self.alone = InTurn("read_alone", 1)
        self.docs = ThreadPoolExecutor(docs, thread_name_prefix="doc")
        self.exports, self.reads = InTurn("export", pages, exports), InTurn("read", tables, reads)
        self.downloads = ThreadPoolExecutor(downloads, thread_name_prefix="download")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Threads are not waited for when the run ends early: whoever ends it may be waiting at the keyboard."""
        self.docs.shutdown(wait=error is None, cancel_futures=error is not None)
        self.exports.shutdown(wait=error is None)
        self.reads.shutdown(wait=error is None)
        self.alone.shutdown(wait=error is None)
        self.downloads.shutdown(wait=error is None, cancel_futures=error is not None)
