"""Places in an order that stay what they are while others come, go or move."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")
_GAP = 1 << 20


def placed(order: Sequence[T], before: Mapping[T, int]) -> dict[T, int]:
    """A place for each of `order`, rising; as many as can be keep the place that they had before."""
    known = [each for each in order if each in before]
    if len(known) == len(order) and all(before[a] < before[b] for a, b in pairwise(known)):
        return {each: before[each] for each in order}
    kept = _longest_rising([before[each] for each in known])
    staying = {each: before[each] for each in known if before[each] in kept}
    return _filled(order, staying) or {each: (number + 1) * _GAP for number, each in enumerate(order)}


def _filled(order: Sequence[T], staying: Mapping[T, int]) -> dict[T, int] | None:
    """Those that stay, with the others evenly between them; None where there is no room."""
    result: dict[T, int] = {}
    waiting: list[T] = []
    last = 0
    for each in order:
        if each not in staying:
            waiting.append(each)
            continue
        step = (staying[each] - last) // (len(waiting) + 1)
        if step < 1:
            return None
        result |= {other: last + step * (number + 1) for number, other in enumerate(waiting)}
        result[each] = last = staying[each]
        waiting = []
    return result | {other: last + _GAP * (number + 1) for number, other in enumerate(waiting)}


def _longest_rising(places: Sequence[int]) -> set[int]:
    """The longest run of rising places, which need not stand beside one another."""
    ends: list[int] = []
    ends_at: list[int] = []
    former: list[int] = []
    for number, place in enumerate(places):
        length = bisect_left(ends, place)
        former.append(ends_at[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        ends_at[length : length + 1] = [number]
    found: set[int] = set()
    at = ends_at[-1] if ends_at else -1
    while at >= 0:
        found.add(places[at])
        at = former[at]
    return found
