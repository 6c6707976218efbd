"""Whether text of Coda's has formatting, which no write can bring back (coda-api.md, Rows and Writing)."""

from __future__ import annotations

import re

from coda_git_mirror.changes.plain_values import canonical_address

_BLOCKS = (
    r"^ {0,3}\#{1,6}[ \t]+\S",
    r"^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S",
    r"^ {0,3}>",
    r"^ {0,3}(?:```|~~~)",
    r"^(?:[ \t]*\|)?[ \t]*:?-+:?[ \t]*\|[-:| \t]*$",
)
"""Headings, items of lists, quotes, code, and the second line of a table.

Dividers vanish (coda-api.md, Markdown in detail).
"""
_SPANS = (
    r"\*(?=[^\s*])[^*]*\*",
    r"(?<![A-Za-z0-9_])_{1,3}(?=[^\s_])[^\n]{0,1000}?(?<=[^\s])_{1,3}(?![A-Za-z0-9_])",
    r"~~(?=\S)[^\n]{0,1000}?\S~~",
    r"`[^`]+`",
    r"\[[^\]\n]{0,1000}\]\([^)\n]{0,4000}\)",
    r"<(?:https?:|mailto:)[^<>\s]*>",
    r"</?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>",
    r"&(?:[A-Za-z]{2,8}|\#\d{1,7}|\#[xX][0-9A-Fa-f]{1,6});",
    r"\\[!-/:-@\[-`{-~]",
)
"""Emphasis, code, links and pictures, HTML, entities, and escapes, which stand only where text is Markdown."""
_BLOCK = re.compile("|".join(_BLOCKS), re.MULTILINE)
_SPAN = re.compile("|".join(_SPANS))
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"'`|\\*]*[^\s<>()\[\]\"'`|\\*.,;:!?]", re.IGNORECASE)


def is_formatted(text: str) -> bool:
    """Whether text that came without a fence is to be taken for Markdown; in doubt it is, as then nothing is lost."""
    return bool(_BLOCK.search(text) or _SPAN.search(text))


def trimmed_markdown(text: str) -> str:
    """The Markdown with the addresses of Coda's own pages and files as they are compared."""
    return _ADDRESS.sub(lambda match: canonical_address(match[0]), text)
