"""What surrounds the program is odd: its user's configuration, settings and streams (faults.md, row 51)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coda_git_mirror.actions.push import push
from coda_git_mirror.credentials import find
from coda_git_mirror.errors import PushFailed
from coda_git_mirror.remote.push_failures import meaning
from coda_git_mirror.settings import load_settings
from tests.commands.program import run
from tests.commands.test_command_line import require_one_sentence
from tests.faults.push.pushing import NOW, add_remote
from tests.support import git

PROGRAM = (sys.executable, "-c", "from coda_git_mirror.cli import main; main()")
MARK = b"\xef\xbb\xbf"
BROKEN = {
    "a syntax error": "[user\nname = Me",
    "an unfit value": "[core]\n\tautocrlf = perhaps",
}


@pytest.fixture
def held(folder: Path) -> Path:
    assert run("init", "-o", str(folder), cwd=folder.parent).returncode == 0
    return folder


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_configuration_that_git_cannot_read(held: Path, isolated_machine: Path, content: str) -> None:
    (isolated_machine / "gitconfig").write_text(content)
    shown = subprocess.run([*PROGRAM, "--help"], capture_output=True, text=True, check=True)
    assert "Keep a whole Coda account" in shown.stdout
    answer = subprocess.run([*PROGRAM, "status", "-o", str(held)], capture_output=True, text=True, check=False)
    require_one_sentence(answer, 1)
    assert "configuration" in answer.stderr
    assert "gitconfig" in answer.stderr or "core.autocrlf" in answer.stderr


def test_a_configuration_of_the_repository_that_git_cannot_read(held: Path) -> None:
    (held / ".git/config").write_text(BROKEN["a syntax error"])
    for words in (("status",), ("verify",), ("log",), ("push",)):
        answer = run(*words, "-o", str(held), cwd=held.parent)
        assert "config" in answer.stderr, answer.stderr
        assert answer.returncode in (1, 4)


def test_a_byte_order_mark_in_the_settings(held: Path) -> None:
    settings = held / "coda-mirror.toml"
    settings.write_bytes(MARK + b"refresh_days = 3\n")
    assert load_settings(held).refresh_days == 3


@pytest.mark.parametrize("mark", [b"", MARK], ids=["plain", "marked"])
def test_a_byte_order_mark_in_the_file_with_the_token(tmp_path: Path, mark: bytes) -> None:
    (tmp_path / ".env").write_bytes(mark + b"CODA_API_TOKEN=abc-def\n")
    assert find({}, tmp_path).token.reveal() == "abc-def"


@pytest.mark.parametrize(
    "words", [("status", "-o", "~nobody-at-all"), ("demo", "~nobody-at-all"), ("restore", "~nobody-at-all", "-o", ".")]
)
def test_a_home_folder_of_nobody(held: Path, words: tuple[str, ...]) -> None:
    answer = run(*words, cwd=held)
    require_one_sentence(answer, 2)
    assert "~nobody-at-all" in answer.stderr


@pytest.mark.skipif(os.name == "nt", reason="a shell closes the streams")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams(held: Path, closed: str) -> None:
    script = f'"$@" {closed}'
    command = ["sh", "-c", script, "sh", *PROGRAM, "status", "-o", str(held)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0
    assert "Traceback" not in answer.stderr
    git(held, "fsck")


def test_a_remote_that_has_the_branch_checked_out(held: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "other")
    add_remote(held, str(tmp_path / "other"))
    with pytest.raises(PushFailed, match=r"no bare repository.*git init --bare -b main"):
        push(held, False, NOW)


def test_long_words_of_git_s_are_cut_between_words() -> None:
    said = meaning("fatal: " + "unheard-of " * 200)
    assert said.endswith("unheard-of …")
