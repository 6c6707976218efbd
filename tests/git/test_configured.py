"""What configures git, read once: filters to switch off, files that are settings, and whether the user has a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from coda_git_mirror.git.configured import read_configured, read_settings
from coda_git_mirror.git.repository import Repository
from tests.publishing import Publish, RunGit

NEUTRAL = "coda-git-mirror <coda-git-mirror@localhost>"


def _people(git: RunGit) -> list[str]:
    return git("log", "-1", "--format=%an <%ae>%n%cn <%ce>").splitlines()


def test_it_names_filters_and_files(repository: Repository, isolated_machine: Path) -> None:
    (isolated_machine / "gitconfig").write_text('[filter "a.B c"]\n Clean = x\n[filter]\n odd\n[user]\n name = N\n')
    configured = read_configured(repository.git)
    assert configured.filters_off() == [
        f"{name}.{setting}"
        for name in ("filter", "filter.a.B c")
        for setting in ("clean=", "smudge=", "process=", "required=false")
    ]
    assert configured.files == {str(isolated_machine / "gitconfig"), ".git/config"}
    assert not configured.names_nobody()


def test_each_setting_is_told_with_its_file(repository: Repository, isolated_machine: Path, git: RunGit) -> None:
    included = isolated_machine / "more"
    included.write_text('[url "ssh://a"]\n pushInsteadOf = b\n[plain "x.y"]\n none\n')
    for name, value in (("include.path", str(included)), ("remote.A b.url", "one\ntwo")):
        git("config", name, value)
    own = repository.git_dir / "config"
    told = {(each.name, each.value): each.file for each in read_settings(repository.git)}
    assert told["remote.A b.url", "one\ntwo"] == told["include.path", str(included)] == own
    assert told["url.ssh://a.pushinsteadof", "b"] == told["plain.x.y.none", ""] == included
    assert told["gc.auto", "0"] is None


@pytest.mark.parametrize(
    ("settings", "environment", "author", "committer"),
    [
        ("", {}, NEUTRAL, NEUTRAL),
        ("[user]\n name = N\n email = n@x\n", {}, "N <n@x>", "N <n@x>"),
        ("[user]\n name = N\n", {}, NEUTRAL, NEUTRAL),
        ("[author]\n name = N\n email = n@x\n", {}, "N <n@x>", NEUTRAL),
        ("[user]\n useConfigOnly = true\n", {}, NEUTRAL, NEUTRAL),
        ("", {"GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@x"}, NEUTRAL, "C <c@x>"),
        ("[user]\n name = N\n", {"EMAIL": "e@x"}, NEUTRAL, NEUTRAL),
        ("", {"EMAIL": "e@x"}, NEUTRAL, NEUTRAL),
    ],
)
def test_who_makes_a_commit(
    publish: Publish,
    git: RunGit,
    isolated_machine: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
    environment: dict[str, str],
    author: str,
    committer: str,
) -> None:
    """By the user's name where it is known for that role, else by a neutral one; never one that git has guessed."""
    (isolated_machine / "gitconfig").write_text(settings)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    publish({"README.md": b"a\n"})
    assert _people(git) == [author, committer]
