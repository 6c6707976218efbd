"""What a cell means: values that are equal exactly where writing one over the other would change nothing in Coda.

How each is made from a value of the API is `changes/canonical.py`; how it is written again, `changes/encode.py`. What
is not compared is in no `repr` either: equal values have the same one. `shown` is the text that a person reads where
that is not to be told from the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias


def _beside(default: str = "") -> str:
    """A field that tells nothing of what the cell means."""
    text: str = field(default=default, compare=False, repr=False)
    return text


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing, however a column of its type says so."""


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text without its fence; also an option of a select list and whatever Coda keeps as text."""

    text: str


@dataclass(frozen=True, slots=True)
class Formatted:
    """Text with formatting, as Markdown. It cannot be written back: Coda would keep the Markdown literally.

    The addresses of Coda's own pages and files in it are as `canonical_address` gives them.
    """

    markdown: str
    shown: str = _beside()


@dataclass(frozen=True, slots=True)
class Number:
    value: Decimal
    shown: str = _beside()

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", plain_decimal(self.value))


@dataclass(frozen=True, slots=True)
class Truth:
    """A checkbox. One that nobody ever touched (`unset`) is like one that is not ticked."""

    value: bool
    unset: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Day:
    """A date, `2026-03-04`, in the doc's own time zone."""

    day: str


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in UTC; `shown` is the text that Coda gave, in the doc's zone."""

    instant: datetime
    shown: str = _beside()


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time, `09:30:00`, with a fraction only where there is one, on the doc's own clocks."""

    time: str


@dataclass(frozen=True, slots=True)
class Money:
    """An amount; `currency` is its code of three letters, empty where nobody knows it."""

    amount: Decimal
    currency: str
    shown: str = _beside()

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", plain_decimal(self.amount))


@dataclass(frozen=True, slots=True)
class Member:
    """A person: `key` is the e-mail address without regard to case, else the name."""

    key: str
    name: str = _beside()
    email: str = _beside()


@dataclass(frozen=True, slots=True)
class RowReference:
    """A row that a cell points to, by its id; its name follows the row and tells nothing of the cell."""

    row: str
    name: str = _beside()
    table: str = _beside()


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A link. `name`, which nothing can write, is empty where it only repeats the address.

    `url` has one host for all of Coda's; `shown` is the address as it was.
    """

    url: str
    name: str = ""
    shown: str = _beside()


@dataclass(frozen=True, slots=True)
class HostedFile:
    """A file that Coda hosts, by its blob's id, or any picture by its address; `url` is where it is served."""

    blob: str
    url: str = _beside()
    name: str = _beside()


@dataclass(frozen=True, slots=True)
class Foreign:
    """A value of a kind that nobody knows how to write, as JSON with sorted keys."""

    json: str


@dataclass(frozen=True, slots=True)
class Many:
    """Several values in their order; a list of one is that one value, and an empty list is nothing."""

    items: tuple[Single, ...]


Single: TypeAlias = (
    "Empty | Text | Formatted | Number | Truth | Day | Moment | TimeOfDay | Money | Member | RowReference"
    " | WebAddress | HostedFile | Foreign"
)
CellValue: TypeAlias = "Single | Many"

EMPTY = Empty()


def plain_decimal(value: Decimal) -> Decimal:
    """The same number, as all that equal it are: `1` for `1.0`, `-0` and `1E+0`."""
    if value == value.to_integral_value():
        return Decimal(int(value))
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    return Decimal((sign, tuple(map(int, text)), int(exponent) + len(digits) - len(text)))


def singles(value: CellValue) -> tuple[Single, ...]:
    """The values in a cell."""
    return value.items if isinstance(value, Many) else (value,)


def references(value: CellValue) -> Iterator[RowReference]:
    """The rows that a cell points to."""
    if isinstance(value, Many):
        return (each for each in value.items if isinstance(each, RowReference))
    return iter((value,) if isinstance(value, RowReference) else ())


def with_rows(value: CellValue, row_now: Callable[[str], str]) -> CellValue:
    """The same cell, pointing to what the rows that it names are called now."""
    moved = tuple(
        replace(each, row=row_now(each.row)) if isinstance(each, RowReference) else each for each in singles(value)
    )
    return Many(moved) if isinstance(value, Many) else moved[0]


def with_files(value: CellValue, blob_now: Callable[[str], str]) -> CellValue:
    """The same cell, its files by another mark than the ids of their blobs."""
    marked = tuple(
        replace(each, blob=blob_now(each.blob)) if isinstance(each, HostedFile) else each for each in singles(value)
    )
    return Many(marked) if isinstance(value, Many) else marked[0]


def without_link_names(value: CellValue) -> CellValue:
    """The same cell, its links by their addresses alone."""
    bare = tuple(replace(each, name="") if isinstance(each, WebAddress) else each for each in singles(value))
    return Many(bare) if isinstance(value, Many) else bare[0]
