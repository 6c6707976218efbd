"""`query` leaves out a doc that is damaged, says so and what to do, and answers the rest (faults.md, row 123)."""

from __future__ import annotations

import json
import shlex
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from coda_git_mirror.format import layout
from tests.commands.program import run
from tests.sql.made import MadeDoc, MadeTable, column, commit_states, mirror_files
from tests.support import git

PLANS = MadeDoc("Plans", [MadeTable("Tasks", [column("Task")], [{"c-Task": "Sell"}])], [], {"Notes": "Text.\n"})
SHOP = MadeDoc("Shop", [MadeTable("Parts", [column("Part")], [{"c-Part": "Bell"}])], [], {"Prices": "Dear.\n"})
METADATA, SUMS = "docs/shop/metadata.json", "docs/shop/SHA256SUMS"
SPOILT: Mapping[str, dict[str, bytes | None]] = {
    "missing": {METADATA: None},
    "no JSON": {METADATA: b'{"doc": {'},
    "another shape": {METADATA: b'{"doc": {}, "pages": {}, "tables": [], "views": [], "assets": [], "denied": []}\n'},
    "no checksums": {SUMS: None},
}


def without(files: Mapping[str, bytes], spoilt: Mapping[str, bytes | None]) -> dict[str, bytes]:
    return {path: content for path, content in {**files, **spoilt}.items() if content is not None}


