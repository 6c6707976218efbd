"""Texts that differ, as a page shows them: what went and what came, and of long texts no more than a page can bear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from coda_git_mirror.model.differences import Piece

CUT: Final = "…"
_AROUND = 200
"""Characters of a long text that stayed which are shown beside what changed."""


@dataclass(frozen=True)
class Mark:
    """Text that stayed (`=`), went (`-`) or came (`+`); `…` stands for text that is left out, as `text` says."""

    kind: Literal["=", "-", "+", "…"]
    text: str


@dataclass
class Room:
    """How many characters a page may still show; what is shown when there are none any more is cut short."""

    left: int

    def take(self, marks: Iterable[Mark]) -> tuple[Mark, ...]:
        taken = tuple(marks)
        self.left -= sum(len(mark.text) for mark in taken)
        return taken


def one_side(pieces: Sequence[Piece], sign: Literal["-", "+"], most: int) -> Iterator[Mark]:
    """What stayed and what went, or came, in one of two texts; of what went or came so many characters at most."""
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        if piece.operation == "=":
            yield from _near(piece.text, place > 0, place < last)
        elif piece.operation == sign:
            yield from cut(Mark(sign, piece.text), most)


def both_sides(pieces: Sequence[Piece], most: int) -> Iterator[Mark]:
    """The same of both texts in one."""
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        if piece.operation == "=":
            yield from _near(piece.text, place > 0, place < last)
        else:
            yield from cut(Mark(piece.operation, piece.text), most)


def cut(mark: Mark, most: int) -> Iterator[Mark]:
    """The beginning of a text that is longer than that, and how much is left out."""
    more = len(mark.text) - most
    if more <= most // 4:
        yield mark
    else:
        yield Mark(mark.kind, mark.text[:most])
        yield Mark(CUT, f"{more:,} more characters")


def _near(text: str, after_change: bool, before_change: bool) -> Iterator[Mark]:
    if len(text) <= 3 * _AROUND:
        yield Mark("=", text)
        return
    if after_change:
        yield Mark("=", text[:_AROUND])
    yield Mark(CUT, "")
    if before_change:
        yield Mark("=", text[-_AROUND:])
