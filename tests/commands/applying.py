"""A mirror of a doc with a table of many types, copies of its CSV, and `apply` as somebody types it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from coda_git_mirror.demo.cells import Bare, Markdown, Money, Person, Reference, WebLink
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import Column, Row, Table, World
from tests.commands.program import run
from tests.commands.test_command_line import settings
from tests.support import git

ID = "Coda row id"
ADA, BEN = Person("Ada", "ada@example.org"), Person("Ben", "ben@example.org")
Line = dict[str, str]
INSTANTS = ("between plan and writing", "between writing and reading back")


def plain_world() -> World:
    """A table without anything calculated, by which the base could be known."""
    world = World()
    rows = [{"Task": f"Task {number}", "Note": f"=A{number}", "Points": number} for number in range(60)]
    world.add_doc("Plans").add_table("Tasks", [Column("Task"), Column("Note"), Column("Points", "number")], rows)
    return world


def project_world() -> World:
    """`Plans` with `Tasks`, whose cells are of many types, `Projects`, to which these point, and a view."""
    world = World()
    plans = world.add_doc("Plans")
    projects = plans.add_table("Projects", [Column("Project")], [{"Project": "Moon"}, {"Project": "Mars, red"}])
    columns = [
        Column("Task"),
        Column("Status", "select", options={"options": [{"name": "To do"}, {"name": "Done"}]}),
        Column("Points", "number"),
        Column("Due", "date"),
        Column("Ticked", "checkbox"),
        Column("Owner", "person"),
        Column("Project", "lookup", table=projects),
        Column("Cost", "currency", options={"currencyCode": "EUR"}),
        Column("Code"),
        Column("Twice", "number", formula="Points * 2", compute=lambda row: _twice(row)),
    ]
    tasks = plans.add_table("Tasks", columns)
    for number in range(6):
        tasks.add_row(
            {
                "Task": f"Task {number}",
                "Status": "To do",
                "Points": number + 0.5,
                "Due": Bare(f"2026-03-{number + 10}T00:00:00.000-08:00"),
                "Ticked": number % 2 == 0,
                "Owner": (ADA, BEN)[number % 2],
                "Project": Reference(projects.rows[number % 2]),
                "Cost": Money(10 + number, "EUR"),
                "Code": f"00{number}",
            }
        )
    plans.add_view("Open", tasks, where=lambda row: row.get("Status") == "To do", shown=["Task", "Status"])
    return world


def _twice(row: Row) -> float:
    points = row.get("Points")
    return points * 2 if isinstance(points, int | float) else 0


@dataclass
class Desk:
    """`sync`, copies of the CSV and `apply` in one folder; the mirror is `m`."""

    coda: SimulatedCoda
    folder: Path

    @property
    def tasks(self) -> Table:
        return self.coda.world.doc("Plans").table("Tasks")

    @property
    def csv(self) -> Path:
        """The CSV in the mirror."""
        return self.folder / "m/docs/plans/tables/tasks.csv"

    def sync(self) -> str:
        answer = self.run("sync")
        assert answer.returncode == 0, answer.stderr
        return self.head()

    def head(self) -> str:
        return git(self.folder / "m", "rev-parse", "HEAD").strip()

    def run(self, *arguments: str) -> CompletedProcess[str]:
        return run(*arguments, "-o", "m", cwd=self.folder, **settings(self.coda))

    def copy(self, name: str = "copy", of: Path | None = None) -> Path:
        """A copy of the CSV in folders of the names by which it knows its table."""
        place = self.folder / name / "plans/tables/tasks.csv"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes((of or self.csv).read_bytes())
        return place

    def apply(self, file: Path, *options: str, code: int | None = 0) -> dict[str, Any]:
        """The object that `apply --json` prints."""
        answer = self.run("apply", str(file), *options, "--json")
        assert code is None or answer.returncode == code, (answer.returncode, answer.stdout, answer.stderr)
        return dict(json.loads(answer.stdout))

    def refused(self, file: Path, *options: str, code: int = 2) -> str:
        answer = self.run("apply", str(file), *options)
        assert answer.returncode == code, (answer.stdout, answer.stderr)
        return answer.stderr

    def writes(self) -> int:
        return len(self.coda.requests.writes())

    def row(self, name: str) -> Row:
        return next(row for row in self.tasks.rows if row.name == name)


@contextmanager
def desk(folder: Path, make: Callable[[], World] = project_world) -> Iterator[Desk]:
    """A desk whose mirror is made."""
    with SimulatedCoda(make(), limits=Limits.none()) as coda:
        made = Desk(coda, folder)
        made.sync()
        yield made


def read(file: Path) -> list[Line]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def write(file: Path, lines: list[Line], header: list[str] | None = None, **dialect: Any) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header or list(lines[0]), lineterminator="\n", **dialect)
    writer.writeheader()
    writer.writerows(lines)
    file.write_bytes(text.getvalue().encode())


def edit(file: Path, change: Callable[[list[Line]], object]) -> Path:
    """Rewrites a CSV with other cells."""
    lines = read(file)
    header = list(lines[0])
    change(lines)
    write(file, lines, header)
    return file


def cells(told: list[dict[str, Any]], table: Table) -> set[tuple[str, str, str, str]]:
    """Updates as row name, column name, before and after."""
    names = {column.id: column.name for column in table.columns}
    rows = {row.id: row.name for row in table.rows}
    return {(rows.get(it["row"], it["row"]), names[it["column"]], it["was"], it["becomes"]) for it in told}


__all__ = ["ADA", "BEN", "ID", "Desk", "Markdown", "WebLink", "cells", "desk", "edit", "project_world", "read", "write"]


def applied_amid_an_edit(at: Desk, when: str) -> tuple[Path, Row]:
    """Applies points of the first two rows, of which somebody edits the second one at one of the `INSTANTS`.

    The file that was applied, and that row.
    """
    file = edit(at.copy(), lambda lines: (lines[0].update(Points="8"), lines[1].update(Points="9")))
    row = at.tasks.rows[1]
    if when == INSTANTS[0]:
        at.coda.on("GET", f"/rows/{row.id}$").call(lambda: row.set("Points", 77))
    else:
        at.coda.on("GET", "/mutationStatus/").call(lambda: row.set("Points", 77), after=1)
    at.apply(file, "--apply", code=3)
    return file, row
