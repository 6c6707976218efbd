"""What programs make of a CSV that somebody opens and saves again, cell by cell and byte by byte."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

Cell = Callable[[str], str]
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_PARTS = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})")
_ENGLISH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_GERMAN = ["Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]
_KEPT = 32_767


@dataclass(frozen=True)
class Program:
    """A program by how it writes a cell, what stands between cells, and its encoding."""

    name: str
    cell: Cell
    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: str = "\r\n"

    def saved(self, table: Sequence[Sequence[str]]) -> bytes:
        """The file that it writes of a table, the first row of which is the header."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.line_end)
        writer.writerow(table[0])
        writer.writerows([[self.cell(cell) for cell in row] for row in table[1:]])
        return text.getvalue().encode(self.encoding, "replace")


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _general(number: Decimal, point: str) -> str:
    """A number as Excel shows it in a cell that nobody formatted."""
    value = Decimal(f"{number:.15g}")
    if value and (abs(value) >= Decimal(10) ** 11 or abs(value) < Decimal("1e-9")):
        mantissa, exponent = f"{value:.5E}".split("E")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}E{int(exponent):+03d}".replace(".", point)
    whole = len(f"{abs(int(value))}")
    text = f"{value:.{max(0, 10 - whole)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return ("0" if text in ("-0", "") else text).replace(".", point)


def _excel(text: str, point: str, short: str, truths: tuple[str, str], months: Sequence[str], named: str) -> str:
    if text.startswith("=") or (text[:1] in "+-@" and not _NUMBER.fullmatch(text) and len(text) > 1):
        return "#NAME?"
    if _NUMBER.fullmatch(text) and (point == "." or "." not in text):
        return _general(Decimal(text), point)
    if text.upper() in ("TRUE", "FALSE"):
        return truths[text.upper() == "FALSE"]
    if day := _day(text):
        return day.strftime(short)
    if match := _PARTS.fullmatch(text):
        first, second = int(match[1]), int(match[2])
        day_number, month = (first, second) if point == "," else (second, first)
        if 1 <= month <= 12 and 1 <= day_number <= 28:
            return named.format(day=day_number, month=months[month - 1])
    return text[:_KEPT]


def excel_us(text: str) -> str:
    return _excel(text, ".", "%m/%d/%Y", ("TRUE", "FALSE"), _ENGLISH, "{day}-{month}")


def excel_de(text: str) -> str:
    """With a query that reads points as points, so that numbers are numbers."""
    if _NUMBER.fullmatch(text):
        return _general(Decimal(text), ",")
    return _excel(text, ",", "%d.%m.%Y", ("WAHR", "FALSCH"), _GERMAN, "{day:02d}. {month}")


def libreoffice(text: str) -> str:
    if _NUMBER.fullmatch(text) and len(text) < 300:
        value = Decimal(f"{Decimal(text):.15g}")
        shown = f"{value:f}"
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    if day := _day(text):
        return day.strftime("%m/%d/%y")
    return text.upper() if text.casefold() in ("true", "false") else text


def numbers(text: str) -> str:
    if day := _day(text):
        return f"{day.month}/{day.day}/{day.year % 100}"
    if _NUMBER.fullmatch(text) and len(text) < 300:
        return f"{Decimal(f'{Decimal(text):.15g}'):f}"
    return text


def pandas(text: str) -> str:
    """A column of numbers with a gap, or of truths."""
    if _NUMBER.fullmatch(text):
        return repr(float(text))
    if text in ("TRUE", "FALSE"):
        return text.capitalize()
    return "" if text in ("N/A", "NA", "NULL", "None", "nan", "null") else text


def calendar_minded(text: str) -> str:
    """A script that parses every date, and writes them with a time."""
    day = _day(text)
    return datetime(day.year, day.month, day.day).isoformat(" ") if day else text


PROGRAMS = [
    Program("Excel en-US", excel_us, encoding="cp1252"),
    Program("Excel en-US, CSV UTF-8", excel_us, encoding="utf-8-sig"),
    Program("Excel de-DE", excel_de, ";", "cp1252"),
    Program("Excel, Unicode text", excel_us, "\t", "utf-16"),
    Program("LibreOffice", libreoffice, line_end="\n"),
    Program("LibreOffice in ASCII", libreoffice, ";", "ascii", "\n"),
    Program("Numbers", numbers, line_end="\n"),
    Program("pandas", pandas, line_end="\n"),
    Program("a script", calendar_minded, line_end="\n"),
]
