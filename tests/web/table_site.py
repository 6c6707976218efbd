"""A mirror with tables that have a past, and the pages that a browser gets of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.cells import Bare, File, Markdown, Value, WebLink
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import Column, Row, Table
from tests.every_column import BEN, PICTURE, EveryColumn, every_column
from tests.support import VirtualClock, git, mirror
from tests.web.sites import Site

html: Any = pytest.importorskip("lxml.html")
MANY = 450
LONG = "A long text. " * 200


@dataclass
class Account:
    """The account of `every_column` with `Tasks`, whose rows change, `Many` and views; `commits` are the syncs.

    `rows` are ids by what the rows of `Tasks` were called first, `ids` those of columns and of what is gone.
    """

    folder: Path
    it: EveryColumn = field(default_factory=every_column)
    commits: list[str] = field(default_factory=list)
    rows: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def doc(self) -> str:
        return self.it.doc.id

    def table(self, name: str) -> Table:
        return self.it.doc.table(name)

    def item(self, name: str) -> str:
        """The address of a table or view."""
        return f"/doc/{self.doc}/item/{self.id(name)}"

    def id(self, name: str) -> str:
        return self.ids[name]

    def row(self, name: str) -> str:
        """The address of a row of `Tasks`."""
        return f"{self.item('Tasks')}/row/{self.rows[name]}"

    def cell(self, row: str, column: str) -> str:
        return f"{self.row(row)}/column/{self.ids[column]}"

    def csv(self, name: str, commit: str = "HEAD") -> bytes:
        """The mirror's own file."""
        return self.committed(f"docs/plans/tables/{name}.csv", commit)

    def committed(self, path: str, commit: str = "HEAD") -> bytes:
        return git(self.folder, "show", f"{commit}:{path}").encode()


def build(folder: Path) -> Account:
    """Five syncs: a mirror; cells change; a column is renamed; row, column and table go; a row is back."""
    account = Account(folder)
    doc = account.it.doc
    photo = account.it.world.add_blob(PICTURE, "photo.png", "image/png")
    account.it.table.rows[1].set("Text", LONG)
    account.it.table.rows[1].set("Link", WebLink("javascript:alert(1)", "harmless"))
    account.it.table.rows[1].set("Canvas", Markdown("<script>alert(1)</script>\n\n- a list"))
    account.it.table.rows[1].set("Number", Bare("many"))
    tasks = doc.add_table("Tasks", _columns(), _tasks())
    tasks.rows[0].set("Photo", File(photo))
    doc.add_table("Many", [Column("Name"), Column("Rank", "number")], map(_of_many, range(MANY)))
    doc.add_table("Old", [Column("Name")], [{"Name": "last words"}])
    moved = doc.add_table("Moved", [Column("Word")], [{"Word": "stays"}, {"Word": "changes"}])
    moved.add_row({"Word": "odd"}, id="../a/b?c#%2F <i>")
    doc.add_view("Open", tasks, where=_is_open, sort=("Hours", "descending"), shown=["Hours", "Task"], layout="card")
    account.rows = {str(row.get("Task")): row.id for row in tasks.rows}
    account.rows |= {str(row.get("Word")): row.id for row in moved.rows} | {"Word": moved.columns[0].id}
    account.ids = {grid.name: grid.id for grid in doc.grids()} | {column.name: column.id for column in tasks.columns}
    clock = VirtualClock()
    with SimulatedCoda(account.it.world, clock=clock.now, limits=Limits.none()) as coda:
        for change in (_nothing, _edit, _rename, _remove, _bring_back):
            change(account)
            account.it.doc.edited()
            mirror(coda, folder, clock, asset_hosts=frozenset({coda.asset_hosts}))
            account.commits.append(git(folder, "rev-parse", "HEAD").strip())
        account.ids["Unread"] = doc.add_table("Unread", [Column("Name", compute=_broken)], [{}]).id
        account.table("Cities").columns[0].recalculate(_broken)
        account.table("Cities").edited()
        mirror(coda, folder, clock, asset_hosts=frozenset({coda.asset_hosts}))
    return account


def _columns() -> list[Column]:
    return [
        Column("Hours", "number"),
        Column("Task"),
        Column("Done", "checkbox"),
        Column("Owner", "person"),
        Column("Note"),
        Column("Photo", "image"),
        Column("Twice", "number", formula="thisRow.Hours * 2", compute=_twice),
    ]


def _twice(row: Row) -> Value:
    value = row.value(row.table.columns[0])
    return value * 2 if isinstance(value, (int, float)) else ""


def _broken(_: Row) -> Value:
    raise ValueError("Coda fails")


def _tasks() -> list[dict[str, Any]]:
    return [
        {"Hours": 3, "Task": "Ship it", "Owner": BEN, "Note": "first"},
        {"Hours": 10, "Task": "rest", "Done": True, "Note": "second"},
        {"Task": "Straße, “quoted”", "Note": "third\nwith a line"},
        {"Hours": 20, "Task": "Go"},
    ]


def _of_many(number: int) -> dict[str, Any]:
    return {"Name": f"row {number}", "Rank": number * 7 % MANY}


def _is_open(row: Any) -> bool:
    return row.get("Done") is not True


def _nothing(account: Account) -> None:
    pass


def _edit(account: Account) -> None:
    account.table("Tasks").rows[0].set("Hours", 8)
    account.table("Tasks").rows[0].set("Note", "first, and more")


def _rename(account: Account) -> None:
    account.table("Tasks").rename_column("Hours", "Effort")
    account.table("Moved").rename("Moved on")
    account.it.doc.views[0].sort, account.it.doc.views[0].shown = ("Effort", "descending"), ["Effort", "Task"]
    account.table("Tasks").rows[0].set("Effort", 9)


def _remove(account: Account) -> None:
    account.table("Tasks").rows[1].delete()
    account.table("Tasks").rows[2].delete()
    account.table("Tasks").delete_column("Note")
    account.table("Old").delete()
    account.table("Moved on").rows[1].set("Word", "changed")


def _bring_back(account: Account) -> None:
    account.table("Tasks").add_row({"Effort": 20, "Task": "Go"}, id=account.rows["Go"])


@dataclass
class Pages:
    """What a client gets of the account."""

    site: Site
    account: Account

    def json(self, path: str) -> Any:
        joined = "&" if "?" in path else "?"
        answer = self.site.get(f"{path}{joined}format=json")
        assert answer.status == 200, answer.text
        return json.loads(answer.body)

    def page(self, path: str) -> Any:
        answer = self.site.get(path)
        assert answer.status == 200, answer.text
        return html.fromstring(answer.text)

    def names(self, path: str) -> list[str]:
        """What the rows of a page of a table are called."""
        return [row["name"] for row in self.json(path)["rows"]]
