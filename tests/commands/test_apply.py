"""`apply` from the command line, on the simulated Coda (cli.md, apply).

It is what faults.md, row 87, asks for.
"""

from __future__ import annotations

import _thread
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.changes.spreadsheets import PROGRAMS, Program
from tests.commands.applying import (
    BEN,
    ID,
    INSTANTS,
    Desk,
    applied_amid_an_edit,
    cells,
    desk,
    edit,
    plain_world,
    read,
    write,
)
from tests.support import commit_by_hand, files, git


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


def test_a_copy_that_is_as_it_was_asks_for_nothing(at: Desk) -> None:
    told = at.apply(at.copy(), "--apply")
    assert (told["updates"], told["inserts"], told["deletes"], told["held"]) == ([], [], [], [])
    assert (told["applied"], told["commits"], at.writes()) == (False, {"before": None, "after": None}, 0)


def test_cells_of_each_type_are_written_and_read_back(at: Desk) -> None:
    def change(lines: list[dict[str, str]]) -> None:
        lines[0].update(Task="Ship it", Status="Done", Points="7", Due="2026-04-01", Ticked="FALSE", Owner="Ben")
        lines[0].update(Project="Mars, red", Cost="12.5", Code="00A")
        lines[1].update(Owner="ada@example.org", Project=at.coda.world.doc("Plans").table("Projects").rows[0].id)

    file = edit(at.copy(), change)
    shown = at.apply(file)
    assert at.writes() == 0
    assert len(shown["updates"]) == 11
    assert {each["outcome"] for each in shown["updates"]} == {None}
    told = at.apply(file, "--apply", "--plan", shown["plan"])
    assert {each["outcome"] for each in told["updates"]} == {"applied"}, told["updates"]
    row = at.row("Ship it")
    assert (row.get("Status"), row.get("Points"), row.get("Ticked"), row.get("Owner")) == ("Done", 7, False, BEN)
    assert row.get("Project").row.name == "Mars, red"
    assert told["commits"]["after"] == at.head()
    writes = at.writes()
    again = at.apply(file, "--apply")
    assert (again["updates"], again["held"], at.writes()) == ([], [], writes)


def test_the_base_of_a_copy_is_the_state_that_it_was_made_from(at: Desk) -> None:
    monday = at.copy()
    base = at.head()
    for row in at.tasks.rows[1:4]:
        row.set("Points", 99)
    at.sync()
    edit(monday, lambda lines: lines[0].update(Points="8"))
    told = at.apply(monday)
    assert cells(told["updates"], at.tasks) == {("Task 0", "Points", "0.5", "8")}
    assert base[:10] in at.run("apply", str(monday)).stdout
    told = at.apply(monday, "--base", "HEAD")
    assert len(told["updates"]) == 4


def test_a_cell_that_somebody_edited_meanwhile_is_a_conflict(at: Desk) -> None:
    file = edit(at.copy(), lambda lines: lines[0].update(Points="8", Task="Mine"))
    at.tasks.rows[0].set("Points", 77)
    told = at.apply(file, "--apply", code=3)
    assert [(each["kind"], each["column"]) for each in told["held"]] == [("conflict", at.tasks.column("Points").id)]
    assert (at.tasks.rows[0].get("Points"), at.tasks.rows[0].name) == (77, "Mine")
    told = at.apply(file, "--apply", code=1)
    assert [each["kind"] for each in told["held"]] == ["conflict"]
    told = at.apply(file, "--apply", "--overwrite-newer")
    assert [(each["newer"], each["outcome"]) for each in told["updates"]] == [(True, "applied")]
    assert at.tasks.rows[0].get("Points") == 8


def test_what_is_no_value_of_its_column_is_held_with_what_would_be_taken(at: Desk) -> None:
    def change(lines: list[dict[str, str]]) -> None:
        lines[0].update(Status="Doen", Points="many", Due="soon", Ticked="perhaps", Owner="Zoe", Project="Venus")
        lines[1].update(Twice="4")

    told = at.apply(edit(at.copy(), change), "--apply", code=1)
    names = {column.id: column.name for column in at.tasks.columns}
    held = {names[each["column"]]: (each["kind"], each["reason"]) for each in told["held"]}
    assert {name: kind for name, (kind, _) in held.items()} == {
        **dict.fromkeys(("Status", "Points", "Due", "Ticked", "Owner", "Project"), "unwritable"),
        "Twice": "calculated",
    }
    assert "Done, To do" in held["Status"][1]
    assert "Ada, Ben" in held["Owner"][1]
    assert "Mars, red, Moon" in held["Project"][1]
    assert next(each for each in told["held"] if each["kind"] == "calculated")["cells"] == 1
    assert at.writes() == 0


