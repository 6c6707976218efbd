"""`rollback` as people and scripts meet it: the plan that is shown, what is written, and how the command ends.

It is what faults.md, row 83, asks for.
"""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import jsonschema
import pytest

from coda_git_mirror.demo.cells import Reference
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.tokens import Token
from coda_git_mirror.demo.world import Column, Table, World
from tests.begun import Begun
from tests.commands.program import run
from tests.commands.schemas import ROLLBACK
from tests.commands.test_command_line import require_one_sentence, settings
from tests.conftest import Serve
from tests.support import files, git, require_sound
from tests.test_docs import examples

Ask = Callable[..., CompletedProcess[str]]


def account() -> World:
    """A doc `Plans` with tables `Projects` and `Tasks`, which point to projects and to each other, and a view."""
    world = World()
    doc = world.add_doc("Plans")
    page = doc.add_page("Notes", markdown="A line.\n")
    projects = doc.add_table("Projects", [Column("Project")], [{"Project": name} for name in ("Bike", "Boat")], page)
    columns = [
        Column("Task"),
        Column("Status", "select"),
        Column("Points", "number"),
        Column("Project", "lookup", table=projects),
        Column("Twice", "number", formula="thisRow.Points * 2", compute=lambda row: 2 * (row.get("Points") or 0)),
    ]
    tasks = doc.add_table("Tasks", columns, page=page)
    tasks.add_column(Column("Waits for", "lookup", many=True, table=tasks))
    for number in range(4):
        project = Reference(projects.rows[number % 2])
        tasks.add_row({"Task": f"Task {number}", "Status": "To do", "Points": number, "Project": project})
    for row, other in ((1, 2), (2, 1), (3, 2)):
        tasks.rows[row].set("Waits for", [Reference(tasks.rows[other])])
    doc.add_view("Open tasks", tasks, page=page)
    return world


@pytest.fixture
def world() -> World:
    return account()


@pytest.fixture
def coda(world: World, serve: Serve) -> SimulatedCoda:
    return serve(world, clock=time.monotonic)


@pytest.fixture
def ask(coda: SimulatedCoda, tmp_path: Path, begun: Begun) -> Ask:
    """Runs the program in a folder with a mirror `mirror` of the account as it was at first."""

    def sync(folder: Path) -> None:
        assert run("sync", "-o", str(folder), "-q", cwd=tmp_path, **settings(coda)).returncode == 0

    begun.put(tmp_path / "mirror", sync)

    def ask(*arguments: str, **environment: str) -> CompletedProcess[str]:
        return run(*arguments, cwd=tmp_path / "mirror", **{**settings(coda), **environment})

    return ask


def tasks(world: World) -> Table:
    return world.doc("Plans").table("Tasks")


def state(table: Table) -> list[tuple[Any, ...]]:
    """What people see of a table, in no order."""
    return sorted(tuple(_seen(row.value(column)) for column in table.columns) for row in table.rows)


def _seen(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_seen, value))
    return value.row.name if isinstance(value, Reference) else str(value)


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder, git's own too, with its size and the time of its last change."""
    there = ((path, path.lstat()) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix(): (about.st_size, about.st_mtime_ns) for path, about in there}


def spoil(world: World) -> None:
    """Cells change, rows go that others point to, also in a circle, and one comes."""
    table = tasks(world)
    table.rows[0].set("Status", "Done")
    table.rows[0].set("Points", 40)
    for row in (table.rows[2], table.rows[1]):
        row.delete()
    table.add_row({"Task": "Mine", "Points": 1})


def told(answer: CompletedProcess[str], code: int = 0) -> Any:
    """The object of `--json`, which has the form that scripts rely on."""
    assert answer.returncode == code, answer.stderr
    said = json.loads(answer.stdout)
    jsonschema.validate(said, ROLLBACK)
    return said


