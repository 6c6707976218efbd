"""Things found by the last characters of their ids, which is how Coda's URLs name them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence


class UrlIds:
    """Ids with the part of each one's own URL that names it, such as `Page-name_suXXXXX`; empty where it has none."""

    def __init__(self, own: Mapping[str, str], marks: Sequence[str]) -> None:
        self._marks = marks
        self._ids = frozenset(own)
        self._owners: dict[str, set[str]] = {}
        for thing, part in own.items():
            for tail in self._candidates(part):
                self._owners.setdefault(tail, set()).add(thing)
        self._reversed = sorted(thing[::-1] for thing in own)

    def find(self, part: str) -> str | None:
        """The id that part of a URL means: by a thing's own URL, else by the whole id, else by a tail that fits one.

        Ids may hold the mark: longer tails come first, and the first that fits anything decides.
        """
        tails = list(self._candidates(part))
        for tail in tails:
            if owners := self._owners.get(tail):
                return next(iter(owners)) if len(owners) == 1 else None
        for tail in tails:
            if tail in self._ids:
                return tail
        endings = (self._ending_in(tail) for tail in tails)
        fitting = next(filter(None, endings), [])
        return fitting[0] if len(fitting) == 1 else None

    def _candidates(self, part: str) -> Iterator[str]:
        for mark in self._marks:
            yield from markings(part, mark)

    def _ending_in(self, tail: str) -> list[str]:
        """Up to two ids with this ending."""
        place = bisect_left(self._reversed, tail[::-1])
        return [thing[::-1] for thing in self._reversed[place : place + 2] if thing.startswith(tail[::-1])]


def markings(part: str, mark: str) -> Iterator[str]:
    """Whatever stands behind the mark, wherever it occurs, the longest first; never nothing."""
    place = part.find(mark)
    while place >= 0:
        if tail := part[place + len(mark) :]:
            yield tail
        place = part.find(mark, place + 1)
