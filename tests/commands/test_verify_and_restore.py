"""`verify` and `restore` as people and scripts meet them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from coda_git_mirror.demo.server import SimulatedCoda
from tests.commands.program import run
from tests.commands.test_command_line import require_one_sentence, settings
from tests.conftest import Serve
from tests.support import files, git, small_account

PAGE = "docs/plans/pages/notes.md"


@pytest.fixture
def coda(serve: Serve, tmp_path: Path) -> SimulatedCoda:
    """An account with its mirror in `mirror`."""
    coda = serve(small_account(), clock=time.monotonic)
    assert run("sync", "-o", "mirror", "-q", cwd=tmp_path, **settings(coda)).returncode == 0
    return coda


def test_a_sound_mirror_is_said_to_be_sound(coda: SimulatedCoda, tmp_path: Path) -> None:
    answer = run("verify", cwd=tmp_path / "mirror")
    assert (answer.returncode, answer.stderr) == (0, "")
    head = git(tmp_path / "mirror", "rev-parse", "--short=10", "HEAD").strip()
    assert answer.stdout == f"Sound: {head} with 1 doc, 9 files, 1 row, 5 links; git's objects, working copy.\n"
    answer = run("verify", "--remote", "--json", cwd=tmp_path / "mirror", **settings(coda))
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert (told["sound"], told["findings"], told["counts"]["rows"]) == (True, [], 1)
    assert "1 page and 1 row" in told["checked"][1]


@pytest.mark.usefixtures("coda")
def test_findings_are_lines_with_a_path_and_what_to_do(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    (mirror / PAGE).write_bytes((mirror / PAGE).read_bytes() + b"Mine.\n")
    (mirror / "docs/new\nline.txt").write_bytes(b"x")
    answer = run("verify", "-o", "mirror", cwd=tmp_path)
    assert answer.returncode == 3
    assert answer.stdout.splitlines() == [
        f"{PAGE}: is edited in the working copy; commit it, or take it back with `git restore -- {PAGE}`",
    ]
    assert answer.stderr.startswith("1 finding: ")
    assert "docs/new line.txt" in answer.stderr
    told = json.loads(run("verify", "-o", "mirror", "--json", cwd=tmp_path).stdout)
    assert [finding["path"] for finding in told["findings"]] == [PAGE]
    assert run("verify", "HEAD", "-o", "mirror", cwd=tmp_path).returncode == 0


@pytest.mark.usefixtures("coda")
def test_verify_without_a_mirror_a_revision_or_a_token(tmp_path: Path) -> None:
    require_one_sentence(run("verify", "-o", "none", cwd=tmp_path), 1)
    require_one_sentence(run("verify", "no-such", "-o", "mirror", cwd=tmp_path), 2)
    require_one_sentence(run("verify", "--remote", "-o", "mirror", cwd=tmp_path), 2)
    require_one_sentence(run("verify", "HEAD", "--remote", "-o", "mirror", cwd=tmp_path, CODA_API_TOKEN="x"), 2)
    head = git(tmp_path / "mirror", "rev-parse", "HEAD").strip()
    (tmp_path / "mirror/.git/objects" / head[:2] / head[2:]).unlink()
    answer = run("verify", "-o", "mirror", cwd=tmp_path)
    assert answer.returncode == 1
    assert f"the commit {head}, which HEAD points to, is missing" in answer.stdout


@pytest.mark.usefixtures("coda")
def test_restore_tells_what_it_wrote(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    answer = run("restore", "../out", "--at", "HEAD", "--doc", "Plans", cwd=mirror)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith(f"  docs/plans  8 files\nRestored 8 files (0.0 MB) into {tmp_path / 'out'}, as of ")
    assert files(tmp_path / "out") == {path: it for path, it in files(mirror).items() if path.startswith("docs/")}
    require_one_sentence(run("restore", "../out", cwd=mirror), 2)
    require_one_sentence(run("restore", "inside", cwd=mirror), 2)
    (mirror / "docs/plans/link").symlink_to("../../../escaped")
    git(mirror, "add", "--force", "docs/plans/link")
    git(mirror, "-c", "user.name=Me", "-c", "user.email=me@example.org", "commit", "--quiet", "--message", "x")
    answer = run("restore", "../again", "--path", "docs/plans", cwd=mirror)
    assert answer.returncode == 3
    assert answer.stderr.startswith("Not restored: docs/plans/link: is no plain file, but a symlink or a submodule; ")
