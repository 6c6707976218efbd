"""Requests to Coda's API by the classes in which Coda counts them: what a run will need, and what it has sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class RateClass(Enum):
    """The kinds of requests that Coda counts apart; that of exports is not published (coda-api.md, Requests)."""

    READ = "read"
    DOCS = "docs"
    EXPORT = "export"
    WRITE = "write"
    CONTENT = "content"


_CONTENT_WRITES_A_SECOND = 3 / 10
"""The tighter one of the two limits that Coda publishes (coda-api.md, Requests)."""

Requests = Counter[RateClass]
"""So many requests of each class."""


@dataclass(frozen=True)
class Traffic:
    """What was sent so far, how many of these the rate limit refused, and the pace of each class.

    A rate is the requests a second that leave at present; None where nothing holds them. `latency` is the mean time
    of an exchange in seconds, 0 before the first one. `retrying` are requests that failed and will be sent again.
    """

    sent: Requests
    refused: int
    rates: Mapping[RateClass, float | None]
    latency: float
    retrying: int = 0


def content_write_seconds(requests: int) -> float:
    """How long so many changes of rows, pages and their content take to leave, as a user is told beforehand."""
    return requests / _CONTENT_WRITES_A_SECOND
