"""A cell of every type, changed in a CSV: written, read back, and asked for no more."""

from __future__ import annotations

from pathlib import Path

from coda_git_mirror.demo.cells import Bare, Markdown, Money, Person, Reference, WebLink
from coda_git_mirror.demo.world import Column, World
from tests.commands.applying import ADA, Desk, desk, edit, read

BEN = Person("Ben, jr", "ben@example.org")
CHANGED = {
    "Moment": "2026-03-05T11:00:00-05:00",
    "Time": "10:20:00",
    "Duration": "3 hrs",
    "Link": "https://example.org/b",
    "Mail": "c@example.org",
    "Image": "https://example.org/p.png",
    "Slider": "4",
    "Scale": "1",
    "Percent": "0.25",
    "Options": "C, B, b",
    "People": "Ben, jr, Ada",
    "Projects": "Sun, Mars, red",
    "Reaction": "y",
    "Canvas": "plain",
    "Other": "oo",
    "Choice": "b",
    "Cost": "6.5",
    "Ticked": "TRUE",
    "Empty": "filled",
    "Full": "",
}


def world_of_types() -> World:
    """A table with two rows and a column of every type that can be written, and a button."""
    world = World()
    plans = world.add_doc("Plans")
    projects = plans.add_table("Projects", [Column("P")], [{"P": "Moon"}, {"P": "Mars, red"}, {"P": "Sun"}])
    options = {"options": [{"name": "A"}, {"name": "B, b"}, {"name": "C"}]}
    columns = [
        Column("Task"),
        Column("Moment", "dateTime"),
        Column("Time", "time"),
        Column("Duration", "duration"),
        Column("Link", "link"),
        Column("Mail", "email"),
        Column("Image", "image"),
        Column("Slider", "slider"),
        Column("Scale", "scale"),
        Column("Percent", "percent"),
        Column("Options", "select", many=True, options=options),
        Column("People", "person", many=True),
        Column("Projects", "lookup", many=True, table=projects),
        Column("Reaction", "reaction"),
        Column("Canvas", "canvas"),
        Column("Other", "other"),
        Column("Choice", "select"),
        Column("Cost", "currency"),
        Column("Ticked", "checkbox"),
        Column("Empty"),
        Column("Full"),
        Column("Push", "button"),
    ]
    tasks = plans.add_table("Tasks", columns)
    for number in range(2):
        cells = {"Task": f"Task {number}", "Moment": Bare("2026-03-04T10:00:00.000-05:00"), "Duration": Bare("2 hrs")}
        cells |= {"Time": Bare("1899-12-30T09:15:00.000-05:00"), "Link": WebLink("https://example.org/a", "A")}
        cells |= {"Mail": "a@example.org", "Slider": 3, "Scale": 2, "Percent": 0.5, "Options": ["A", "B, b"]}
        cells |= {"People": [ADA, BEN], "Projects": [Reference(row) for row in projects.rows[:2]], "Reaction": "x"}
        cells |= {"Canvas": Markdown("**b**"), "Other": "o", "Choice": "ab"[number], "Cost": Money(5), "Full": "full"}
        tasks.add_row(cells)
    return world


def require_nothing_more(at: Desk, file: Path) -> None:
    told = at.apply(file)
    assert (told["updates"], told["inserts"], told["held"]) == ([], [], [])


def test_every_type_is_written_read_back_and_asked_for_no_more(tmp_path: Path) -> None:
    with desk(tmp_path, world_of_types) as at:
        new = {**{name: text for name, text in CHANGED.items() if name not in ("Full", "Image")}, "Task": "New"}

        def change(lines: list[dict[str, str]]) -> None:
            lines[0].update(CHANGED)
            lines.append(dict.fromkeys(lines[0], "") | new)

        file = edit(at.copy(), change)
        told = at.apply(file, "--apply")
        assert (len(told["updates"]), len(told["inserts"]), told["held"]) == (len(CHANGED), 1, [])
        assert {each["outcome"] for each in (*told["updates"], *told["inserts"])} == {"applied"}
        require_nothing_more(at, file)
        at.sync()
        require_nothing_more(at, file)
        shown = read(at.csv)
        moved = {"Moment": "2026-03-05T08:00:00.000-08:00"}
        assert {name: shown[0][name] for name in CHANGED} == {**CHANGED, **moved}
        assert {name: shown[2][name] for name in new} == {**new, **moved}
