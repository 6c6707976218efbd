"""A table that is too large for one file lies in several, and nobody notices but by their names (faults.md, row 68)."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import Grid
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import Column, Doc, World
from coda_git_mirror.format import layout
from coda_git_mirror.format.table_parts import whole_csv
from tests.actions.ledgers import message
from tests.actions.verify.damage import Damage, edit, edit_json, remove
from tests.commands.program import run
from tests.commands.test_changed_settings import Mirror
from tests.support import commit_by_hand, files, git, require_sound

BOUND = 20 * 1024
SMALL = "max_table_mb = 0.01953125\n"
TABLE, VIEW, PLAIN = "docs/plans/tables/tasks", "docs/plans/views/long", "docs/recipes/tables/soups"
"""A table, a view of it, and a table of a doc that is not edited."""
ROWS = 240


def text(number: int) -> str:
    return f'Task {number}, "quoted",\nin two lines' + " and more" * (number % 40)


def account() -> World:
    world = World()
    doc = world.add_doc("Plans")
    page = doc.add_page("Notes", markdown="Words.\n")
    rows = [{"Task": text(number), "Done": False} for number in range(ROWS)]
    tasks = doc.add_table("Tasks", [Column("Task"), Column("Done", "checkbox")], rows, page)
    doc.add_view("Long", tasks, page, where=lambda row: len(row.get("Task")) > 150, sort=("Task", "descending"))
    page.append(Grid(tasks))
    recipes = world.add_doc("Recipes")
    recipes.add_table("Soups", [Column("Soup")], [{"Soup": text(number)} for number in range(ROWS // 2)])
    recipes.add_table("Spoons", [Column("Spoon")], [{"Spoon": "Wooden"}])
    return world


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror by a small bound, which nobody changes, and beside it one by the default."""
    room = tmp_path_factory.mktemp("made")
    with SimulatedCoda(account(), clock=time.monotonic, limits=Limits.none()) as coda:
        for name, content in (("small", SMALL), ("default", "")):
            assert run("init", "-o", name, cwd=room).returncode == 0
            mirror = Mirror(coda, room / name)
            mirror.write(content)
            mirror.sync()
    return room


@pytest.fixture
def mirror(made: Path, folder: Path) -> Iterator[Mirror]:
    """A copy of the mirror by the small bound, with an account of its own."""
    shutil.copytree(made / "small", folder, symlinks=True)
    with SimulatedCoda(account(), clock=time.monotonic, limits=Limits.none()) as coda:
        yield Mirror(coda, folder)


def plans(mirror: Mirror) -> Doc:
    return mirror.coda.world.doc("Plans")


def parts(tree: dict[str, bytes], stem: str, suffix: str) -> list[bytes]:
    """The parts of a table or view by their numbers."""
    names = [f"{stem}{suffix}", *(f"{stem}.{number}{suffix}" for number in range(2, 1_000))]
    return [tree[name] for name in names if name in tree]


def by_part(tree: dict[str, bytes]) -> dict[str, bytes]:
    return {path: content for path, content in tree.items() if path.endswith((".csv", ".jsonl"))}


def verify(mirror: Mirror, *arguments: str) -> list[dict[str, str]]:
    answer = run("verify", "-o", str(mirror.folder), "--json", *arguments, cwd=mirror.folder)
    findings: list[dict[str, str]] = json.loads(answer.stdout)["findings"]
    assert (answer.returncode == 0) == (findings == []), answer.stderr
    return findings


def told(mirror: Mirror, *words: str) -> Any:
    answer = run(words[0], "-o", str(mirror.folder), "--json", *words[1:], cwd=mirror.folder)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def require_as_fresh(mirror: Mirror, content: str = SMALL) -> dict[str, bytes]:
    """The mirror is what a fresh one of the same account is, and sound."""
    shutil.rmtree(mirror.folder.parent / "fresh", ignore_errors=True)
    tree = mirror.fresh(content)
    require_sound(mirror.folder, tree)
    assert verify(mirror) == []
    return tree


