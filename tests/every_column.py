"""An account with a table that has a column of every type that can be written, and some that cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coda_git_mirror.demo.cells import Bare, File, Hotlink, Markdown, Money, Person, Reference, WebLink
from coda_git_mirror.demo.world import Blob, Column, Doc, Table, World

BEN = Person("Ben Okafor", "ben@lumenbikes.example", "usr-1002")
CHLOE = Person("Chloë Martín", "chloe@lumenbikes.example", "usr-1003")
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(16)


@dataclass(frozen=True)
class EveryColumn:
    """The account: `table` refers to the rows of `cities`; `blob` is a picture that Coda hosts."""

    world: World
    doc: Doc
    table: Table
    cities: Table
    blob: Blob

    @property
    def rows_path(self) -> str:
        return f"/docs/{self.doc.id}/tables/{self.table.id}/rows"

    def column(self, name: str) -> str:
        """The id of a column of the table."""
        return self.table.column(name).id


def every_column() -> EveryColumn:
    """A doc `Plans` with tables `Cities` (three rows, two of one name) and `Everything` (one full row, one empty)."""
    world = World()
    doc = world.add_doc("Plans")
    for person in (BEN, CHLOE):
        doc.members.append(person)
        doc.share({"type": "email", "email": str(person.email)}, "write")
    page = doc.add_page("Notes", markdown="A line.\n")
    cities = doc.add_table("Cities", [Column("City")], [{"City": name} for name in ("Oslo", "Rome", "Rome")], page)
    blob = world.add_blob(PICTURE, "dot.png", "image/png")
    table = doc.add_table("Everything", _columns(cities), page=page)
    table.add_column(Column("Waits for", "lookup", many=True, table=table))
    table.add_row(_full(cities, blob))
    table.add_row({"Name": "empty"})
    table.rows[0].set("Waits for", [Reference(table.rows[1])])
    return EveryColumn(world, doc, table, cities, blob)


def _columns(cities: Table) -> list[Column]:
    return [
        Column("Name"),
        Column("Text"),
        Column("Canvas", "canvas"),
        Column("Number", "number"),
        Column("Percent", "percent"),
        Column("Money", "currency", options={"currencyCode": "EUR"}),
        Column("Slider", "slider", options={"minimum": 0, "maximum": 10, "step": 1}),
        Column("Scale", "scale", options={"maximum": 5, "icon": "star"}),
        Column("Done", "checkbox"),
        Column("Date", "date", options={"format": "YYYY-MM-DD"}),
        Column("Instant", "dateTime", options={"dateFormat": "YYYY-MM-DD", "timeFormat": "HH:mm"}),
        Column("Time", "time", options={"format": "HH:mm"}),
        Column("Duration", "duration", options={"precision": 0, "maxUnit": "days"}),
        Column("Status", "select"),
        Column("Tags", "select", many=True),
        Column("Person", "person"),
        Column("People", "person", many=True),
        Column("City", "lookup", table=cities),
        Column("Cities", "lookup", many=True, table=cities),
        Column("Mail", "email", options={"display": "iconAndEmail", "autocomplete": True}),
        Column("Link", "link", options={"display": "title", "force": False}),
        Column("Image", "image"),
        Column("Hotlink", "imageReference", options={"width": 24, "height": "24", "style": "circle"}),
        Column("Files", "attachments", many=True),
        Column("Cheers", "reaction", many=True),
        Column("Pack", "packObject"),
        Column("Twice", "number", formula="thisRow.Number * 2", compute=_twice),
        Column("Push", "button", options={"label": "Push", "action": "Nothing()"}, compute=lambda _: "Push"),
    ]  # fmt: skip


def _twice(row: Any) -> Any:
    number = row.get("Number")
    return number * 2 if isinstance(number, (int, float)) else ""


def _full(cities: Table, blob: Blob) -> dict[str, Any]:
    return {
        "Name": "full",
        "Text": "plain, with `ticks`\nand a line",
        "Canvas": Markdown("with **bold** text"),
        "Number": 12.5,
        "Percent": 0.25,
        "Money": Money(99.5, "EUR"),
        "Slider": 7,
        "Scale": 3,
        "Done": True,
        "Date": Bare("2026-03-04T00:00:00.000-08:00", "2026-03-04"),
        "Instant": Bare("2026-07-04T15:30:00.000-07:00", "2026-07-04 15:30"),
        "Time": Bare("1899-12-30T09:15:00.000-08:00", "09:15"),
        "Duration": Bare("2 days"),
        "Status": "On track",
        "Tags": ["city", "cargo, family"],
        "Person": BEN,
        "People": [BEN, CHLOE],
        "City": Reference(cities.rows[0]),
        "Cities": [Reference(cities.rows[0]), Reference(cities.rows[2])],
        "Mail": "full@lumenbikes.example",
        "Link": WebLink("https://example.com/full"),
        "Image": File(blob),
        "Hotlink": Hotlink("https://example.com/dot.png"),
        "Files": [File(blob)],
        "Cheers": ["👍"],
    }
