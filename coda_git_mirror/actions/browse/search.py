"""What was found in the present and the past, in words and with ways there (browse.md, browse)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from coda_git_mirror.actions.browse.found import doc_name
from coda_git_mirror.format.text import one_line
from coda_git_mirror.index.words import UNSPACED, Asked, asked, bare
from coda_git_mirror.model.looking import Hit, ItemState, Taking

if TYPE_CHECKING:
    from coda_git_mirror.actions.browse.mirror import Browsed
    from coda_git_mirror.index.index import Index

MOST = 100
"""So many hits are shown."""
_AROUND = 160
"""Characters of a text before and after what was found in it."""
_LETTER, _NO_LETTER = r"[^\W_]", r"[\W_]"
_BARS = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Piece:
    """A piece of a text; `is_found`: it is one of the words that were looked for."""

    text: str
    is_found: bool


@dataclass(frozen=True)
class Finding:
    """A hit, with the names of its doc and, of a row, its table (else None), and its name and text in pieces."""

    hit: Hit
    doc_name: str
    table_name: str | None
    name: tuple[Piece, ...]
    text: tuple[Piece, ...]


@dataclass(frozen=True)
class Findings:
    """What was found for the words; `more`: there may be more than these. `has_index`: words were found by an index.

    `left_out` are the large tables whose rows were not looked through, since they are still read into the index, as far
    as `taking` tells.
    """

    words: str
    when: Literal["now", "ever"]
    found: tuple[Finding, ...]
    more: bool
    has_index: bool
    left_out: tuple[ItemState, ...]
    taking: Taking | None


def search(browsed: Browsed, words: str, when: Literal["now", "ever"]) -> Findings:
    """The hits for the words; none for none. Large tables are read into the index first, as far as patience goes."""
    index, meant = browsed.index, asked(words)
    taking = browsed.take_in(index.not_searched(when)) if meant else None
    hits = index.search(words, when, MOST)
    found = tuple(_finding(index, hit, meant) for hit in hits)
    left_out = tuple(index.not_searched(when)) if meant else ()
    return Findings(words, when, found, len(hits) >= MOST, index.has_search, left_out, taking)


def _finding(index: Index, hit: Hit, meant: Asked) -> Finding:
    doc = doc_name(index, hit.doc, hit.last)
    table = index.state_of(hit.doc, hit.item, hit.last.number) if hit.row else None
    text = tuple(_around(tuple(pieces(_without_frame(one_line(hit.text)), meant))))
    return Finding(hit, doc, table.name if table else None, tuple(pieces(one_line(hit.name), meant)), text)


def _without_frame(text: str) -> str:
    """A line of a table in Markdown as its cells."""
    return " · ".join(filter(None, map(str.strip, _BARS.split(text)))) if text.startswith("|") else text


def pieces(text: str, meant: Asked) -> Iterator[Piece]:
    """The text taken apart at what was looked for, wherever some of that stands."""
    folded, places = _folded(text)
    end = 0
    for found in _any_of(meant).finditer(folded) if meant else ():
        start, behind = max(places[found.start()], end), places[found.end() - 1] + 1
        if start > end:
            yield Piece(text[end:start], False)
        if behind > start:
            yield Piece(text[start:behind], True)
        end = max(behind, end)
    if end < len(text):
        yield Piece(text[end:], False)


def _folded(text: str) -> tuple[str, list[int]]:
    """A text without case and accents, and where in the text each of its characters comes from."""
    plain = [(character, place) for place, each in enumerate(text) for character in bare(each)]
    return "".join(character for character, _ in plain), [place for _, place in plain]


def _any_of(meant: Asked) -> re.Pattern[str]:
    """The longest first, of which others may be the beginning."""
    phrases = sorted(enumerate(meant.phrases), key=lambda each: -sum(map(len, each[1])))
    return re.compile("|".join(_pattern(phrase, number in meant.beginnings) for number, phrase in phrases))


def _pattern(phrase: Sequence[str], may_go_on: bool) -> str:
    """In scripts that put no blanks between words, a word may begin and end anywhere."""
    begin = "" if UNSPACED.match(phrase[0]) else f"(?<!{_LETTER})"
    end = "" if UNSPACED.match(phrase[-1]) else f"{_LETTER}*" if may_go_on else f"(?!{_LETTER})"
    rest = (_between(before, word) + re.escape(word) for before, word in pairwise(phrase))
    return "".join([begin, re.escape(phrase[0]), *rest, end])


def _between(before: str, word: str) -> str:
    return f"{_NO_LETTER}*" if UNSPACED.match(before) or UNSPACED.match(word) else f"{_NO_LETTER}+"


def _around(found: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces with what lies far from any word that was found left out."""
    last = len(found) - 1
    for place, piece in enumerate(found):
        yield piece if piece.is_found else Piece(_shortened(piece.text, place > 0, place < last), False)


def _shortened(text: str, follows: bool, leads: bool) -> str:
    head = _AROUND if follows else 0 if leads else 2 * _AROUND
    tail = _AROUND if leads else 0
    if len(text) <= head + tail:
        return text
    return f"{text[:head]} … {text[len(text) - tail :]}"
