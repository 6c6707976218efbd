"""What two sequences have in common, in order, at a cost that grows with their length alone.

First by what is found once on both sides, which a person would look for too: runs of three, then single ones. Between
these by the shortest way from one to the other, as far as it can be found by looking at few things around.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_DEEPEST = 12
"""How often what lies between two finds is searched for more of them."""
_STEPS = 600_000
"""About how many steps the search for shortest ways takes in all: it looks less far, the longer the sequences are."""
_LEAST_REACH, _FARTHEST_REACH = 4, 400
"""How many elements such a search may leave out before it goes on from where it came farthest."""

_STRETCH, _SCARCE = 4_000, 0.05
"""Of so many elements, and the share that has to be found in common for the search to go on."""


class Run(NamedTuple):
    """`length` elements from `old` on in one sequence are equal to as many from `new` on in the other."""

    old: int
    new: int
    length: int


def common_runs(old: Sequence[Hashable], new: Sequence[Hashable], size: int = 0) -> list[Run]:
    """The runs that both have, in the order of both, each as long as it can be.

    `size` is the length of the sequences of which these are a part.
    """
    numbers: dict[Hashable, int] = {}
    olds, news = ([numbers.setdefault(each, len(numbers)) for each in side] for side in (old, new))
    reach = min(max(2 * _STEPS // (size or len(old) + len(new) + 1), _LEAST_REACH), _FARTHEST_REACH)
    return list(_joined(sorted(_Search(olds, news, reach).runs())))


def _joined(runs: list[Run]) -> Iterator[Run]:
    last = Run(0, 0, 0)
    for run in runs:
        if (last.old + last.length, last.new + last.length) == run[:2]:
            last = Run(last.old, last.new, last.length + run.length)
        else:
            if last.length:
                yield last
            last = run
    if last.length:
        yield last


class _Gap(NamedTuple):
    """From `a` until before `b` of the old elements, from `c` until before `d` of the new ones."""

    a: int
    b: int
    c: int
    d: int
    depth: int


@dataclass(frozen=True)
class _Search:
    olds: list[int]
    news: list[int]
    reach: int

    def runs(self) -> Iterator[Run]:
        gaps = [_Gap(0, len(self.olds), 0, len(self.news), 0)]
        while gaps:
            gap, ends = self._trimmed(gaps.pop())
            yield from ends
            if gap.a == gap.b or gap.c == gap.d:
                continue
            anchors = self._anchors(gap) if gap.depth < _DEEPEST else []
            gaps += _between(gap, anchors)
            yield from _runs_of(anchors or self._shortest(gap))

    def _trimmed(self, gap: _Gap) -> tuple[_Gap, list[Run]]:
        """A gap without what both sides begin and end with, and these."""
        olds, news = self.olds, self.news
        a, b, c, d, depth = gap
        while a < b and c < d and olds[a] == news[c]:
            a, c = a + 1, c + 1
        while a < b and c < d and olds[b - 1] == news[d - 1]:
            b, d = b - 1, d - 1
        ends = [Run(gap.a, gap.c, a - gap.a), Run(b, d, gap.b - b)]
        return _Gap(a, b, c, d, depth), [run for run in ends if run.length]

    def _anchors(self, gap: _Gap) -> list[tuple[int, int]]:
        """Pairs of positions in one order on both sides, of what is there once on each."""
        olds, news = self.olds[gap.a : gap.b], self.news[gap.c : gap.d]
        triples = (list(zip(side, side[1:], side[2:], strict=False)) for side in (olds, news))
        pairs = _in_order(_found_once(*triples)) or _in_order(_found_once(olds, news))
        return [(gap.a + i, gap.c + j) for i, j in pairs]

    def _shortest(self, gap: _Gap) -> Iterator[tuple[int, int]]:
        """Such pairs along the shortest way through a gap, or pieces of which each is as short as can be seen."""
        olds, news = range(gap.a, gap.b), range(gap.c, gap.d)
        there, here = ({side[place] for place in places} for side, places in ((self.news, news), (self.olds, olds)))
        olds_there = [place for place in olds if self.olds[place] in there]
        news_here = [place for place in news if self.news[place] in here]
        sides = [self.olds[place] for place in olds_there], [self.news[place] for place in news_here]
        for i, j, length in _greedy_runs(*sides, self.reach):
            yield from zip(olds_there[i : i + length], news_here[j : j + length], strict=True)


def _runs_of(pairs: Iterable[tuple[int, int]]) -> Iterator[Run]:
    """Pairs of positions as runs, where pairs follow one another."""
    first, length = (0, 0), 0
    for i, j in pairs:
        if (i, j) == (first[0] + length, first[1] + length):
            length += 1
        else:
            if length:
                yield Run(*first, length)
            first, length = (i, j), 1
    if length:
        yield Run(*first, length)


def _between(gap: _Gap, anchors: list[tuple[int, int]]) -> Iterator[_Gap]:
    """The gaps that are left between pairs of positions, none without pairs."""
    a, c = gap.a, gap.c
    for i, j in anchors:
        if a < i and c < j:
            yield _Gap(a, i, c, j, gap.depth + 1)
        a, c = i + 1, j + 1
    if anchors and a < gap.b and c < gap.d:
        yield _Gap(a, gap.b, c, gap.d, gap.depth + 1)


def _found_once(olds: Sequence[Hashable], news: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The positions of what is found once on each side, by the first of them."""
    here, there = _single_places(olds), _single_places(news)
    return [(i, j) for each, i in here.items() if i >= 0 and (j := there.get(each, -1)) >= 0]


