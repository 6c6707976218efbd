"""The threads of a run: they mostly wait, for Coda's answers, for its rendering of pages, and for its rate limits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

DOCS_AT_ONCE = 40
"""So many that exports do not run dry while docs without pages are read."""
EXPORTS_AT_ONCE = 36
"""A few dozen is the most that Coda renders without failures (coda-api.md, Page export)."""
READS_AT_ONCE = 8
"""By Little's law enough to fill Coda's budget for reading (engineering.md, HTTP)."""
DOWNLOADS_AT_ONCE = 8


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


class Workers:
    """Four kinds of work that do not hold up each other; work of one kind begins in the order in which it was given.

    Work on a doc may wait for the other kinds, and these wait for nothing but Coda.
    """

    def __init__(self) -> None:
        share = share_of_threads()
        self.docs, self.exports, self.reads, self.downloads = (
            ThreadPoolExecutor(max(1, int(at_once * share)), thread_name_prefix=kind)
            for kind, at_once in (
                ("doc", DOCS_AT_ONCE),
                ("export", EXPORTS_AT_ONCE),
                ("read", READS_AT_ONCE),
                ("download", DOWNLOADS_AT_ONCE),
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Threads are not waited for when the run ends early: whoever ends it may be waiting at the keyboard."""
        for pool in (self.docs, self.exports, self.reads, self.downloads):
            pool.shutdown(wait=error is None, cancel_futures=error is not None)
