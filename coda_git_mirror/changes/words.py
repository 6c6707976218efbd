"""Two texts compared by lines, and within changed lines by words. Long texts cost no more than their length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby

from coda_git_mirror.model.differences import Operation, Passage, Piece

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_LINES = 3_000
"""Beyond this many lines, lines that occur often are not looked at: they would make the comparison quadratic."""
_MOST_WORDS = 2_000
_ALIKE = 0.3
"""How much two passages have to share for a comparison by words to be legible."""


def compare_texts(old: str, new: str) -> tuple[Passage, ...]:
    """The passages that differ, in order; nothing where the texts are equal."""
    return tuple(_passages(old.splitlines(keepends=True), new.splitlines(keepends=True)))


def compare_words(old: str, new: str) -> tuple[Piece, ...]:
    """Two short texts by words; what has little in common, or is long, is told as gone and come."""
    olds, news = _WORD.findall(old), _WORD.findall(new)
    if max(len(olds), len(news)) > _MOST_WORDS:
        return _replaced(old, new)
    matcher = SequenceMatcher(None, olds, news, autojunk=False)
    if old and new and matcher.ratio() < _ALIKE:
        return _replaced(old, new)
    return _joined(_pieces(matcher, olds, news))


def _replaced(old: str, new: str) -> tuple[Piece, ...]:
    pieces = (Piece("-", old), Piece("+", new))
    return tuple(piece for piece in pieces if piece.text)


def _passages(old: Sequence[str], new: Sequence[str]) -> Iterator[Passage]:
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    olds, news = old[start : len(old) - end], new[start : len(new) - end]
    matcher = SequenceMatcher(None, olds, news, autojunk=max(len(olds), len(news)) > _MOST_LINES)
    for operation, a, b, c, d in matcher.get_opcodes():
        if operation != "equal":
            pieces = compare_words("".join(olds[a:b]), "".join(news[c:d]))
            yield Passage(start + c + 1, pieces)


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((number for number, (left, right) in pairs if left != right), min(len(old), len(new)))


def _pieces(matcher: SequenceMatcher[str], olds: Sequence[str], news: Sequence[str]) -> Iterator[Piece]:
    opcodes = matcher.get_opcodes()
    for position, (operation, a, b, c, d) in enumerate(opcodes):
        gone, come = "".join(olds[a:b]), "".join(news[c:d])
        between = 0 < position < len(opcodes) - 1
        if operation == "equal" and not (between and not gone.strip() and "\n" not in gone):
            yield Piece("=", gone)
        else:
            yield Piece("-", gone)
            yield Piece("+", come)


def _joined(pieces: Iterator[Piece]) -> tuple[Piece, ...]:
    """Between two pieces that stayed, all that went as one piece and then all that came."""
    joined: list[Piece] = []
    for stayed, group in groupby(pieces, key=lambda piece: piece.operation == "="):
        members = list(group)
        operations: tuple[Operation, ...] = ("=",) if stayed else ("-", "+")
        for operation in operations:
            text = "".join(piece.text for piece in members if piece.operation == operation)
            if text:
                joined.append(Piece(operation, text))
    return tuple(joined)