def test_no_file_of_a_table_passes_the_bound_and_nothing_is_lost(made: Path) -> None:
    small, whole = files(made / "small"), files(made / "default")
    for stem in (TABLE, VIEW, PLAIN):
        sheets = parts(small, stem, ".csv")
        assert len(sheets) > 2
        assert b"".join(whole_csv(part.splitlines(keepends=True) for part in sheets)) == whole[f"{stem}.csv"]
    for stem in (TABLE, PLAIN):
        assert b"".join(parts(small, stem, ".jsonl")) == whole[f"{stem}.jsonl"]
    assert max(map(len, by_part(small).values())) <= BOUND < len(whole[f"{TABLE}.jsonl"])
    others = {path for path in small if not path.startswith((TABLE, VIEW, PLAIN))}
    names = (layout.DOC_README, layout.CHECKSUMS, layout.METADATA)
    assert {path for path in others if small[path] != whole[path]} == {
        layout.SETTINGS,
        *(f"docs/{doc}/{name}" for doc in ("plans", "recipes") for name in names),
    }


def test_what_tells_of_a_table_tells_of_its_parts(made: Path) -> None:
    tree = files(made / "small")
    count = len(parts(tree, TABLE, ".csv"))
    metadata = json.loads(tree["docs/plans/metadata.json"])
    assert [entry["parts"] for entry in metadata["tables"]] == [count]
    assert metadata["tables"][0]["file"] == "tables/tasks.csv"
    assert "parts" not in json.loads(tree["docs/recipes/metadata.json"])["tables"][1]
    listed = json.loads(tree[f"{TABLE}.json"])["parts"]
    assert listed[1]["csv"] == "tasks.2.csv"
    assert listed[1]["jsonl"] == "tasks.2.jsonl"
    assert [part["rows"] for part in listed] == [part.count(b"\n") for part in parts(tree, TABLE, ".jsonl")]
    readme = tree["docs/plans/README.md"].decode()
    assert f"| Tasks | {ROWS} | [CSV](tables/tasks.csv) [2](tables/tasks.2.csv)" in readme
    assert f"[{count}](tables/tasks.{count}.jsonl) · [columns](tables/tasks.json) |" in readme


def test_a_mirror_in_parts_is_sound_and_stays_as_it_is(mirror: Mirror) -> None:
    assert verify(mirror) == []
    remote = run("verify", "--remote", "-o", str(mirror.folder), cwd=mirror.folder, **settings_of(mirror))
    assert remote.returncode == 0, remote.stdout
    head = git(mirror.folder, "rev-parse", "HEAD")
    mirror.sync()
    asked = len(mirror.coda.requests)
    mirror.sync()
    assert len(mirror.coda.requests) == asked + 1
    assert git(mirror.folder, "rev-parse", "HEAD") == head


def settings_of(mirror: Mirror) -> dict[str, str]:
    coda = mirror.coda
    return {"CODA_API_URL": coda.api_url, "CODA_API_TOKEN": coda.token, "CODA_ASSET_HOSTS": coda.asset_hosts}


def test_a_changed_cell_changes_one_part_of_each_kind(mirror: Mirror) -> None:
    before = files(mirror.folder)
    changed = plans(mirror).table("Tasks").rows[81]
    changed.set("Done", True)
    mirror.sync()
    after = require_as_fresh(mirror)
    differing = [path for path, content in by_part(after).items() if before.get(path) != content]
    assert sorted(path.partition(".")[0] for path in differing) == [TABLE, TABLE]
    assert "Table Tasks: 1 row changed" in message(mirror.folder)
    [doc] = told(mirror, "diff")["docs"]
    [table] = doc["tables"]
    assert [row["id"] for row in table["rows"]] == [changed.id]
    assert [cell["name"] for cell in table["rows"][0]["cells"]] == ["Done"]
    log = told(mirror, "log", "Plans", "Tasks", changed.id, "Done")
    assert [entry["row"]["change"] for entry in log["entries"]] == ["changed", "added"]
    assert told(mirror, "log", changed.id)["of"]["row"] == changed.id


def add_rows(doc: Doc) -> None:
    for number in range(30):
        doc.table("Tasks").add_row({"Task": text(number), "Done": True})


def grow_a_cell(doc: Doc) -> None:
    doc.table("Tasks").rows[7].set("Task", "longer " * 4_000)


def keep_few_rows(doc: Doc) -> None:
    for row in doc.table("Tasks").rows[20:]:
        row.delete()


def rename(doc: Doc) -> None:
    doc.table("Tasks").rename("To do")


