"""The scripts for GitLab and Kubernetes do what they should, by the real shell and git (cli.md, schedule)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands.program import run
from tests.support import git

ACCOUNT = '[[account]]\nname = "ada"\nremote = "{}"\ntoken = "{}"\n'
PROGRAM = '#!/bin/sh\nprintf "%s|%s\\n" "$CODA_API_TOKEN" "$*" >> "$HOME/said"\n'


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A remote of one commit on `main`."""
    work, place = tmp_path / "work", tmp_path / "remote"
    git(tmp_path, "init", "--quiet", "--initial-branch=main", "work")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    git(work, *who, "commit", "--quiet", "--allow-empty", "-m", "Start")
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(place))
    return place


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """A runner on which nothing is installed, and the program tells how it was called."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("apt-get", "pip", "coda-git-mirror"):
        (programs / name).write_text(PROGRAM if name == "coda-git-mirror" else "#!/bin/sh\n")
        (programs / name).chmod(0o755)
    (tmp_path / "home").mkdir()
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(tmp_path / "home"), "MIRROR_PUSH_TOKEN": "push-word"}


def said(surroundings: dict[str, str]) -> list[str]:
    return (Path(surroundings["HOME"]) / "said").read_text().splitlines()


def printed(kind: str, folder: Path, *options: str) -> list[Any]:
    answer = run("schedule", kind, "-o", "m", *options, cwd=folder)
    assert answer.returncode == 0, answer.stderr
    return list(yaml.safe_load_all(answer.stdout))


def run_job(job: dict[str, Any], folder: Path, environment: dict[str, str]) -> None:
    """As GitLab runs it: one shell for what comes before and the script, another one for what comes after."""
    for parts in (("before_script", "script"), ("after_script",)):
        script = "\n".join(line for part in parts for line in job.get(part, ()))
        subprocess.run(["sh", "-ec", script], cwd=folder, env=environment, check=True, capture_output=True)


def test_gitlab_s_own_project_is_put_on_its_branch(remote: Path, surroundings: dict[str, str], tmp_path: Path) -> None:
    build = tmp_path / "build"
    git(tmp_path, "clone", "--quiet", str(remote), str(build))
    git(build, "checkout", "--quiet", "--detach")
    git(build, "branch", "-D", "main")
    [[job]] = [each.values() for each in printed("gitlab-ci", tmp_path)]
    surroundings |= {"CI_COMMIT_BRANCH": "main", "CI_PROJECT_URL": "https://git.example.org/a/b", "CODA_API_TOKEN": "t"}
    run_job(job, build, surroundings)
    assert git(build, "symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert git(build, "rev-parse", "--abbrev-ref", "main@{upstream}").strip() == "origin/main"
    assert git(build, "remote", "get-url", "origin").strip() == "https://git.example.org/a/b.git"
    assert said(surroundings) == ["t|sync --for 150m --push -o ."]
    asked = b"protocol=https\nhost=git.example.org\n\n"
    answer = subprocess.run(
        ["git", "credential", "fill"], input=asked, cwd=build, env=surroundings, check=True, capture_output=True
    )
    assert answer.stdout.endswith(b"username=mirror\npassword=push-word\n")


def test_gitlab_s_accounts_are_cloned_and_keep_what_they_remember(
    remote: Path, surroundings: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "accounts.toml").write_text(ACCOUNT.format("group/mirror", "CODA_ADA"))
    [[job]] = [each.values() for each in printed("gitlab-ci", tmp_path, "--accounts", "accounts.toml")]
    build = tmp_path / "build"
    (build / "state").mkdir(parents=True)
    (build / "state" / "runs.json").write_text("{}")
    [matrix] = job["parallel"]["matrix"]
    run_job(job, build, {**surroundings, **matrix, "MIRROR_REMOTE": f"file://{remote}", "CODA_ADA": "ada-word"})
    assert said(surroundings) == ["ada-word|sync --for 150m --push -o mirror"]
    assert (build / "state" / "runs.json").read_text() == "{}"
    assert git(build / "mirror", "symbolic-ref", "HEAD").strip() == "refs/heads/main"


def test_kubernetes_clones_a_remote_once(remote: Path, surroundings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "accounts.toml").write_text(ACCOUNT.format("https://git.example.org/a/b.git", "coda-ada"))
    [_, job] = printed("kubernetes", tmp_path, "--accounts", "accounts.toml")
    container = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    mirror = tmp_path / "data" / "mirror"
    [shell, switch, script, _, place] = container["command"]
    assert place == "/data/mirror"
    command = [shell, switch, script, str(remote), str(mirror), *container["args"]]
    for _ in range(2):
        subprocess.run(command, env=surroundings, check=True, capture_output=True)
        assert (mirror / ".git").is_dir()
    assert said(surroundings) == ["|sync -o /data/mirror --push"] * 2
