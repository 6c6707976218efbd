"""The README stays true: its help text is the program's, and its commands and files exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from coda_git_mirror.cli import commands
from coda_git_mirror.templates import template
from tests.support import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")
HELP_BLOCKS = re.findall(r"^\$ coda-git-mirror ([^\n]*--help)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("arguments", "shown"), HELP_BLOCKS, ids=[block[0] for block in HELP_BLOCKS])
def test_a_help_text_is_the_program_s(arguments: str, shown: str) -> None:
    answer = CliRunner().invoke(commands, arguments.split(), prog_name="coda-git-mirror", terminal_width=100)
    assert shown == answer.output


def test_the_help_of_sync_is_shown() -> None:
    assert [arguments for arguments, _ in HELP_BLOCKS] == ["sync --help"]


def test_every_room_of_the_package_is_explained() -> None:
    rooms = {path.name for path in (PROJECT / "coda_git_mirror").iterdir() if (path / "__init__.py").is_file()}
    assert {room for room in rooms if f"`{room}/`" not in README} == set()


def test_the_top_level_holds_what_it_should() -> None:
    present = {path.name for path in PROJECT.iterdir()}
    assert {
        ".ci",
        ".gitignore",
        ".pre-commit-config.yaml",
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "coda_git_mirror",
        "pyproject.toml",
        "templates",
        "tests",
    } <= present


def test_every_template_is_found() -> None:
    for path in (PROJECT / "templates").iterdir():
        assert template(path.name) == path.read_bytes()


def test_no_command_that_is_shown_goes_by_a_clone_s_own_reflog_or_by_dates_of_commits() -> None:
    shown = [*re.findall(r"^```.*?^```", README, re.MULTILINE | re.DOTALL), template("README.md").decode()]
    assert not [text for text in shown if re.search(r"@\{|--(since|after|before|until)\b", text)]


def test_no_file_names_a_path_of_some_machine() -> None:
    roots = ("/" + "home/", "/" + "Users/", "/" + "root/", "/" + "work/")
    for path in _text_files():
        text = path.read_text(encoding="utf-8")
        assert not [root for root in roots if root in text], path


def _text_files() -> list[Path]:
    folders = ("coda_git_mirror", "tests", "templates")
    return [
        path for folder in folders for path in (PROJECT / folder).rglob("*") if path.suffix in (".py", ".md", ".toml")
    ]