EDITS = [add_rows, grow_a_cell, keep_few_rows, rename]


@pytest.mark.parametrize("change", EDITS, ids=lambda change: change.__name__)
def test_an_incremental_sync_gives_the_parts_of_a_full_one(mirror: Mirror, change: Callable[[Doc], None]) -> None:
    change(plans(mirror))
    mirror.sync("--allow-mass-delete")
    tree = require_as_fresh(mirror)
    if change is keep_few_rows:
        assert len(parts(tree, TABLE, ".csv")) == 1
        assert "Table Tasks: 220 rows removed" in message(mirror.folder)


def test_another_bound_cuts_what_the_mirror_holds_and_asks_coda_for_nothing(mirror: Mirror, made: Path) -> None:
    """There and back, with a doc left out: moved rows are no change of a table (faults.md, row 69)."""
    before = files(mirror.folder)
    mirror.sync()
    for content, tree in (("", files(made / "default")), (SMALL, before)):
        mirror.write(content)
        mirror.coda.new_client()
        mirror.sync("--doc", "Recipes")
        assert not [request for request in mirror.coda.requests if "/rows" in request.path or "/export" in request.path]
        require_sound(mirror.folder, tree)
        assert verify(mirror) == []
        assert "Table" not in message(mirror.folder).replace("Coda-Tables", "")
        assert all(not doc["tables"] and not doc["views"] for doc in told(mirror, "diff")["docs"])
    mirror.sync()
    require_sound(mirror.folder, before)
    log = told(mirror, "log", "Plans", "Tasks")
    assert len(log["entries"]) == 1


@pytest.mark.parametrize("way", ["committed", "cloned"])
def test_a_bound_that_somebody_committed_is_kept_to_by_the_next_sync(mirror: Mirror, made: Path, way: str) -> None:
    """In this working copy and in a fresh clone (faults.md, row 69)."""
    mirror.write("")
    commit_by_hand(mirror.folder, "One file for each table")
    mirror = mirror.cloned() if way == "cloned" else mirror
    mirror.sync()
    require_sound(mirror.folder, files(made / "default"))


def test_a_table_that_cannot_be_read_keeps_its_parts_under_its_new_name(mirror: Mirror) -> None:
    before = files(mirror.folder)
    table = plans(mirror).table("Tasks")
    table.rename("To do")
    mirror.coda.on("GET", f"/tables/{table.id}/rows$").fail(500)
    mirror.sync(code=3)
    after = files(mirror.folder)
    assert parts(after, "docs/plans/tables/to-do", ".jsonl") == parts(before, TABLE, ".jsonl")
    assert verify(mirror) == []
    assert parts(after, TABLE, ".csv") == []
    mirror.coda.off()
    mirror.sync()
    require_as_fresh(mirror)


def test_fewer_rows_than_the_table_has_by_its_own_word_take_no_row_of_any_part(mirror: Mirror) -> None:
    table = plans(mirror).table("Tasks")
    table.rows[3].set("Done", True)
    mirror.coda.on("GET", f"/tables/{table.id}/rows$").mutate(lambda answer: answer["items"].clear())
    mirror.sync(code=3)
    assert sum(part.count(b"\n") for part in parts(files(mirror.folder), TABLE, ".jsonl")) == ROWS
    mirror.coda.off()
    mirror.sync()
    require_as_fresh(mirror)


def test_a_sync_that_was_cut_off_leaves_the_parts_to_the_next_one(mirror: Mirror) -> None:
    grow_a_cell(plans(mirror))
    mirror.coda.on("POST", "/export$").fail(401)
    mirror.coda.on("GET", "^/whoami$").fail(401, after=1)
    mirror.sync(code=1)
    mirror.coda.off()
    asked = len(mirror.coda.requests)
    mirror.sync()
    rows = f"/tables/{plans(mirror).table('Tasks').id}/rows"
    assert not [request for request in list(mirror.coda.requests)[asked:] if request.path.endswith(rows)]
    require_as_fresh(mirror)


def test_parts_that_do_not_fit_each_other_stay_as_somebody_left_them_until_coda_gives_the_table(mirror: Mirror) -> None:
    before = files(mirror.folder)
    edit(f"{TABLE}.2.jsonl", _without_first_line)(mirror.folder)
    spoiled = by_part(files(mirror.folder))
    mirror.coda.on("GET", f"/tables/{plans(mirror).table('Tasks').id}/rows$").fail(500)
    mirror.sync(code=3)
    assert by_part(files(mirror.folder)) == spoiled
    mirror.coda.off()
    mirror.sync()
    require_sound(mirror.folder, before)


