"""What is sent to Coda for a value, or why nothing is (coda-api.md, Writing): a value that Coda would silently make
another of is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from coda_git_mirror.changes.column_kinds import (
    CHOICE_KINDS,
    CURRENCY_KIND,
    FILE_KINDS,
    LIST_KINDS,
    NUMBER_KINDS,
    PERSON_KIND,
    SELECT_KIND,
    USUAL_CURRENCY,
    currency_of,
    is_list,
    is_relation,
    options_of,
)
from coda_git_mirror.changes.writable_columns import unwritable_column
from coda_git_mirror.model.cell_values import (
    CellValue,
    Day,
    Empty,
    Foreign,
    Formatted,
    HostedFile,
    Many,
    Member,
    Moment,
    Money,
    Number,
    RowReference,
    Text,
    TimeOfDay,
    Truth,
    WebAddress,
)
from coda_git_mirror.model.content import Column

_TIME_KINDS = frozenset({"date", "dateTime", "time"})
_TRUTHS = frozenset({"true", "false", "yes", "no", "on", "off", "0", "1", "x"})
_DIGIT = re.compile(r"\d")


class Sendable(NamedTuple):
    """The JSON to send for a value, and the value that is there afterwards if Coda takes it as it is meant.

    `loss` says what of the wanted value no write brings back, where that is but a part; empty as a rule.
    """

    value: Any
    means: CellValue
    loss: str = ""


@dataclass(frozen=True)
class Unwritable:
    """Why a value is not sent, as the end of a sentence that begins with the cell."""

    reason: str


@dataclass(frozen=True)
class Known:
    """What the caller knows of the account. `plain_text`: Markdown is to be written literally.

    `lives` tells whether a row that is referred to is there, or will be; `person` gives what the doc knows a person by,
    an e-mail address as a rule; `public_url` an address at which everybody can read a file now.
    """

    lives: Callable[[RowReference], bool] = lambda _: False
    person: Callable[[Member], str | None] = lambda _: None
    public_url: Callable[[HostedFile], str | None] = lambda _: None
    zone: tzinfo | None = None
    plain_text: bool = False


NOTHING_KNOWN = Known()
_Encoder: TypeAlias = "Callable[[Any, Column, Known], Sendable | Unwritable]"


def encode(value: CellValue, column: Column, known: Known = NOTHING_KNOWN) -> Sendable | Unwritable:
    """What to send for a value in a column."""
    refused = unwritable_column(column)
    return Unwritable(refused[1]) if refused else encode_open(value, column, known)


def encode_open(value: CellValue, column: Column, known: Known) -> Sendable | Unwritable:
    """The same in a column that can be written."""
    if isinstance(value, Many):
        return _many(value, column, known)
    one = _ENCODERS[type(value)](value, column, known)
    if isinstance(one, Sendable) and _needs_list(one, column):
        return Sendable([one.value], one.means, one.loss)
    return one


def _many(value: Many, column: Column, known: Known) -> Sendable | Unwritable:
    if column.kind not in LIST_KINDS and not is_list(column):
        return Unwritable("holds several values, and Coda would make one text of them")
    values, means, losses = [], [], []
    for item in value.items:
        one = _ENCODERS[type(item)](item, column, known)
        if isinstance(one, Unwritable):
            return one
        values.append(one.value)
        means.append(one.means)
        losses.append(one.loss)
    return Sendable(values, Many(tuple(means)), next(filter(None, losses), ""))  # type: ignore[arg-type]


def _needs_list(one: Sendable, column: Column) -> bool:
    """A text with commas would be taken for several values; elsewhere several are meant by the column."""
    if column.kind not in CHOICE_KINDS or one.value == "":
        return False
    return is_list(column) or (isinstance(one.value, str) and "," in one.value)


def _empty(value: Empty, _column: Column, _known: Known) -> Sendable | Unwritable:
    return Sendable("", value)


def _text(value: Text, column: Column, _known: Known) -> Sendable | Unwritable:
    text = value.text
    options = options_of(column) if column.kind == SELECT_KIND else None
    if options is not None and text not in options:
        return Unwritable(f"{_quoted(text)} is none of the column's options")
    if _would_be_read(text, column.kind):
        return Unwritable(f"{_quoted(text)} is text, and Coda would make {_READ_AS[column.kind]} of it")
    return Sendable(text, value)


def _would_be_read(text: str, kind: str) -> bool:
    """Whether Coda, which takes what is sent as typed, would take a text for a value of the column's own kind."""
    if kind in NUMBER_KINDS or kind in _TIME_KINDS:
        return _DIGIT.search(text) is not None
    if kind == "duration":
        return _DIGIT.search(text) is not None and not any(map(str.isalpha, text))
    return kind == "checkbox" and text.strip().casefold() in _TRUTHS


