"""A JSON value as text, piece by piece: what is large is never held in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_INDENT = "  "


def json_pieces(value: Any, indent: str = "") -> Iterator[str]:
    """The text of a JSON value in which any list may be an iterable, read while it is written; ASCII only."""
    if isinstance(value, str | int | float | None):
        yield json.dumps(value)
    elif isinstance(value, Mapping):
        members = ((f"{json.dumps(key)}: ", each) for key, each in value.items())
        yield from _bracketed("{}", members, indent)
    else:
        yield from _bracketed("[]", (("", each) for each in value), indent)


def _bracketed(brackets: str, members: Iterable[tuple[str, Any]], indent: str) -> Iterator[str]:
    yield brackets[0]
    deeper, between = indent + _INDENT, ""
    for key, each in members:
        yield f"{between}\n{deeper}{key}"
        yield from json_pieces(each, deeper)
        between = ","
    yield f"\n{indent}{brackets[1]}" if between else brackets[1]
