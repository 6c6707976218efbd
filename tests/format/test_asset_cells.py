"""Cells of hosted files in views are those of the base table, whether its files are there or not."""

from __future__ import annotations

import json
from typing import Any

from coda_git_mirror.format.asset_cells import cells_with_files, view_csv
from coda_git_mirror.model.content import Column

COLUMNS = (Column("c-1", "Name"), Column("c-2", "File", "attachments"))


def image(name: str) -> dict[str, Any]:
    return {"@type": "ImageObject", "name": name, "url": f"https://codahosted.io/docs/d/blobs/bl-{name}/x"}


def shown(held: str, *rows: tuple[str, Any], there: tuple[str, ...] = ()) -> str:
    """The CSV of a view that is held, after its base table was read with these rows and files."""
    records = [json.dumps({"id": row, "values": {"c-1": "=1", "c-2": value}}).encode() for row, value in rows]
    cells = cells_with_files(
        records, COLUMNS, False, lambda it: f"assets/{it['name']}" if it["name"] in there else None
    )
    lines = [line.encode() for line in held.splitlines(keepends=True)]
    return b"".join(view_csv(lines, COLUMNS, cells)).decode()


def test_a_file_that_has_come_is_named() -> None:
    held = "Name,File,Coda row id\n=1,a.png,i-1\n=1,b.png,i-2\n"
    now = shown(held, ("i-1", image("a.png")), ("i-2", image("b.png")), there=("a.png",))
    assert now == "Name,File,Coda row id\n=1,a.png (assets/a.png),i-1\n=1,b.png,i-2\n"


def test_a_file_that_has_gone_is_named_no_more() -> None:
    held = "Name,File,Coda row id\n=1,a.png (assets/a.png),i-1\n"
    assert shown(held, ("i-1", [image("a.png")])) == "Name,File,Coda row id\n=1,a.png,i-1\n"