_READ_AS = {
    **dict.fromkeys(NUMBER_KINDS, "a number"),
    "date": "a date",
    "dateTime": "a date",
    "time": "a time",
    "duration": "a length of time",
    "checkbox": "a tick",
}


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line[:40]}…”" if len(line) > 40 else f"“{line}”"


def _formatted(value: Formatted, _column: Column, known: Known) -> Sendable | Unwritable:
    if not known.plain_text:
        return Unwritable("has formatting, and Coda would keep its Markdown as plain text")
    text = value.shown or value.markdown
    return Sendable(text, Text(text))


def _number(value: Number, _column: Column, _known: Known) -> Sendable | Unwritable:
    return Sendable(bare_number(value.value), value)


def bare_number(value: Decimal) -> int | float:
    """The number as JSON has it."""
    return int(value) if value == value.to_integral_value() else float(value)


def _truth(value: Truth, _column: Column, _known: Known) -> Sendable | Unwritable:
    if value.unset:
        return Sendable("", value)
    return Sendable(value.value, value)


def _day(value: Day, _column: Column, _known: Known) -> Sendable | Unwritable:
    return Sendable(value.day, value)


def _moment(value: Moment, _column: Column, known: Known) -> Sendable | Unwritable:
    zone = known.zone
    instant = value.instant.astimezone(zone) if zone else value.instant
    return Sendable(instant.isoformat() if zone or not value.shown else value.shown, value)


def _time(value: TimeOfDay, _column: Column, _known: Known) -> Sendable | Unwritable:
    return Sendable(value.time, value)


def _money(value: Money, column: Column, _known: Known) -> Sendable | Unwritable:
    if column.kind != CURRENCY_KIND:
        return Unwritable("is an amount of money, and its column would keep the number alone")
    kept = currency_of(column)
    if kept and value.currency and value.currency != kept:
        return Unwritable(f"is in {value.currency}, and its column would make {kept} of it")
    currency = value.currency or kept or USUAL_CURRENCY
    return Sendable(bare_number(value.amount), Money(value.amount, currency, value.shown))


def _member(value: Member, column: Column, known: Known) -> Sendable | Unwritable:
    if column.kind != PERSON_KIND:
        return Unwritable("is a person, which only a column of people can be given")
    called = known.person(value)
    if not called:
        return Unwritable(f"is {_quoted(value.name or value.key)}, whom the doc does not know any more")
    return Sendable(called, value)


def _reference(value: RowReference, column: Column, known: Known) -> Sendable | Unwritable:
    if not is_relation(column):
        return Unwritable("is a row, which only a relation can be given")
    if not known.lives(value):
        return Unwritable(f"points to the row {_quoted(value.name or value.row)}, which is not there any more")
    return Sendable(value.row, value)


def _link(value: WebAddress, column: Column, _known: Known) -> Sendable | Unwritable:
    if column.kind != "link":
        return Unwritable("is a link, which only a column of links can be given")
    lost = f"the name {_quoted(value.name)} of a link cannot be written, only its address" if value.name else ""
    return Sendable(value.shown or value.url, WebAddress(value.url, shown=value.shown), lost)


def _file(value: HostedFile, column: Column, known: Known) -> Sendable | Unwritable:
    if column.kind not in FILE_KINDS:
        return Unwritable("is a file, which only a column of files can be given")
    url = known.public_url(value)
    if not url:
        return Unwritable(f"is the file {_quoted(value.name or value.blob)}, which Coda can read nowhere any more")
    return Sendable(url, value)


def _foreign(_value: Foreign, _column: Column, _known: Known) -> Sendable | Unwritable:
    return Unwritable("holds an object, which no write can bring back")


_ENCODERS: Mapping[type, _Encoder] = {
    Empty: _empty,
    Text: _text,
    Formatted: _formatted,
    Number: _number,
    Truth: _truth,
    Day: _day,
    Moment: _moment,
    TimeOfDay: _time,
    Money: _money,
    Member: _member,
    RowReference: _reference,
    WebAddress: _link,
    HostedFile: _file,
    Foreign: _foreign,
}
