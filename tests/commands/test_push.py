"""`push` and `sync --push` as people and scripts meet them: exit codes, `--json`, and what the next run makes good."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import World
from tests.commands.program import run
from tests.commands.test_command_line import require_one_sentence, settings
from tests.conftest import Serve
from tests.remotes import add_hook, bare, tip, web_host
from tests.support import files, git, require_sound


@pytest.fixture
def coda(serve: Serve) -> SimulatedCoda:
    world = World()
    world.add_doc("Plans").add_page("Notes", markdown="A line.\n")
    return serve(world, clock=time.monotonic)


def test_what_could_not_be_pushed_is_pushed_by_the_next_sync(coda: SimulatedCoda, tmp_path: Path) -> None:
    first = run("sync", "--push", "--json", cwd=tmp_path, **settings(coda))
    assert first.returncode == 4
    mirror = tmp_path / "coda-backups"
    report = json.loads(first.stdout)
    assert (report["commit"], report["pushed"]) == (git(mirror, "rev-parse", "HEAD").strip(), False)
    assert "no remote" in first.stderr
    remote = bare(tmp_path / "remote.git")
    git(mirror, "remote", "add", "origin", str(remote))
    add_hook(remote, "pre-receive", "echo No room. >&2; exit 1")
    second = run("sync", "--push", cwd=tmp_path, **settings(coda))
    assert (second.returncode, second.stdout.splitlines()[0]) == (4, "Nothing changed since the last sync.")
    assert len([line for line in second.stderr.splitlines() if line.startswith("Error: ")]) == 1
    assert "No room." in second.stderr
    (remote / "hooks/pre-receive").unlink()
    third = run("sync", "--push", cwd=tmp_path, **settings(coda))
    assert (third.returncode, third.stdout.splitlines()[-1]) == (0, f"Pushed 1 commit to origin ({remote}).")
    fourth = run("sync", "--push", "--json", cwd=tmp_path, **settings(coda))
    assert (fourth.returncode, json.loads(fourth.stdout)["pushed"]) == (0, True)
    assert json.loads(run("sync", "--json", cwd=tmp_path, **settings(coda)).stdout)["pushed"] is None
    assert tip(remote) == git(mirror, "rev-parse", "HEAD").strip()
    require_sound(mirror)


def test_a_sync_with_problems_whose_push_fails_says_both(coda: SimulatedCoda, tmp_path: Path) -> None:
    coda.on("POST", r"/export$").answer(400, {"statusCode": 400, "statusMessage": "Bad Request", "message": "No."})
    answer = run("sync", "--push", "--json", cwd=tmp_path, **settings(coda))
    assert (answer.returncode, json.loads(answer.stdout)["pushed"]) == (4, False)
    assert "page Plans › Notes" in answer.stderr
    git(tmp_path / "coda-backups", "remote", "add", "origin", str(bare(tmp_path / "remote.git")))
    answer = run("sync", "--push", "--json", cwd=tmp_path, **settings(coda))
    assert (answer.returncode, json.loads(answer.stdout)["pushed"]) == (3, True)


def test_a_clone_elsewhere_goes_on(coda: SimulatedCoda, tmp_path: Path) -> None:
    assert run("sync", "-o", "mirror", cwd=tmp_path, **settings(coda)).returncode == 0
    remote = bare(tmp_path / "remote.git")
    git(tmp_path / "mirror", "remote", "add", "origin", str(remote))
    assert run("push", "-q", "-o", "mirror", cwd=tmp_path).stdout == ""
    git(tmp_path, "clone", "-q", str(remote), "clone")
    coda.world.doc("Plans").add_page("More", markdown="Words.\n")
    there = run("sync", "--push", "-o", "clone", cwd=tmp_path, **settings(coda))
    assert (there.returncode, there.stdout.splitlines()[-1]) == (0, f"Pushed 1 commit to origin ({remote}).")
    assert tip(remote) == git(tmp_path / "clone", "rev-parse", "HEAD").strip()


def test_a_public_remote_by_settings(tmp_path: Path) -> None:
    assert run("init", "-o", "mirror", cwd=tmp_path).returncode == 0
    bare(tmp_path / "web.git")
    with web_host(tmp_path) as host:
        git(tmp_path / "mirror", "remote", "add", "origin", host.url("web.git"))
        answer = run("push", "-o", "mirror", cwd=tmp_path)
        require_one_sentence(answer, 4)
        assert "allow_public_remote" in answer.stderr
        (tmp_path / "mirror/coda-mirror.toml").write_text("allow_public_remote = true\n")
        assert run("push", "-o", "mirror", cwd=tmp_path).returncode == 0


def test_no_git_that_talks_to_a_remote_knows_the_token(coda: SimulatedCoda, tmp_path: Path) -> None:
    secret = {**settings(coda), "CODA_API_KEY": coda.token, "MY_TOKEN": coda.token}
    assert run("sync", "-o", "mirror", cwd=tmp_path, **secret).returncode == 0
    remote = bare(tmp_path / "remote.git")
    add_hook(remote, "pre-receive", f"env > {tmp_path}/environment")
    git(tmp_path / "mirror", "remote", "add", "origin", str(remote))
    assert run("sync", "--push", "-o", "mirror", cwd=tmp_path, **secret).returncode == 0
    environment = (tmp_path / "environment").read_text()
    assert "GIT_TERMINAL_PROMPT=0" in environment
    assert coda.token not in environment
    assert all(coda.token.encode() not in content for content in files(tmp_path / "mirror").values())


def test_a_repository_of_another_user_is_told(coda: SimulatedCoda, tmp_path: Path) -> None:
    assert run("init", "-o", "mirror", cwd=tmp_path).returncode == 0
    foreign = {**settings(coda), "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    for command in ("push", "sync"):
        answer = run(command, "-o", "mirror", cwd=tmp_path, **foreign)
        require_one_sentence(answer, 1)
        assert "belongs to another user" in answer.stderr
        assert f"safe.directory '{tmp_path}/mirror'" in answer.stderr


def test_a_folder_that_is_no_mirror(tmp_path: Path) -> None:
    answer = run("push", "-o", "nothing", cwd=tmp_path)
    require_one_sentence(answer, 1)
    assert "not a mirror" in answer.stderr