def test_rows_without_an_id_are_inserted_once(at: Desk) -> None:
    new = {"Task": "New", "Status": "Done", "Points": "3", "Owner": "Ada"}

    def change(lines: list[dict[str, str]]) -> None:
        lines += [dict.fromkeys(lines[0], "") | new, dict.fromkeys(lines[0], "") | new]

    file = edit(at.copy(), change)
    told = at.apply(file, "--apply")
    assert [(each["name"], each["row"], each["outcome"]) for each in told["inserts"]] == [("New", None, "applied")] * 2
    assert len(at.tasks.rows) == 8
    writes = at.writes()
    assert at.apply(file, "--apply")["inserts"] == []
    at.sync()
    assert at.apply(file, "--apply")["inserts"] == []
    assert at.writes() == writes


def test_rows_of_a_file_without_ids_are_inserted_once(at: Desk) -> None:
    file = at.folder / "new.csv"
    write(file, [{"Task": "One", "Points": "1"}, {"Task": "Two", "Points": "2"}])
    assert "--to" in at.refused(file)
    told = at.apply(file, "--to", "Plans", "Tasks", "--apply")
    assert [each["outcome"] for each in told["inserts"]] == ["applied"] * 2
    at.sync()
    assert at.apply(file, "--to", "Plans", "Tasks", "--apply")["inserts"] == []
    assert len(at.tasks.rows) == 8


def test_rows_that_the_file_lacks_are_deleted_on_demand_if_they_are_as_they_were(at: Desk) -> None:
    def change(lines: list[dict[str, str]]) -> None:
        del lines[3:]

    file = edit(at.copy(), change)
    assert at.apply(file)["deletes"] == []
    at.tasks.rows[4].set("Points", 88)
    at.tasks.add_row({"Task": "Newer"})
    told = at.apply(file, "--delete-missing", "--apply", code=3)
    assert [(each["name"], each["outcome"]) for each in told["deletes"]] == [
        ("Task 3", "applied"),
        ("Task 5", "applied"),
    ]
    assert [each["kind"] for each in told["held"]] == ["conflict"]
    assert [row.name for row in at.tasks.rows] == ["Task 0", "Task 1", "Task 2", "Task 4", "Newer"]


def test_keys_find_rows_that_have_no_id(at: Desk) -> None:
    file = at.folder / "upsert.csv"
    write(file, [{"Task": "Task 1", "Points": "11"}, {"Task": "Fresh", "Points": "12"}])
    told = at.apply(file, "--to", "Plans", "Tasks", "--key", "Task", "--apply")
    assert cells(told["updates"], at.tasks) == {("Task 1", "Points", "1.5", "11")}
    assert [each["name"] for each in told["inserts"]] == ["Fresh"]
    again = at.apply(file, "--to", "Plans", "Tasks", "--key", "Task", "--apply")
    assert (again["updates"], again["inserts"]) == ([], [])
    at.tasks.add_row({"Task": "Task 1"})
    assert "finds 2 rows" in at.refused(file, "--to", "Plans", "Tasks", "--key", "Task")
    for lines, words in (
        ([{"Task": "", "Points": "1"}], "empty 'Task'"),
        ([{"Task": "A", "Points": "1"}, {"Task": "A", "Points": "2"}], "same key"),
    ):
        write(file, lines)
        assert words in at.refused(file, "--to", "Plans", "Tasks", "--key", "Task")
    assert "cannot be a key" in at.refused(edit(at.copy(), len), "--key", "Twice")
    assert "no column called 'Nope'" in at.refused(file, "--to", "Plans", "Tasks", "--key", "Nope")