def test_the_plan_is_shown_and_nothing_is_written(world: World, coda: SimulatedCoda, ask: Ask, tmp_path: Path) -> None:
    spoil(world)
    before = everything(tmp_path)
    sent = len(coda.requests.writes())
    answer = ask("rollback", "Plans", "Tasks", "--at", "HEAD")
    assert (answer.returncode, answer.stderr) == (0, "")
    commit = git(tmp_path / "mirror", "rev-parse", "--short=10", "HEAD").strip()
    lines = answer.stdout.splitlines()
    assert lines[0].startswith("Back to 20")
    assert "  Tasks › Task 0 › Status: Done → To do [newer: edited in Coda since the last sync]" in lines
    assert "  Tasks › Task 0 › Points: 40 → 0 [newer: edited in Coda since the last sync]" in lines
    assert "  + Tasks › Task 1 (Status: To do, Points: 1, Project: Boat, Waits for: Task 2)" in lines
    assert "  Twice, 3 cells (calculated): is calculated by a formula" in lines
    assert any("1 row that the revision does not know stay" in line and "--delete-added" in line for line in lines)
    assert "Row automations of this doc will run." in lines
    command = f"  coda-git-mirror rollback Plans Tasks --at {commit} --apply --plan "
    assert lines[-1].startswith(command)
    assert len(coda.requests.writes()) == sent
    assert everything(tmp_path) == before


def test_everything_comes_back_and_the_second_time_nothing_is_done(
    world: World, coda: SimulatedCoda, ask: Ask, tmp_path: Path
) -> None:
    wanted = state(tasks(world))
    spoil(world)
    shown = ask("rollback", "Plans", "Tasks", "--at", "HEAD", "--delete-added")
    answer = ask(*shlex.split(shown.stdout.splitlines()[-1])[1:])
    assert answer.returncode == 0, answer.stderr
    assert "Written and read back: 6 of 6 steps" in answer.stdout
    assert state(tasks(world)) == wanted
    head, sent = git(tmp_path / "mirror", "rev-parse", "HEAD"), len(coda.requests.writes())
    again = told(ask("rollback", "Plans", "Tasks", "--at", "HEAD~2", "--delete-added", "--apply", "--json"))
    assert (again["applied"], again["updates"], again["inserts"], again["deletes"]) == (False, [], [], [])
    assert (git(tmp_path / "mirror", "rev-parse", "HEAD"), len(coda.requests.writes())) == (head, sent)
    assert ask("verify", "--remote").returncode == 0
    incremental = files(tmp_path / "mirror")
    assert ask("sync", "--full").returncode == 0
    require_sound(tmp_path / "mirror", incremental)


def test_what_was_done_is_one_object_and_can_be_rolled_back(world: World, ask: Ask, tmp_path: Path) -> None:
    spoil(world)
    spoiled = state(tasks(world))
    lost = [line["id"] for line in rows_held(tmp_path / "mirror", "tasks") if line["name"] in ("Task 1", "Task 2")]
    asked = ("rollback", "Plans", "Tasks", "--at", "HEAD", "--delete-added", "--json")
    plan = told(ask(*asked))
    assert plan["commits"] == {"before": None, "after": None}
    assert {each["outcome"] for each in (*plan["updates"], *plan["inserts"], *plan["deletes"])} == {None}
    assert plan["requests"] == 6
    done = told(ask(*asked, "--apply", "--plan", plan["plan"]))
    assert (done["plan"], done["applied"]) == (plan["plan"], True)
    assert {each["outcome"] for each in (*done["updates"], *done["inserts"], *done["deletes"])} == {"applied"}
    assert sorted(each["row"] for each in done["inserts"]) == sorted(lost)
    assert {each["new_row"] for each in done["inserts"]} <= {row.id for row in tasks(world).rows}
    assert [(each["row"], each["kind"], each["cells"]) for each in plan["held"]] == [(None, "calculated", 3)]
    assert done["held"] == [], "Coda has calculated what was there"
    log = git(tmp_path / "mirror", "log", "--format=%H").split()
    assert [done["commits"]["after"], done["commits"]["before"]] == log[:2]
    back = told(ask("rollback", "Plans", "Tasks", "--at", log[1], "--delete-added", "--apply", "--json"))
    assert back["applied"]
    assert [row[:4] for row in state(tasks(world))] == [row[:4] for row in spoiled]


