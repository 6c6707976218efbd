"""On a terminal `diff` and `log` have colours and git's pager; elsewhere neither."""

from __future__ import annotations

import contextlib
import os
import pty
import sys
from pathlib import Path

import pytest

from coda_git_mirror import cli
from coda_git_mirror.git.pager import pager_for
from coda_git_mirror.git.repository import Repository
from tests.commands.program import run
from tests.support import git


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pager")
    assert run("demo", "m", cwd=folder).returncode == 0
    return folder / "m"


def on_terminal(*arguments: str) -> str:
    """What a command shows on a terminal."""
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w", encoding="utf-8") as terminal, contextlib.redirect_stdout(terminal):
        saved = os.dup(1)
        os.dup2(follower, 1)  # a pager inherits the descriptor
        try:
            assert cli.run(list(arguments)) == 0
        finally:
            os.dup2(saved, 1)
            os.close(saved)
        told = os.read(leader, 65536).decode()
    os.close(leader)
    return told


@pytest.mark.parametrize("verb", ["diff", "log"])
def test_colours_and_the_pager(demo: Path, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("GIT_PAGER", "sed 's/^/> /;2q'")
    paged = on_terminal(verb, "-o", str(demo))
    assert paged.startswith("> ")
    assert paged.count("\n") == 2
    assert "\x1b[" in paged
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in on_terminal(verb, "-o", str(demo))
    assert "> " not in run(verb, "-o", str(demo), cwd=demo.parent).stdout.splitlines()[0]


def test_the_pager_is_the_one_that_git_would_take(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository.open(demo)
    for name in ("GIT_PAGER", "PAGER"):
        monkeypatch.delenv(name, raising=False)
    git(demo, "config", "core.pager", f"{sys.executable} -c core")
    assert pager_for(repository, "diff") == f"{sys.executable} -c core"
    git(demo, "config", "pager.diff", "sed p")
    assert (pager_for(repository, "diff"), pager_for(repository, "log")) == ("sed p", f"{sys.executable} -c core")
    monkeypatch.setenv("GIT_PAGER", "sed q")
    assert pager_for(repository, "diff") == "sed q"
    for none in ("cat", "", "no-such-program"):
        monkeypatch.setenv("GIT_PAGER", none)
        assert pager_for(repository, "diff") is None
    monkeypatch.delenv("GIT_PAGER")
    git(demo, "config", "pager.diff", "false")
    assert pager_for(repository, "diff") is None
    git(demo, "config", "--unset", "pager.diff")
    git(demo, "config", "--unset", "core.pager")
