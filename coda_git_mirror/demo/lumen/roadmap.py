"""The doc `Product roadmap`: projects, tasks, a formula and controls."""

from __future__ import annotations

from coda_git_mirror.demo.blocks import Block, Callout, FormulaValue, Grid, Heading, Item, Text
from coda_git_mirror.demo.lumen.projects import add_projects
from coda_git_mirror.demo.lumen.tasks import add_tasks
from coda_git_mirror.demo.world import Doc, Page, Row, Table, World

RETROSPECTIVE: tuple[Block, ...] = (
    Heading(1, "What went well"),
    Item("Tyres shipped two weeks early"),
    Item("Dealers asked for a second batch"),
    Item("three in Oslo", level=1),
    Item("one in Tromsø", level=1),
    Heading(1, "What did not"),
    Item("We learned of the label rule from a customer: https://example.com/rules/labels"),
    Heading(2, "To do"),
    Item("Put the rule into README.md of the label printer", kind="check"),
    Item("Ask Dai about the printer", kind="check"),
    Text("*Next one in June.*"),
)


def add_roadmap(world: World, handbook: Doc) -> Doc:
    """Adds the doc, which links to the handbook."""
    doc = world.add_doc("Product roadmap")
    doc.folder = world.add_folder("Planning")
    overview = doc.add_page("Overview")
    board = doc.add_page("Task board", overview)
    by_date = doc.add_page("Open, by date", board)
    doc.add_page("Retrospective: winter", overview, RETROSPECTIVE)
    projects = add_projects(doc, overview)
    tasks = add_tasks(doc, projects, board)
    _write_overview(overview, projects, handbook)
    board.write(Heading(2, "All tasks"), Grid(tasks, titled=False))
    _write_by_date(by_date, tasks)
    _share(doc)
    return doc


def _write_overview(page: Page, projects: Table, handbook: Doc) -> None:
    doc = page.doc
    done = doc.add_formula("Share of tasks done", 0.21875, page)
    doc.add_formula("Next milestones", ["Fatigue test", "Invite five dealers"], page)
    doc.add_control("Months ahead", "slider", 6, page)
    doc.add_control("Show status", "select", "On track", page)
    doc.add_view("Kick-offs", projects, page, shown=("Project", "Kick-off"), layout="calendar")
    page.write(
        Text(f"What we build and why. How: [How we work]({handbook.page('How we work').link})."),
        Callout("💡 Status is set on Mondays, by the lead, in one sentence."),
        FormulaValue("Share of tasks done:", done),
        Grid(projects),
    )


def _write_by_date(page: Page, tasks: Table) -> None:
    shown = ("Task", "Due", "Owner", "Project")
    view = page.doc.add_view("Open tasks", tasks, page, where=_is_open, sort=("Due", "ascending"), shown=shown)
    page.write(Text("Nothing here should be older than a week."), Grid(view))


def _is_open(row: Row) -> bool:
    return row.get("Done") is not True


def _share(doc: Doc) -> None:
    doc.share({"type": "email", "email": "ben@lumenbikes.example"}, "write")
    doc.share({"type": "group", "groupId": "grp-7", "groupName": "Workshop"}, "readonly")
    doc.share({"type": "domain", "domain": "lumenbikes.example"}, "comment")
    doc.share({"type": "workspace", "workspaceId": doc.world.workspace_id}, "comment")
    doc.share({"type": "anyone"}, "none")