@pytest.mark.parametrize("value", ["0", "-1", "true", '"50"', "1e9", "nan"])
def test_a_bound_that_is_no_size_is_refused(tmp_path: Path, value: str) -> None:
    (tmp_path / layout.SETTINGS).write_text(f"max_table_mb = {value}\n")
    answer = run("sync", "-o", str(tmp_path), cwd=tmp_path, CODA_API_TOKEN="x")
    assert answer.returncode == 2
    assert "max_table_mb must be a number of megabytes above 0" in answer.stderr


RESTORED = {
    f"{TABLE}.csv": lambda path: path.startswith(TABLE) and path.endswith(".csv"),
    f"{VIEW}.csv": lambda path: path.startswith(VIEW) and path.endswith(".csv"),
    f"{TABLE}.2.jsonl": lambda path: path == f"{TABLE}.2.jsonl",
}


@pytest.mark.parametrize("name", RESTORED)
def test_who_restores_a_table_by_its_first_file_gets_all_of_it(made: Path, tmp_path: Path, name: str) -> None:
    answer = run("restore", "--path", name, "-o", str(made / "small"), "restored", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    tree = files(made / "small")
    assert files(tmp_path / "restored") == {path: tree[path] for path in tree if RESTORED[name](path)}


def _another_count(stored: dict[str, list[dict[str, int]]]) -> None:
    stored["parts"][0]["rows"] += 1


def _first_line_moved(mirror: Path) -> None:
    first, second = (mirror / f"{TABLE}{part}.jsonl" for part in ("", ".2"))
    row, _, rest = second.read_bytes().partition(b"\n")
    first.write_bytes(first.read_bytes() + row + b"\n")
    edit(f"{TABLE}.2.jsonl", lambda _: rest)(mirror)


def _fewer_parts(stored: dict[str, list[dict[str, int]]]) -> None:
    stored["tables"][0]["parts"] = 2


def _without_first_line(content: bytes) -> bytes:
    return content.partition(b"\n")[2]


def _backwards(content: bytes) -> bytes:
    return b"".join(content.splitlines(keepends=True)[::-1])


def _renamed_column(content: bytes) -> bytes:
    return content.replace(b"Task", b"Tusk", 1)


METADATA = "docs/plans/metadata.json"
DAMAGES: dict[str, tuple[Damage, str, str]] = {
    "no sheet": (remove(f"{TABLE}.2.csv", sums=True), f"{TABLE}.2.csv", "is missing"),
    "no rows": (remove(f"{TABLE}.2.jsonl", sums=True), f"{TABLE}.2.jsonl", "is missing"),
    "a part too many": (edit_json(METADATA, _fewer_parts), f"{TABLE}.3.csv", "is no file of this doc"),
    "a row too few": (edit(f"{TABLE}.2.jsonl", _without_first_line), f"{TABLE}.jsonl", "has 239 rows"),
    "a row in another part": (_first_line_moved, f"{TABLE}.jsonl", "is cut before other rows than tasks.csv"),
    "a list that lies": (edit_json(f"{TABLE}.json", _another_count), f"{TABLE}.json", "does not list the files"),
    "another header": (edit(f"{TABLE}.2.csv", _renamed_column), f"{TABLE}.2.csv", "has a header that does not fit"),
    "another order": (edit(f"{TABLE}.2.jsonl", _backwards), f"{TABLE}.2.jsonl", "has rows out of their order"),
    "no CSV": (edit(f"{VIEW}.2.csv", lambda it: it + b'"\n'), f"{VIEW}.2.csv", "cannot be read"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_verify_names_what_is_wrong_with_a_part_and_the_next_sync_puts_it_right(mirror: Mirror, name: str) -> None:
    before = files(mirror.folder)
    damage, path, fault = DAMAGES[name]
    damage(mirror.folder)
    found = {finding["path"]: finding["fault"] for finding in verify(mirror)}
    assert found.get(path, "").startswith(fault), found
    mirror.sync()
    require_sound(mirror.folder, before)
