"""What a cell of Coda's is in SQL: numbers, texts and nothing (browse.md, query)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from coda_git_mirror.changes.plain_values import decimal_of
from coda_git_mirror.format.cells import FileOf, cell_text, flattened, naming_files
from coda_git_mirror.format.text import writable
from coda_git_mirror.model.answer import SqlValue
from coda_git_mirror.model.content import Json

_LEAST, _MOST = -(2**63), 2**63 - 1
_PLAIN_KINDS = frozenset({"date", "time"})
"""Of all other kinds text is shown as it is, unless it is fenced."""


def column_values(values: Iterable[Any], kind: str, file_of: FileOf | None = None) -> list[SqlValue]:
    """The cells of a column of this kind, a hint only, by the values that `valueFormat=rich` gives."""
    if kind in _PLAIN_KINDS:
        return [sql_value(value, kind, file_of) for value in values]
    # Most text is shown as it is, and a call for each cell would take as long as all the rest.
    return [value if _is_plain(value) else sql_value(value, kind, file_of) for value in values]


def _is_plain(value: Any) -> bool:
    """Whether a value is stored as it is: a small number, or text that needs no care."""
    if type(value) is float:
        return True
    return type(value) is str and value != "" and value.isascii() and "`" not in value and value.isprintable()


def sql_value(value: Any, kind: str, file_of: FileOf | None = None) -> SqlValue:
    """Blank is None; a list of one is that one, a longer one JSON, as is any object that nobody knows."""
    if isinstance(value, list):
        members = [each for each in flattened(value) if _SINGLES[type(each)](each, kind, file_of) is not None]
        if len(members) > 1:
            return writable(json.dumps([_member(each, kind, file_of) for each in members], ensure_ascii=False))
        value = members[0] if members else None
    return _SINGLES[type(value)](value, kind, file_of)


def _member(value: Any, kind: str, file_of: FileOf | None) -> Any:
    """A value within a list, where truth and unknown objects are JSON's own."""
    if type(value) is bool or (type(value) is dict and value.get("@type") not in _NAMED):
        return value
    return _SINGLES[type(value)](value, kind, file_of)


def _nothing(_value: None, _kind: str, _file_of: FileOf | None) -> SqlValue:
    return None


def _truth(value: bool, _kind: str, _file_of: FileOf | None) -> SqlValue:
    return int(value)


def _integer(value: int, _kind: str, _file_of: FileOf | None) -> SqlValue:
    """Beyond 64 bits the nearest number that there is, as Coda's own numbers are; beyond that the digits."""
    if _LEAST <= value <= _MOST:
        return value
    try:
        return float(value)
    except OverflowError:
        return str(value)


def _number(value: float, _kind: str, _file_of: FileOf | None) -> SqlValue:
    return value


def _text(value: str, kind: str, _file_of: FileOf | None) -> SqlValue:
    return writable(cell_text(value, kind)) or None


def _object(value: Json, kind: str, file_of: FileOf | None) -> SqlValue:
    special = value.get("@type")
    if special == "MonetaryAmount":
        return _amount(value, kind, file_of)
    shown = naming_files(value, file_of) if file_of and special == "ImageObject" else value
    return writable(cell_text(shown, kind)) or None


def _amount(value: Json, kind: str, file_of: FileOf | None) -> SqlValue:
    stated = value.get("amount")
    if type(stated) in (int, float):
        return _SINGLES[type(stated)](stated, kind, file_of)
    amount = decimal_of(stated)
    if amount is None:
        return None if stated in (None, "") else writable(cell_text(value, kind)) or None
    return _integer(int(amount), kind, file_of) if amount == amount.to_integral_value() else float(amount)


_NAMED = frozenset({"Person", "StructuredValue", "MonetaryAmount", "WebPage", "ImageObject"})
"""Objects that are shown by one thing that they have."""
_SINGLES: Mapping[type, Callable[[Any, str, FileOf | None], SqlValue]] = {
    type(None): _nothing,
    bool: _truth,
    int: _integer,
    float: _number,
    str: _text,
    dict: _object,
}
"""How each type that JSON has is read, but lists."""
