"""A working day of the demonstration's team: the edits that the second sync is to find."""

from __future__ import annotations

from dataclasses import dataclass

from coda_git_mirror.demo.blocks import Heading, Item, Text
from coda_git_mirror.demo.cells import Reference
from coda_git_mirror.demo.lumen.team import CHLOE, day
from coda_git_mirror.demo.world import Doc, World


@dataclass(frozen=True)
class TakenBack:
    """One of the day's edits that was a mistake: a cell, by what people call it and the id of its row."""

    doc: str
    table: str
    row: str
    column: str
    why: str


def mistake_of(world: World) -> TakenBack:
    """The edit that is to be taken back once it is mirrored."""
    row = world.doc("Product roadmap").table("Tasks").rows[9]
    return TakenBack("Product roadmap", "Tasks", row.id, "Done", "The belts were never ordered")


def edit_workspace(world: World) -> list[str]:
    """Makes the day's edits in the account of `demo_workspace`; returns one sentence for each."""
    return [*_edit_handbook(world.doc("Lumen handbook 🚲")), *_edit_roadmap(world.doc("Product roadmap"))]


def _edit_handbook(doc: Doc) -> list[str]:
    doc.page("Support / on-call 📟").append(Text("**New:** the spare toner is behind the blue door."))
    doc.page("How we work").rename("How we work together")
    doc.page("Folding tandem").delete()
    lines = (Heading(2, "9 March"), Item("Belt chosen: 118 teeth"), Item("Toner found"))
    doc.add_page("Notes, 9 March", doc.page("Meetings"), lines, author=CHLOE)
    return [
        "Ben added a line about the toner to “Support / on-call 📟”.",
        "Ada renamed “How we work”, which has subpages, to “How we work together”.",
        "Ada deleted the page “Folding tandem”.",
        "Chloë added the page “Notes, 9 March” under “Meetings”.",
    ]


def _edit_roadmap(doc: Doc) -> list[str]:
    projects, tasks = doc.table("Projects"), doc.table("Tasks")
    projects.rows[2].set("Status", "Done")
    projects.rows[2].set("Spent", 0.95)
    tasks.rows[9].set("Done", True)
    belt = Reference(projects.rows[2])
    tasks.add_row({"Task": "Announce the belt", "Project": belt, "Owner": CHLOE, "Due": day(11, 2), "Hours": 3})
    tasks.add_row({"Task": "Update the price list", "Project": belt, "Due": day(11, 3), "Hours": 0.5})
    tasks.rows[14].delete()
    return [
        "Ben set the project “Belt drive” to Done, with 95 % spent.",
        "Dai ticked off the task “Order two belts”.",
        "Chloë added the tasks “Announce the belt” and “Update the price list”.",
        "Dai deleted the task “Print the label”.",
    ]
