"""The program as people and scripts meet it: another process, its output, its exit code (cli.md, Output)."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from tests.commands.program import run
from tests.conftest import Serve
from tests.support import PROJECT, files, git, require_sound

PROGRAM = [sys.executable, "-m", "coda_git_mirror"]


def run_apart(*arguments: str, cwd: Path, **environment: str) -> CompletedProcess[str]:
    """Runs the program, without its waits, as a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CODA_")}
    here = {**clean, "PYTHONPATH": str(PROJECT), **environment}
    command = [sys.executable, "-m", "tests.unwaiting", *arguments]
    return subprocess.run(command, cwd=cwd, env=here, capture_output=True, text=True, timeout=60)


def require_one_sentence(answer: CompletedProcess[str], code: int) -> None:
    """A failure as the contract wants it: one line on standard error, no traceback."""
    assert answer.returncode == code, answer.stderr
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    errors = [line for line in answer.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1, answer.stderr


@pytest.fixture
def coda(serve: Serve) -> SimulatedCoda:
    world = World()
    doc = world.add_doc("Plans")
    doc.add_page("Notes", markdown="A line.\n")
    doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}])
    return serve(world, clock=time.monotonic)


def settings(coda: SimulatedCoda) -> Mapping[str, str]:
    return {"CODA_API_URL": coda.api_url, "CODA_API_TOKEN": coda.token, "CODA_ASSET_HOSTS": coda.asset_hosts}


def test_a_first_sync_and_one_without_changes(coda: SimulatedCoda, tmp_path: Path) -> None:
    first = run_apart("sync", "-o", "mirror", cwd=tmp_path, **settings(coda))
    assert first.returncode == 0, first.stderr
    assert "Mirror 1 doc: 1 page added; 1 table added; 1 row added" in first.stdout
    assert "[1/1] Plans: 1 page, 1 table, 1 row" in first.stderr
    second = run_apart("sync", "-o", "mirror", cwd=tmp_path, **settings(coda))
    assert (second.returncode, second.stdout.splitlines()[0]) == (0, "Nothing changed since the last sync.")
    require_sound(tmp_path / "mirror")
    log = (tmp_path / "mirror/backup_log.txt").read_text().splitlines()
    assert len(log) == 2
    assert "nothing changed" in log[1]


def test_json_is_the_only_thing_on_standard_output(coda: SimulatedCoda, tmp_path: Path) -> None:
    answer = run_apart("sync", "--json", cwd=tmp_path, **settings(coda))
    report = json.loads(answer.stdout)
    assert report["docs"] == {"total": 1, "changed": 1, "unchanged": 0, "removed": 0, "failed": 0}
    assert report["pages"] == {"added": 1, "changed": 0, "moved": 0, "removed": 0, "unchanged": 0, "failed": 0}
    assert report["rows"] == {"added": 1, "changed": 0, "removed": 0}
    assert report["commit"] == git(tmp_path / "coda-backups", "rev-parse", "HEAD").strip()
    assert (report["pushed"], report["problems"], report["assets"]) == (None, [], {"added": 0})
    assert report["requests"] == len(coda.requests) - sum(request.origin == "files" for request in coda.requests)
    assert report["seconds"] > 0


def test_quiet_says_nothing(coda: SimulatedCoda, tmp_path: Path) -> None:
    answer = run_apart("sync", "-q", cwd=tmp_path, **settings(coda))
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_verbose_lists_every_change(coda: SimulatedCoda, tmp_path: Path) -> None:
    answer = run("sync", "-v", cwd=tmp_path, **settings(coda))
    assert "  Pages added: Notes" in answer.stdout


def test_items_that_fail_are_listed_and_the_exit_code_tells(coda: SimulatedCoda, tmp_path: Path) -> None:
    coda.on("POST", r"/export$").answer(400, {"statusCode": 400, "statusMessage": "Bad Request", "message": "No."})
    answer = run("sync", cwd=tmp_path, **settings(coda))
    assert answer.returncode == 3
    assert "  page Plans › Notes: Coda refuses the request (error 400: No.)" in answer.stderr
    require_sound(tmp_path / "coda-backups")


