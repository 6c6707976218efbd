"""`rows`: live rows of a table or view, as people and programs read them (faults.md, row 92)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from rich.cells import cell_len

from coda_git_mirror.demo.cells import File, Markdown, Money, Person, Reference, WebLink
from coda_git_mirror.demo.server import SimulatedCoda, Token
from coda_git_mirror.demo.world import Column, World
from tests.commands.program import run
from tests.conftest import Serve
from tests.every_column import every_column
from tests.support import files, git

ADA, BEN = Person("Ada", "ada@example.org"), Person("Ben", "ben@example.org")


def tasks_world() -> World:
    world = World()
    doc = world.add_doc("Sales CRM", id="dSales")
    names = ["Task", "Status", "Points", "Done", "Owner", "Price", "Status", "Notes"]
    kinds = ["text", "select", "number", "checkbox", "person", "currency", "text", "text"]
    columns = [Column(name, kind) for name, kind in zip(names, kinds, strict=True)]
    columns += [
        Column("Picture", "image"),
        Column("Tags", "select", many=True),
        Column("Link", "link"),
        Column("After", "lookup"),
    ]
    table = doc.add_table("Tasks", columns, id="grid-tasks")
    first = table.add_row(
        {"Task": "Ship it", "Status": "Open", "Points": 3, "Done": False, "Owner": ADA, "Tags": ["a", "b"]}
    )
    table.add_row(
        {"Task": "日本語 \U0001f6b2", "Status": "Done", "Points": 5, "Done": True, "Owner": BEN, "Price": Money(3.5)}
    )
    table.add_row({"Task": "Ship it", "Status": "Done", "Notes": Markdown("**bold**"), "After": Reference(first)})
    table.add_row(
        {"Task": "Evil \x1b[31m\nline", "Status": "", "Link": WebLink("https://a.example/", "A"), "Tags": ["b"]}
    )
    table.add_row({"Task": "=1+1", "Status": "Open, or so", "Points": 0.1, "Owner": [ADA, BEN]})
    first.set("Picture", File(world.add_blob(b"\x89PNG cat", "cat.png", "image/png")))
    doc.add_view(
        "Open tasks", table, where=lambda row: row.get("Points") in (3, 5), sort=("Points", "descending"),
        shown=["Task", "Points", "Picture"], id="table-open",
    )  # fmt: skip
    return world


@pytest.fixture
def world() -> World:
    return tasks_world()


@pytest.fixture
def coda(serve: Serve, world: World) -> SimulatedCoda:
    return serve(world)


def rows(coda: SimulatedCoda, cwd: Path, *arguments: str, **environment: str) -> CompletedProcess[str]:
    access = {"CODA_API_TOKEN": coda.token, "CODA_API_URL": coda.api_url, "CODA_ASSET_HOSTS": coda.asset_hosts}
    return run("rows", *arguments, cwd=cwd, **access, **environment)


def found(coda: SimulatedCoda, cwd: Path, *arguments: str, table: str = "Tasks") -> list[str]:
    """The tasks that are shown."""
    ended = rows(coda, cwd, "Sales CRM", table, *arguments, "--format", "csv")
    assert (ended.returncode, ended.stderr) == (0, "")
    return [row["Task"] for row in csv.DictReader(io.StringIO(ended.stdout, newline=""))]


def queries(coda: SimulatedCoda) -> list[Any]:
    return [request.query.get("query") for request in coda.requests if request.path.endswith("/rows")]


def test_bytes_and_order_are_the_mirror_s(coda: SimulatedCoda, tmp_path: Path) -> None:
    access = {"CODA_API_TOKEN": coda.token, "CODA_API_URL": coda.api_url, "CODA_ASSET_HOSTS": coda.asset_hosts}
    assert run("sync", "-o", "m", cwd=tmp_path, **access).returncode == 0
    assert b"cat.png (assets/" in (tmp_path / "m/docs/sales-crm/tables/tasks.csv").read_bytes()
    before, commit = files(tmp_path / "m"), git(tmp_path / "m", "rev-parse", "HEAD")
    for name, file in (
        ("Tasks", "tables/tasks.csv"),
        ("Tasks", "tables/tasks.jsonl"),
        ("Open tasks", "views/open-tasks.csv"),
    ):
        ended = rows(coda, tmp_path, "Sales CRM", name, "--format", file.partition(".")[2], "-o", "m")
        assert (ended.returncode, ended.stdout.encode()) == (0, before[f"docs/sales-crm/{file}"])
    assert files(tmp_path / "m") == before
    assert git(tmp_path / "m", "rev-parse", "HEAD") == commit
    assert {request.method for request in coda.requests if request.path.endswith("/rows")} == {"GET"}


def test_it_needs_no_mirror_and_makes_none(coda: SimulatedCoda, tmp_path: Path) -> None:
    ended = rows(coda, tmp_path, "dSales", "grid-tasks", "--row", "日本語 \U0001f6b2", "--format", "jsonl")
    [line] = ended.stdout.splitlines()
    assert json.loads(line)["name"] == "日本語 \U0001f6b2"
    assert list(tmp_path.iterdir()) == []


def test_conditions_are_asked_and_checked(coda: SimulatedCoda, tmp_path: Path) -> None:
    assert found(coda, tmp_path, "--where", "Points=3") == ["Ship it"]
    assert queries(coda)[-1].endswith(":3")
    assert found(coda, tmp_path, "--where", "Task=Ship it", "--where", "Owner=ada@example.org") == ["Ship it"]
    assert json.loads(queries(coda)[-1].partition(":")[2]) == "Ship it"
    assert found(coda, tmp_path, "--where", "Owner=Ben") == ["日本語 \U0001f6b2", "=1+1"]
    assert queries(coda)[-1] is None
    assert found(coda, tmp_path, "--where", "Tags=b") == ["Ship it", "Evil \x1b[31m\nline"]
    assert found(coda, tmp_path, "--where", "Tags=a, b", "--where", "Done=false") == ["Ship it"]
    assert found(coda, tmp_path, "--where", "After=Ship it") == ["Ship it"]
    assert found(coda, tmp_path, "--where", "Points=", "--where", "Owner=") == ["Ship it", "Evil \x1b[31m\nline"]
    assert found(coda, tmp_path, "--where", "Notes=**bold**") == ["Ship it"]
    assert found(coda, tmp_path, "--where", "Task=nothing") == []


def test_what_coda_finds_too_much_or_refuses_is_cured_here(coda: SimulatedCoda, tmp_path: Path) -> None:
    everything: list[Any] = []
    coda.on("GET", "/tables/grid-tasks/rows$").mutate(everything.append, times=1)
    found(coda, tmp_path)
    coda.on("GET", "/tables/grid-tasks/rows$").answer(200, everything[0], times=1)
    assert found(coda, tmp_path, "--where", "Points=5") == ["日本語 \U0001f6b2"]
    coda.on("GET", "/tables/grid-tasks/rows$").fail(400, times=1)
    assert found(coda, tmp_path, "--where", "Points=5") == ["日本語 \U0001f6b2"]
    assert queries(coda)[-1] is None


def test_a_view_gives_its_rows_in_its_order(coda: SimulatedCoda, tmp_path: Path) -> None:
    ended = rows(coda, tmp_path, "Sales CRM", "Open tasks", "--format", "csv")
    assert [line.rpartition(",")[0] for line in ended.stdout.splitlines()] == [
        "Task,Points,Picture", "日本語 \U0001f6b2,5,", "Ship it,3,cat.png",
    ]  # fmt: skip
    assert found(coda, tmp_path, "--where", "Points=3", table="Open tasks") == ["Ship it"]
    assert found(coda, tmp_path, "--where", "Owner=Ben", table="Open tasks") == ["日本語 \U0001f6b2"]
    assert found(coda, tmp_path, "--where", "Done=true", "--where", "Points=5", table="Open tasks") == [
        "日本語 \U0001f6b2"
    ]
    assert found(coda, tmp_path, "--where", "Owner=Nobody", table="Open tasks") == []
    assert found(coda, tmp_path, "--row", "Ship it", table="Open tasks") == ["Ship it"]


def test_of_a_view_no_column_is_shown_that_it_hides(coda: SimulatedCoda, tmp_path: Path) -> None:
    ended = rows(coda, tmp_path, "Sales CRM", "Open tasks", "--columns", "Task,Owner")
    assert ended.returncode == 2
    assert ended.stderr == "Error: The view 'Open tasks' does not show Owner; name its table instead.\n"
    shown = {"Task", "Points", "Picture"}
    coda.on("GET", "/tables/table-open/columns$").mutate(
        lambda page: {"items": [column for column in page["items"] if column["name"] in shown]}
    )
    assert found(coda, tmp_path, "--where", "Owner=Ben", table="Open tasks") == ["日本語 \U0001f6b2"]
    assert rows(coda, tmp_path, "Sales CRM", "Open tasks", "--where", "Gone=Ben").returncode == 2


def test_what_no_listing_of_columns_shows_is_in_the_lines(coda: SimulatedCoda, tmp_path: Path) -> None:
    coda.on("GET", "/rows$").mutate(lambda page: [row["values"].update({"c-new": 1}) for row in page["items"]] and page)
    lines = rows(coda, tmp_path, "Sales CRM", "Tasks", "--format", "jsonl").stdout.splitlines()
    assert all(json.loads(line)["values"]["c-new"] == 1 for line in lines)


def test_a_row_by_its_name_or_id(coda: SimulatedCoda, world: World, tmp_path: Path) -> None:
    row = world.docs[0].tables[0].rows[0]
    assert found(coda, tmp_path, "--row", row.id) == ["Ship it"]
    assert found(coda, tmp_path, "--row", row.id, table="Open tasks") == ["Ship it"]
    assert found(coda, tmp_path, "--row", row.id, "--where", "Task=Nothing") == []
    assert found(coda, tmp_path, "--row", "=1+1") == ["=1+1"]
    ended = rows(coda, tmp_path, "Sales CRM", "Tasks", "--row", "Ship it")
    ids = sorted(each.id for each in world.docs[0].tables[0].rows if each.name == "Ship it")
    assert ended.returncode == 2
    assert ended.stderr == (
        f"Error: 2 rows of 'Tasks' are called 'Ship it': {', '.join(ids)}; name the one you mean by its id.\n"
    )
    assert not any(request.path.endswith("Ship it") for request in coda.requests)


def test_a_column_whose_name_another_has_is_named_by_id_or_number(coda: SimulatedCoda, tmp_path: Path) -> None:
    ended = rows(coda, tmp_path, "Sales CRM", "Tasks", "--where", "Status=Open")
    assert ended.returncode == 2
    assert "name the one you mean by its id" in ended.stderr
    assert found(coda, tmp_path, "--where", "Status (2)=", "--where", "Points=5") == ["日本語 \U0001f6b2"]


def test_some_columns_in_the_order_of_the_table(coda: SimulatedCoda, tmp_path: Path) -> None:
    arguments = ("Sales CRM", "Tasks", "--columns", "Points, Task,Status (2)", "--where", "Points=3")
    ended = rows(coda, tmp_path, *arguments, "--format", "csv")
    assert ended.stdout.splitlines()[0] == "Task,Points,Status (2),Coda row id"
    assert ended.stdout.splitlines()[1].startswith("Ship it,3,,i-")
    line = json.loads(rows(coda, tmp_path, *arguments, "--format", "jsonl").stdout)
    assert len(line["values"]) == 3


WRONG = [
    (("Gone", "Tasks"), "No doc"),
    (("Sales CRM", "Gone"), "No table or view of 'Sales CRM' is called 'Gone'; there is"),
    (("Sales CRM", "Tasks", "--where", "Stat=x"), "No column of 'Tasks' is called 'Stat'; there is 'Status'"),
    (("Sales CRM", "Tasks", "--where", "Points"), "write COLUMN=VALUE"),
    (("Sales CRM", "Tasks", "--columns", "Task,Gone"), "called 'Gone'"),
    (("Sales CRM", "Tasks", "--columns", " , "), "names no column"),
    (("Sales CRM", "Tasks", "--row", "Gone"), "No row of 'Tasks' has the name or id 'Gone'"),
    (("Sales CRM", "Tasks", "--row", "i-gone"), "No row of 'Tasks' has the name or id 'i-gone'"),
    (("Sales CRM",), "Missing argument"),
    (("Sales CRM", "Tasks", "--format", "xlsx"), "Invalid value"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=[words for _, words in WRONG])
def test_what_means_nothing_is_wrong_usage(
    coda: SimulatedCoda, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    ended = rows(coda, tmp_path, *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr


def test_what_coda_does_not_give_is_told_in_a_sentence(coda: SimulatedCoda, tmp_path: Path) -> None:
    coda.on("GET", "/rows$").fail(403)
    ended = rows(coda, tmp_path, "Sales CRM", "Tasks")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "Error: 'Tasks' of 'Sales CRM' cannot be read: the token has no access to it (error 403).\n"
    )
    ended = run("rows", "dSales", "Tasks", cwd=tmp_path, CODA_API_URL=coda.api_url, CODA_API_TOKEN="another")
    assert ended.returncode == 1
    assert "does not accept the API token" in ended.stderr
    ended = run("rows", "dSales", "Tasks", cwd=tmp_path, CODA_API_URL="http://127.0.0.1:9/", CODA_API_TOKEN="another")
    assert "cannot be used: no connection to 127.0.0.1 (tried 5 times)" in ended.stderr


def test_without_a_token_it_says_so(coda: SimulatedCoda, tmp_path: Path) -> None:
    ended = run("rows", "dSales", "Tasks", cwd=tmp_path, CODA_API_URL=coda.api_url)
    assert ended.returncode == 2
    assert "CODA_API_TOKEN" in ended.stderr


def test_a_token_that_only_reads_one_doc_is_enough(serve: Serve, world: World, tmp_path: Path) -> None:
    coda = serve(world, token=Token(scoped_to="dSales", read_only=True))
    assert rows(coda, tmp_path, "dSales", "Tasks").returncode == 0


def test_fresh_rows_are_waited_for(serve: Serve, world: World, tmp_path: Path) -> None:
    coda = serve(world)
    stale = coda.on("GET", "/rows$").fail(400, times=3, body='{"message": "Doc data is stale."}')
    assert len(found(coda, tmp_path, "--fresh")) == 5
    assert stale.used == 3
    assert [
        request.headers.get("x-coda-doc-version") for request in coda.requests if request.path.endswith("/rows")
    ] == ["latest"] * 4
    coda.on("GET", "/rows$").fail(400, body='{"message": "Doc is not yet up to date."}')
    ended = rows(coda, tmp_path, "Sales CRM", "Tasks", "--fresh", "--where", "Points=3")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "Error: Coda has been working on changes of this doc for 60 seconds, and what it would show does not have them "
        "all; try again later, or leave out --fresh.\n"
    )


@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_the_table_fits_the_terminal_and_stands_in_columns(coda: SimulatedCoda, tmp_path: Path, width: int) -> None:
    ended = rows(coda, tmp_path, "Sales CRM", "Tasks", COLUMNS=str(width))
    lines = ended.stdout.splitlines()
    end = lines.index("")
    assert all(cell_len(line) <= max(width, 15) for line in lines[:end])
    rule = lines[1]
    assert set(rule) == {"-", " "}
    starts = [place for place in range(len(rule)) if rule[place] == "-" and (place == 0 or rule[place - 1] == " ")]
    for line in (lines[0], *lines[2:end]):
        for start in starts[1:]:
            before = next(end for end in range(len(line) + 1) if cell_len(line[:end]) >= start or end == len(line))
            assert cell_len(line[:before]) <= start
            assert line[:before].endswith("  ") or before == len(line)
    assert lines[end + 1] == "5 rows"
    assert "\x1b" not in ended.stdout
    assert (len(lines) > end + 2) == (width < 200)


def test_of_no_rows_the_columns_are_shown(coda: SimulatedCoda, tmp_path: Path) -> None:
    ended = rows(coda, tmp_path, "Sales CRM", "Tasks", "--where", "Task=x", "--columns", "Task,Points")
    assert ended.stdout == "Coda row id  Task  Points\n-----------  ----  ------\n\n0 rows\n"


def test_formulas_are_guarded_where_the_mirror_s_settings_say_so(coda: SimulatedCoda, tmp_path: Path) -> None:
    (tmp_path / "coda-mirror.toml").write_text("csv_formula_guard = true\n")
    assert found(coda, tmp_path, "--where", "Task==1+1") == ["'=1+1"]


def test_a_column_of_every_type_is_as_in_the_mirror(serve: Serve, tmp_path: Path) -> None:
    coda = serve(every_column().world)
    access = {"CODA_API_TOKEN": coda.token, "CODA_API_URL": coda.api_url, "CODA_ASSET_HOSTS": coda.asset_hosts}
    assert run("sync", "-o", "m", cwd=tmp_path, **access).returncode == 0
    for form in ("csv", "jsonl"):
        held = (tmp_path / f"m/docs/plans/tables/everything.{form}").read_bytes()
        ended = rows(coda, tmp_path, "Plans", "Everything", "--format", form, "-o", "m")
        assert ended.stdout.encode() == held
    with (tmp_path / "m/docs/plans/tables/everything.csv").open(newline="") as file:
        full, _ = csv.DictReader(file)
    for name, text in full.items():
        if name != "Coda row id" and "(assets/" not in text:
            ended = rows(coda, tmp_path, "Plans", "Everything", "--where", f'"{name}"={text}', "--format", "csv")
            assert full["Coda row id"] in ended.stdout, name
