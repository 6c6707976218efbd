"""The table of tasks, each of one project and some waiting for others."""

from __future__ import annotations

from coda_git_mirror.demo.cells import Markdown, Reference, Value
from coda_git_mirror.demo.lumen.team import TEAM, day
from coda_git_mirror.demo.world import Column, Doc, Page, Row, Table

TASKS = (
    "Draw the head tube", "Order steel samples", "Weld the first frame", "Fatigue test",
    "List the claim types", "Choose the sign-in service", "Import dealers", "Invite five dealers",
    "Compare belt makers", "Order two belts", "Ride 1,000 km", "Check tension after rain",
    "Pick the stud count", "Test on ice", "Print the label", "Photograph for the shop",
    "Sketch the photo screen", "Find a picture library", "Ask the workshop", "Draft the reply letters",
    "Vote on the yellow", "Spray a sample", "Choose the decals", "Brief the dealers",
    "Read the regulation", "Collect cell papers", "Name the buyers", "Train the desk",
    "Set the buy-back price", "Open the online shop", "Refit ten bikes", "Write the warranty",
)  # fmt: skip
PER_PROJECT = 4


def add_tasks(doc: Doc, projects: Table, page: Page) -> Table:
    """Adds the table `Tasks`, and to `Projects` the column that counts the open ones."""
    columns = [
        Column("Task"),
        Column("Project", "lookup", table=projects),
        Column("Owner", "person"),
        Column("Due", "date", options={"format": "MMM D"}),
        Column("Hours", "number", options={"precision": 1, "useThousandsSeparator": True}),
        Column("Done", "checkbox", options={"displayType": "check"}),
        Column("Notes", "text"),
        Column("Cost", "currency", options={"currencyCode": "EUR"}, formula="thisRow.Hours * 55", compute=_cost),
        Column("Project status", "select", formula="thisRow.Project.Status", compute=_project_status),
    ]
    rows = [_task(index, projects) for index in range(len(TASKS))]
    tasks = doc.add_table("Tasks", columns, rows, page)
    waiting = tasks.add_column(Column("Waits for", "lookup", many=True, table=tasks))
    for earlier, later in zip(tasks.rows[::4], tasks.rows[1::4], strict=True):
        later.set(waiting.name, [Reference(earlier)])
    tasks.rows[3].set(waiting.name, [Reference(row) for row in tasks.rows[1:3]])
    projects.add_column(_open_task_count(tasks))
    return tasks


def _task(index: int, projects: Table) -> dict[str, Value]:
    project = projects.rows[index // PER_PROJECT]
    return {
        "Task": TASKS[index],
        "Project": Reference(project),
        "Owner": TEAM[(index * 3 + 1) % 4],
        "Due": day(2 + index // 4, 1 + index % 27),
        "Hours": 1.5 * (index % 7),
        "Done": index % 5 == 0,
        "Notes": _note(index),
    }


def _note(index: int) -> Value:
    if index % 6 == 2:
        return Markdown("Ask **Ben** first, see [the list](https://example.com/list).")
    return 'Quote arrived: 4 weeks,\n\tor 2 with "express"' if index % 6 == 4 else ""


def _cost(row: Row) -> Value:
    hours = row.get("Hours")
    return hours * 55 if isinstance(hours, (int, float)) else "#ERROR"


def _project_status(row: Row) -> Value:
    project = row.get("Project")
    status: Value = project.row.get("Status") if isinstance(project, Reference) else ""
    return status


def _open_task_count(tasks: Table) -> Column:
    """Recalculated whenever it is read: no row's time moves with it (coda-api.md, Freshness)."""

    def count(project: Row) -> Value:
        here = [row for row in tasks.rows if _is_of(row, project)]
        return sum(1 for row in here if row.get("Done") is not True)

    return Column("Open tasks", "number", formula="Tasks.Filter(Project = thisRow).Count()", compute=count)


def _is_of(task: Row, project: Row) -> bool:
    reference = task.get("Project")
    return isinstance(reference, Reference) and reference.row.id == project.id
