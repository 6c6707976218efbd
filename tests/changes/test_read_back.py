"""Whatever a column of any type held comes back through the API: encoded, written, read, it means the same.

What does not is told beforehand, or is one of the few values that Coda may make another of, which the read-back finds.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.encode import Known, Sendable, encode
from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.coda.writer import CodaWriter
from coda_git_mirror.commands.wiring import coda_account
from coda_git_mirror.demo.cells import Bare, File, Hotlink, Markdown, Money, Omitted, Person, Reference, WebLink
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import Column as ServedColumn
from coda_git_mirror.model.cell_values import (
    CellValue,
    Day,
    HostedFile,
    Moment,
    Number,
    Text,
    TimeOfDay,
    Truth,
    singles,
)
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.redact import Secret
from tests.every_column import BEN, CHLOE, EveryColumn, every_column
from tests.support import VirtualClock

STRANGER = Person("Zoe Unknown", "zoe@elsewhere.example")
Cells = Mapping[str, Any]


class KeptRows:
    """Takes the rows of a table."""

    def __init__(self) -> None:
        self.rows: list[Json] = []

    def restart(self) -> None:
        self.rows.clear()

    def take(self, items: list[Json]) -> None:
        self.rows += items


@dataclass
class Account:
    """An account with a table of every type that is served and can be written."""

    world: EveryColumn
    coda: SimulatedCoda
    source: CodaSource
    writer: CodaWriter
    columns: Mapping[str, Column]

    def hold(self, values: dict[str, Any]) -> None:
        self.world.table.add_row({}).values = values

    def read(self) -> list[Cells]:
        """The values of all rows but the first two, which others refer to, by the ids of their columns."""
        kept = KeptRows()
        self.source.rows(self.world.doc.id, self.world.table.id, kept)
        return [row["values"] for row in kept.rows[2:]]

    def encoded(self, values: Cells) -> Mapping[str, Sendable]:
        """What can be sent of a row."""
        each = {name: canonical(value, self.columns[name]) for name, value in values.items()}
        found = {name: encode(value, self.columns[name], self.known) for name, value in each.items()}
        return {name: encoded for name, encoded in found.items() if isinstance(encoded, Sendable)}

    def empty(self) -> None:
        table = self.world.table
        table.edited()
        del table.rows[2:], table.display_order[2:]

    def insert(self, rows: Sequence[Cells]) -> list[Cells]:
        """The values of new rows, which stay there."""
        accepted = self.writer.insert_rows(self.world.doc.id, self.world.table.id, rows)
        assert self.writer.mutation(accepted.request).completed
        return self.read()

    def update(self, rows: Sequence[Cells]) -> list[Cells]:
        """The values of these rows once others have had them, and they have been written again."""
        table = self.world.table
        for row, cells in zip(table.rows[2:], rows, strict=True):
            row.values = {}
            self.writer.update_row(self.world.doc.id, table.id, row.id, cells)
        return self.read()

    def compare(self, held: Cells, wanted: Mapping[str, Sendable], got: Cells) -> None:
        for name, encoded in wanted.items():
            column = self.columns[name]
            found = canonical(got.get(name), column)
            same = found == encoded.means or may_be_coerced(canonical(held[name], column), column)
            assert same, (column.kind, held[name], encoded, got.get(name))

    @property
    def known(self) -> Known:
        rows = {row.id for table in (self.world.table, self.world.cities) for row in table.rows}
        people = {each.email: each.email for each in (BEN, CHLOE)}
        return Known(
            lives=lambda reference: reference.row in rows,
            person=lambda member: people.get(member.key),
            public_url=lambda file: file.url,
        )


@contextmanager
def account(readings: Readings, clock: Clock) -> Iterator[Account]:
    world = every_column()
    with SimulatedCoda(world.world, clock=clock.now, limits=Limits.none(), readings=readings) as coda:
        source, writer = coda_account(coda.api_url, Secret(coda.token), clock, UNLIMITED)
        columns = {column.id: column for column in source.columns(world.doc.id, world.table.id)}
        yield Account(world, coda, source, writer, columns)
        assert coda.violations == []


READINGS = {
    "kept": Readings(),
    "bare": Readings(bare_singles=True, bare_leftovers=True, null_warnings=True),
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
    if any(isinstance(one, HostedFile) for one in each):
        return True
    if column.kind in ("text", "canvas", "select", "email", "reaction", "other"):
        return not all(isinstance(one, Text) for one in each)
    if any(isinstance(one, Text) for one in each):
        return column.kind in ("duration", "person", "lookup", "link", "imageReference", "image", "attachments")
    return any(isinstance(one, Number | Truth | Day | Moment | TimeOfDay) for one in each) and (
        column.kind in ("duration", "currency", "select", "person")
    )


ROWS = 100


@pytest.mark.thinned(10)
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("readings", READINGS.values(), ids=READINGS)
def test_what_is_written_means_what_it_meant(readings: Readings, seed: int, clock: VirtualClock) -> None:
    with account(readings, clock) as there:
        values = Values(there.world, random.Random(seed))
        for _ in range(ROWS):
            there.hold(values.row())
        held = there.read()
        sendable = [there.encoded(row) for row in held]
        cells = [{name: each.value for name, each in row.items()} for row in sendable]
        there.empty()
        written = [there.insert(cells), there.update(cells)]
        for rows in written:
            for was, wanted, got in zip(held, sendable, rows, strict=True):
                there.compare(was, wanted, got)
