"""The table of projects: every common type of column, and the values that no column type foretells."""

from __future__ import annotations

from collections.abc import Mapping

from coda_git_mirror.demo.cells import Bare, File, HiddenReference, Markdown, Money, Omitted, Value, WebLink
from coda_git_mirror.demo.drawings import one_page_pdf, striped_png
from coda_git_mirror.demo.lumen.team import ADA, BEN, CHLOE, TEAM, day, time_of_day
from coda_git_mirror.demo.world import Blob, Column, Doc, Page, Table

PROJECTS = (
    (
        "Cargo bike frame",
        "On track",
        "A **longtail** frame that carries two children.\n\n- load: 80 kg\n- stand: double",
    ),
    ("Dealer portal", "At risk", "Orders and claims in *one* place; see [the brief](https://example.com/portal)."),
    ("Belt drive", "On track", "Replace the chain on city models.\n\n> Quieter, and no more trouser clips."),
    ("Winter tyres", "Done", "Studded tyres for the `nordic` line."),
    ("Repair app", "Planned", "Customers photograph the damage, we send the part."),
    ("Löwenzahn 🌼 colourway", "Planned", "Yellow | green, as voted."),
    ("Battery passport", "At risk", "Papers for each cell, required from 2027."),
    ("Second-hand shop", "On track", "We buy back, refit and sell again."),
)
TAGS = ("city", "cargo, family", "winter")


def add_projects(doc: Doc, page: Page) -> Table:
    """Adds the table `Projects` with its files."""
    table = doc.add_table("Projects", _columns(), map(_project, range(len(PROJECTS))), page)
    _add_files(table)
    _add_oddities(table)
    return table


def _columns() -> list[Column]:
    return [
        Column("Project"),
        Column("Summary", "canvas"),
        Column("Lead", "person"),
        Column("Team", "person", many=True),
        Column("Status", "select"),
        Column("Tags", "select", many=True),
        Column("Budget", "currency", options={"currencyCode": "EUR", "precision": 2, "format": "currency"}),
        Column("Spent", "percent", options={"precision": 0, "useThousandsSeparator": False}),
        Column("Kick-off", "date", options={"format": "YYYY-MM-DD"}),
        Column("Review", "dateTime", options={"dateFormat": "YYYY-MM-DD", "timeFormat": "HH:mm"}),
        Column("Stand-up", "time", options={"format": "HH:mm"}),
        Column("Effort", "duration", options={"precision": 0, "maxUnit": "days"}),
        Column("Contact", "email", options={"display": "iconAndEmail", "autocomplete": True}),
        Column("Brief", "link", options={"display": "title", "force": False}),
        Column("Confidence", "slider", options={"minimum": 0, "maximum": 10, "step": 1, "displayType": "slider"}),
        Column("Priority", "scale", options={"maximum": 5, "icon": "star"}),
        Column("Paused", "checkbox", options={"displayType": "toggle"}, default="false"),
        Column("Cover", "image"),
        Column("Badge", "imageReference", options={"width": 24, "height": "24", "style": "circle"}),
        Column("Files", "attachments", many=True),
        Column("Cheers", "reaction", many=True),
        Column("Issue", "packObject"),
        Column("Nudge", "button", options={"label": "Nudge", "action": "Notify(thisRow.Lead)"}),
        Column("Internal code", "other", hidden=True),
    ]


def _project(index: int) -> Mapping[str, Value]:
    name, status, summary = PROJECTS[index]
    return {
        "Project": name,
        "Summary": Markdown(summary),
        "Lead": TEAM[index % 4],
        "Team": list(TEAM[: index % 3 + 1]),
        "Status": status,
        "Tags": list(TAGS[: index % 4]),
        "Budget": Money(12_500.5 * (index + 1), "EUR"),
        "Spent": index / 8,
        "Kick-off": day(2 + index, 3 + index),
        "Review": day(3 + index, 14, "15:30"),
        "Stand-up": time_of_day(f"{9 + index % 3:02}:15"),
        "Effort": Bare(f"{index + 2} days"),
        "Contact": f"project{index + 1}@lumenbikes.example",
        "Brief": WebLink(f"https://example.com/briefs/{index + 1}", f"Brief {index + 1}"),
        "Confidence": index,
        "Priority": index % 5 + 1,
        "Paused": index == 4,
        "Nudge": "Nudge",
        "Internal code": f"LB-{index + 1:03}",
    }


def _add_files(table: Table) -> None:
    rows = table.rows
    rows[0].set("Files", [File(_pdf(table, "Frame brief")), File(_png(table, "head tube.png", (90, 90, 100)))])
    rows[1].set("Files", File(_pdf(table, "Portal brief")))
    rows[5].set("Cover", File(_png(table, "colourway 🌼.png", (250, 200, 40)), size=(96, 12)))
    rows[5].set("Badge", File(_png(table, "badge.png", (60, 160, 90))))
    photograph = table.doc.world.add_blob(b"\0\0\0\x18ftypheic" + bytes(32), "IMG_0042.HEIC", None)
    rows[0].set("Cover", File(photograph))
    lost = _png(table, "old cover.png", (10, 10, 10))
    lost.gone = True
    rows[3].set("Cover", File(lost, status="deleted"))


def _add_oddities(table: Table) -> None:
    """Column metadata is a hint: what people and syncs leave in cells (coda-api.md, Traps)."""
    rows = table.rows
    rows[1].set("Budget", Money("18000.00", "EUR"))
    rows[2].set("Budget", Money("", "EUR"))
    rows[4].set("Budget", "to be agreed")
    rows[4].set("Team", CHLOE)
    rows[6].set("Team", "")
    rows[6].set("Lead", "somebody new")
    rows[3].set("Status", "Archived, sort of")
    rows[5].set("Effort", Omitted())
    rows[7].set("Project", Bare("Second-hand shop"))
    rows[2].set("Summary", "Plain text with `ticks`, a | bar\nand a second line")
    rows[0].set("Cheers", [ADA, BEN])
    rows[1].set("Issue", HiddenReference("Global-External-Connections", "i-" + "0af3" * 16, "LUM-12 Sign-in fails"))
    rows[0].set("Tags", [["city", "cargo, family"], "new"])


def _png(table: Table, filename: str, colour: tuple[int, int, int]) -> Blob:
    return table.doc.world.add_blob(striped_png((colour,)), filename, "image/png")


def _pdf(table: Table, title: str) -> Blob:
    return table.doc.world.add_blob(one_page_pdf(title), f"{title}.pdf", "application/pdf")
