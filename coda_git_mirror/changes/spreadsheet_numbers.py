"""Numbers as spreadsheets write them: all that a text may mean, and what rounding and exponents leave of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from itertools import product

PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
"""A number as the mirror's CSV has it."""
_NOISE = re.compile(r"[\s'\u2019€$£¥₹]")
_SIGNS = frozenset("€$£¥₹")
_EXPONENT = re.compile(r"([+-]?[0-9]+([.,][0-9]+)?)[eE]([+-]?[0-9]{1,3})")
_POINT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
_COMMA = re.compile(r"[+-]?([0-9]+,[0-9]*|,[0-9]+)")
_GROUPED_BY_POINTS = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?")
_GROUPED_BY_COMMAS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_LONGEST = 400
_EXACT_DIGITS = 15
"""How many digits a spreadsheet keeps of a number; the rest become zeros."""
_SHOWN_DIGITS = (9, 10, 11)
"""To so many digits a spreadsheet rounds a number as it shows it, and hardly any person does."""
_ROUNDINGS = (ROUND_DOWN, ROUND_HALF_UP, ROUND_HALF_EVEN)


def readings(text: str, loose: bool = False) -> frozenset[Decimal]:
    """The numbers that a text may mean, whatever the country; none where it is no number.

    `loose`: also with a currency's sign and blanks between the digits, as in a column of numbers.
    """
    bare = _NOISE.sub("", text.replace("\u2212", "-")) if loose else text.strip()
    if not bare or len(bare) > _LONGEST:
        return frozenset()
    if bare.startswith("(") and bare.endswith(")"):
        return frozenset(-number for number in _read(bare[1:-1]))
    if bare.endswith("%"):
        return frozenset(number / 100 for number in _read(bare[:-1].rstrip()))
    return frozenset(_read(bare))


def _read(bare: str) -> Iterator[Decimal]:
    if match := _EXPONENT.fullmatch(bare):
        yield Decimal(f"{match[1].replace(',', '.')}e{match[3]}")
    if _POINT.fullmatch(bare):
        yield Decimal(bare)
    if _COMMA.fullmatch(bare):
        yield Decimal(bare.replace(",", "."))
    if _GROUPED_BY_POINTS.fullmatch(bare):
        yield Decimal(bare.replace(".", "").replace(",", "."))
    if _GROUPED_BY_COMMAS.fullmatch(bare):
        yield Decimal(bare.replace(",", ""))


def currency_signs(text: str) -> frozenset[str]:
    """The signs of currencies in a text."""
    return frozenset(text) & _SIGNS


def has_exponent(text: str) -> bool:
    """Whether a text is a number such as `1.23E+15`."""
    return _EXPONENT.fullmatch(text.strip()) is not None


def is_rounded(number: Decimal, text: str) -> bool:
    """Whether a text is what a spreadsheet makes of a number that has more digits than it keeps or shows."""
    return any(_rounded(number, *each) in readings(text) for each in product(_precisions(number, text), _ROUNDINGS))


def _precisions(number: Decimal, text: str) -> Iterator[int]:
    """To how many digits a spreadsheet may have rounded a number that it wrote so; none where no spreadsheet did."""
    digits = _digits(number)
    if match := _EXPONENT.fullmatch(text.strip()):
        yield max(1, sum(map(str.isdigit, match[1])))
        return
    shown = {*_SHOWN_DIGITS, _EXACT_DIGITS, *map(_digits, readings(text))}
    yield from (kept for kept in shown if min(_SHOWN_DIGITS) <= kept < digits)


def _digits(number: Decimal) -> int:
    return len(number.normalize(Context(prec=_LONGEST)).as_tuple().digits)


def _rounded(number: Decimal, digits: int, rounding: str) -> Decimal:
    return Context(prec=digits, rounding=rounding).plus(number)


def is_short_of_digits(base: str, text: str) -> bool:
    """Whether a whole number lacks digits that one beside it has: leading zeros, or more digits than 15."""
    if not text.isascii() or not text.isdigit() or not base.isascii() or not base.isdigit():
        return False
    lacks_zeros = base.startswith("0") and len(base) > 1 and not text.startswith("0") and len(text) < len(base)
    ends_in_zeros = len(text) > _EXACT_DIGITS and not text[_EXACT_DIGITS:].strip("0")
    return lacks_zeros or (ends_in_zeros and len(base) > _EXACT_DIGITS)


def has_lost_its_point(base: str, text: str) -> bool:
    """Whether a point was taken for one between thousands: `1234` for `1.234`."""
    return re.fullmatch(r"-?[0-9]+(\.[0-9]{3})+", base) is not None and base.replace(".", "") == text
