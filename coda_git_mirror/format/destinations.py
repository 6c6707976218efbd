"""Where a text says what it links to, and how another URL is written in such a place."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import quote

_HARMLESS = "-._~:/?#@!$&*+,;=%"
"""Characters beside letters and digits that end no destination, quote or table cell, whatever the notation."""
_BATCH = 1_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:")


class Notation(Enum):
    """How a destination is written: in Markdown, or as the value of an HTML attribute."""

    BARE = auto()
    ANGLE = auto()
    AUTOLINK = auto()
    DOUBLE_QUOTED = auto()
    SINGLE_QUOTED = auto()
    UNQUOTED = auto()


@dataclass(frozen=True, slots=True)
class Destination:
    """The characters from `start` to `end` name `url`, which is decoded; `label` is the place of what is shown."""

    start: int
    end: int
    url: str
    notation: Notation
    label: tuple[int, int] | None = None
    image: bool = False


Edit = tuple[int, int, str]
"""From where to where, and what shall stand there."""


def written(url: str, notation: Notation) -> str | None:
    """The URL as it stands in such a place, percent-encoded where it must be.

    None where that is impossible: nothing is empty, and an autolink holds only what has a scheme.
    """
    if not url or (notation is Notation.AUTOLINK and not _SCHEME.match(url)):
        return None
    encoded = quote(url, safe=_HARMLESS, errors="surrogatepass")
    in_attribute = notation in (Notation.DOUBLE_QUOTED, Notation.SINGLE_QUOTED, Notation.UNQUOTED)
    ambiguous = notation is not Notation.AUTOLINK and html.unescape(encoded) != encoded
    return encoded.replace("&", "&amp;") if in_attribute or ambiguous else encoded


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with each edit done; edits come in order and do not overlap."""
    joined, pieces, done = [], list[str](), 0
    for start, end, new in edits:
        pieces += [text[done:start], new]
        done = end
        if len(pieces) > _BATCH:
            joined.append("".join(pieces))
            pieces.clear()
    return "".join([*joined, *pieces, text[done:]])
