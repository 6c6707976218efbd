"""What people read says what is so, and what they can do about it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.ui.progress import Dashboard
from tests.commands.program import run
from tests.commands.test_command_line import require_one_sentence, settings
from tests.support import PROJECT, VirtualClock, commit_by_hand, files, git


def account() -> World:
    """Namesakes of all kinds."""
    world = World()
    for doc in ("Plans", "Travel"):
        world.add_doc(doc).add_page("Notes", markdown="Some.\n")
    plans = world.doc("Plans")
    plans.add_table("Tasks", [Column("Task"), Column("Hours")], [{"Task": "Ship it", "Hours": "1"}])
    plans.add_page("Tasks", markdown="As text.\n")
    return world


@pytest.fixture
def coda(tmp_path: Path) -> Iterator[SimulatedCoda]:
    with SimulatedCoda(account(), limits=Limits.none()) as served:
        assert run("sync", "-o", "m", cwd=tmp_path, **settings(served)).returncode == 0
        yield served


def program(coda: SimulatedCoda, folder: Path, *arguments: str) -> CompletedProcess[str]:
    return run(*arguments, "-o", "m", cwd=folder, **settings(coda))


def test_namesakes_are_told_apart_by_what_helps(coda: SimulatedCoda, tmp_path: Path) -> None:
    in_one = program(coda, tmp_path, "log", "Plans", "Tasks")
    require_one_sentence(in_one, 2)
    assert "page Plans › Tasks (" in in_one.stderr
    assert "put its doc before it" not in in_one.stderr
    for item in re.findall(r"(?:page|table) Plans › Tasks \(([^)]+)\)", in_one.stderr):
        assert program(coda, tmp_path, "log", "Plans", item).returncode == 0
    in_two = program(coda, tmp_path, "log", "Notes").stderr
    assert "page Plans › Notes (" in in_two
    assert "page Travel › Notes (" in in_two
    assert "put its doc before it, or name it by the id in brackets" in in_two
    assert program(coda, tmp_path, "log", "Travel", "Notes").returncode == 0


def test_a_range_is_two_revisions(coda: SimulatedCoda, tmp_path: Path) -> None:
    coda.world.doc("Plans").page("Notes").write(markdown="Other.\n")
    assert program(coda, tmp_path, "sync").returncode == 0
    two = program(coda, tmp_path, "diff", "HEAD~1", "HEAD").stdout
    for words in ("HEAD~1..HEAD", "HEAD~1.."):
        assert program(coda, tmp_path, "diff", words).stdout == two
    for command in (["verify", "HEAD~1..HEAD"], ["restore", "x", "--at", "HEAD~1..HEAD"], ["diff", "a...b", "HEAD"]):
        answer = program(coda, tmp_path, *command)
        require_one_sentence(answer, 2)
        assert "usage" not in answer.stderr
        assert "several" in answer.stderr


def test_a_doc_that_has_another_name_now_or_is_gone(coda: SimulatedCoda, tmp_path: Path) -> None:
    world = coda.world
    world.doc("Plans").rename("Schemes")
    world.doc("Travel").delete()
    assert program(coda, tmp_path, "sync").returncode == 0
    assert "Doc renamed: Plans → Schemes" in program(coda, tmp_path, "log", "Schemes").stdout
    for number, name in enumerate(("Plans", "Travel")):
        answer = program(coda, tmp_path, "restore", f"r{number}", "--doc", name)
        require_one_sentence(answer, 2)
        [revision] = re.findall(r"give --at (\w+)", answer.stderr)
        again = program(coda, tmp_path, "restore", f"r{number}", "--doc", name, "--at", revision)
        assert again.returncode == 0, again.stderr
        assert (tmp_path / f"r{number}/docs/{name.lower()}/pages/notes.md").is_file()


def test_a_page_is_restored_by_its_name(coda: SimulatedCoda, tmp_path: Path) -> None:
    answer = program(coda, tmp_path, "restore", "r", "--page", "Notes", "--doc", "Travel")
    assert answer.returncode == 0, answer.stderr
    assert set(files(tmp_path / "r")) == {"docs/travel/pages/notes.md", "docs/travel/pages/notes.html"}
    require_one_sentence(program(coda, tmp_path, "restore", "s", "--page", "Notes"), 2)
    require_one_sentence(program(coda, tmp_path, "restore", "s", "--page", "Nix"), 2)
    require_one_sentence(program(coda, tmp_path, "restore", "s", "--page", "Notes", "--path", "docs"), 2)


def test_what_a_sync_takes_back_is_called_so(coda: SimulatedCoda, tmp_path: Path) -> None:
    (tmp_path / "m/docs/plans/tables/tasks.csv").write_text("mine\n")
    commit_by_hand(tmp_path / "m", "My own words")
    assert program(coda, tmp_path, "sync").returncode == 0
    message = git(tmp_path / "m", "log", "-1", "--format=%B")
    assert message.startswith(
        "Sync: edits of 1 file taken back\n\nEdited here, and as in Coda again:\n  docs/plans/tables"
    )


def test_numbers_and_times(coda: SimulatedCoda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coda.on("POST", r"/export$").answer(400, {"statusCode": 400, "statusMessage": "Bad Request", "message": "No."}, 1)
    coda.world.doc("Travel").page("Notes").write(markdown="Other.\n")
    again = program(coda, tmp_path, "sync", "--format", "markdown")
    assert "Reading 0" not in program(coda, tmp_path, "sync", "--doc", "Plans", "--pages-only").stderr
    assert again.returncode in (0, 3)
    log = (tmp_path / "m/backup_log.txt").read_text()
    assert not re.search(r"\b1 \w+s\b", log)
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    import time

    time.tzset()
    try:
        for verb in ("status", "log", "diff"):
            assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d \+0530", program(coda, tmp_path, verb).stdout), verb
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_dry_run_foretells_that_a_sync_would_be_stopped(tmp_path: Path) -> None:
    world = World()
    docs = [world.add_doc(f"Doc {number}") for number in range(13)]
    with SimulatedCoda(world, limits=Limits.none()) as coda:
        assert program(coda, tmp_path, "sync").returncode == 0
        for doc in docs[:11]:
            doc.delete()
        told = program(coda, tmp_path, "sync", "--dry-run").stderr
        assert "would be stopped, since 11 of 13 docs with 0 pages would leave the mirror" in told
        assert program(coda, tmp_path, "sync").returncode == 1
        assert "Note" not in program(coda, tmp_path, "sync", "--dry-run", "--allow-mass-delete").stderr


def test_a_folder_name_with_a_line_break(tmp_path: Path) -> None:
    require_one_sentence(run("init", "-o", "a\nb", cwd=tmp_path), 2)
    assert list(tmp_path.iterdir()) == []


def test_commands_that_are_printed_run_as_printed(tmp_path: Path) -> None:
    told = run("init", "-o", "a 'folder'", cwd=tmp_path).stdout
    [command] = re.findall("`([^`]+)`", told)
    verify = command.replace("coda-git-mirror sync", f"{sys.executable} -m coda_git_mirror status")
    assert subprocess.run(["sh", "-c", verify], cwd=PROJECT, capture_output=True).returncode == 0


def test_a_first_sync_that_was_interrupted_is_no_stranger(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    git(tmp_path / "m", "init", "-q")
    (tmp_path / "m/.git/coda-git-mirror").mkdir()
    answer = run("status", "-o", "m", cwd=tmp_path)
    require_one_sentence(answer, 1)
    assert "the beginning of a mirror and no commit yet" in answer.stderr


def test_status_does_not_load_what_speaks_http(coda: SimulatedCoda, tmp_path: Path) -> None:
    code = (
        "import sys; from coda_git_mirror.cli import run; code = run(['status', '-o', 'm']);"
        "sys.exit(code or int('requests' in sys.modules or 'urllib3' in sys.modules))"
    )
    assert coda.requests
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_progress_counts_in_words_that_fit() -> None:
    from rich.console import Console

    from coda_git_mirror.model.traffic import Requests, Traffic

    traffic = Traffic(Requests(), 3, {}, 0.0, retrying=1)
    dashboard = Dashboard(Console(width=40), lambda: traffic, VirtualClock(), 2)
    assert dashboard.summary(traffic) == (
        "0 docs, 0 of 0 pages, 0 rows · 3 refused (429) · 1 request failed, trying again"
    )
