"""A table as people have them, what happens to it in a week, and a rollback of all that.

12 columns of types that can be written, some cells changed, some rows deleted and some added since, and another table
that pointed to rows which are lost now.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.ports import Source, Writer
from coda_git_mirror.actions.rollback.run import Planner
from coda_git_mirror.actions.rollback.target import target_of
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.actions.writing.carry_out import Order, carry_out
from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.rollback.states import Asked
from coda_git_mirror.clock import Clock
from coda_git_mirror.demo.calendar import Calendar
from coda_git_mirror.demo.cells import Bare, File, Money, Person, Reference, Value, WebLink
from coda_git_mirror.demo.tables import Column, Row, Table
from coda_git_mirror.demo.world import Blob, Doc, World
from coda_git_mirror.model.cell_values import CellValue, HostedFile, Many, Single
from coda_git_mirror.model.plan import Plan
from coda_git_mirror.progress import Silent
from tests.support import CollectedRows

ROWS_AT_ONCE = 100
_PEOPLE = tuple(Person(f"Person {number}", f"person{number}@example.org") for number in range(8))
_TAGS = ("urgent", "later", "waiting, perhaps", "größer")
_WORDS = ("ship", "the", "`first`", "frame", "**not bold**", "before", "noon", "=SUM(1)", "- and", "“so”")
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "currency": {"currencyCode": "EUR", "precision": 2},
    "date": {"format": "YYYY-MM-DD"},
    "dateTime": {"dateFormat": "YYYY-MM-DD", "timeFormat": "HH:mm"},
    "time": {"format": "HH:mm"},
    "select": {"options": [{"name": tag} for tag in _TAGS]},
    "link": {"display": "title", "force": False},
    "image": {"width": 24, "height": 24, "style": "auto"},
}


@dataclass(frozen=True)
class Size:
    """How much there is, and how much happens to it."""

    rows: int = 5_000
    cells: int = 300
    deleted: int = 40
    referenced: int = 20
    added: int = 30


FULL = Size()
SMALL = Size(rows=300, cells=15, deleted=6, referenced=3, added=4)


@dataclass
class Week:
    """The account; `orders` is the table to which it all happens, `parcels` points to some of its rows."""

    size: Size
    world: World
    doc: Doc
    orders: Table
    parcels: Table
    cities: Table
    blobs: list[Blob]
    pointed_at: list[Row] = field(default_factory=list)
    """The rows that a parcel points to, in the order of the parcels."""
    changed: set[str] = field(default_factory=set)
    """The ids of rows that hold other cells than before."""

    def row(self, number: int, chance: random.Random) -> dict[str, Value]:
        """The cells of a row by the names of their columns."""
        words = " ".join(chance.choices(_WORDS, k=4 + number % 9))
        seconds = chance.randrange(24 * 60)
        return {
            "Order": f"Order {number}\n{words}" if number % 50 else "An order",
            "Pieces": chance.randrange(1_000) / 4 if number % 7 else chance.randrange(10**12),
            "Price": Money(chance.randrange(100_000) / 100, "EUR") if number % 5 else "",
            "Day": Bare(f"{_day(chance)}T00:00:00.000-08:00"),
            "Seen": Bare(f"{_day(chance)}T{seconds // 60:02}:{seconds % 60:02}:00.000-07:00"),
            "At": Bare(f"1899-12-30T{seconds // 60:02}:{seconds % 60:02}:00.000-08:00"),
            "Paid": chance.random() < 0.5,
            "Tags": chance.sample(_TAGS, k=chance.randrange(4)),
            "Owner": chance.choice(_PEOPLE) if number % 4 else "",
            "City": Reference(chance.choice(self.cities.rows)) if number % 6 else "",
            "Link": WebLink(f"https://example.com/orders/{chance.randrange(10**6)}") if number % 9 else "",
            "Picture": File(chance.choice(self.blobs)) if number % 4 == 0 else "",
        }

    def pass_by(self) -> None:
        """What happens until somebody wants it undone."""
        chance, orders, size = random.Random(7), self.orders, self.size
        lost = self.pointed_at[: size.referenced]
        others = [row for row in orders.rows if row not in self.pointed_at]
        lost += chance.sample(others, size.deleted - size.referenced)
        for row in lost:
            row.delete()
        self._change(chance)
        for number in range(size.added):
            orders.add_row(self.row(100_000 + number, chance))

    def _change(self, chance: random.Random) -> None:
        cells = [(row, column) for row in self.orders.rows for column in self.orders.columns]
        left = self.size.cells
        for row, column in chance.sample(cells, 2 * left):
            value = self.row(chance.randrange(10**6), chance)[column.name]
            if left and not _is_same(value, row.values.get(column.id)):
                row.set(column.name, value)
                self.changed.add(row.id)
                left -= 1
        assert not left

    @property
    def least_writes(self) -> int:
        """The requests that nobody can do without: a row that changes each has its own."""
        batches = -(-self.size.deleted // ROWS_AT_ONCE) + -(-self.size.added // ROWS_AT_ONCE)
        return len(self.changed) + batches


def _day(chance: random.Random) -> date:
    return date(2020, 1, 1) + timedelta(days=chance.randrange(2_000))


def _is_same(one: Value, other: Value) -> bool:
    """Whether two values of one column read the same."""
    if isinstance(one, Reference) and isinstance(other, Reference):
        return one.row is other.row
    if isinstance(one, File) and isinstance(other, File):
        return one.blob is other.blob
    return one == other or (not one and not other)


def week(size: Size, calendar: Calendar | None = None) -> Week:
    """The account as it is before anything happens."""
    world = World(calendar=calendar)
    doc = world.add_doc("Shop")
    doc.members += _PEOPLE
    page = doc.add_page("Orders", markdown="All of them.\n")
    cities = doc.add_table("Cities", [Column("City")], [{"City": f"City {number}"} for number in range(30)], page)
    orders = doc.add_table("Orders", _columns(cities), page=page)
    parcels = doc.add_table("Parcels", [Column("Parcel"), Column("Order", "lookup", table=orders)], page=page)
    blobs = [world.add_blob(f"picture {number}".encode(), f"picture {number}.png", "image/png") for number in range(3)]
    made, chance = Week(size, world, doc, orders, parcels, cities, blobs), random.Random(3)
    for number in range(size.rows):
        orders.add_row(made.row(number, chance))
    made.pointed_at = chance.sample(orders.rows, 2 * size.referenced)
    for number, row in enumerate(made.pointed_at):
        parcels.add_row({"Parcel": f"Parcel {number}", "Order": Reference(row)})
    return made


def _columns(cities: Table) -> list[Column]:
    kinds = {
        "Order": "text", "Pieces": "number", "Price": "currency", "Day": "date", "Seen": "dateTime",
        "At": "time", "Paid": "checkbox", "Tags": "select", "Owner": "person", "City": "lookup", "Link": "link",
        "Picture": "image",
    }  # fmt: skip
    return [
        Column(name, kind, kind == "select", dict(_FORMATS.get(kind, {})), table=cities if kind == "lookup" else None)
        for name, kind in kinds.items()
    ]


@dataclass(frozen=True)
class Desk:
    """Who rolls a table of the mirror in `folder` back."""

    folder: Path
    source: Source
    writer: Writer
    clock: Clock
    options: SyncOptions

    def planner(self, table: Table, at: str) -> Planner:
        target = target_of(self.folder, table.doc.id, table.id, at)
        return Planner(target, Asked(delete_added=True), self.source, self.clock, self.options.asset_hosts)

    def carry_out(self, planner: Planner) -> Carried:
        """As `rollback --delete-added --apply` does it."""
        order = Order("rollback", lambda held: self.plan(planner, held))
        return carry_out(self.folder, order, self.source, self.writer, self.options, Silent(), self.clock)

    def plan(self, planner: Planner, held: Held) -> Plan:
        return planner.plan(str(held.tree.commit), Silent())

    def cells(self, table: Table) -> Cells:
        """What the cells of a table mean, files by their names, by the ids of rows and columns."""
        kept = CollectedRows()
        self.source.rows(table.doc.id, table.id, kept)
        columns = self.source.columns(table.doc.id, table.id)
        return {
            row["id"]: {column.id: _named(canonical(row["values"].get(column.id), column)) for column in columns}
            for row in kept.rows
        }


Cells: TypeAlias = "dict[str, dict[str, CellValue]]"


def _named(value: CellValue) -> CellValue:
    """Files that Coda hosts by their names: it may store one anew that it is sent."""
    if isinstance(value, Many):
        return Many(tuple(map(_single_named, value.items)))
    return _single_named(value)


def _single_named(value: Single) -> Single:
    return HostedFile(value.name) if isinstance(value, HostedFile) and value.blob.startswith("bl-") else value


def require_same(was: Cells, now: Cells, new_ids: Mapping[str, str] | None = None) -> None:
    """Every row has the cells that it had; one that was lost has them under its new id, and there is no other row."""
    ids = new_ids or {}
    assert now.keys() == {ids.get(row, row) for row in was}
    assert {row: cells for row, cells in was.items() if now[ids.get(row, row)] != cells} == {}
