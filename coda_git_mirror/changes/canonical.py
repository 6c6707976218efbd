"""What a cell of Coda's means: its value as `valueFormat=rich` gives it and the JSONL keeps it, as a canonical value.

Pure, and total: any column can hold any value (coda-api.md, Rows). How text, numbers, times and addresses are read is
`changes/plain_values.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import tzinfo
from decimal import Decimal
from typing import Any, TypeAlias

from coda_git_mirror.changes.column_kinds import CURRENCY_KIND, FILE_KINDS, PROSE_KINDS, USUAL_CURRENCY, currency_of
from coda_git_mirror.changes.formatting import is_formatted, trimmed_markdown
from coda_git_mirror.changes.plain_values import (
    canonical_address,
    clock_time,
    day_of,
    decimal_of,
    file_id,
    is_address,
    moment_of,
    names_address,
)
from coda_git_mirror.format.cells import cell_text, flattened, unfenced
from coda_git_mirror.model.cell_values import (
    EMPTY,
    CellValue,
    Day,
    Foreign,
    Formatted,
    HostedFile,
    Many,
    Member,
    Moment,
    Money,
    Number,
    RowReference,
    Single,
    Text,
    TimeOfDay,
    Truth,
    WebAddress,
)
from coda_git_mirror.model.content import Column, Json

_Reading: TypeAlias = "Callable[[Any, Column, tzinfo | None], Single]"
_UNSET = Truth(False, unset=True)
_MAILTO = "mailto:"


def canonical(value: Any, column: Column, zone: tzinfo | None = None) -> CellValue:
    """What a value means in a column; None, or what a row omits, is nothing.

    Without the doc's time zone a day is the one that the text itself names, as it has the doc's offset.
    """
    if isinstance(value, list):
        return _several(value, column, zone)
    return _settled(_SINGLES[type(value)](value, column, zone), column)


def _several(values: list[Any], column: Column, zone: tzinfo | None) -> CellValue:
    each = (_SINGLES[type(value)](value, column, zone) for value in flattened(values))
    items = tuple(item for item in each if item is not EMPTY)
    return Many(items) if len(items) > 1 else _settled(items[0] if items else EMPTY, column)


def _settled(value: Single, column: Column) -> Single:
    """An untouched checkbox reads as false or as nothing, and nobody sees a difference."""
    return _UNSET if value is EMPTY and column.kind == "checkbox" else value


def _nothing(_value: None, _column: Column, _zone: tzinfo | None) -> Single:
    return EMPTY


def _truth(value: bool, _column: Column, _zone: tzinfo | None) -> Single:
    return Truth(value)


def _number(value: float, column: Column, _zone: tzinfo | None) -> Single:
    amount, shown = Decimal(repr(value)), cell_text(value)
    if column.kind == CURRENCY_KIND:
        return Money(amount, currency_of(column) or USUAL_CURRENCY, shown)
    return Number(amount, shown)


def _string(value: str, column: Column, zone: tzinfo | None) -> Single:
    plain = unfenced(value)
    if not plain:
        return EMPTY
    read = _SPECIAL.get(column.kind)
    if read:
        return read(plain, column, zone)
    return Text(plain) if plain is not value else _prose(value, column)


def _prose(value: str, column: Column) -> Single:
    """Text without a fence is Markdown where a column can have formatting, and plain where none is to be seen."""
    if column.kind in PROSE_KINDS and is_formatted(value):
        return Formatted(trimmed_markdown(value), value)
    return Text(value)


def _day(value: str, _column: Column, zone: tzinfo | None) -> Single:
    day = day_of(value, zone)
    return Day(day) if day else Text(value)


def _moment(value: str, _column: Column, zone: tzinfo | None) -> Single:
    instant = moment_of(value, zone)
    return Moment(instant, value) if instant else Text(value)


def _time(value: str, _column: Column, _zone: tzinfo | None) -> Single:
    time = clock_time(value)
    return TimeOfDay(time) if time else Text(value)


def _link(value: str, _column: Column, _zone: tzinfo | None) -> Single:
    return WebAddress(canonical_address(value), shown=value) if is_address(value) else Text(value)


def _file(value: str, _column: Column, _zone: tzinfo | None) -> Single:
    return HostedFile(file_id(value), value) if is_address(value) else Text(value)


_SPECIAL: Mapping[str, _Reading] = {
    "date": _day,
    "dateTime": _moment,
    "time": _time,
    "link": _link,
    **dict.fromkeys(FILE_KINDS, _file),
}
"""How text is read, fenced or not, by the kind of its column, where it may stand for something else."""


def _object(value: Json, column: Column, _zone: tzinfo | None) -> Single:
    kind = value.get("@type")
    read = _OBJECTS.get(kind) if isinstance(kind, str) else None
    known = read(value, column) if read else None
    return _foreign(value) if known is None else known


def _foreign(value: Any) -> Single:
    return Foreign(json.dumps(value, ensure_ascii=False, sort_keys=True))


def _member(value: Json, _column: Column) -> Single | None:
    name, email = _name_of(value), _text_of(value, "email").strip()
    key = email.casefold() or name
    return Member(key, name, email) if key else None


def _reference(value: Json, _column: Column) -> Single | None:
    row = _text_of(value, "rowId")
    return RowReference(row, _name_of(value), _text_of(value, "tableId")) if row else None


def _money(value: Json, _column: Column) -> Single | None:
    stated = value.get("amount")
    if stated is None or stated == "":
        return EMPTY
    amount = decimal_of(stated)
    return None if amount is None else Money(amount, _text_of(value, "currency").upper(), cell_text(stated))


def _page(value: Json, column: Column) -> Single | None:
    url, name = _text_of(value, "url"), _name_of(value)
    if not url:
        return None
    if column.kind == "email" and url.casefold().startswith(_MAILTO):
        return Text(url[len(_MAILTO) :])
    return WebAddress(canonical_address(url), "" if names_address(name, url) else name, url)


def _image(value: Json, _column: Column) -> Single | None:
    url = _text_of(value, "url")
    return HostedFile(file_id(url), url, _name_of(value)) if url else None


def _text_of(value: Json, name: str) -> str:
    text = value.get(name)
    return text if isinstance(text, str) else ""


def _name_of(value: Json) -> str:
    """What the thing is called, as the CSV shows it."""
    name = value.get("name")
    return cell_text(name) if type(name) in (str, int, float) else ""


_OBJECTS: Mapping[str, Callable[[Json, Column], Single | None]] = {
    "Person": _member,
    "StructuredValue": _reference,
    "MonetaryAmount": _money,
    "WebPage": _page,
    "ImageObject": _image,
}
"""How the objects of each type are read; None where one lacks what makes it such a thing."""
_SINGLES: Mapping[type, _Reading] = {
    type(None): _nothing,
    bool: _truth,
    int: _number,
    float: _number,
    str: _string,
    dict: _object,
}
"""How each type that JSON has is read, but lists."""