def test_a_strict_sync_with_problems_commits_nothing_and_tells_all(coda: SimulatedCoda, tmp_path: Path) -> None:
    assert run("sync", cwd=tmp_path, **settings(coda)).returncode == 0
    mirror, before = tmp_path / "coda-backups", files(tmp_path / "coda-backups")
    head = git(mirror, "rev-parse", "HEAD")
    coda.world.doc("Plans").page("Notes").write(markdown="Changed.\n")
    coda.on("POST", r"/export$").answer(400, {"statusCode": 400, "statusMessage": "Bad Request", "message": "No."})
    answer = run("sync", "--strict", "--json", cwd=tmp_path, **settings(coda))
    assert answer.returncode == 1
    assert "1 item could not be read; nothing was committed:\n  page Plans › Notes: Coda refuses" in answer.stderr
    assert answer.stderr.splitlines()[-1].startswith("Error: 1 item could not be read, and with --strict nothing")
    report = json.loads(answer.stdout)
    assert (report["commit"], [problem["item"] for problem in report["problems"]]) == (None, ["Notes"])
    assert report["pages"] == {"added": 0, "changed": 0, "moved": 0, "removed": 0, "unchanged": 1, "failed": 1}
    assert git(mirror, "rev-parse", "HEAD") == head
    require_sound(mirror, before)
    coda.off()
    after = run("sync", "--strict", cwd=tmp_path, **settings(coda))
    assert after.returncode == 0
    assert "interrupted" not in after.stderr


def test_no_token(coda: SimulatedCoda, tmp_path: Path) -> None:
    answer = run("sync", cwd=tmp_path, CODA_API_URL=coda.api_url)
    require_one_sentence(answer, 2)
    assert "CODA_API_TOKEN" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_token(coda: SimulatedCoda, tmp_path: Path) -> None:
    answer = run_apart("sync", cwd=tmp_path, CODA_API_URL=coda.api_url, CODA_API_TOKEN="not-the-token")
    require_one_sentence(answer, 1)
    assert "token" in answer.stderr
    assert "not-the-token" not in answer.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("token", ["two words", "tök€n", "line\nbreak"])
def test_a_token_that_cannot_be_one(tmp_path: Path, token: str) -> None:
    require_one_sentence(run("sync", cwd=tmp_path, CODA_API_TOKEN=token), 2)


def test_the_token_from_a_file_or_the_older_variable(coda: SimulatedCoda, tmp_path: Path) -> None:
    older = run("sync", "-o", "a", cwd=tmp_path, CODA_API_URL=coda.api_url, CODA_API_KEY=coda.token)
    assert older.returncode == 0, older.stderr
    (tmp_path / ".env").write_text(f"# mine\nexport CODA_API_TOKEN='{coda.token}'\n")
    stored = run("sync", "-o", "b", cwd=tmp_path, CODA_API_URL=coda.api_url)
    assert stored.returncode == 0, stored.stderr
    assert all(coda.token.encode() not in content for content in files(tmp_path).values() if b"# mine" not in content)


def test_an_unreachable_api(tmp_path: Path) -> None:
    answer = run("sync", cwd=tmp_path, CODA_API_URL="http://127.0.0.1:9/apis/v1", CODA_API_TOKEN="token")
    require_one_sentence(answer, 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["http://coda.io/apis/v1", "ftp://coda.io/apis/v1", "coda.io", "https://"])
def test_an_api_address_that_the_token_must_not_go_to(tmp_path: Path, url: str) -> None:
    answer = run("sync", cwd=tmp_path, CODA_API_URL=url, CODA_API_TOKEN="token")
    require_one_sentence(answer, 2)
    assert "CODA_API_URL" in answer.stderr


@pytest.mark.parametrize("place", ["file", "file/below"])
@pytest.mark.parametrize("command", ["sync", "init"])
def test_a_folder_that_is_a_file(coda: SimulatedCoda, tmp_path: Path, command: str, place: str) -> None:
    (tmp_path / "file").write_text("mine\n")
    answer = run(command, "-o", place, cwd=tmp_path, **settings(coda))
    require_one_sentence(answer, 2)
    assert "is a file" in answer.stderr
    assert (tmp_path / "file").read_text() == "mine\n"


