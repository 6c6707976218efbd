"""What an answer must be at the least: plain JSON of the expected outline. Everything else in it is tolerated."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import Any

from coda_git_mirror.coda.failures import TooMuch, Unusable
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.plain_json import DEEPEST, parse_json

_SURROGATE = re.compile("[\ud800-\udfff]")


_FEW_BYTES = 2 * 1024 * 1024
_MOST_VALUES = 2_000_000
"""A value may take a hundred times as much memory as it has bytes in the answer."""
_MARK_OR_TEXT = re.compile(rb'([,[{])|"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def json_object(body: bytes) -> Json:
    """The JSON object in `body`, with finite numbers and of bounded depth.

    Raises Unusable, and TooMuch for more values than any answer has.
    """
    if len(body) > _FEW_BYTES and _has_too_many_values(body):
        raise TooMuch("an answer with too many values")
    try:
        value = parse_json(body, DEEPEST)
    except ValueError as error:
        raise Unusable("Coda's answer is no JSON, or was cut") from error
    if not isinstance(value, dict):
        raise Unusable("Coda's answer is not of the expected shape")
    return value


def _has_too_many_values(body: bytes) -> bool:
    """Each value begins with a mark or follows one; marks within texts are only looked for where there are many."""
    if body.count(b",") + body.count(b"[") + body.count(b"{") <= _MOST_VALUES:
        return False
    marks = (1 for found in _MARK_OR_TEXT.finditer(body) if found.lastindex)
    return next(islice(marks, _MOST_VALUES, None), 0) > 0


def require_item(value: Json) -> None:
    """Raises Unusable for an object without an id."""
    if not is_item(value):
        raise Unusable("Coda's answer has an item without an id")


def item_with(item_id: str) -> Callable[[Json], None]:
    """A check that raises Unusable for all but the item with just this id: nobody else's answer tells of it."""

    def check(value: Json) -> None:
        require_item(value)
        if value["id"] != item_id:
            raise Unusable("Coda's answer is about another item")

    return check


def row_with(row_id: str) -> Callable[[Json], None]:
    """The same for a row, with its values."""
    require_this = item_with(row_id)

    def check(value: Json) -> None:
        require_this(value)
        if not is_row(value):
            raise Unusable("Coda's answer has a row without its values")

    return check


def is_item(value: Any) -> bool:
    return isinstance(value, dict) and is_name(value.get("id"))


def is_json_object(value: Any) -> bool:
    return isinstance(value, dict)


def is_row(value: Any) -> bool:
    return is_item(value) and isinstance(value.get("values"), dict)


def is_name(value: Any) -> bool:
    """Whether this is text that can stand in an address: not empty, and of whole characters."""
    return isinstance(value, str) and value != "" and not _SURROGATE.search(value)
