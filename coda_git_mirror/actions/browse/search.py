"""What was found in the present and the past, in words and with ways there (browse.md, browse)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from coda_git_mirror.actions.browse.found import doc_name
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.looking import Hit, ItemState

if TYPE_CHECKING:
    from coda_git_mirror.index.index import Index

MOST = 100
"""So many hits are shown."""
_AROUND = 160
"""Characters of a text before and after what was found in it."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Piece:
    """A piece of a text; `is_found`: it is one of the words that were looked for."""

    text: str
    is_found: bool


@dataclass(frozen=True)
class Finding:
    """A hit, with the name of its doc, and its name and text in pieces."""

    hit: Hit
    doc_name: str
    name: tuple[Piece, ...]
    text: tuple[Piece, ...]


@dataclass(frozen=True)
class Findings:
    """What was found for the words; `more`: there may be more than these. `has_index`: words were found by an index.

    `left_out` are the tables whose rows were not looked through, since they are very large.
    """

    words: str
    when: Literal["now", "ever"]
    found: tuple[Finding, ...]
    more: bool
    has_index: bool
    left_out: tuple[ItemState, ...]


def search(index: Index, words: str, when: Literal["now", "ever"]) -> Findings:
    """The hits for the words; none for none."""
    hits = index.search(words, when, MOST) if words.strip() else []
    terms = _terms(words)
    found = tuple(_finding(index, hit, terms) for hit in hits)
    return Findings(words, when, found, len(hits) >= MOST, index.has_search, tuple(index.not_searched()))


def _finding(index: Index, hit: Hit, terms: Sequence[str]) -> Finding:
    name = doc_name(index, hit.doc, hit.last)
    return Finding(hit, name, tuple(pieces(hit.name, terms)), tuple(_around(tuple(pieces(one_line(hit.text), terms)))))


def _terms(words: str) -> list[str]:
    """The words that are looked for, as they are compared; those of a phrase each for itself."""
    return [_folded(word) for word in _WORD.findall(words)]


def _folded(text: str) -> str:
    """A text without case and accents."""
    return "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))


def pieces(text: str, terms: Sequence[str]) -> Iterator[Piece]:
    """The text taken apart at the words that are among the terms."""
    end = 0
    for word in _WORD.finditer(text):
        if _folded(word[0]) in terms:
            if word.start() > end:
                yield Piece(text[end : word.start()], False)
            yield Piece(word[0], True)
            end = word.end()
    if end < len(text):
        yield Piece(text[end:], False)


def _around(found: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces with what lies far from any word that was found left out."""
    last = len(found) - 1
    for place, piece in enumerate(found):
        if piece.is_found:
            yield piece
            continue
        yield Piece(_shortened(piece.text, place > 0, place < last), False)


def _shortened(text: str, follows: bool, leads: bool) -> str:
    head = _AROUND if follows else 0
    tail = _AROUND if leads else 0
    if not follows and not leads:
        head = 2 * _AROUND
    if len(text) <= head + tail:
        return text
    return f"{text[:head].rstrip()} … {text[len(text) - tail :].lstrip() if tail else ''}".strip()