@pytest.fixture(scope="module")
def mirrors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Mirrors whose second commit spoilt a doc, and whose third is a sync that had nothing to do with that doc."""
    room, good = tmp_path_factory.mktemp("damaged"), mirror_files([PLANS, SHOP])
    files = {how: without(good, spoilt) for how, spoilt in SPOILT.items()}
    later = {
        how: {**each, "docs/plans/pages/notes.md": b"---\nid: p-Notes\n---\n\nNew.\n"} for how, each in files.items()
    }
    return {how: commit_states(room / how, [good, files[how], later[how]]) for how in SPOILT}


@pytest.fixture(params=SPOILT)
def damaged(request: pytest.FixtureRequest, mirrors: dict[str, Path]) -> tuple[Path, str]:
    """A mirror with a damaged doc, and the file that is to blame."""
    return mirrors[request.param], next(iter(SPOILT[request.param]))


def require_note(errors: str, file: str) -> None:
    """One line names the doc, the file and the remedy."""
    [note] = [line for line in errors.splitlines() if line.startswith("Note: ")]
    assert note.startswith(f"Note: The doc 'Shop' is left out: {file} is missing or damaged")
    assert "restore --source=" in note


def test_the_rest_is_answered(damaged: tuple[Path, str], tmp_path: Path) -> None:
    folder, file = damaged
    for sql, rows in (("SELECT Task FROM Tasks", [{"Task": "Sell"}]), ("SELECT name FROM pages", [{"name": "Notes"}])):
        answer = run("query", sql, "--format", "json", "-o", str(folder), cwd=tmp_path)
        assert (answer.returncode, json.loads(answer.stdout)) == (3, rows)
        require_note(answer.stderr, file)


def test_what_needs_the_doc_fails_and_says_so(damaged: tuple[Path, str], tmp_path: Path) -> None:
    folder, file = damaged
    for words, told in (
        (['SELECT * FROM "shop/parts"'], "'shop/parts' cannot be read, since its doc 'Shop' is left out"),
        (["SELECT * FROM Parts"], "if it is of 'Shop', mend what is left out"),
        (["SELECT * FROM pages", "--doc", "Shop"], "None of the docs that are asked about can be read"),
        (["--save", "x.sqlite", "--doc", "Shop"], "None of the docs that are asked about can be read"),
    ):
        answer = run("query", *words, "-o", str(folder), cwd=tmp_path)
        assert (answer.returncode, answer.stdout) == (1, "")
        require_note(answer.stderr, file)
        assert told in answer.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_doc_that_is_not_asked_about_is_no_matter(damaged: tuple[Path, str], tmp_path: Path) -> None:
    answer = run("query", "SELECT 1 AS x", "--doc", "Plans", "-o", str(damaged[0]), cwd=tmp_path)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_its_past_is_told(mirrors: dict[str, Path], tmp_path: Path) -> None:
    words = ("SELECT DISTINCT item FROM history", "--doc", "Shop", "--format", "json")
    answer = run("query", *words, "-o", str(mirrors["no JSON"]), cwd=tmp_path)
    items = {row["item"] for row in json.loads(answer.stdout)}
    assert (answer.returncode, items) == (3, {"d-Shop", "t-Parts", "p-Prices"})


def test_the_list_lacks_it(damaged: tuple[Path, str], tmp_path: Path) -> None:
    folder, file = damaged
    answer = run("query", "--format", "json", "-o", str(folder), cwd=tmp_path)
    assert [it["table"] for it in json.loads(answer.stdout)] == ["plans/tasks", "pages", "history"]
    assert answer.returncode == 3
    require_note(answer.stderr, file)


def test_a_saved_file_lacks_it(damaged: tuple[Path, str], tmp_path: Path) -> None:
    folder, file = damaged
    answer = run("query", "--save", "x.sqlite", "-o", str(folder), cwd=tmp_path)
    assert (answer.returncode, answer.stdout.endswith("; 1 thing left out.\n")) == (3, True)
    require_note(answer.stderr, file)
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as saved:
        assert saved.execute("SELECT count(*) FROM pages, Tasks").fetchall() == [(1,)]


def test_a_damaged_revision_of_the_past_is_told_as_such(mirrors: dict[str, Path], tmp_path: Path) -> None:
    folder = mirrors["no JSON"]
    middle = git(folder, "rev-parse", "HEAD~1").strip()
    answer = run("query", "SELECT 1 FROM pages", "--at", middle, "-o", str(folder), cwd=tmp_path)
    assert answer.returncode == 3
    assert f"{METADATA} is missing or damaged in the revision {middle[:10]}" in answer.stderr
    assert run("query", "SELECT * FROM Parts", "--at", "HEAD~2", "-o", str(folder), cwd=tmp_path).returncode == 0


def test_the_remedy_is_one(tmp_path: Path) -> None:
    """It names the last version that is another one, also where a sync has committed the damage."""
    folder = commit_states(tmp_path / "mirror", [mirror_files([SHOP]), {**mirror_files([SHOP]), METADATA: b"{"}])
    answer = run("query", "-o", str(folder), cwd=tmp_path)
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (part.split("`")[0] for part in answer.stderr.split("`git ")[1:]):
        subprocess.run(["git", *who, *shlex.split(command)], check=True, capture_output=True)
    assert run("query", "SELECT * FROM Parts", "-o", str(folder), cwd=tmp_path).returncode == 0


def test_a_list_of_checksums_that_lacks_a_file_is_to_blame(tmp_path: Path) -> None:
    files = {**mirror_files([SHOP]), SUMS: b"nothing of this kind\n"}
    folder = commit_states(tmp_path / "mirror", [mirror_files([SHOP]), files])
    answer = run("query", "SELECT * FROM Parts", "-o", str(folder), cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert f"Error: {SUMS} is damaged" in answer.stderr


def test_a_damaged_manifest_ends_it(tmp_path: Path) -> None:
    files = mirror_files([SHOP])
    folder = commit_states(tmp_path / "mirror", [files, {**files, layout.MANIFEST: b"{"}])
    answer = run("query", "SELECT 1", "-o", str(folder), cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert f"Error: {layout.MANIFEST} is missing or damaged in the mirror's last commit; bring it back" in answer.stderr
    then = run("query", "SELECT 1", "--at", "HEAD~1", "-o", str(folder), cwd=tmp_path)
    assert (then.returncode, then.stdout) == (0, "1\n-\n1\n\n1 row\n")
