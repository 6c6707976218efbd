"""One request to the API, as a value, and the path that it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from coda_git_mirror.coda.retry import RetryPolicy
from coda_git_mirror.coda.shape import is_name
from coda_git_mirror.errors import Unaddressable
from coda_git_mirror.model.traffic import RateClass

_LONGEST_ID = 1_000
_LONGEST_SEGMENT = 3_000
"""Of an id as it stands in the address, where a character may take twelve; servers take 8,000 for all of it."""
_ELSEWHERE = frozenset({".", ".."})


@dataclass(frozen=True)
class Request:
    """One request of a rate class; `path` is below the base URL, as `path_of` makes it."""

    path: str
    kind: RateClass = RateClass.READ
    method: str = "GET"
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    policy: RetryPolicy = RetryPolicy()
    opening: bool = False
    """Whether a run may begin with it: as long as Coda has not answered, somebody waits for the word that it cannot."""
    heavy: bool = False
    """Whether it may ask for more than Coda can give: then asking for less helps, and asking again does not."""
    repeatable: bool = False
    """Whether sending it twice does no more than once, which is said of all but GET where it is so; else an answer that
    got lost leaves open what was done."""
    at_once: bool = False
    """Whether it is of no use later: where the rate limit refuses it, somebody has to look again first (Postponed)."""
    fresh: bool = False
    """Whether an answer that lacks a change which Coda has accepted is to be refused (NotYetFresh)."""

    @property
    def is_change(self) -> bool:
        """Whether it asks Coda to change something that a user sees."""
        return self.kind in (RateClass.WRITE, RateClass.CONTENT)

    @property
    def may_repeat(self) -> bool:
        """Whether it may be sent again when nobody knows what became of it."""
        return self.repeatable or self.method == "GET"


def path_of(*parts: str) -> str:
    """The path of names and ids, each quoted.

    Raises Unaddressable for an id that would lead to another place, or that is longer than any server takes.
    """
    return "".join(f"/{_segment(part)}" for part in parts)


def _segment(part: str) -> str:
    if part in _ELSEWHERE or not is_name(part) or len(part) > _LONGEST_ID:
        raise Unaddressable
    quoted = quote(part, safe="")
    if len(quoted) > _LONGEST_SEGMENT:
        raise Unaddressable
    return quoted
