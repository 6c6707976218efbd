"""The text of a page that changed, passage by passage, with what stands around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from coda_git_mirror.actions.browse.marks import Mark, Room, cut, one_side
from coda_git_mirror.model.differences import PageDiff, Passage

_CONTEXT = 2
"""Lines that are shown before a change and after it; blank ones are not counted."""
_LONGEST_LINE = 1_000
_LONGEST_FOLD = 4_000
"""Characters of unchanged text that a reader can unfold; of longer ones only the number of lines is told."""
_LONGEST = 6_000
"""Characters of a passage that are shown."""


@dataclass(frozen=True)
class Stretch:
    """Lines that stayed: shown, or folded; `count` are those that are not blank. Without text they cannot be shown."""

    kind: Literal["kept", "folded"]
    count: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Replaced:
    """A passage before and after, either of which may be empty; `line` is where it begins in the newer text."""

    line: int
    old: tuple[Mark, ...]
    new: tuple[Mark, ...]
    kind: Literal["replaced"] = "replaced"


@dataclass(frozen=True)
class TextPart:
    """Some of the passages of a page; `rest` is the number of the first that is not shown, of `total`."""

    stretches: tuple[Stretch | Replaced, ...]
    total: int
    rest: int | None


def text_part(page: PageDiff, start: int, most: int, room: Room) -> TextPart | None:
    """As many passages from a number on, and no more than there is room for, but one; None where no text changed."""
    if not page.text:
        return None
    lines, told = page.newer.splitlines(keepends=True), list[Stretch | Replaced]()
    start = min(start, len(page.text) - 1)
    place, end = _end_of(page.text[start - 1]) if start else 0, start
    for passage in page.text[start : start + most]:
        if end > start and room.left <= 0:
            break
        told += _unchanged(lines[place : passage.line - 1], place > 0, True, room)
        old, new = one_side(passage.pieces, "-", _LONGEST), one_side(passage.pieces, "+", _LONGEST)
        told.append(Replaced(passage.line, room.take(old), room.take(new)))
        place, end = _end_of(passage), end + 1
    if end == len(page.text):
        told += _unchanged(lines[place:], place > 0, False, room)
    return TextPart(tuple(told), len(page.text), end if end < len(page.text) else None)


def _end_of(passage: Passage) -> int:
    """How many lines the newer text has up to the end of a passage."""
    text = "".join(piece.text for piece in passage.pieces if piece.operation != "-")
    return passage.line - 1 + len(text.splitlines())


def _unchanged(lines: Sequence[str], after: bool, before: bool, room: Room) -> Iterator[Stretch]:
    """Lines after a change and before one, of which a few are shown."""
    told = [place for place, line in enumerate(lines) if line.strip()]
    around = _CONTEXT * (after + before)
    if around and len(told) <= around + 2:
        yield from _stretch("kept", lines, room)
        return
    head, tail = told[_CONTEXT - 1] + 1 if after else 0, told[-_CONTEXT] if before else len(lines)
    yield from _stretch("kept", lines[:head], room)
    yield from _stretch("folded", lines[head:tail], room)
    yield from _stretch("kept", lines[tail:], room)


def _stretch(kind: Literal["kept", "folded"], lines: Sequence[str], room: Room) -> Iterator[Stretch]:
    count, length = sum(1 for line in lines if line.strip()), sum(map(len, lines))
    if count and kind == "folded" and length > _LONGEST_FOLD:
        yield Stretch("folded", count, ())
    elif count:
        marks = (mark for line in _with_single_blanks(lines) for mark in cut(Mark("=", line), _LONGEST_LINE))
        yield Stretch(kind, count, room.take(marks))


def _with_single_blanks(lines: Sequence[str]) -> Iterator[str]:
    """Lines with one blank line between them where there were several, and none before the first or after the last."""
    begun = waiting = False
    for line in lines:
        if not line.strip():
            waiting = begun
            continue
        if waiting:
            yield "\n"
        yield line
        begun, waiting = True, False
