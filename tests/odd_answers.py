"""Ways to spoil a field of an answer of Coda's, and how to name the field."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

MISSING, ANOTHER = object(), object()
FieldPath = tuple[str | int, ...]
ODD: dict[str, Any] = {
    "missing": MISSING,
    "null": None,
    "number": 7,
    "no number": 1.5,
    "truth": True,
    "text": "odd",
    "empty text": "",
    "list": [],
    "list of odd": [None, 7, "odd", {}],
    "deep": json.loads("[" * 60 + "]" * 60),
    "too deep": json.loads("[" * 150 + "]" * 150),
    "object": {},
    "huge text": "x" * 100_000,
    "huge number": int("9" * 400),
    "surrogate": "\ud800",
    "another item's": ANOTHER,
}
"""By manner; ANOTHER stands for the value that the field has elsewhere."""


@dataclass(frozen=True)
class Told:
    """An answer of Coda's to a request: the how-manieth to just this one."""

    method: str
    path: str
    before: int
    content: Any = field(repr=False)

    @property
    def pattern(self) -> str:
        return f"^{re.escape(self.path)}$"


def fields(value: Any, place: FieldPath = ()) -> Iterator[FieldPath]:
    """Where the members of a JSON value are, at every depth."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*place, name)
        yield from fields(member, (*place, name))


def at(content: Any, place: FieldPath) -> Any:
    """The member at a place."""
    for name in place:
        content = content[name]
    return content


def spoiler(place: FieldPath, odd: Any) -> Callable[[Any], None]:
    """Puts what is odd in this place, of the answers that have one there: some are another page of their listing."""

    def spoil(content: Any) -> None:
        if place not in fields(content):
            return
        holder = at(content, place[:-1])
        if odd is MISSING:
            del holder[place[-1]]
        else:
            holder[place[-1]] = copy.deepcopy(odd)

    return spoil