def rows_held(mirror: Path, table: str) -> list[dict[str, Any]]:
    lines = (mirror / "docs/plans/tables" / f"{table}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_rows_that_another_table_points_to(world: World, ask: Ask) -> None:
    projects = world.doc("Plans").table("Projects")
    wanted = state(tasks(world))
    projects.rows[0].delete()
    for row in tasks(world).rows:
        reference = row.get("Project")
        if isinstance(reference, Reference) and reference.row not in projects.rows:
            row.set("Project", "")
    assert "cannot be written" in ask("rollback", "Plans", "Tasks", "--at", "HEAD").stdout
    answer = ask("rollback", "Plans", "Projects", "--at", "HEAD", "--apply")
    assert answer.returncode == 0, answer.stderr
    assert "2 cells of Tasks › Project pointed to rows that come back under new ids" in answer.stdout
    assert ask("rollback", "Plans", "Tasks", "--at", "HEAD~2", "--apply").returncode == 0
    assert state(tasks(world)) == wanted


def test_columns_that_were_renamed_retyped_or_are_gone(world: World, ask: Ask) -> None:
    table = tasks(world)
    ids = {column.name: column.id for column in table.columns}
    table.rename_column("Status", "State")
    table.rows[0].set("State", "Done")
    table.column("Points").type = "text"
    table.rows[1].set("Points", "many")
    table.delete_column("Project")
    table.add_column(Column("Since", "text"))
    table.rows[1].set("Since", "today")
    done = told(ask("rollback", "Plans", "Tasks", "--at", "HEAD", "--apply", "--json"), 3)
    assert [(each["column"], each["becomes"]) for each in done["updates"]] == [(ids["Status"], "To do")]
    held = {each["column"]: (each["kind"], each["cells"]) for each in done["held"]}
    assert held[ids["Project"]] == ("column-gone", 4)
    assert held[ids["Points"]] == ("retyped", 1)
    assert (table.rows[0].get("State"), table.rows[1].get("Since")) == ("To do", "today")


def test_a_table_that_is_gone_in_coda(world: World, ask: Ask, tmp_path: Path) -> None:
    tasks(world).delete()
    answer = ask("rollback", "Plans", "Tasks", "--at", "HEAD")
    require_one_sentence(answer, 1)
    assert f"coda-git-mirror recreate {world.doc('Plans').id} --at " in answer.stderr
    before = git(tmp_path / "mirror", "rev-parse", "--short=10", "HEAD").strip()
    assert ask("sync", "-q").returncode == 0
    answer = ask("rollback", "Plans", "Tasks", "--at", "HEAD")
    require_one_sentence(answer, 2)
    assert f"give --at {before}" in answer.stderr
    world.doc("Plans").delete()
    require_one_sentence(ask("rollback", "Plans", "Projects", "--at", "HEAD", "--apply"), 1)


def test_a_plan_that_is_not_the_one_that_was_shown(world: World, coda: SimulatedCoda, ask: Ask) -> None:
    tasks(world).rows[0].set("Status", "Done")
    assert ask("sync", "-q").returncode == 0
    asked = ("rollback", "Plans", "Tasks", "--at", "HEAD~1")
    plan = told(ask(*asked, "--json"))["plan"]
    tasks(world).rows[3].set("Status", "Blocked")
    answer = ask(*asked, "--apply", "--plan", plan)
    assert answer.returncode == 1
    assert "what differs: new is Task 3 › Status: Blocked → To do." in answer.stderr
    assert "Task 3 › Status: Blocked → To do" in answer.stdout
    require_one_sentence(ask(*asked, "--apply", "--json", "--plan", "0123456789ab"), 1)
    assert coda.requests.writes() == []
    assert told(ask(*asked, "--json"))["updates"][1]["newer"]


def test_a_token_that_may_only_read_can_plan(world: World, serve: Serve, ask: Ask, tmp_path: Path) -> None:
    spoil(world)
    reading = serve(world, clock=time.monotonic, token=Token("reading", read_only=True))
    other = {**settings(reading), "CODA_API_TOKEN": "reading"}
    assert told(ask("rollback", "Plans", "Tasks", "--at", "HEAD", "--json", **other))["inserts"]
    before = state(tasks(world))
    answer = ask("rollback", "Plans", "Tasks", "--at", "HEAD", "--apply", "--json", **other)
    assert answer.returncode == 1, answer.stdout
    assert state(tasks(world)) == before
    require_sound(tmp_path / "mirror")


def test_many_rows_are_deleted_only_if_that_is_allowed(world: World, coda: SimulatedCoda, ask: Ask) -> None:
    table = tasks(world)
    for number in range(11):
        table.add_row({"Task": f"New {number}"})
    asked = ("rollback", "Plans", "Tasks", "--at", "HEAD", "--delete-added")
    assert "needs --allow-mass-delete" in ask(*asked).stdout
    answer = ask(*asked, "--apply")
    assert answer.returncode == 1
    assert "11 of 15 rows would be deleted" in answer.stderr
    assert coda.requests.writes() == []
    assert ask(*asked, "--apply", "--allow-mass-delete").returncode == 0
    assert len(table.rows) == 4


def test_a_table_by_its_address_its_id_its_view_and_a_former_name(world: World, ask: Ask) -> None:
    doc, table = world.doc("Plans"), tasks(world)
    table.rename("Chores")
    assert ask("sync", "-q").returncode == 0
    view = doc.views[0]
    for word in ("Tasks", "Chores", table.id, table.link, view.link, view.id):
        answer = ask("rollback", doc.link, word, "--at", "HEAD~1")
        assert answer.returncode == 0, answer.stderr
        assert "Plans › Chores" in answer.stdout
    assert "'Open tasks' is a view of 'Chores'" in ask("rollback", doc.id, "Open tasks", "--at", "HEAD").stdout


def test_words_that_mean_nothing_or_too_much(world: World, ask: Ask) -> None:
    doc = world.doc("Plans")
    other = doc.add_table("Tasks", [Column("Other")], [{"Other": "x"}])
    assert ask("sync", "-q").returncode == 0
    answer = ask("rollback", "Plans", "Tasks", "--at", "HEAD")
    require_one_sentence(answer, 2)
    assert other.id in answer.stderr
    assert tasks(world).id in answer.stderr
    for words in (
        ("Plans", "Nothing", "--at", "HEAD"),
        ("Nothing", "Tasks", "--at", "HEAD"),
        ("Plans", "Projects", "--at", "no-such"),
        ("Plans", "Projects", "--at", "HEAD", "--columns", "Nothing"),
        ("Plans", "Projects", "--at", "HEAD", "--row", "i-none"),
    ):
        require_one_sentence(ask("rollback", *words), 2)
    assert ask("rollback", "Plans", "Projects").returncode == 2
    answer = ask("rollback", "Plans", other.id, "--at", "HEAD~1")
    require_one_sentence(answer, 2)
    assert "give --at" in answer.stderr


def test_a_table_that_a_pack_fills_is_refused(world: World, ask: Ask) -> None:
    synced = world.doc("Plans").add_table("Issues", [Column("Title")])
    synced.add_row({"Title": "From elsewhere"}, id="i-" + "0f" * 32)
    assert ask("sync", "-q").returncode == 0
    answer = ask("rollback", "Plans", "Issues", "--at", "HEAD")
    require_one_sentence(answer, 1)
    assert "fills from elsewhere" in answer.stderr


def test_the_object_is_described() -> None:
    jsonschema.validate(examples("rollback")[-1], ROLLBACK)
