"""Which words of rewritten paragraphs stayed: of a paragraph that is much like another one, only words of that one."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

from coda_git_mirror.changes.alignment import Run, common_runs
from coda_git_mirror.changes.tokens import Tokens

_MOSTLY = 0.6
"""How much of the longer one of two paragraphs the other one has to have for both to be a pair."""


def paired_runs(old: Tokens, new: Tokens) -> list[Run]:
    """The runs of tokens that both texts have, none of which leads from a paragraph of a pair to a third one."""
    runs = common_runs(old.words, new.words)
    shared = Counter[tuple[int, int]]()
    for before, after, length in (each for run in runs for each in _by_paragraphs(run, old, new)):
        shared[before, after] += length
    pairs = dict(_pairs(shared, old, new))
    back = {after: before for before, after in pairs.items()}
    if all(pairs.get(before, after) == after and back.get(after, before) == before for before, after in shared):
        return runs
    edges = ((old.starts[before + end], new.starts[after + end]) for before, after in pairs.items() for end in (0, 1))
    cuts = pairwise([(0, 0), *edges, (len(old.words), len(new.words))])
    size = len(old.words) + len(new.words)
    return [
        Run(a + run.old, c + run.new, run.length)
        for (a, c), (b, d) in cuts
        for run in common_runs(old.words[a:b], new.words[c:d], size)
    ]


def _by_paragraphs(run: Run, old: Tokens, new: Tokens) -> Iterator[tuple[int, int, int]]:
    """The numbers of the two paragraphs that share the tokens of a run, and how many of them."""
    at = 0
    while at < run.length:
        before = bisect_right(old.starts, run.old + at) - 1
        after = bisect_right(new.starts, run.new + at) - 1
        ends = old.starts[before + 1] - run.old, new.starts[after + 1] - run.new, run.length
        yield before, after, min(ends) - at
        at = min(ends)


def _pairs(shared: Mapping[tuple[int, int], int], old: Tokens, new: Tokens) -> Iterator[tuple[int, int]]:
    for (before, after), count in shared.items():
        longer = max(each.starts[at + 1] - each.starts[at] for each, at in ((old, before), (new, after)))
        if count >= _MOSTLY * longer:
            yield before, after