@pytest.mark.parametrize("command", ["sync", "init"])
def test_a_folder_that_is_neither_empty_nor_a_mirror(coda: SimulatedCoda, tmp_path: Path, command: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/mine.txt").write_text("mine\n")
    require_one_sentence(run(command, "-o", "folder", cwd=tmp_path, **settings(coda)), 2)
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["mine.txt"]


def test_an_unknown_doc(coda: SimulatedCoda, tmp_path: Path) -> None:
    answer = run("sync", "--doc", "Palns", cwd=tmp_path, **settings(coda))
    require_one_sentence(answer, 2)
    assert "Palns" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_wrong_settings(coda: SimulatedCoda, tmp_path: Path) -> None:
    assert run("init", "-o", "mirror", cwd=tmp_path).returncode == 0
    texts = ("docs = [", "doc = []", "docs = 1", "all_accessible = 1")
    numbers = ("max_asset_mb = 0", "max_requests_share = 0")
    for text in (*texts, *numbers, 'formats = ["pdf"]'):
        (tmp_path / "mirror/coda-mirror.toml").write_text(text)
        answer = run("sync", "-o", "mirror", cwd=tmp_path, **settings(coda))
        require_one_sentence(answer, 2)
        assert "coda-mirror.toml" in answer.stderr


def test_settings_and_flags_choose_what_is_read(coda: SimulatedCoda, tmp_path: Path) -> None:
    assert run("init", "-o", "mirror", cwd=tmp_path).returncode == 0
    (tmp_path / "mirror/coda-mirror.toml").write_text('formats = ["html"]\nmax_asset_mb = 1.5\n')
    assert run("sync", "-o", "mirror", cwd=tmp_path, **settings(coda)).returncode == 0
    assert {path.name for path in (tmp_path / "mirror/docs/plans/pages").iterdir()} == {"notes.html"}
    answer = run("sync", "-o", "mirror", "--format", "both", "--no-assets", cwd=tmp_path, **settings(coda))
    assert answer.returncode == 0, answer.stderr
    assert {path.name for path in (tmp_path / "mirror/docs/plans/pages").iterdir()} == {"notes.html", "notes.md"}


@pytest.mark.parametrize("hosts", ["https://files.example", "a b", "host:port", "one,,t*o"])
def test_asset_hosts_that_are_none(coda: SimulatedCoda, tmp_path: Path, hosts: str) -> None:
    answer = run("sync", cwd=tmp_path, **{**settings(coda), "CODA_ASSET_HOSTS": hosts})
    require_one_sentence(answer, 2)
    assert "CODA_ASSET_HOSTS" in answer.stderr


def test_options_that_contradict_each_other(coda: SimulatedCoda, tmp_path: Path) -> None:
    require_one_sentence(run("sync", "--pages-only", "--tables-only", cwd=tmp_path, **settings(coda)), 2)


def test_an_unknown_command_or_option(tmp_path: Path) -> None:
    assert run("synch", cwd=tmp_path).returncode == 2
    assert run("sync", "--colour", cwd=tmp_path).returncode == 2


def test_init_makes_a_mirror_once(tmp_path: Path) -> None:
    first = run("init", "-o", "mirror", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    mirror = tmp_path / "mirror"
    assert git(mirror, "branch", "--show-current").strip() == "main"
    assert set(files(mirror)) == {"README.md", ".gitattributes", ".gitignore", "coda-mirror.toml"}
    require_sound(mirror)
    head = git(mirror, "rev-parse", "HEAD")
    again = run("init", "-o", "mirror", cwd=tmp_path)
    assert again.returncode == 0
    assert "nothing was changed" in again.stdout
    assert git(mirror, "rev-parse", "HEAD") == head


def test_the_mirror_around_the_working_directory_is_the_one_meant(coda: SimulatedCoda, tmp_path: Path) -> None:
    run("sync", "-o", "mirror", cwd=tmp_path, **settings(coda))
    inside = tmp_path / "mirror/docs/plans"
    assert run("sync", cwd=inside, **settings(coda)).returncode == 0
    assert not (inside / "coda-backups").exists()
    elsewhere = run("sync", cwd=inside, CODA_MIRROR_DIR=str(tmp_path / "other"), **settings(coda))
    assert elsewhere.returncode == 0
    assert (tmp_path / "other/docs/plans").is_dir()


def test_uncommitted_edits_stop_the_sync_before_the_first_request(coda: SimulatedCoda, tmp_path: Path) -> None:
    run("sync", "-o", "mirror", cwd=tmp_path, **settings(coda))
    page = tmp_path / "mirror/docs/plans/pages/notes.md"
    page.write_text("my own words\n")
    asked = len(coda.requests)
    answer = run("sync", "-o", "mirror", cwd=tmp_path, **settings(coda))
    require_one_sentence(answer, 1)
    assert "docs/plans/pages/notes.md" in answer.stderr
    assert len(coda.requests) == asked
    assert page.read_text() == "my own words\n"


def test_a_second_sync_is_refused_while_the_first_one_runs(coda: SimulatedCoda, tmp_path: Path) -> None:
    run("sync", "-o", "mirror", cwd=tmp_path, **settings(coda))
    coda.on("GET", r"/whoami").stall(20, times=1)
    arguments = [*PROGRAM, "sync", "-o", "mirror"]
    with subprocess.Popen(
        arguments, cwd=tmp_path, env={**os.environ, **settings(coda)}, stderr=subprocess.PIPE
    ) as first:
        _wait_until(lambda: (tmp_path / "mirror/.git/coda-git-mirror/holder").exists())
        second = run("sync", "-o", "mirror", cwd=tmp_path, **settings(coda))
        require_one_sentence(second, 5)
        assert str(first.pid) in second.stderr
        first.kill()
    coda.off()
    assert run("sync", "-o", "mirror", cwd=tmp_path, **settings(coda)).returncode == 0


def test_an_interrupt_ends_the_program_at_once(coda: SimulatedCoda, tmp_path: Path) -> None:
    coda.on("GET", r"/pages$").stall(20)
    arguments = [*PROGRAM, "sync", "-o", "mirror"]
    environment = {**os.environ, **settings(coda)}
    with subprocess.Popen(arguments, cwd=tmp_path, env=environment, stderr=subprocess.PIPE) as process:
        _wait_until(lambda: coda.requests.count("GET", r"/docs$") > 0)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
        assert time.monotonic() - begun < 2
    assert process.returncode == 130, errors
    assert b"Interrupted" in errors
    assert b"Traceback" not in errors
    coda.off()
    assert run("sync", "-o", "mirror", cwd=tmp_path, **settings(coda)).returncode == 0
    require_sound(tmp_path / "mirror")


def test_a_hostile_git_configuration_changes_nothing(coda: SimulatedCoda, tmp_path: Path) -> None:
    run_apart("sync", "-o", "plain", cwd=tmp_path, **settings(coda))
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction", "post-checkout"):
        (hooks / name).write_text("#!/bin/sh\ntouch hook-ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    (tmp_path / "excludes").write_text("*.csv\n*.md\n")
    (tmp_path / "gitconfig").write_text(
        f"[core]\n excludesFile = {tmp_path}/excludes\n autocrlf = true\n hooksPath = {hooks}\n"
        "[commit]\n gpgSign = true\n[gpg]\n program = false\n[init]\n defaultBranch = trunk\n"
    )
    hostile = {"GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"), "GIT_DIR": str(tmp_path / "elsewhere.git")}
    answer = run_apart("sync", "-o", "hostile", cwd=tmp_path, **settings(coda), **hostile)
    assert answer.returncode == 0, answer.stderr
    assert files(tmp_path / "hostile") == files(tmp_path / "plain")
    assert git(tmp_path / "hostile", "branch", "--show-current").strip() == "main"
    require_sound(tmp_path / "hostile")
    assert not list(tmp_path.rglob("hook-ran"))


def test_the_demonstration(tmp_path: Path) -> None:
    answer = run("demo", "here", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert re.search(r"Committed \w+: Mirror 3 docs: 17 pages added; 4 tables added; 69 rows", answer.stdout)
    assert "docs/product-roadmap/tables/tasks.csv" in answer.stdout
    require_sound(tmp_path / "here")
    assert git(tmp_path / "here", "rev-list", "--count", "HEAD").strip() == "3"
    require_one_sentence(run("demo", "here", cwd=tmp_path), 2)


def _wait_until(happened: object) -> None:
    assert callable(happened)
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
