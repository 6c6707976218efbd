"""Which rows are asked for: `COLUMN=VALUE`, where a value is what people read in the cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from unicodedata import normalize

from coda_git_mirror.actions.live_names import called, find_column
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.model.content import Column, Json

_DIVIDED = re.compile(r"""\s*'([^']*)'\s*=(.*)|((?:"[^"]*"|[^="])*)=(.*)""", re.DOTALL)
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)")
_EXACT = 2**53
"""From here on not every whole number is one in JSON."""
_FORMATTING = re.compile(r"[*_~`\[\]<>\\#|\n]|^(-|\d+[.)]) |  |^ | $")
"""What text may have that is Markdown: a formatted cell shows something else than it says."""
_NUMBERS = frozenset({"number", "slider", "scale"})
_TEXTS = frozenset({"text", "select"})
_NAMES: Mapping[str, tuple[str, ...]] = {
    "Person": ("name", "email"),
    "StructuredValue": ("name", "rowId"),
    "MonetaryAmount": ("amount",),
    "WebPage": ("name", "url"),
    "ImageObject": ("name", "url"),
}
"""By what somebody may call a value of each type that is an object."""


@dataclass(frozen=True)
class Condition:
    """That a row's cell in this column is, or as a list has, what `value` says; an empty value means an empty cell."""

    column: Column
    value: str

    def holds(self, row: Json) -> bool:
        """Whether the row is one of those that are asked for."""
        value = row["values"].get(self.column.id)
        if self.value == "":
            return cell_text(value, self.column.kind) == ""
        if value in (None, "") and self.column.kind == "checkbox":
            value = False
        return any(self._fits(each) for each in (value, *_members(value)))

    @property
    def question(self) -> tuple[str, Any] | None:
        """What Coda can be asked, so that its answer has all these rows; None where only reading all of them tells.

        Coda compares what it shows as plain text: it does not know the values of lists, people and dates, nor rows by
        their ids, and texts that look the same are not the same to it.
        """
        about = self.column.raw.get("format")
        if self.column.raw.get("calculated") or self.column.raw.get("formula"):
            return None
        if isinstance(about, dict) and about.get("isArray"):
            return None
        wanted = _asked(self.value, self.column.kind)
        return None if wanted is None else (self.column.id, wanted)

    @cached_property
    def _wanted(self) -> frozenset[str]:
        """The value as it was typed, and without what may only be around it."""
        bare = self.value.strip()
        quoted = len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'"
        return frozenset(normalize("NFC", each) for each in (self.value, bare, bare[1:-1] if quoted else bare))

    def _fits(self, value: Any) -> bool:
        texts = {normalize("NFC", text) for text in _readings(value, self.column.kind)}
        return not texts.isdisjoint(self._wanted) or any(self._is(value, wanted) for wanted in self._wanted)

    def _is(self, value: Any, wanted: str) -> bool:
        """Whether a number, a truth or an e-mail address is meant, however it is written."""
        if isinstance(value, bool):
            return wanted.casefold() == str(value).casefold()
        if isinstance(value, dict):
            email = value.get("email")
            if isinstance(email, str) and email.casefold() == wanted.casefold():
                return True
            value = _amount(value.get("amount"))
        number = _number(wanted, self.column.kind)
        return number is not None and type(value) in (int, float) and number == Decimal(str(value))


def conditions_of(texts: Sequence[str], columns: Sequence[Column], within: str) -> list[Condition]:
    """Conditions as they are typed, on columns of the table that is called so. Raises UsageError."""
    return [_condition(text, columns, within) for text in texts]


def _condition(text: str, columns: Sequence[Column], within: str) -> Condition:
    match = _DIVIDED.fullmatch(text)
    if match and match[1] is not None:
        word, value = match[1], match[2]
    elif match:
        word, value = match[3], match[4]
    elif "=" in text:
        word, _, value = text.partition("=")
    else:
        raise UsageError(f"{text!r} is no condition; write COLUMN=VALUE, such as 'Status=Done'.")
    bare = word.strip()
    if bare.startswith('"') and bare.endswith('"') and len(bare) > 1 and not called(columns, bare):
        bare = bare[1:-1]
    return Condition(find_column(columns, bare, within), value)


def _asked(value: str, kind: str) -> Any:
    """A value as JSON of the column's type; None where Coda's idea of it is not certain to be ours."""
    if kind in _NUMBERS:
        number = _number(value, kind)
        return _bare(number) if number is not None and abs(number) < _EXACT else None
    if kind == "checkbox":
        return True if value.casefold() == "true" else None
    if kind not in _TEXTS or not value or _FORMATTING.search(value) or value[0] in "\"'":
        return None
    return value if value.isprintable() and normalize("NFD", value) == value == normalize("NFC", value) else None


def _bare(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _number(text: str, kind: str) -> Decimal | None:
    """A number as somebody types it; of percents also with their sign."""
    bare = text.strip()
    share = kind == "percent" and bare.endswith("%")
    bare = bare.removesuffix("%").rstrip() if share else bare
    return (Decimal(bare) / 100 if share else Decimal(bare)) if _NUMBER.fullmatch(bare) else None


def _amount(amount: Any) -> Any:
    """Of money, which may be given as text."""
    return float(amount) if isinstance(amount, str) and _NUMBER.fullmatch(amount) else amount


def _members(value: Any) -> Iterator[Any]:
    """What a list holds, however deeply its lists are nested."""
    waiting = list(reversed(value)) if isinstance(value, list) else []
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += reversed(each)
        else:
            yield each


def _whole(minute: str, second: str) -> list[str]:
    return [minute] if second == ":00" else []


def _readings(value: Any, kind: str) -> Iterator[str]:
    """What people may say for a value."""
    shown = cell_text(value, kind)
    yield shown
    if kind == "time":
        yield shown.removesuffix(":00")
    if kind == "dateTime" and (match := _MOMENT.match(shown)):
        day, minute, second = match.groups()
        yield from (f"{day}{between}{time}" for between in "T " for time in {minute + second, *_whole(minute, second)})
    if isinstance(value, dict):
        fields = (value.get(name) for name in _NAMES.get(str(value.get("@type")), ()))
        yield from (each for each in fields if isinstance(each, str) and each)