def test_a_file_that_was_edited_in_the_mirror_is_saved_and_set_back(at: Desk) -> None:
    committed = at.csv.read_bytes()
    edit(at.csv, lambda lines: lines[0].update(Points="8", Status="Nope"))
    edited = at.csv.read_bytes()
    before = git(at.folder / "m", "status", "--porcelain")
    shown = at.apply(at.csv)
    assert (at.csv.read_bytes(), git(at.folder / "m", "status", "--porcelain"), at.writes()) == (edited, before, 0)
    answer = at.run("apply", str(at.csv), "--apply", "--plan", shown["plan"])
    assert answer.returncode == 3, answer.stderr
    [saved] = (at.folder / "m/.git/coda-git-mirror/applied").rglob("tasks.csv")
    assert saved.read_bytes() == edited
    assert str(saved) in answer.stderr
    assert git(at.folder / "m", "status", "--porcelain") == ""
    assert read(at.csv)[0]["Points"] == "8"
    assert committed != at.csv.read_bytes()
    at.csv.write_bytes(at.csv.read_bytes().replace(b"\n", b"\r\n"))
    assert at.run("apply", str(at.csv), "--apply").returncode == 0
    assert git(at.folder / "m", "status", "--porcelain") == ""
    told = at.apply(saved)
    assert (told["updates"], [each["kind"] for each in told["held"]]) == ([], ["unwritable"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: [line.update({"Nope": "1"}) for line in lines], "no column called 'Nope'"),
        (lambda lines: lines.append(dict(lines[0])), "more than once"),
    ],
)
def test_a_file_that_is_not_of_the_table_is_refused(at: Desk, change: object, words: str) -> None:
    file = at.copy()
    lines = read(file)
    change(lines)  # type: ignore[operator]
    write(file, lines)
    assert words in at.refused(file)


def test_an_unknown_id_is_held(at: Desk) -> None:
    told = at.apply(edit(at.copy(), lambda lines: lines[0].update({ID: "i-unknown"})), "--apply", code=1)
    assert [(each["row"], each["kind"]) for each in told["held"]] == [("i-unknown", "unknown-row")]


def test_the_csv_of_a_view_means_its_table(at: Desk) -> None:
    place = at.folder / "copy/plans/views/open.csv"
    place.parent.mkdir(parents=True)
    place.write_bytes((at.csv.parent.parent / "views/open.csv").read_bytes())
    edit(place, lambda lines: lines[0].update(Status="Done"))
    told = at.apply(place, "--apply")
    assert [each["outcome"] for each in told["updates"]] == ["applied"]
    assert at.tasks.rows[0].get("Status") == "Done"
    assert "view of 'Tasks'" in at.run("apply", str(place)).stdout


def test_a_plan_that_is_another_by_now_is_not_carried_out(at: Desk) -> None:
    file = edit(at.copy(), lambda lines: lines[0].update(Points="8"))
    plan = at.apply(file)["plan"]
    at.tasks.rows[0].set("Points", 8)
    answer = at.run("apply", str(file), "--apply", "--plan", plan)
    assert (answer.returncode, at.writes()) == (1, 0)
    assert plan in answer.stderr


