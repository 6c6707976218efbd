"""What spreadsheets do to a cell that nobody touched, recognised by comparison with what it was (cli.md, apply)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cache

from coda_git_mirror.changes.spreadsheet_dates import (
    EVERY_ORDER,
    Order,
    date_readings,
    is_date_with_name,
    is_same_time,
    may_be_same_date,
    orders_of,
)
from coda_git_mirror.changes.spreadsheet_numbers import (
    PLAIN,
    currency_signs,
    has_exponent,
    has_lost_its_point,
    is_rounded,
    is_short_of_digits,
    readings,
)


class Verdict(Enum):
    """`UNTOUCHED`: a program wrote the same otherwise. `DAMAGED`: what was meant cannot be known any more."""

    CHANGED = "changed"
    UNTOUCHED = "untouched"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Judged:
    """What a text is beside what its cell was, and why that cannot be known, where it cannot."""

    verdict: Verdict
    reason: str = ""


CHANGED, UNTOUCHED = Judged(Verdict.CHANGED), Judged(Verdict.UNTOUCHED)
NUMBERS = frozenset({"number", "percent", "currency", "slider", "scale"})
TRUTHS = {
    **dict.fromkeys(("true", "wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "1", "1.0"), True),
    **dict.fromkeys(("false", "falsch", "faux", "falso", "onwaar", "0", "0.0"), False),
}
"""How programs of several countries write TRUE and FALSE, in small letters."""
_DAY, _MOMENT, _TIME_OF_DAY, _CHECKBOX = "date", "dateTime", "time", "checkbox"
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ERROR = re.compile(
    r"#((NAME|NOM|NOMBRE)\?|(VALUE|REF|DIV/0|NUM|NULL|ERROR|SPILL|CALC|WERT|BEZUG|ZAHL|VALEUR)!|N/A|NV)|Err:[0-9]{3}"
)
_SHORTENED = re.compile(r"-?[1-9][.,][0-9]+E[+-][0-9]{2,3}")
"""As spreadsheets write long numbers, and hardly anybody else does."""
_IN_CENTS = re.compile(r"[-0-9.,\s]*[0-9][.,][0-9]{2}\s*")
_NO_ROOM = re.compile("#{3,}")
_FORMULA_MARKS = ("=", "+", "-", "@")
_PLACE = re.compile(r" \(assets/[^)]*\)")
_LONGEST_CELLS = (32_767, 50_000)
"""Characters that Excel and Google Sheets keep of a cell."""
_EMPTIES = re.compile(r"#N/A|#N/A N/A|#NA|-?1\.#(IND|QNAN)|-?NaN|-?nan|<NA>|N/A|NA|NULL|None|n/a|null")
"""What pandas takes for an empty cell."""
_ROUNDED = "a spreadsheet has rounded a long number"
_LETTERS = "cp1252"
_MISREAD = (
    ("utf-8", "cp1252"),
    ("utf-8", "latin-1"),
    ("cp1252", "cp850"),
    ("cp850", "cp1252"),
    ("mac_roman", "cp1252"),
)
"""Text written in one encoding and read in another."""


def judge(base: str, text: str, kind: str, orders: frozenset[Order] = EVERY_ORDER) -> Judged:
    """What became of a cell whose text was `base` and is another one now; `kind` is the column's type.

    `orders` are those in which the file writes the dates of this column.
    """
    if _is_same_text(base, text):
        return UNTOUCHED
    for rule in (_cut, _error, _truth, _date, _number, _empty, _letters):
        found = rule(base, text, kind, orders)
        if found is not CHANGED:
            return found
    return _damaged(reason) if (reason := ruin_of(text)) else CHANGED


def ruin_of(text: str) -> str:
    """Why a text cannot be what anybody meant, whatever the cell held; empty where it can be."""
    if _ERROR.fullmatch(text):
        return "it is the error of a spreadsheet's formula"
    return _ROUNDED if _SHORTENED.fullmatch(text) else ""


def _is_same_text(base: str, text: str) -> bool:
    """But for line ends, composed letters, a `'` against formulas, and the places of hosted files."""
    same = {base, f"'{base}", base.removeprefix("'")}
    return text in same or _plain(base) == _plain(text)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _PLACE.sub("", text) if "(assets/" in text else text


def _cut(base: str, text: str, _kind: str, _orders: frozenset[Order]) -> Judged:
    longest = next((each for each in _LONGEST_CELLS if each - 8 <= len(text) <= each < len(base) + 8), None)
    if longest is None:
        return CHANGED
    if base.startswith(text):
        return UNTOUCHED
    return _damaged(f"a spreadsheet keeps {longest} characters of a cell, and this one was changed and has as many")


def _error(base: str, text: str, _kind: str, _orders: frozenset[Order]) -> Judged:
    is_formula = base.removeprefix("'").startswith(_FORMULA_MARKS) and not PLAIN.fullmatch(base)
    if _NO_ROOM.fullmatch(text):
        return UNTOUCHED
    if _ERROR.fullmatch(text):
        return UNTOUCHED if is_formula else CHANGED
    if is_formula and not readings(base) and (readings(text) or date_readings(text) or text.casefold() in TRUTHS):
        return _damaged("a spreadsheet has taken it for a formula and computed it")
    return CHANGED


def _truth(base: str, text: str, kind: str, _orders: frozenset[Order]) -> Judged:
    was, now = TRUTHS.get(base.casefold()), TRUTHS.get(text.casefold())
    if was is None or now is None or (kind != _CHECKBOX and text.isdigit() is not base.isdigit()):
        return CHANGED
    if kind != _CHECKBOX and PLAIN.fullmatch(base):
        return CHANGED
    return UNTOUCHED if was is now else CHANGED


def _date(base: str, text: str, kind: str, orders: frozenset[Order]) -> Judged:
    if kind in (_DAY, _MOMENT):
        return UNTOUCHED if orders & orders_of(base, text) else CHANGED
    if is_same_time(base, text) or (_ISO_DAY.fullmatch(base) and orders_of(base, text)):
        return UNTOUCHED
    if kind == _TIME_OF_DAY or not date_readings(base):
        return CHANGED
    if is_date_with_name(text):
        same = may_be_same_date(base, text)
        return UNTOUCHED if same else _damaged("a spreadsheet has taken it for a date")
    return UNTOUCHED if kind not in NUMBERS and may_be_same_date(base, text) else CHANGED


def _number(base: str, text: str, kind: str, _orders: frozenset[Order]) -> Judged:
    signs = currency_signs(base)
    loose = kind in NUMBERS or (
        bool(signs) and (currency_signs(text) == signs or _IN_CENTS.fullmatch(text) is not None)
    )
    was, now = _numbers(base, kind, loose), _numbers(text, kind, loose)
    if not was or not now:
        return CHANGED
    if was & now or any(is_rounded(number, text) for number in was):
        return UNTOUCHED
    if has_exponent(text):
        return _damaged(_ROUNDED)
    if is_short_of_digits(base, text):
        return _damaged("a spreadsheet has taken digits from it")
    return _damaged("a spreadsheet has taken its point away") if has_lost_its_point(base, text) else CHANGED


def _numbers(text: str, kind: str, loose: bool) -> frozenset[Decimal]:
    """In a column of numbers a plain number is what it says, wherever the file was written."""
    return frozenset({Decimal(text)}) if kind in NUMBERS and PLAIN.fullmatch(text) else readings(text, loose)


def _empty(base: str, text: str, _kind: str, _orders: frozenset[Order]) -> Judged:
    if text or not _EMPTIES.fullmatch(base):
        return CHANGED
    return _damaged(f"pandas takes {base!r} for an empty cell")


def _letters(base: str, text: str, _kind: str, _orders: frozenset[Order]) -> Judged:
    if base.isascii():
        return CHANGED
    if _is_misread(base, text) or _seen_as(base).fullmatch(text):
        return UNTOUCHED
    foreign = any(not _has(letter) for letter in base)
    if (foreign and text.count("?") > base.count("?")) or text.count("\ufffd") > base.count("\ufffd"):
        return _damaged("a spreadsheet has written ? for letters that its encoding lacks")
    return CHANGED


def _is_misread(base: str, text: str) -> bool:
    return any(_misread(base, *each) == text for each in _MISREAD)


def _misread(text: str, written: str, read: str) -> str | None:
    try:
        return text.encode(written).decode(read)
    except UnicodeError:
        return None


@cache
def _has(letter: str) -> bool:
    """Whether Windows-1252 has a letter."""
    try:
        letter.encode(_LETTERS)
    except UnicodeEncodeError:
        return False
    return True


def _seen_as(base: str) -> re.Pattern[str]:
    """How a text may look once letters that Windows-1252, or ASCII, lacks were replaced."""
    return re.compile("".join(map(_letter_seen_as, base)), re.DOTALL)


@cache
def _letter_seen_as(letter: str) -> str:
    if letter.isascii():
        return re.escape(letter)
    marks = r"[?\ufffd]{1,2}" if ord(letter) > 0xFFFF else r"[?\ufffd]"
    others = {"" if _has(letter) else _plain_letter(letter), _low_bytes(letter) if ord(letter) > 0xFF else ""} - {""}
    choices = "|".join([re.escape(letter), marks, *map(re.escape, sorted(others))])
    # A letter that stands beside what it belongs to, such as an accent, may leave nothing.
    return f"(?:{choices}){'?' if unicodedata.combining(letter) else ''}"


def _plain_letter(letter: str) -> str:
    return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()


def _low_bytes(letter: str) -> str:
    """What LibreOffice writes in place of a letter that the encoding lacks."""
    return "".join(
        bytes([each]).decode(_LETTERS, "replace") for each in letter.encode("utf-16-le", "surrogatepass")[::2]
    )


def _damaged(reason: str) -> Judged:
    return Judged(Verdict.DAMAGED, reason)


Rule = Callable[[str, str, str, frozenset[Order]], Judged]
