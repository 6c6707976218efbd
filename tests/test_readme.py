"""The README stays true and short: its commands and files exist (`test_docs.py` has what holds of every page)."""

from __future__ import annotations

import re
from pathlib import Path

from coda_git_mirror.templates import template
from tests.support import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_it_is_short_and_has_the_two_command_lines_that_ci_runs() -> None:
    lines = README.splitlines()
    assert len(lines) < 300
    assert len([line for line in lines if line.startswith("python3 -m venv ")]) == 2


def test_the_top_level_holds_what_it_should() -> None:
    present = {path.name for path in PROJECT.iterdir()}
    assert {
        ".ci",
        ".gitignore",
        ".pre-commit-config.yaml",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "README.md",
        "coda_git_mirror",
        "docs",
        "pyproject.toml",
        "templates",
        "tests",
    } <= present


def test_every_template_is_found() -> None:
    folder = PROJECT / "templates"
    for path in filter(Path.is_file, folder.rglob("*")):
        assert template(path.relative_to(folder).as_posix()) == path.read_bytes()


def test_no_command_that_is_shown_goes_by_a_clone_s_own_reflog_or_by_dates_of_commits() -> None:
    shown = [*re.findall(r"^```.*?^```", README, re.MULTILINE | re.DOTALL), template("README.md").decode()]
    assert not [text for text in shown if re.search(r"@\{|--(since|after|before|until)\b", text)]


def test_no_file_names_a_path_of_some_machine() -> None:
    roots = ("/" + "home/", "/" + "Users/", "/" + "root/", "/" + "work/")
    for path in _text_files():
        text = path.read_text(encoding="utf-8")
        assert not [root for root in roots if root in text], path


def _text_files() -> list[Path]:
    folders = ("coda_git_mirror", "docs", "tests", "templates")
    return [
        path for folder in folders for path in (PROJECT / folder).rglob("*") if path.suffix in (".py", ".md", ".toml")
    ]
