"""What a cell can hold, and how each value reads in the API's three value formats (coda-api.md, Rows)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from coda_git_mirror.demo.world import Blob, Row

CONTEXT = "http://schema.org/"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


@dataclass(frozen=True)
class Markdown:
    """Formatted text: served in rich mode as Markdown, without a fence."""

    text: str


@dataclass(frozen=True)
class Bare:
    """Text that comes without a fence though it is plain: dates, times, durations and, at times, ordinary text.

    `shown` is how a page displays it where that differs.
    """

    text: str
    shown: str | None = None


@dataclass(frozen=True)
class Money:
    """An amount; Coda serves amounts as numbers, as strings, and as `""`."""

    amount: float | str
    currency: str = "USD"


@dataclass(frozen=True)
class Person:
    """A person; `email` may be missing, and `user_id` is served beyond the published schema."""

    name: str
    email: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, eq=False)
class Reference:
    """A reference to a row of this or another table of the doc."""

    row: Row


@dataclass(frozen=True)
class HiddenReference:
    """A reference to a row of a table that no listing shows, such as `Global-External-Connections`."""

    table_id: str
    row_id: str
    name: str


@dataclass(frozen=True)
class WebLink:
    """A hyperlink."""

    url: str
    name: str | None = None


@dataclass(frozen=True, eq=False)
class File:
    """An image or attachment in a cell, whatever its type; `status` is `live`, `deleted` or `failed`."""

    blob: Blob
    status: str = "live"
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Hotlink:
    """A picture that is shown from where it lies."""

    url: str

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Omitted:
    """The row does not mention the column at all."""


Scalar: TypeAlias = (
    "str | int | float | bool | Markdown | Bare | Money | Person | Reference | HiddenReference | WebLink | File"
    " | Hotlink | None"
)
Value: TypeAlias = "Scalar | Omitted | list[Any]"


@dataclass(frozen=True)
class Addresses:
    """How a value's URLs are written: of a blob, of a row, and of a table by id."""

    blob: Callable[[Blob], str]
    row: Callable[[Row], str]
    table: Callable[[str], str]


def rich(value: Value, addresses: Addresses) -> Any:
    """The lossless form: plain text fenced, Markdown bare, things as JSON-LD, lists as arrays, empty as `""`."""
    if isinstance(value, str):
        return "```" + value.replace("`", "\\`") + "```" if value else ""
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, list):
        return [rich(item, addresses) for item in value]
    if value is None:
        return ""
    if isinstance(value, (Markdown, Bare)):
        return value.text
    return _linked_data(value, addresses)


def simple(value: Value) -> Any:
    """The lossy form of one value; a list becomes its members joined by commas."""
    if isinstance(value, list):
        return ", ".join(str(simple(item)) for item in value)
    if value is None or isinstance(value, Omitted):
        return ""
    if isinstance(value, (str, bool, int, float)):
        return value
    return _display(value)


def simple_with_arrays(value: Value) -> Any:
    """As `simple`, with lists kept as arrays."""
    return [simple_with_arrays(item) for item in value] if isinstance(value, list) else simple(value)


def _display(value: Any) -> str:
    match value:
        case Markdown(text) | Bare(text):
            return text
        case Money(amount, currency):
            return f"{SYMBOLS.get(currency, currency)}{amount:,.2f}" if isinstance(amount, (int, float)) else amount
        case Reference(row):
            return row.name
        case WebLink(url):
            return url
        case File(blob):
            return blob.filename
        case _:
            return str(value.name)


def _linked_data(value: Any, addresses: Addresses) -> dict[str, Any]:
    match value:
        case Money(amount, currency):
            return _thing("MonetaryAmount", currency=currency, amount=amount)
        case Person(name, email, user_id):
            return _thing("Person", name=name, email=email, userId=user_id)
        case WebLink(url, name):
            return _thing("WebPage", name=name, url=url)
        case File(blob, status, size):
            width, height = size or (None, None)
            url = addresses.blob(blob)
            return _thing("ImageObject", name=blob.filename, width=width, height=height, status=status, url=url)
        case Hotlink(url):
            return _thing("ImageObject", name=value.name, url=url)
        case Reference(row):
            return _row(row.name, addresses.row(row), row.table.id, row.id, addresses)
        case _:
            url = f"{addresses.table(value.table_id)}#_r{value.row_id}"
            return _row(value.name, url, value.table_id, value.row_id, addresses)


def _row(name: str, url: str, table_id: str, row_id: str, addresses: Addresses) -> dict[str, Any]:
    place = {"tableId": table_id, "rowId": row_id, "tableUrl": addresses.table(table_id)}
    return _thing("StructuredValue", name=name, url=url, additionalType="row", **place)


def _thing(kind: str, **properties: Any) -> dict[str, Any]:
    present = {name: value for name, value in properties.items() if value is not None}
    return {"@context": CONTEXT, "@type": kind, **present}