def saved_by(program: Program, file: Path) -> Path:
    """The same file as a program opens and saves it."""
    lines = read(file)
    file.write_bytes(program.saved([list(lines[0]), *(list(line.values()) for line in lines)]))
    return file


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_file_that_a_spreadsheet_has_saved_asks_only_for_what_was_changed(
    untouched: Desk, program: Program, tmp_path: Path
) -> None:
    file = saved_by(program, untouched.copy(tmp_path.name))
    told = untouched.apply(file)
    assert (told["updates"], told["inserts"], told["deletes"], told["held"]) == ([], [], [], [])
    file = saved_by(
        program, edit(untouched.copy(tmp_path.name), lambda lines: lines[2].update(Task="Other", Points="9"))
    )
    told = untouched.apply(file)
    changed = cells(told["updates"], untouched.tasks)
    assert {(row, column, was) for row, column, was, _ in changed} <= {
        ("Task 2", "Task", "Task 2"),
        ("Task 2", "Points", "2.5"),
    }
    assert ("Task 2", "Task", "Task 2", "Other") in changed


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk at which nothing is ever written."""
    with desk(tmp_path_factory.mktemp("untouched")) as made:
        yield made


def test_a_conflict_stays_one_although_the_commits_of_the_write_hold_it(tmp_path: Path) -> None:
    with desk(tmp_path, plain_world) as at:
        file = edit(at.copy(), lambda lines: (lines[0].update(Points="8"), lines[1].update(Points="9"), lines.pop(5)))
        at.tasks.rows[0].set("Points", 77)
        at.tasks.rows[5].set("Points", 55)
        for code in (3, 1):
            told = at.apply(file, "--apply", "--delete-missing", code=code)
            assert [each["kind"] for each in told["held"]] == ["conflict", "conflict"]
            at.sync()
        assert [row.get("Points") for row in at.tasks.rows[:6]] == [77, 9, 2, 3, 4, 55]
        at.tasks.add_row({"Task": "Newer"})
        at.sync()
        newer = edit(at.copy("newer"), lambda lines: lines[0].update(Points="8"))
        assert cells(at.apply(newer)["updates"], at.tasks) == {("Task 0", "Points", "77", "8")}
        edit(file, lambda lines: lines[0].update(Points="77"))
        assert at.apply(file, "--apply")["held"] == []


def test_many_rows_go_only_if_somebody_says_so(tmp_path: Path) -> None:
    with desk(tmp_path, plain_world) as at:
        file = at.copy()
        lines = read(file)
        write(file, lines[:20], list(lines[0]))
        shown = at.run("apply", str(file), "--delete-missing")
        assert "40 of 60 rows would go, which needs --allow-mass-delete" in shown.stdout
        assert "--allow-mass-delete" in at.refused(file, "--delete-missing", "--apply", code=1)
        assert at.writes() == 0
        told = at.apply(file, "--delete-missing", "--apply", "--allow-mass-delete")
        assert (len(told["deletes"]), len(at.tasks.rows)) == (40, 20)


def test_guards_against_formulas_are_none_of_the_text(tmp_path: Path) -> None:
    with desk(tmp_path, plain_world) as at:
        (tmp_path / "m/coda-mirror.toml").write_text("csv_formula_guard = true\n")
        at.coda.world.doc("Plans").table("Tasks").rows[7].set("Task", "Other")
        at.sync()
        assert read(at.csv)[1]["Note"] == "'=A1"
        file = edit(at.copy(), lambda lines: (lines[1].update(Note="'=B1"), lines[2].update(Note="=A2")))
        assert cells(at.apply(file)["updates"], at.tasks) == {("Task 1", "Note", "=A1", "=B1")}


def test_one_part_of_a_table_is_enough(tmp_path: Path) -> None:
    with desk(tmp_path, plain_world) as at:
        (tmp_path / "m/coda-mirror.toml").write_text("max_table_mb = 0.002\n")
        at.tasks.rows[7].set("Task", "Other")
        at.sync()
        parts = sorted(at.csv.parent.glob("tasks*.csv"))
        assert len(parts) > 2
        second = tmp_path / "copy/plans/tables/tasks.2.csv"
        at.copy()
        second.write_bytes((at.csv.parent / "tasks.2.csv").read_bytes())
        assert at.apply(second, "--delete-missing")["deletes"] == []
        edit(second, lambda lines: (lines[1].update(Points="99"), lines.pop(0)))
        told = at.apply(second, "--delete-missing")
        assert ([each["becomes"] for each in told["updates"]], len(told["deletes"]), told["held"]) == (["99"], 1, [])


def test_a_file_that_is_like_no_state_of_its_table_needs_a_base(tmp_path: Path) -> None:
    with desk(tmp_path, plain_world) as at:
        base = at.head()
        at.tasks.rows[7].set("Task", "Other")
        at.sync()
        file = edit(at.copy(), lambda lines: [line.update(Task="x", Points="0") for line in lines])
        assert "--base" in at.refused(file)
        told = at.apply(file, "--base", base)
        assert (len(told["updates"]), [each["kind"] for each in told["held"]]) == (118, ["conflict"])
        assert "not a revision" in at.refused(file, "--base", "nope")


def test_a_dry_run_asks_only(tmp_path: Path) -> None:
    with desk(tmp_path, plain_world) as at:
        edit(at.csv, lambda lines: lines[0].update(Points="8"))
        before, private = files(tmp_path / "m"), sorted((tmp_path / "m/.git/coda-git-mirror").rglob("*"))
        at.apply(at.csv)
        assert {request.method for request in at.coda.requests.writes()} == set()
        assert files(tmp_path / "m") == before
        assert sorted((tmp_path / "m/.git/coda-git-mirror").rglob("*")) == private


def test_a_table_that_is_gone_is_named(at: Desk) -> None:
    file = at.copy()
    at.tasks.delete()
    assert "not in Coda any more" in at.refused(file, code=1)
    assert "cannot be read" in at.refused(at.folder / "plans/tables/none.csv", "--to", "Plans", "Projects")
    assert "Nope" in at.refused(file, "--to", "Plans", "Nope")


def test_a_file_that_somebody_committed_in_the_mirror_is_told_by_the_last_sync(at: Desk) -> None:
    edit(at.csv, lambda lines: lines[0].update(Points="8"))
    commit_by_hand(at.folder / "m", "Mine")
    told = at.apply(at.csv, "--apply")
    assert [(each["becomes"], each["outcome"]) for each in told["updates"]] == [("8", "applied")]
    assert git(at.folder / "m", "status", "--porcelain") == ""


@pytest.mark.parametrize("when", INSTANTS)
def test_an_edit_that_comes_while_it_writes_is_not_written_over_when_it_is_run_again(tmp_path: Path, when: str) -> None:
    with desk(tmp_path, plain_world) as at:
        file, row = applied_amid_an_edit(at, when)
        assert at.tasks.rows[0].get("Points") == 8
        assert row.get("Points") == 77
        told = at.apply(file, "--apply", code=1)
        assert ([each["kind"] for each in told["held"]], row.get("Points")) == (["conflict"], 77)


def test_an_answer_that_is_lost_makes_no_row_twice(tmp_path: Path) -> None:
    with desk(tmp_path, plain_world) as at:
        file = tmp_path / "new.csv"
        write(file, [{"Task": f"New {number}", "Points": "1"} for number in range(3)])
        at.coda.on("POST", "/rows$").drop(times=1, after_acceptance=True)
        told = at.apply(file, "--to", "Plans", "Tasks", "--apply")
        assert [each["outcome"] for each in told["inserts"]] == ["applied"] * 3
        assert at.apply(file, "--to", "Plans", "Tasks", "--apply")["inserts"] == []
        assert len(at.tasks.rows) == 63


def test_a_token_that_may_only_read_shows_the_plan_and_writes_nothing(tmp_path: Path) -> None:
    with desk(tmp_path, plain_world) as at:
        file = edit(at.copy(), lambda lines: lines[0].update(Points="8"))
        at.coda.on("PUT", "/rows/").fail(403)
        assert len(at.apply(file)["updates"]) == 1
        at.apply(file, "--apply", code=1)
        assert at.tasks.rows[0].get("Points") == 0


def test_a_file_edited_in_the_mirror_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    with desk(tmp_path, plain_world) as at:
        edit(at.csv, lambda lines: [line.update(Points="7") for line in lines[:4]])
        plan = at.apply(at.csv)["plan"]
        at.coda.on("PUT", f"/rows/{at.tasks.rows[2].id}$").call(_thread.interrupt_main)
        answer = at.run("apply", str(at.csv), "--apply", "--plan", plan)
        assert answer.returncode == 130, answer.stderr
        assert "run it again" in answer.stderr
        assert [row.get("Points") for row in at.tasks.rows[:4]] != [7] * 4
        assert "goes on with your edits" in at.run("apply", str(at.csv)).stdout
        told = at.apply(at.csv, "--apply", "--plan", plan)
        assert {each["outcome"] for each in told["updates"]} == {"applied"}
        assert [row.get("Points") for row in at.tasks.rows[:4]] == [7] * 4
        at.tasks.rows[0].set("Points", 1)
        at.sync()
        assert at.apply(at.csv)["updates"] == []


def test_a_file_edited_in_the_mirror_is_applied_again_once_coda_takes_it(tmp_path: Path) -> None:
    with desk(tmp_path, plain_world) as at:
        edit(at.csv, lambda lines: lines[0].update(Points="7"))
        refusal = at.coda.on("PUT", "/rows/")
        refusal.fail(403)
        at.apply(at.csv, "--apply", code=1)
        at.coda.off()
        assert [each["outcome"] for each in at.apply(at.csv, "--apply")["updates"]] == ["applied"]
        edit(at.csv, lambda lines: lines[1].update(Points="9"))
        assert [each["becomes"] for each in at.apply(at.csv, "--apply")["updates"]] == ["9"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"docs/plans/tables/tasks.csv": ["../../x", "HEAD"]}', b"\xff{"])
def test_a_note_of_what_is_unfinished_that_is_not_whole_is_none(at: Desk, content: bytes) -> None:
    place = at.folder / "m/.git/coda-git-mirror/applied/unfinished.json"
    place.parent.mkdir()
    place.write_bytes(content)
    assert at.apply(at.csv, "--apply")["updates"] == []
