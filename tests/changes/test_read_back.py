"""Whatever a column of any type held comes back through the API: encoded, written, read, it means the same.

What does not is told beforehand, or is one of the few values that Coda may make another of, which the read-back finds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.encode import Known, Sendable, encode
from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.coda.writer import CodaWriter
from coda_git_mirror.commands.wiring import coda_account
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.model.content import Column
from coda_git_mirror.redact import Secret
from tests.every_column import BEN, CHLOE, EveryColumn, every_column
from tests.odd_values import READINGS, Values, may_be_coerced
from tests.support import CollectedRows, VirtualClock

Cells = Mapping[str, Any]


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
        kept = CollectedRows()
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
