"""Dates and times as spreadsheets write them, read in every order that a country may have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from itertools import product


class Order(Enum):
    """Which part of a date comes first. `NAMED`: the month has a name, so that there is no doubt."""

    YEAR_FIRST = "year first"
    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"
    NAMED = "named"


EVERY_ORDER = frozenset(Order)


@dataclass(frozen=True)
class Reading:
    """A date that a text may mean; a year of two digits is less than 100, and None where there is none."""

    order: Order
    year: int | None
    month: int
    day: int | None

    def is_of(self, other: Reading) -> bool:
        """Whether both may mean the same date, as far as each of them says."""
        return self.month == other.month and _fit(self.day, other.day) and _fit_years(self.year, other.year)


_MONTHS = {
    number: names.split()
    for number, names in enumerate(
        (
            "jan ene gen янв",
            "feb fév fev",
            "mar mär maer mrz mrt",
            "apr avr abr",
            "may mai mag mei maj",
            "jun juin giu",
            "jul juil lug",
            "aug août aou ago",
            "sep set",
            "oct okt ott",
            "nov",
            "dec dez déc dic",
        ),
        1,
    )
}
_PARTS = re.compile(r"([0-9]{1,4})([./ -]\s?)([0-9]{1,4})(?:([./ -]\s?)([0-9]{1,4}))?\.?")
_DAY_NAMED = re.compile(r"(?:([0-9]{1,2})\.?[\s./-]*)?([^\W\d_]{3,10})\.?(?:[\s./,-]*([0-9]{1,4}))?")
_NAMED_DAY = re.compile(r"([^\W\d_]{3,10})\.?[\s./-]*([0-9]{1,2})(?:,?[\s./-]+([0-9]{2,4}))?")
_TIME = re.compile(
    r"([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:[.,][0-9]+)?)?\s*([AaPp])?(?:\.?[Mm]\.?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_SERIAL = re.compile(r"[0-9]{4,6}")
_FIRST_SERIAL = date(1899, 12, 30)
_LONGEST = 40


def date_readings(text: str) -> list[Reading]:
    """The dates that a text may mean; none where it is no date."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return []
    if match := _PARTS.fullmatch(text):
        return list(_of_parts([int(part) for part in match.group(1, 3, 5) if part], match.group(1, 3, 5)))
    return list(_named(text))


def serial_date(text: str) -> Reading | None:
    """The date whose number in a spreadsheet a text is."""
    if not _SERIAL.fullmatch(text):
        return None
    day = _FIRST_SERIAL + timedelta(days=int(text))
    return Reading(Order.NAMED, day.year, day.month, day.day)


def _of_parts(parts: list[int], texts: Iterable[str | None]) -> Iterator[Reading]:
    if len(parts) == 3:
        first, second, third = parts
        if len(next(iter(texts)) or "") == 4 or first > 31:
            yield from _valid(Order.YEAR_FIRST, first, second, third)
            return
        yield from _valid(Order.DAY_FIRST, third, second, first)
        yield from _valid(Order.MONTH_FIRST, third, first, second)
        yield from _valid(Order.YEAR_FIRST, first, second, third)
        return
    first, second = parts
    yield from _valid(Order.DAY_FIRST, None, second, first)
    yield from _valid(Order.MONTH_FIRST, None, first, second)
    yield from _valid(Order.DAY_FIRST, second, first, None)
    yield from _valid(Order.YEAR_FIRST, first, second, None)


def _valid(order: Order, year: int | None, month: int, day: int | None) -> Iterator[Reading]:
    if 1 <= month <= 12 and (day is None or 1 <= day <= 31):
        yield Reading(order, year, month, day)


def _named(text: str) -> Iterator[Reading]:
    if (match := _DAY_NAMED.fullmatch(text)) and (month := _month(match[2])):
        day, last = match[1] and int(match[1]), match[3] and int(match[3])
        if day and (last is None or last):
            yield from _valid(Order.NAMED, last or None, month, int(day))
        elif last:
            yield from _valid(Order.NAMED, int(last), month, None)
    if (match := _NAMED_DAY.fullmatch(text)) and (month := _month(match[1])):
        yield from _valid(Order.NAMED, int(match[3]) if match[3] else None, month, int(match[2]))


def _month(name: str) -> int | None:
    low = name.casefold()
    return next((number for number, names in _MONTHS.items() if any(map(low.startswith, names))), None)


