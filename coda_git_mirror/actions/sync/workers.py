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


class Workers:
    """Four kinds of work that do not hold up each other; work of one kind begins in the order in which it was given.

    Work on a doc may wait for the other kinds, and these wait for nothing but Coda.
    """

    def __init__(self) -> None:
        self.docs = ThreadPoolExecutor(DOCS_AT_ONCE, thread_name_prefix="doc")
        self.exports = ThreadPoolExecutor(EXPORTS_AT_ONCE, thread_name_prefix="export")
        self.reads = ThreadPoolExecutor(READS_AT_ONCE, thread_name_prefix="read")
        self.downloads = ThreadPoolExecutor(DOWNLOADS_AT_ONCE, thread_name_prefix="download")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Threads are not waited for when the run ends early: whoever ends it may be waiting at the keyboard."""
        for pool in (self.docs, self.exports, self.reads, self.downloads):
            pool.shutdown(wait=error is None, cancel_futures=error is not None)
