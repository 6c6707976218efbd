"""Values of every kind for the cells of every type of column, such as belong there and such as do not."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from coda_git_mirror.demo.cells import Bare, File, Hotlink, Markdown, Money, Omitted, Person, Reference, WebLink
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.world import Column as ServedColumn
from coda_git_mirror.model.cell_values import (
    CellValue,
    Day,
    HostedFile,
    Member,
    Moment,
    Number,
    Text,
    TimeOfDay,
    Truth,
    singles,
)
from coda_git_mirror.model.content import Column
from tests.every_column import BEN, CHLOE, EveryColumn

STRANGER = Person("Zoe Unknown", "zoe@elsewhere.example")
READINGS = {
    "kept": Readings(),
    "bare": Readings(bare_singles=True, bare_leftovers=True, null_warnings=True, false_boxes=True),
    "changed": Readings(texts_of_numbers=True, new_blobs=True, infers_types=True, calculated="drop"),
}
WORDS = (
    "a", "two words", "a, b", "`tick`", "line\nbreak", "**stars**", "0", "007", "1,234", "5%", "true", "TRUE", "$5",
    "Rome", "Ben Okafor", "2026-03-04", "03/04/2026", "9:30", "3 days", "https://example.com/x", "www.example.com",
    "n/a", "é", "=1+1", " around ", "```", "1e5", "None", "👍", "", " ", "_it_", "\\*", "x" * 300,
)  # fmt: skip
NUMBERS = (0, 1, -1, -0.0, 0.5, 1e-7, 1.1, 12.0, 10**12, 2**53, 1e21, 0.1 + 0.2)
ADDRESSES = ("https://example.com", "http://x.org/?a=b", "https://docs.superhuman.com/d/x")
Draw = Callable[[], Any]


class Values:
    """Values for the cells of a column, half of them such as belong there."""

    def __init__(self, there: EveryColumn, chance: random.Random) -> None:
        self._there, self._chance = there, chance

    def row(self) -> dict[str, Any]:
        """A row that omits a cell now and then."""
        columns = [column for column in self._there.table.columns if column.writable]
        values = {column.id: self._value(column) for column in columns}
        return {name: Omitted() if self._chance.random() < 0.05 else value for name, value in values.items()}

    def _value(self, column: ServedColumn) -> Any:
        draw = self._own(column) if self._chance.random() < 0.6 else self._anything
        if self._chance.random() < (0.7 if column.many else 0.1):
            return [draw() for _ in range(self._chance.randrange(4))]
        return draw()

    def _anything(self) -> Any:
        text = self._chance.choice(WORDS)
        number = self._chance.choice(NUMBERS)
        return self._chance.choice((text, text, Bare(text), Markdown(text), number, True, False, ""))

    def _own(self, column: ServedColumn) -> Draw:
        pick, there = self._chance.choice, self._there
        own: dict[str, Draw] = {
            **dict.fromkeys(("number", "percent", "slider", "scale"), lambda: pick(NUMBERS)),
            "currency": lambda: Money(pick((*NUMBERS, "", "12.50")), pick(("EUR", "EUR", "USD"))),
            "checkbox": lambda: pick((True, False)),
            "date": lambda: Bare(f"{self._day()}T00:00:00.000-08:00"),
            "dateTime": lambda: Bare(f"{self._day()}T{self._time()}.000-07:00"),
            "time": lambda: Bare(f"1899-12-30T{self._time()}.000-08:00"),
            "duration": lambda: Bare(pick(("2 days", "1 hr 30 mins", "0 days"))),
            "person": lambda: pick((BEN, CHLOE, STRANGER, Person("Ben Okafor"))),
            "lookup": lambda: Reference(pick((there.table if column.table is there.table else there.cities).rows[:2])),
            "link": lambda: WebLink(pick(ADDRESSES), pick((None, None, "x"))),
            **dict.fromkeys(("image", "attachments"), lambda: File(there.blob)),
            "imageReference": lambda: pick((File(there.blob), Hotlink("https://example.com/dot.png"))),
        }
        return own.get(column.type, lambda: pick(WORDS))

    def _day(self) -> date:
        return date(1970, 1, 1) + timedelta(days=self._chance.randrange(30_000))

    def _time(self) -> str:
        return f"{self._chance.randrange(24):02}:{self._chance.randrange(60):02}:{self._chance.choice((0, 0, 30)):02}"


def may_be_coerced(value: CellValue, column: Column) -> bool:
    """The few values that Coda may make another of, and that only the read-back can tell."""
    each = singles(value)
    if any(isinstance(one, HostedFile) or (isinstance(one, Member) and not one.email) for one in each):
        return True
    if column.kind in ("text", "canvas", "select", "email", "reaction", "other"):
        return not all(isinstance(one, Text) for one in each)
    if any(isinstance(one, Text) for one in each):
        return column.kind in ("duration", "person", "lookup", "link", "imageReference", "image", "attachments")
    return any(isinstance(one, Number | Truth | Day | Moment | TimeOfDay) for one in each) and (
        column.kind in ("duration", "currency", "select", "person")
    )