def _fit(one: int | None, other: int | None) -> bool:
    return one is None or other is None or one == other


def _fit_years(one: int | None, other: int | None) -> bool:
    if one is None or other is None or one == other:
        return True
    return min(one, other) < 100 and one % 100 == other % 100


def is_date_with_name(text: str) -> bool:
    """Whether a text is what a spreadsheet makes of something that it takes for a date, such as `01-Feb`."""
    return any(reading.order is Order.NAMED for reading in date_readings(text))


def may_be_same_date(base: str, text: str) -> bool:
    """Whether a text that was taken for a date may be `base`, whatever the country.

    `2/1` is not `1/2`: who writes a date as it was has its parts as they were, unless each is filled up. And `1.2.3` is
    not `1.2`: numbers alone make a date only where there is a whole year, or each part has two digits.
    """
    old, new = _PARTS.fullmatch(base.strip()), _PARTS.fullmatch(text.strip())
    if old and new:
        if old.group(2, 4) == new.group(2, 4) and not (_is_filled(new) and not _is_filled(old)):
            return _same_parts(old.group(1, 3, 5), new.group(1, 3, 5))
        if not new[5] or not (_has_whole_year(old) or _has_whole_year(new) or _is_filled(new)):
            return False
    return any(one.is_of(other) for one, other in product(date_readings(base), date_readings(text)))


def _has_whole_year(match: re.Match[str]) -> bool:
    return 4 in (len(match[1]), len(match[5] or ""))


def _is_filled(match: re.Match[str]) -> bool:
    """Whether each part has two digits, as in `01/02/26`."""
    return all(len(part or "") == 2 for part in match.group(1, 3, 5))


def _same_parts(old: Collection[str | None], new: Collection[str | None]) -> bool:
    return all(one == other or (one and other and _fit_years(int(one), int(other))) for one, other in _pairs(old, new))


def _pairs(old: Collection[str | None], new: Collection[str | None]) -> Iterator[tuple[str | None, str | None]]:
    return zip(old, new, strict=True)


def orders_of(base: str, text: str) -> frozenset[Order]:
    """The orders in which a text is the date that `base` is, which is written as `2026-03-04`."""
    day, _, rest = base.partition("T")
    known = next(iter(date_readings(day)), None)
    if known is None:
        return frozenset()
    serial = serial_date(text)
    found = [*_readings_with_time(text, rest), *([serial] if serial else [])]
    return frozenset(reading.order for reading in found if reading.day is not None and reading.is_of(known))


def best_orders(found: Iterable[frozenset[Order]]) -> frozenset[Order]:
    """The orders that explain most of a column's dates: a program writes all of them alike."""
    counts = Counter(order for orders in found for order in orders if order is not Order.NAMED)
    most = max(counts.values(), default=0)
    return frozenset({Order.NAMED, *(order for order, count in counts.items() if count == most)})


def _readings_with_time(text: str, base_time: str) -> list[Reading]:
    """The dates in a text with a time, if the time is the one of `base_time`, midnight where that is empty."""
    match = re.fullmatch(r"(.*?)[T\s,]\s*([0-9]{1,2}:[0-9]{2}.*)", text.strip())
    if not match:
        return date_readings(text) if not base_time or _is_midnight(base_time) else []
    return date_readings(match[1]) if is_same_time(base_time or "00:00:00", match[2]) else []


def _is_midnight(time: str) -> bool:
    return is_same_time(time, "00:00:00")


def is_same_time(base: str, text: str) -> bool:
    """Whether both are the same time of day, as far as the shorter one says; zones count where both have one."""
    old, new = _TIME.fullmatch(base.strip()), _TIME.fullmatch(text.strip())
    if not old or not new:
        return False
    if old[5] and new[5] and _zone(old[5]) != _zone(new[5]):
        return False
    seconds = _fit(*(int(match[3]) if match[3] else None for match in (old, new)))
    return (_hour(old), int(old[2])) == (_hour(new), int(new[2])) and seconds


def _hour(match: re.Match[str]) -> int:
    hour, half = int(match[1]), (match[4] or "").lower()
    return hour % 12 + 12 * (half == "p") if half else hour


def _zone(text: str) -> timedelta | None:
    return datetime.strptime(text.replace(":", ""), "%z").utcoffset()
