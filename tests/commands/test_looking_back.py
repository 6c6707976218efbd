"""`diff` and `log` as people and scripts meet them, on a mirror with a past, without a token and without a network."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from coda_git_mirror.cli import run
from coda_git_mirror.model.content import Page
from tests.actions.past import Past
from tests.changes.trees import Content, Grid
from tests.commands.schemas import DIFF, LOG
from tests.support import PROJECT, git
from tests.unwaiting import skip_waits

NOTES, PLAN = Page("p-notes", "Notes"), Page("p-plan", "Plan", parent="p-notes")
HANDBOOK = Content("d-hand", "Handbook", {Page("p-notes-2", "Notes"): "Else.\n"})
TASKS = Grid("g-tasks", "Tasks", ("Task", "Status"), {"i-1": ("Ship it", "To do"), "i-2": ("Rest", "")})
SALES = Content("d-sales", "Sales CRM", {NOTES: "One two three four.\n", PLAN: "All.\n"}, (TASKS,))
EVIL = "\x1b]0;owned\x07\x1b[31mred\u202e\r\nline"

README = (PROJECT / "README.md").read_text(encoding="utf-8")
Ask = Callable[..., str]


@pytest.fixture
def past(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    monkeypatch.setenv("CODA_MIRROR_DIR", str(folder))
    monkeypatch.setenv("TZ", "UTC")
    skip_waits(monkeypatch.setattr)
    return Past(folder)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def answered(*arguments: str) -> str:
        code = run(list(arguments))
        answer = capsys.readouterr()
        assert (code, answer.err if arguments[0] != "demo" else "") == (0, "")
        return answer.out

    return answered


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Ask:
    def answered(*arguments: str, code: int = 2) -> str:
        assert run(list(arguments)) == code
        answer = capsys.readouterr()
        assert "\n" not in answer.out.rstrip("\n")
        [line] = answer.err.splitlines()
        return line.removeprefix("Error: ")

    return answered


def checked(answer: str, schema: Mapping[str, Any]) -> Any:
    """The JSON of an answer, which is as its schema says."""
    Draft202012Validator.check_schema(schema)
    found = json.loads(answer)
    Draft202012Validator(schema).validate(found)
    return found


def edited(doc: Content, **rows: tuple[str, ...]) -> Content:
    return replace(
        doc, grids=(replace(doc.grids[0], rows={name.replace("_", "-"): row for name, row in rows.items()}),)
    )


def test_the_last_sync_is_told_cell_by_cell(past: Past, ask: Ask) -> None:
    past.sync(SALES, HANDBOOK)
    pages = {replace(NOTES, name="Minutes"): "One two 3 four.\n", replace(PLAN, raw={"isHidden": True}): "All.\n"}
    changed = replace(edited(SALES, i_1=("Ship it", "Done"), i_3=("Sing", "Soon")), pages=pages)
    past.sync(changed, replace(HANDBOOK, assets=frozenset({"bl-1"})))
    assert ask("diff").splitlines()[1:] == [
        "",
        "Handbook (docs/handbook)",
        "  + File assets/bl-1",
        "",
        "Sales CRM (docs/sales-crm)",
        "  Page Minutes: renamed, was Notes, text changed",
        "      ~ One two [-three-]{+3+} four.",
        "  Page Minutes › Plan: hidden",
        "  Table Tasks: 1 row added, 1 changed, 1 removed",
        "      Tasks › Ship it › Status: To do → Done",
        "      - Tasks › Rest",
        "      + Tasks › Sing (Status: Soon)",
    ]
    assert ask("diff", "--doc", "Hand*") == ask("diff", "HEAD~1", "HEAD", "--doc", "https://coda.io/d/x_dd-hand")
    told = checked(ask("diff", "--json"), DIFF)
    assert [doc["name"] for doc in told["docs"]] == ["Handbook", "Sales CRM"]
    assert told["docs"][1]["tables"][0]["row_counts"] == {"added": 1, "changed": 1, "removed": 1}
    assert told["docs"][1]["pages"][0]["former_way"] == ["Notes"]


def test_schema_changes_and_whole_docs(past: Past, ask: Ask) -> None:
    past.sync(SALES, HANDBOOK)
    columns = replace(TASKS, columns=("State", "Status"), rows={"i-1": ("Ship it", "To do"), "i-2": ("Rest", "")})
    view = Grid("v-open", "Open", ("Task",), {"i-1": ("Ship it",)})
    past.sync(replace(SALES, name="CRM", grids=(columns,), views=(view,)), replace(SALES, id="d-new", name="New"))
    text = ask("diff")
    for line in (
        "  + Doc added: 2 pages, 1 table with 2 rows, 0 views, 0 files",
        "  - Doc removed: 1 page, 0 tables, 0 views, 0 files",
        "  Doc renamed: Sales CRM → CRM",
        "  Doc moved: docs/sales-crm → docs/crm",
        "  Table Tasks: 2 columns changed, 2 rows changed",
        "      Tasks › State: column added ()",
        "      Tasks › Task: column removed",
        "      Tasks › Ship it › State: (empty) → Ship it",
        "  + View Open: added",
    ):
        assert f"{line}\n" in text
    assert ask("diff", "HEAD~1", "HEAD") == text
    assert checked(ask("diff", "--json"), DIFF)["docs"][0]["tables"][0]["column_order"] == ["c-State", "c-Status"]
    first = checked(ask("diff", "--json", "HEAD", "HEAD~1"), DIFF)
    assert {doc["change"] for doc in first["docs"]} == {"added", "removed", "moved"}


def test_the_first_sync_and_the_working_copy(past: Past, ask: Ask) -> None:
    past.sync(SALES)
    assert "+ Doc added: 2 pages, 1 table with 2 rows" in ask("diff")
    assert checked(ask("diff", "--json"), DIFF)["from"] == {"commit": None, "date": None, "name": "nothing"}
    assert ask("diff", "HEAD").endswith("Nothing differs.\n")
    page = past.folder / "docs/sales-crm/pages/notes.md"
    page.write_text(page.read_text().replace("two", "2"))
    rows = past.folder / "docs/sales-crm/tables/tasks.jsonl"
    rows.write_bytes(rows.read_bytes().replace(b"To do", b"Mine"))
    text = ask("diff", "HEAD")
    assert "One [-two-]{+2+} three four." in text
    assert "Tasks › Ship it › Status: To do → Mine" in text
    assert checked(ask("diff", "HEAD", "--json"), DIFF)["to"]["name"] == "the working copy"


def test_a_day_is_a_revision(past: Past, ask: Ask, refused: Ask) -> None:
    past.sync(SALES)
    past.sync(edited(SALES, i_1=("Ship it", "Doing")))
    past.sync(edited(SALES, i_1=("Ship it", "Done")))
    assert "Status: To do → Doing" in ask("diff", "2026-03-02", "2026-03-03")
    assert "Status: To do → Done" in ask("diff", "2026-03-02T12:00", "2026-12-31")
    assert "no sync of 2020-01-01 or before; its first is of 2026-03-02 10:00" in refused("diff", "2020-01-01")


def test_the_life_of_a_doc_and_what_is_in_it(past: Past, ask: Ask) -> None:
    past.sync(SALES, HANDBOOK)
    past.sync(SALES, replace(HANDBOOK, assets=frozenset({"bl-1"})))
    minutes = replace(SALES, pages={replace(NOTES, name="Minutes"): "One.\n", PLAN: "All.\n"})
    past.sync(minutes, HANDBOOK)
    done = replace(minutes, name="CRM", grids=(replace(TASKS, name="To do", rows={"i-1": ("Ship it", "Done")}),))
    past.sync(done, HANDBOOK)
    assert len(ask("log").splitlines()) == 4
    assert _subjects(ask("log", "CRM")) == _subjects(ask("log", "Sales CRM")) == _subjects(ask("log", "d-sales"))
    assert len(_subjects(ask("log", "crm"))) == 3
    assert "    Doc moved\n    Table To do (was Tasks): moved, 1 row changed, 1 removed\n" in ask("log", "CRM")
    for words in (["CRM", "Minutes"], ["Minutes"], ["CRM", "Notes"], ["p-notes"], ["CRM › Minutes"]):
        assert [line for line in ask("log", *words).splitlines() if line.startswith(" ")] == [
            "    Pages moved: Minutes (was Notes)",
            "    Pages added: Notes",
        ]
    assert len(_subjects(ask("log", "To do"))) == len(_subjects(ask("log", "CRM", "Tasks"))) == 2
    assert ask("log", "-n", "1", "CRM").endswith("There are older ones; -n 0 shows them all.\n")
    assert ask("log", "-n", "0", "CRM") == ask("log", "CRM")
    for words in ([], ["CRM"], ["CRM", "Plan"], ["CRM", "Tasks"], ["CRM", "Tasks", "i-1"], ["i-2", "Status"]):
        checked(ask("log", "--json", *words), LOG)


def _subjects(answer: str) -> list[str]:
    return re.findall(r"^\d{4}-\d\d-\d\d \d\d:\d\d \+0000  [0-9a-f]{10}  (.*)$", answer, re.MULTILINE)


def test_the_values_of_a_row_and_of_a_cell_through_time(past: Past, ask: Ask, refused: Ask) -> None:
    past.sync(SALES)
    past.sync(edited(SALES, i_1=("Ship it", "Doing"), i_2=("Rest", "")))
    past.sync(edited(SALES, i_1=("Ship it", "Doing"), i_2=("Rest", "later")))
    renamed = edited(replace(SALES, name="CRM"), i_1=("Ship it now", "Done"), i_2=("Rest", "later"))
    past.sync(replace(renamed, grids=(replace(renamed.grids[0], name="To do"),)))
    past.sync(edited(replace(SALES, name="CRM"), i_2=("Rest", "later")))
    cell = ask("log", "CRM", "Tasks", "Ship it now", "Status")
    for words in (["Tasks", "Ship it", "--column", "status"], ["CRM › Tasks › i-1 › Status"], ["i-1", "Status"]):
        assert ask("log", *words).splitlines()[1:] == cell.splitlines()[1:]
    assert [line.split("  ")[0::2] for line in cell.splitlines()[1:]] == [
        ["2026-03-06 10:00 +0000", "row removed"],
        ["2026-03-05 10:00 +0000", "Done"],
        ["2026-03-03 10:00 +0000", "Doing"],
        ["2026-03-02 10:00 +0000", "To do"],
    ]
    row = ask("log", "Tasks", "i-1")
    assert "    Task: Ship it → Ship it now\n    Status: Doing → Done\n" in row
    assert "    row added (Status: To do)\n" in row
    assert len(_subjects(ask("log", "Tasks", "Rest"))) == 2
    assert checked(ask("log", "Tasks", "Ship it", "Status", "--json"), LOG)["of"]["kind"] == "cell"
    assert "there is Task, Status" in refused("log", "Tasks", "Rest", "Budget")
    assert "there is Rest" in refused("log", "Tasks", "Rust")


def test_a_doc_that_went_and_came_back(past: Past, ask: Ask) -> None:
    past.sync(SALES, HANDBOOK)
    past.sync(SALES)
    assert len(_subjects(ask("log", "Handbook"))) == len(_subjects(ask("log", "d-hand", "Notes"))) == 2
    assert "    Doc removed\n" in ask("log", "Handbook")
    past.sync(SALES, replace(HANDBOOK, name="Manual"))
    text = ask("log", "Manual")
    assert (text.count("Doc added"), text.count("Doc removed"), len(_subjects(text))) == (2, 1, 3)
    past.sync(replace(SALES, name="Manual"), replace(HANDBOOK, name="Sales CRM"))
    assert len(_subjects(ask("log", "d-hand"))) == 4
    assert len(_subjects(ask("log", "d-sales"))) == 2


def test_a_page_that_was_removed_is_found_by_its_name_alone(past: Past, ask: Ask) -> None:
    past.sync(SALES)
    past.sync(replace(SALES, pages={NOTES: "One two three four.\n"}))
    assert ask("log", "Plan").count("Pages removed: Plan") == 1


def test_names_that_mean_nothing_or_too_much(past: Past, refused: Ask) -> None:
    past.sync(SALES, HANDBOOK, replace(SALES, id="d-twin"))
    twins = refused("log", "Sales CRM")
    assert "may be any of 2: Sales CRM (d-sales), Sales CRM (d-twin)" in twins
    assert "p-notes-2" in refused("log", "Notes")
    assert "there is Handbook" in refused("log", "Hendbook")
    assert "there is Notes" in refused("log", "Handbook", "Nots")
    assert "is too much" in refused("log", "d-sales", "Tasks", "Rest", "Status", "Now")
    for words in (["diff", "nope"], ["diff", "--", "--output=x"], ["diff", "HEAD", "x"], ["diff", "--doc", "Nope"]):
        assert refused(*words)


def test_it_works_in_a_clone_with_a_detached_head_while_a_sync_holds_the_mirror(
    past: Past, ask: Ask, tmp_path: Path
) -> None:
    past.sync(SALES)
    past.sync(edited(SALES, i_1=("Ship it", "Done")))
    expected = ask("diff"), ask("log", "Tasks")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(past.folder), str(clone))
    git(clone, "checkout", "--quiet", "--detach")
    (clone / ".git/index.lock").touch()
    assert (ask("diff", "-o", str(clone)), ask("log", "Tasks", "-o", str(clone))) == expected
    git(clone, "symbolic-ref", "HEAD", "refs/heads/main")


def test_no_control_character_of_the_content_is_printed(past: Past, ask: Ask) -> None:
    def hostile(text: str) -> Content:
        grid = Grid("g", EVIL, (EVIL,), {"i-1": (f"{EVIL}{text}",), f"i-{text}": (EVIL,)})
        page = Page("p", f"{EVIL}{text}", raw={"subtitle": EVIL + text})
        return Content(
            "d",
            EVIL + text,
            {page: f"{EVIL} {text} and more words that stay.\n"},
            (grid,),
            views=(replace(grid, id="v"),),
        )

    past.sync(hostile("a"))
    past.sync(hostile("b"))
    for words in (["diff"], ["log"], ["log", "d"], ["log", "d", "p"], ["log", "d", "g", "i-1"]):
        assert not set(re.findall("[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]", ask(*words)))
    assert "\\x1b]0;owned\\x07" in ask("diff")
    checked(ask("diff", "--json"), DIFF)
    assert ask("diff", "--json").isascii()


def test_what_is_no_mirror_or_no_sound_one(past: Past, refused: Ask, tmp_path: Path) -> None:
    assert "is not a mirror" in refused("diff", "-o", str(tmp_path / "none"), code=1)
    assert "is not a mirror" in refused("log", "-o", str(tmp_path), code=1)
    past.sync(SALES)
    (past.folder / "docs/sales-crm/metadata.json").write_text("{")
    past.commit("Damage it")
    assert "is damaged" in refused("log", "Sales CRM", code=1)
    assert "is damaged" in refused("diff", "HEAD~1", "HEAD", code=1)


def test_what_the_readme_shows_is_what_the_demonstration_gives(ask: Ask, tmp_path: Path) -> None:
    require_rollback(ask("demo", str(tmp_path / "demo")))
    shown = [
        block for block in re.findall(r"^```\w*\n(.*?)^```", README, re.MULTILINE | re.DOTALL) if "$ coda" in block
    ]
    commands = [each for block in shown for each in block.split("$ coda-git-mirror ")]
    looking_back = [each for each in commands if each.startswith(("diff", "log ", "query "))]
    assert len(looking_back) == 3
    for each in looking_back:
        command, *lines = each.rstrip("\n").split("\n")
        given = [_timeless(line) for line in ask(*shlex.split(command), "-o", str(tmp_path / "demo")).splitlines()]
        wanted = [_timeless(line) for line in lines if line.strip() != "..."]
        assert [line for line in given if line in wanted] == wanted


def require_rollback(output: str) -> None:
    """The demonstration ends with the rollback that the README shows."""
    block = re.search(r"^\$ coda-git-mirror (rollback [^\n]*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert block is not None
    shown, plan = block[2].splitlines(), output[output.index("\nBack to ") + 1 :].splitlines()
    assert [_timeless(line) for line in plan[: len(shown)]] == [_timeless(line) for line in shown]
    typed, offered = shlex.split(block[1]), shlex.split(plan[len(shown) + 1])[1:]
    assert (typed[:4], typed[5:]) == (offered[:4], offered[5:9]), "but for the revision, which the plan has pinned"


def _timeless(line: str) -> str:
    """A line of output without what differs from run to run."""
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d \+\d{4}|\b[0-9a-f]{10,12}\b", "*", line)