def _single_places(elements: Sequence[Hashable]) -> dict[Hashable, int]:
    """Where each element is; -1 for one that is found several times."""
    places: dict[Hashable, int] = {}
    for place, element in enumerate(elements):
        places[element] = -1 if element in places else place
    return places


def _in_order(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """As many of the pairs as there can be of which both numbers grow."""
    least: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = len(least) if not least or place > least[-1] else bisect_left(least, place)
        before.append(ends[length - 1] if length else -1)
        least[length : length + 1] = [place]
        ends[length : length + 1] = [number]
    chosen, number = [], ends[-1] if ends else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = before[number]
    return chosen[::-1]


_Trail = tuple[Run, "_Trail"] | None
"""The last run of a way, and the way to it."""


def _greedy_runs(olds: list[int], news: list[int], reach: int) -> Iterator[Run]:
    """The runs along such a way, until hardly anything has been found over a long stretch."""
    a = c = found = begun = 0
    while a < len(olds) and c < len(news):
        a, c, trail = _farthest(olds, news, a, c, reach)
        while trail:
            run, trail = trail
            found += run.length
            yield run
        if a + c - begun > _STRETCH:
            if found < _SCARCE * _STRETCH:
                return
            found, begun = 0, a + c


def _farthest(olds: list[int], news: list[int], a: int, c: int, reach: int) -> tuple[int, int, _Trail]:
    """How far a way from `a` and `c` on comes that leaves out at most `reach` elements (E. Myers' greedy search)."""
    width, height = len(olds) - a, len(news) - c
    ends: dict[int, tuple[int, _Trail]] = {1: (0, None)}
    for left_out in range(reach + 1):
        first, last = 2 * max(0, left_out - height) - left_out, left_out - 2 * max(0, left_out - width)
        for diagonal in range(first, last + 1, 2):
            below, above = ends.get(diagonal - 1, (-1, None)), ends.get(diagonal + 1, (-1, None))
            start, trail = above if above[0] > below[0] else (below[0] + 1, below[1])
            x, down = start, c - diagonal
            while x < width and x - diagonal < height and olds[a + x] == news[down + x]:
                x += 1
            ends[diagonal] = x, (Run(a + start, down + start, x - start), trail) if x > start else trail
            if x >= width and x - diagonal >= height:
                return len(olds), len(news), ends[diagonal][1]
    inside = [each for each, (x, _) in ends.items() if x <= width and x - each <= height]
    diagonal = max(inside, key=lambda each: 2 * ends[each][0] - each)
    return a + ends[diagonal][0], c + ends[diagonal][0] - diagonal, ends[diagonal][1]
