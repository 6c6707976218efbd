"""Words as they are looked for: whatever their case and accents, and in scripts without blanks within longer runs.

What is found: words that begin like those asked for, if these are Korean or have three letters or more, else the very
words; in any order and anywhere in one line of a page, one row or one name. What stands in quotes is found as it stands
there, word by word, whatever is between the words. Of Chinese, Japanese, Thai, Lao, Khmer and Burmese, each letter
counts as a word, and a run of them is looked for as if it stood in quotes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_ASKED = re.compile(r'"([^"]*)"?|([^\s"]+)')
_WORD = re.compile(r"[^\W_]+")
_SHORTEST_BEGINNING = 3


def folded(text: str) -> str:
    """Text in which all that counts as the same is the same, with blanks around letters that are words."""
    return text.lower() if text.isascii() else UNSPACED.sub(r" \g<0> ", bare(text))


def bare(text: str) -> str:
    """Text without case and accents."""
    letters = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return unicodedata.normalize("NFC", letters).casefold()


@dataclass(frozen=True)
class Asked:
    """What somebody looks for: words in a row that must stand so; only the last of them may go on."""

    phrases: tuple[tuple[str, ...], ...]
    beginnings: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.phrases)

    @property
    def expression(self) -> str:
        """The same as FTS5 reads it."""
        return " AND ".join(
            f'"{" ".join(phrase)}"{"*" if number in self.beginnings else ""}'
            for number, phrase in enumerate(self.phrases)
        )

    def found_in(self, text: str) -> bool:
        """Whether all of it is in a text."""
        spaced = f" {' '.join(_WORD.findall(folded(text)))} "
        return all(
            f" {' '.join(phrase)}{'' if number in self.beginnings else ' '}" in spaced
            for number, phrase in enumerate(self.phrases)
        )

    def longest(self) -> str:
        """The longest of the words."""
        return max((word for phrase in self.phrases for word in phrase), key=len)


def asked(words: str) -> Asked:
    """What the words of a search field ask for; nothing where there is no letter or digit in them."""
    phrases: list[tuple[str, ...]] = []
    beginnings: set[int] = set()
    for phrase, is_quoted in _parts(words):
        if len(phrase) == 1 and not is_quoted and _may_go_on(phrase[0]):
            beginnings.add(len(phrases))
        phrases.append(phrase)
    return Asked(tuple(phrases), frozenset(beginnings))


def _may_go_on(word: str) -> bool:
    """Whether longer words that begin so are meant, too; Korean ones have their particles at the end."""
    return len(word) >= _SHORTEST_BEGINNING or "\uac00" <= word[-1] <= "\ud7a3"


def _parts(words: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    for match in _ASKED.finditer(words):
        if phrase := tuple(_WORD.findall(folded(match[1] if match[2] is None else match[2]))):
            yield phrase, match[2] is None
