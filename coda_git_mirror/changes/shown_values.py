"""A canonical value as a person reads it: what the cell of the CSV says (mirror-format.md, law 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from coda_git_mirror.model.cell_values import (
    CellValue,
    Day,
    Empty,
    Foreign,
    Formatted,
    HostedFile,
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
    singles,
)


def shown(value: CellValue) -> str:
    """The text of a cell; of a row without a name its id."""
    return ", ".join(filter(None, map(_shown, singles(value))))


def _shown(value: Single) -> str:
    return _TEXTS[type(value)](value)


def _truth(value: Truth) -> str:
    return "" if value.unset else "TRUE" if value.value else "FALSE"


def _digits(number: Decimal) -> str:
    return format(number, "f")


_TEXTS: Mapping[type[Any], Callable[[Any], str]] = {
    Empty: lambda _: "",
    Text: lambda value: value.text,
    Formatted: lambda value: value.shown or value.markdown,
    Number: lambda value: value.shown or _digits(value.value),
    Truth: _truth,
    Day: lambda value: value.day,
    Moment: lambda value: value.shown or value.instant.isoformat(),
    TimeOfDay: lambda value: value.time,
    Money: lambda value: value.shown or _digits(value.amount),
    Member: lambda value: value.name or value.email or value.key,
    RowReference: lambda value: value.name or value.row,
    WebAddress: lambda value: value.shown or value.url,
    HostedFile: lambda value: value.name or value.url or value.blob,
    Foreign: lambda value: value.json,
}
