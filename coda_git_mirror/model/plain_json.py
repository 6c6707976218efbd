"""JSON as this program and Coda write it: finite numbers, bounded depth, and one error for whatever is otherwise."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

DEEPEST = 100
"""Levels of nesting of a value of Coda's; more would exhaust whatever walks through it."""
DEEPEST_FILE = 800
"""Levels of nesting of a file: pages lie in pages, two levels each."""
_LARGEST_COUNT = 2**53
"""Beyond this JSON's numbers are not exact, and nothing here is so many or so large."""
_CONTAINERS = frozenset({dict, list})


def parse_json(content: bytes, deepest: int = DEEPEST_FILE) -> Any:
    """The value. Raises ValueError where it is no JSON, nested deeper than this, or has numbers that nobody can add."""
    try:
        value = json.loads(content, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    may_be_deep = content.count(b"[") + content.count(b"{") > deepest
    if may_be_deep and not is_shallow(value, deepest):
        raise ValueError("it is nested too deeply")
    return value


def is_shallow(value: Any, deepest: int = DEEPEST) -> bool:
    """Whether lists and objects are nested at most so deeply."""
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(deepest):
        if not level:
            return True
        members = [each.values() if type(each) is dict else each for each in level]
        level = [inner for each in members for inner in each if type(inner) in _CONTAINERS]
    return not level


def is_count(value: Any) -> bool:
    """Whether this is a number of things, or a size in bytes, with which one can reckon."""
    return type(value) is int and 0 <= value <= _LARGEST_COUNT


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number that is out of range")
    return value
