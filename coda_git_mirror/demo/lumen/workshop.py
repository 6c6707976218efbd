"""The doc `Workshop`: an inventory, and a synced table whose page is gone."""

from __future__ import annotations

import hashlib

from coda_git_mirror.demo.blocks import Grid, Heading, Item, Text
from coda_git_mirror.demo.cells import Money, Reference, Value, WebLink
from coda_git_mirror.demo.world import Column, Doc, Table, World

SUPPLIERS = (
    ("Nordlys Stål", "NO"),
    ("Café Racer Parts", "FR"),
    ("Kogelager BV", "NL"),
    ("O'Dea & Sons", "IE"),
    ("光輪工業", "JP"),
)
PARTS = (
    "Head tube", "Bottom bracket", "Belt 113T", "Belt 118T", "Rear sprocket", "Front sprocket", "Stud, 2 mm", "Rim 26″",
    "Rim 28″", "Spoke 262 mm", "Spoke 276 mm", "Nipple, brass", "Hub, front", "Hub, rear", "Brake pad", "Brake cable",
    "Bell \"ding\"", "Lamp, front", "Lamp, rear", "Stand, double", "Saddle", "Grip, cork", "Pedal", "Decal sheet",
)  # fmt: skip


def add_workshop(world: World) -> Doc:
    """Adds the doc."""
    doc = world.add_doc("Workshop")
    inventory = doc.add_page("Inventory")
    old_page = doc.add_page("Suppliers, old page")
    suppliers = doc.add_table("Suppliers", [Column("Name"), Column("Country"), Column("Site", "link")], page=old_page)
    suppliers.synced = True
    for name, country in SUPPLIERS:
        site = WebLink("https://example.com/" + country.lower())
        suppliers.add_row({"Name": name, "Country": country, "Site": site}, id=_synced_id(name))
    parts = _add_parts(doc, suppliers)
    parts.page = inventory
    inventory.write(Text("Count on the last Friday. What is below ten is ordered on Monday."), Grid(parts))
    doc.add_page("Counting", inventory, (Heading(3, "How to count"), Item("Small things by weight"), Item("Twice")))
    old_page.delete()
    return doc


def _synced_id(key: str) -> str:
    """A row id as synced tables have it."""
    return "i-" + hashlib.sha256(key.encode()).hexdigest()


def _add_parts(doc: Doc, suppliers: Table) -> Table:
    columns = [
        Column("Part"),
        Column("Stock", "number", options={"precision": 0, "useThousandsSeparator": True}),
        Column("Price", "currency", options={"currencyCode": "GBP", "precision": 2}),
        Column("Supplier", "lookup", table=suppliers),
    ]
    return doc.add_table("Parts", columns, (_part(index, suppliers) for index in range(len(PARTS))))


def _part(index: int, suppliers: Table) -> dict[str, Value]:
    return {
        "Part": PARTS[index],
        "Stock": index * 37 % 101,
        "Price": Money(round(1.75 * (index + 1), 2), "GBP"),
        "Supplier": Reference(suppliers.rows[index % len(SUPPLIERS)]),
    }
