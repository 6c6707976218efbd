"""Two texts compared by lines, and within changed lines by words. Long texts cost no more than their length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

from coda_git_mirror.changes.alignment import Run, common_runs
from coda_git_mirror.changes.rewriting import Rewriting, Step
from coda_git_mirror.model.differences import Passage, Piece

_LONGEST = 16_000
"""Characters of a text that is compared as one, such as a cell's."""
_MOST = 6_000_000
"""Characters of paragraphs that are compared by words; these take some 30 bytes of memory for each."""


def compare_texts(old: str, new: str) -> tuple[Passage, ...]:
    """The passages that differ, in order; nothing where the texts are equal."""
    return tuple(_joined(_passages(list(_paragraphs(old)), list(_paragraphs(new)))))


def compare_words(old: str, new: str) -> tuple[Piece, ...]:
    """Two short texts by words; what has little in common, or is long, is told as gone and come."""
    if max(len(old), len(new)) > _LONGEST:
        return _replaced(old, new)
    whole = Rewriting.of([old] if old else [], [new] if new else [])
    return whole.pieces(whole.steps) if whole.are_alike(whole.steps) else _replaced(old, new)


def _replaced(old: str, new: str) -> tuple[Piece, ...]:
    pieces = (Piece("-", old), Piece("+", new))
    return tuple(piece for piece in pieces if piece.text)


class _Paragraph(NamedTuple):
    """A line, and the blank lines behind it; a text may begin with blank ones alone."""

    line: str
    blank: str

    @property
    def lines(self) -> int:
        return bool(self.line) + len(self.blank.splitlines())


def _length(paragraph: _Paragraph) -> int:
    return len(paragraph.line) + len(paragraph.blank)


def _paragraphs(text: str) -> Iterator[_Paragraph]:
    line, blank = "", ""
    for each in text.splitlines(keepends=True):
        if each.strip():
            if line or blank:
                yield _Paragraph(line, blank)
            line, blank = each, ""
        else:
            blank += each
    if line or blank:
        yield _Paragraph(line, blank)


def _passages(olds: list[_Paragraph], news: list[_Paragraph]) -> Iterator[Passage]:
    starts = list(accumulate((paragraph.lines for paragraph in news), initial=1))
    runs = common_runs([each.line for each in olds], [each.line for each in news])
    a = c = 0
    for run in (*runs, Run(len(olds), len(news), 0)):
        yield from _rewritten(olds[a : run.old], news[c : run.new], starts[c : run.new + 1])
        a, c = run.old + run.length, run.new + run.length
        for old, new in zip(range(run.old, a), range(run.new, c), strict=True):
            if olds[old].blank != news[new].blank:
                yield _other_blanks(olds[old].blank, news[new].blank, starts[new] + bool(news[new].line))


def _joined(passages: Iterator[Passage]) -> Iterator[Passage]:
    """Blank lines that came or went together with what follows them."""
    last: Passage | None = None
    for passage in passages:
        if last and (both := _one_of(last, passage)):
            last = both
            continue
        if last:
            yield last
        last = passage
    if last:
        yield last


def _one_of(first: Passage, second: Passage) -> Passage | None:
    """Two passages as one, where both came or both went, and the first one is blank."""
    (blank, *others), (piece, *more) = first.pieces, second.pieces
    if others or more or blank.text.strip() or blank.operation != piece.operation:
        return None
    end = first.line + (len(blank.text.splitlines()) if blank.operation == "+" else 0)
    return Passage(first.line, (Piece(piece.operation, blank.text + piece.text),)) if end == second.line else None


def _other_blanks(old: str, new: str, line: int) -> Passage:
    """Blank lines that came or went: those alone, where there are some on both sides."""
    olds, news = old.splitlines(keepends=True), new.splitlines(keepends=True)
    same = next((at for at, (left, right) in enumerate(zip(olds, news, strict=False)) if left != right), None)
    same = min(len(olds), len(news)) if same is None else same
    return Passage(line + same, _replaced("".join(olds[same:]), "".join(news[same:])))


def _rewritten(olds: Sequence[_Paragraph], news: Sequence[_Paragraph], starts: Sequence[int]) -> Iterator[Passage]:
    """Paragraphs of which none stayed as it was: by words as far as they are alike, else what went and what came."""
    if not (olds and news) or sum(map(_length, olds)) + sum(map(_length, news)) > _MOST:
        if olds or news:
            yield from _others(olds, news, starts, [(range(len(olds)), range(len(news)))])
        return
    both = Rewriting.of(["".join(each) for each in olds], ["".join(each) for each in news])
    for alike, parts in groupby(both.parted(), key=both.are_alike):
        if alike:
            yield from (passage for part in parts for passage in _by_words(both, part, starts))
        else:
            yield from _others(olds, news, starts, [both.paragraphs(part) for part in parts])


def _by_words(both: Rewriting, part: Sequence[Step], starts: Sequence[int]) -> Iterator[Passage]:
    """Paragraphs in which something stayed, without the blank lines behind them if these stayed."""
    *pieces, last = both.pieces(part)
    if pieces or last.operation != "=":
        text = last.text.rstrip()
        end = last.text[len(text) :].splitlines(keepends=True)
        shown = Piece("=", text + "".join(end[:1])) if last.operation == "=" else last
        yield Passage(starts[both.paragraphs(part)[1].start], (*pieces, shown))


def _others(
    olds: Sequence[_Paragraph],
    news: Sequence[_Paragraph],
    starts: Sequence[int],
    parts: Sequence[tuple[range, range]],
) -> Iterator[Passage]:
    """Paragraphs that are not alike, one by one where as many came as went."""
    gone, come = (range(parts[0][side].start, parts[-1][side].stop) for side in (0, 1))
    if len(gone) == len(come):
        parts = [(range(old, old + 1), range(new, new + 1)) for old, new in zip(gone, come, strict=True)]
    for went, came in parts:
        old, new = (list(side[part.start : part.stop]) for side, part in ((olds, went), (news, came)))
        if old and new and old[-1].blank == new[-1].blank:
            old[-1], new[-1] = (each._replace(blank="") for each in (old[-1], new[-1]))
        yield Passage(starts[came.start], _replaced(*("".join(map("".join, side)) for side in (old, new))))
