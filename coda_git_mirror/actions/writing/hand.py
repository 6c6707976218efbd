"""The request in hand: one that is sent is finished, whatever comes from the keyboard meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self

from coda_git_mirror.clock import Terminated
from coda_git_mirror.errors import Unanswered
from coda_git_mirror.model.writes import Accepted

_SECONDS_TO_END = 1.0
"""The process ends half a second later (`cli`)."""


class Hand:
    """Sends one request at a time, in a thread of its own, for a signal strikes the main thread alone.

    `interruption` is what came while a request was in hand; whoever holds it goes no further once that is noted down.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="write")
        self.interruption: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def carry(self, send: Callable[[], Accepted]) -> Accepted:
        """What Coda answers; raises what `send` raises, and Unanswered where there was no time left to wait for it."""
        answer = self._thread.submit(send)
        try:
            return answer.result()
        except (KeyboardInterrupt, Terminated) as ending:
            self.interruption = ending
        return _last_word(answer)


def _last_word(answer: Future[Accepted]) -> Accepted:
    wait([answer], _SECONDS_TO_END)
    if not answer.done():
        raise Unanswered("Coda had not answered when the command was ended")
    return answer.result()
