"""Two passages compared word by word, and parted where a paragraph of one answers to a paragraph of the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from coda_git_mirror.changes.alignment import Run
from coda_git_mirror.changes.pairing import paired_runs
from coda_git_mirror.changes.tokens import Tokens
from coda_git_mirror.model.differences import Operation, Piece

_ALIKE = 0.3
"""How much of two passages has to be the same for a comparison by words to be legible."""
_NEAR = 50
"""Over how many tokens that stayed it is looked whether a paragraph begins or ends there."""


class Step(NamedTuple):
    """The tokens from `a` until before `b` of the older text, and from `c` until before `d` of the newer one."""

    a: int
    b: int
    c: int
    d: int
    is_same: bool


@dataclass(frozen=True)
class Rewriting:
    """The tokens of two passages, and which of them stayed."""

    old: Tokens
    new: Tokens

    @classmethod
    def of(cls, old: Iterable[str], new: Iterable[str]) -> Rewriting:
        """Of two passages as their paragraphs, of which none is empty."""
        return cls(Tokens.of(old), Tokens.of(new))

    @cached_property
    def steps(self) -> list[Step]:
        """From the beginning to the end of both passages: what stayed, and what was replaced between."""
        end = Run(len(self.old.words), len(self.new.words), 0)
        runs = self._beside_paragraphs([*paired_runs(self.old, self.new), end])
        return list(_steps([*self._telling(runs), end]))

    def _beside_paragraphs(self, runs: Iterable[Run]) -> list[Run]:
        """The runs, of which what may as well end or begin a paragraph, where some came or went, does so."""
        slid = [Run(0, 0, 0)]
        for run in runs:
            slid += _slid(slid.pop(), run, self.old, self.new)
        return [run for run in slid if run.length]

    def _telling(self, runs: Sequence[Run]) -> Iterator[Run]:
        """The runs without single letters that stayed by chance where others were replaced."""
        edges = [Run(0, 0, 0), *runs, Run(len(self.old.words), len(self.new.words), 0)]
        for before, run, after in zip(edges, runs, edges[2:], strict=False):
            is_between = all(_gap_after(before, run)) and all(_gap_after(run, after))
            if not (run.length == 1 and is_between and self.old.is_alone(run.old)):
                yield run

    def parted(self) -> Iterator[list[Step]]:
        """The steps from one place to the next at which a paragraph begins on both sides."""
        part: list[Step] = []
        for step in self.steps:
            for piece in self._cut(step):
                if part and piece.a in self.old.numbers and piece.c in self.new.numbers:
                    yield part
                    part = []
                part.append(piece)
        if part:
            yield part

    def _cut(self, step: Step) -> Iterator[Step]:
        """A step, cut where a paragraph begins on both sides, or may as well do so."""
        a, b, c, d, is_same = step
        for old, new in self._starts(step):
            if (a, c) != (old, new):
                yield Step(a, old, c, new, is_same)
            a, c = old, new
        if (a, c) != (b, d):
            yield Step(a, b, c, d, is_same)

    def _starts(self, step: Step) -> list[tuple[int, int]]:
        """Where paragraphs begin; of several that were replaced by more or fewer, those at the edges."""
        olds, news = self.old.starts_within(step.a, step.b), self.new.starts_within(step.c, step.d)
        if step.is_same:
            there = set(news)
            return [(old, new) for old in olds if (new := old - step.a + step.c) in there]
        if len(olds) == len(news):
            return list(zip(olds, news, strict=True))
        return [(olds[0], news[0]), (olds[-1], news[-1])] if olds and news else []

    def paragraphs(self, steps: Sequence[Step]) -> tuple[range, range]:
        """Which paragraphs of both passages such a part is made of."""
        first, last, old, new = steps[0], steps[-1], self.old.numbers, self.new.numbers
        return range(old[first.a], old[last.b]), range(new[first.c], new[last.d])

    def are_alike(self, steps: Sequence[Step]) -> bool:
        """Whether much stayed."""
        old = sum(self.old.length(step.a, step.b) for step in steps)
        new = sum(self.new.length(step.c, step.d) for step in steps)
        same = sum(self.old.length(step.a, step.b) for step in steps if step.is_same)
        return 2 * same >= _ALIKE * (old + new)

    def pieces(self, steps: Iterable[Step]) -> tuple[Piece, ...]:
        """Text that stayed, and between all that went as one piece and then all that came; blanks stay if they can."""
        raw = (piece for step in steps for piece in self._raw_pieces(step) if piece.text)
        return tuple(_merged(_tidied(raw)))

    def _raw_pieces(self, step: Step) -> Iterator[Piece]:
        a, b, c, d, is_same = step
        if not is_same:
            yield Piece("-", self.old.text(a, b))
            yield Piece("+", self.new.text(c, d))
            return
        olds, news = self.old.blanks, self.new.blanks
        start = a
        for place in range(a, b):
            if olds[place] != news[place - a + c]:
                yield Piece("=", self.old.text(start, place) + self.old.words[place])
                yield Piece("-", olds[place])
                yield Piece("+", news[place - a + c])
                start = place + 1
        yield Piece("=", self.old.text(start, b))


def _gap_after(run: Run, after: Run) -> tuple[int, int]:
    return after.old - run.old - run.length, after.new - run.new - run.length


def _steps(runs: Iterable[Run]) -> Iterator[Step]:
    a = c = 0
    for run in runs:
        if (a, c) != (run.old, run.new):
            yield Step(a, run.old, c, run.new, is_same=False)
        a, c = run.old + run.length, run.new + run.length
        if run.length:
            yield Step(run.old, a, run.new, c, is_same=True)


def _slid(left: Run, right: Run, old: Tokens, new: Tokens) -> list[Run]:
    """Two runs; between them a third, where paragraphs begin on one side of what lies there, and that helps."""
    olds = old.starts_within(left.old + left.length, right.old)
    news = new.starts_within(left.new + left.length, right.new)
    if bool(olds) == bool(news):
        return [left, right]
    if news:
        return _slid_to(news, left, right, old, new)
    return list(map(_flipped, _slid_to(olds, _flipped(left), _flipped(right), new, old)))


def _flipped(run: Run) -> Run:
    return Run(run.new, run.old, run.length)


def _slid_to(starts: list[int], left: Run, right: Run, old: Tokens, new: Tokens) -> list[Run]:
    """The same where new paragraphs begin at `starts`, by what ends or begins the old one around it."""
    a, b, c, d = left.old + left.length, right.old, left.new + left.length, right.new
    length = old.start_after(b) - b
    start = next((start for start in starts if start - length >= c), 0)
    if start and 0 < length <= min(right.length, _NEAR) and old.has(b, new.words[start - length : start]):
        return [left, Run(b, start - length, length), Run(b + length, d + length, right.length - length)]
    length = a - old.start_before(a)
    start = next((start for start in reversed(starts) if start + length <= d), 0)
    if start and 0 < length <= min(left.length, _NEAR) and old.has(a - length, new.words[start : start + length]):
        return [Run(left.old, left.new, left.length - length), Run(a - length, start, length), right]
    return [left, right]


def _tidied(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Pieces that stayed, and between them what went and what came, without the blanks that both begin or end with."""
    for stayed, group in groupby(pieces, key=lambda piece: piece.operation == "="):
        members = list(group)
        if stayed:
            yield from members
            continue
        gone, come = ("".join(each.text for each in members if each.operation == sign) for sign in "-+")
        before = _blanks_in_common(gone, come)
        gone, come = gone[len(before) :], come[len(before) :]
        after = _blanks_in_common(gone[::-1], come[::-1])[::-1]
        yield Piece("=", before)
        yield Piece("-", gone.removesuffix(after))
        yield Piece("+", come.removesuffix(after))
        yield Piece("=", after)


def _blanks_in_common(left: str, right: str) -> str:
    length = 0
    for one, other in zip(left, right, strict=False):
        if one != other or not one.isspace():
            break
        length += 1
    return left[:length]


def _merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Without empty ones, and without two in a row of one kind."""
    kept: Operation
    for kept, group in groupby((piece for piece in pieces if piece.text), key=lambda piece: piece.operation):
        yield Piece(kept, "".join(piece.text for piece in group))
