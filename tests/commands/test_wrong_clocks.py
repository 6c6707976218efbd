"""What the command line answers about a day, whatever clock a commit of the user's had (faults.md, row 45)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.world import World
from tests.begun import Begun
from tests.commands.program import run
from tests.commands.test_command_line import require_one_sentence, settings
from tests.conftest import Serve
from tests.support import commit_by_hand, git

PAGE = "docs/plans/pages/notes.md"
DAYS = (10, 14, 16)
Ask = Callable[..., CompletedProcess[str]]


@pytest.fixture(params=["1970-01-01T00:00:01Z", "2099-12-31T00:00:00Z"], ids=["1970", "2099"])
def syncs(request: pytest.FixtureRequest, serve: Serve, folder: Path, begun: Begun) -> list[str]:
    """The commits of three syncs, with one by hand before, between and after them; the page tells the day of each."""
    begun.put(folder, lambda there: _make(there, serve, request.param), request.param)
    commits = git(folder, "rev-list", "--topo-order", "--reverse", "HEAD").split()
    assert len(commits) == 2 * len(DAYS) + 2
    return commits[2:-1:2]


def _make(folder: Path, serve: Serve, when: str) -> None:
    world, clock = World(), {"now": datetime(2026, 3, 1, tzinfo=UTC)}
    notes = world.add_doc("Plans").add_page("Notes", markdown="Begun.\n")
    coda = serve(world, date=lambda: clock["now"])
    assert run("init", "-o", str(folder), cwd=folder.parent).returncode == 0
    for day in DAYS:
        commit_by_hand(folder, "Mine", when)
        clock["now"] = datetime(2026, 3, day, 12, tzinfo=UTC)
        notes.append(Text(f"Of day {day}."))
        answer = run("sync", "--full", "-q", "-o", str(folder), cwd=folder.parent, **settings(coda))
        assert answer.returncode == 0, answer.stderr
    (folder / "mine.md").write_text("mine\n")
    git(folder, "add", "-f", "mine.md")
    commit_by_hand(folder, "Mine", when)


@pytest.fixture
def ask(folder: Path) -> Ask:
    return lambda *arguments: run(*arguments, cwd=folder)


def test_a_day_gives_the_state_of_its_sync(syncs: list[str], ask: Ask, tmp_path: Path) -> None:
    for day, commit, told in (("2026-03-15", syncs[1], "14"), ("2026-03-13T12:00", syncs[0], "10")):
        answer = ask("restore", f"../{commit}", "--at", day)
        assert (answer.returncode, answer.stderr) == (0, "")
        assert f"as of 2026-03-{told} " in answer.stdout
        assert f"({commit[:10]}: " in answer.stdout
        assert (tmp_path / commit / PAGE).read_text().endswith(f"Of day {told}.\n")
        verified = ask("verify", day)
        assert (verified.returncode, verified.stderr) == (0, "")
        assert verified.stdout.startswith(f"Sound: {commit[:10]} with 1 doc")
    compared = ask("diff", "2026-03-12", "2026-03-15")
    assert f"({syncs[0][:10]}) → 2026-03-14 " in compared.stdout
    assert "+ Of day 14.\n" in compared.stdout
    assert "Of day 16." not in compared.stdout
    assert json.loads(ask("verify", "--json", "2099-12-31").stdout)["revision"] == syncs[2]


def test_the_newest_is_that_of_history(syncs: list[str], ask: Ask, folder: Path) -> None:
    told = json.loads(ask("diff", "--json").stdout)
    assert told["to"]["commit"] == syncs[2]
    assert json.loads(ask("status", "--json").stdout)["synced"]["commit"] == syncs[2]
    entries = json.loads(ask("log", "--json").stdout)["entries"]
    assert [entry["commit"] for entry in entries] == git(folder, "rev-list", "HEAD").split()
    assert [entry["commit"] for entry in json.loads(ask("log", "Notes", "--json").stdout)["entries"]] == syncs[::-1]
    assert "as of a commit after the sync of 2026-03-16 " in ask("restore", "../out").stdout


@pytest.mark.usefixtures("syncs")
def test_what_means_no_state_is_one_sentence_with_exit_code_2(ask: Ask, tmp_path: Path) -> None:
    for word in ("2026-03-08", "main~1..HEAD", "HEAD@{2026-03-12}", "2026-13-01"):
        for command in (["restore", "../none", "--at", word], ["diff", word], ["diff", "HEAD", word], ["verify", word]):
            if command != ["diff", "main~1..HEAD"]:
                require_one_sentence(ask(*command), 2)
    assert "its first is of 2026-03-10 " in ask("verify", "2026-03-08").stderr
    assert not (tmp_path / "none").exists()


def test_a_mirror_without_a_sync_says_so(ask: Ask, folder: Path, tmp_path: Path) -> None:
    assert run("init", "-o", str(folder), cwd=tmp_path).returncode == 0
    for command in (["restore", "../none", "--at", "2026-03-08"], ["diff", "2026-03-08"], ["verify", "2026-03-08"]):
        answer = ask(*command)
        require_one_sentence(answer, 2)
        assert "has no sync in its history" in answer.stderr


def test_a_history_with_dates_of_no_calendar_is_told(syncs: list[str], ask: Ask, folder: Path) -> None:
    commit_by_hand(folder, "Mine", "@99999999999999 +0000")
    assert ask("log", "-n", "1").stdout.startswith("9999-12-")
    assert ask("diff", "2026-03-15", "HEAD").returncode == 0
    assert ask("verify", "2026-03-15").stdout.startswith(f"Sound: {syncs[1][:10]}")
