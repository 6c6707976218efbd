"""`status`: what the mirror holds and what is unfinished, without a request; and what `--remote` asks of Coda."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.state.lock import MirrorLock
from tests.commands.program import run
from tests.commands.test_command_line import require_one_sentence, settings
from tests.conftest import Serve
from tests.remotes import bare
from tests.support import VirtualClock, files, git, mirror

ME = ("-c", "user.name=Me", "-c", "user.email=me@example.org")


@pytest.fixture
def coda(serve: Serve) -> SimulatedCoda:
    world = World()
    plans = world.add_doc("Plans \u202e\x1b[31m")
    plans.add_page("Notes", markdown="A line.\n")
    plans.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}])
    world.add_doc("Recipes").add_page("Soup", markdown="Hot.\n")
    world.add_doc("Travel").add_page("Oslo", markdown="Fjords.\n")
    return serve(world, clock=time.monotonic)


@pytest.fixture
def held(coda: SimulatedCoda, clock: VirtualClock, folder: Path) -> Path:
    """A mirror of the account."""
    assert mirror(coda, folder, clock).problems == ()
    return folder


def said(folder: Path, *flags: str, **environment: str) -> str:
    answer = run("status", "-o", str(folder), *flags, cwd=folder.parent, **environment)
    assert (answer.returncode, answer.stderr) == (0, "")
    return answer.stdout


def known(folder: Path, *flags: str, **environment: str) -> dict[str, Any]:
    report = json.loads(said(folder, "--json", *flags, **environment))
    assert isinstance(report, dict)
    return report


def test_what_a_mirror_holds_and_how_fresh_it_is(coda: SimulatedCoda, held: Path) -> None:
    asked, before = len(coda.requests), files(held)
    lines = said(held).splitlines()
    assert lines[0].startswith("The mirror in mirror holds 3 docs, 3 pages, 1 table with 1 row, 0 files of ")
    assert lines[1].startswith("Last change:  ")
    assert git(held, "log", "-1", "--format=%s").strip() in lines[1]
    assert lines[2].startswith("Last run:     ")
    assert lines[3].startswith("Remote:       none")
    assert lines[5].split("  ")[0] == "Edited in Coda (UTC)"
    shown = {line.split()[6]: line.split()[2:6] for line in lines[6:]}
    assert shown == {"Plans": ["1", "1", "1", "0"], "Recipes": ["1", "0", "0", "0"], "Travel": ["1", "0", "0", "0"]}
    updated = coda.world.doc("Recipes").updated_at
    assert f"{updated[:10]} {updated[11:16]}  " in "\n".join(lines)
    report = known(held)
    assert [doc["updated"] for doc in report["docs"]] == [doc.updated_at for doc in coda.world.docs]
    assert report["synced"]["commit"] == git(held, "rev-parse", "HEAD").strip()
    assert (report["edits"], report["push"], report["running"], report["interrupted"]) == ([], None, None, False)
    assert (len(coda.requests), files(held)) == (asked, before)


def test_what_is_unfinished(held: Path, tmp_path: Path) -> None:
    (held / "docs/mine\x1b.txt").write_text("mine\n")
    (held / "README.md").write_text("mine\n")
    assert known(held)["edits"] == ["README.md", "docs/mine\x1b.txt"]
    assert "Uncommitted:  README.md, docs/mine.txt" in said(held)
    remote = bare(tmp_path / "remote.git")
    git(held, "remote", "add", "origin", str(remote))
    assert known(held)["push"] == {"remote": f"origin ({remote})", "unpushed": None}
    git(held, "push", "-q", "origin", "main")
    assert known(held)["push"]["unpushed"] == 0
    git(held, *ME, "commit", "-qam", "Mine")
    assert f"Remote:       origin ({remote}), which lacks 1 commit." in said(held)
    assert known(held)["synced"]["commit"] == git(held, "rev-parse", "HEAD~1").strip()


def test_what_runs_or_was_interrupted(held: Path) -> None:
    private = held / ".git/coda-git-mirror"
    with MirrorLock(private):
        assert known(held)["running"] == str(os.getpid())
        assert f"Running:      process {os.getpid()} is at work" in said(held)
    (private / "holder").write_text(f"{os.getpid()}\n")
    assert known(held)["running"] is None
    (private / "publication.json").write_text("{}")
    (held / "README.md").unlink()
    assert (known(held)["interrupted"], known(held)["edits"]) == (True, [])
    assert "the next sync completes it" in said(held)


def test_problems_are_counted_and_listed(coda: SimulatedCoda, clock: VirtualClock, folder: Path) -> None:
    coda.on("POST", r"/export$").answer(400, {"statusCode": 400, "statusMessage": "Bad Request", "message": "No."})
    mirror(coda, folder, clock)
    text = said(folder)
    assert "Recipes (1 problem)" in text
    assert "3 items could not be read" in text
    assert "  page Recipes › Soup: Coda refuses the request" in text
    assert [doc["problems"] for doc in known(folder)["docs"]] == [1, 1, 1]


def test_remote_asks_coda_once_or_twice(coda: SimulatedCoda, held: Path) -> None:
    asked = len(coda.requests)
    assert "no doc was edited since it was mirrored" in said(held, "--remote", **settings(coda))
    assert len(coda.requests) - asked == 2
    world = coda.world
    world.doc("Recipes").page("Soup").rename("Stew")
    world.add_doc("Songs\x1b[2J")
    world.doc("Travel").delete()
    before = files(held)
    text = said(held, "--remote", **settings(coda))
    when = world.doc("Recipes").updated_at
    assert "In Coda now (2 requests):" in text
    assert f"  1 doc edited:\n    {when[:10]} {when[11:16]}  Recipes\n" in text
    assert "  1 doc new:" in text
    assert "Songs[2J" in text
    assert "  1 doc not listed any more:" in text
    assert "  1 doc as mirrored." in text
    (held / "coda-mirror.toml").write_text('exclude = ["Songs*", "Travel"]\n')
    report = known(held, "--remote", **settings(coda))["coda"]
    assert {key: [doc["name"] for doc in report[key]] for key in ("added", "edited", "unlisted")} == {
        "added": [], "edited": ["Recipes"], "unlisted": [],
    }  # fmt: skip
    assert (report["unchanged"], report["requests"]) == (1, 2)
    assert {**files(held), "coda-mirror.toml": b""} == {**before, "coda-mirror.toml": b""}


def test_remote_needs_the_mirror_s_own_account(held: Path, serve: Serve) -> None:
    require_one_sentence(run("status", "--remote", "-o", str(held), cwd=held.parent), 2)
    other = World()
    other.user = replace(other.user, email="somebody@example.org")
    other.add_doc("Theirs")
    answer = run("status", "--remote", "-o", str(held), cwd=held.parent, **settings(serve(other)))
    require_one_sentence(answer, 1)
    assert "somebody@example.org" in answer.stderr


def test_a_mirror_without_a_sync_and_none_at_all(tmp_path: Path) -> None:
    assert run("init", "-o", "mirror", cwd=tmp_path).returncode == 0
    assert said(tmp_path / "mirror").startswith("The mirror in mirror holds nothing yet.\n")
    report = known(tmp_path / "mirror")
    assert (report["totals"], report["docs"], report["synced"], report["last_run"]) == (None, [], None, None)
    require_one_sentence(run("status", "-o", "nothing", cwd=tmp_path), 1)
    subprocess.run(["git", "init", "-q", str(tmp_path / "repository")], check=True)
    require_one_sentence(run("status", "-o", "repository", cwd=tmp_path), 1)
