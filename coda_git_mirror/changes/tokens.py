"""A text as what a person would mark in it: words, signs, and letters of scripts that put no blanks between words."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u20d0-\u20f0\u3099\u309a\ufe00-\ufe0f"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3"
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
)
"""What belongs to the letter or picture before it: accents, vowels, tones, colours of skin."""
_INDIC = "\u0900-\u0963\u0966-\u0dff\u200c"
"""Letters and vowels of the scripts of India, as they make words."""
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese."""
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_ALONE = rf"[{_UNSPACED}][{_MARKS}]*"
_WORD = rf"(?:[^\W{_UNSPACED}]|[{_MARKS}{_INDIC}])+"
_SIGN = rf"[^\w\s][{_MARKS}]*(?:\u200d[^\w\s][{_MARKS}]*)*"
_TOKEN = re.compile(rf"({_ALONE}|{_WORD}|{_FLAG}|{_SIGN}|\s+)(\s*)")
_IS_ALONE = re.compile(_ALONE)


@dataclass(frozen=True)
class Tokens:
    """The tokens of a text and the blanks behind each; `starts` are those with which its paragraphs begin, and the end.

    Two tokens count as equal, whatever blanks follow them.
    """

    words: list[str]
    blanks: list[str]
    starts: list[int]

    @classmethod
    def of(cls, paragraphs: Iterable[str]) -> Tokens:
        """Of a text in paragraphs, of which none is empty."""
        found = [_TOKEN.findall(paragraph) for paragraph in paragraphs]
        words, blanks = [word for each in found for word, _ in each], [blank for each in found for _, blank in each]
        return cls(words, blanks, [0, *accumulate(map(len, found))])

    @cached_property
    def numbers(self) -> dict[int, int]:
        """The numbers of the paragraphs by the tokens with which they begin."""
        return {start: number for number, start in enumerate(self.starts)}

    @cached_property
    def _ends(self) -> list[int]:
        return [0, *accumulate(map(len, self.words))]

    def starts_within(self, first: int, last: int) -> list[int]:
        """The starts from one token to another, both included."""
        return self.starts[bisect_left(self.starts, first) : bisect_right(self.starts, last)]

    def start_after(self, place: int) -> int:
        """Where the next paragraph begins, or the last one ends."""
        return self.starts[min(bisect_right(self.starts, place), len(self.starts) - 1)]

    def start_before(self, place: int) -> int:
        """Where the paragraph begins to which the token before belongs."""
        return self.starts[max(bisect_left(self.starts, place) - 1, 0)]

    def length(self, start: int, end: int) -> int:
        """Characters of some tokens without the blanks."""
        return self._ends[end] - self._ends[start]

    def text(self, start: int, end: int) -> str:
        return "".join(_woven(self.words[start:end], self.blanks[start:end]))

    def has(self, place: int, words: list[str]) -> bool:
        """Whether these tokens stand there."""
        return self.words[place : place + len(words)] == words

    def is_alone(self, place: int) -> bool:
        """Whether the token is a letter that is part of what another script would write as a word."""
        return not self.blanks[place] and _IS_ALONE.fullmatch(self.words[place]) is not None


def _woven(words: list[str], blanks: list[str]) -> Iterator[str]:
    for pair in zip(words, blanks, strict=True):
        yield from pair
