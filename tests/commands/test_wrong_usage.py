"""What a user may type, and a machine may refuse, that is no damage and no unexpected failure (faults.md, row 63)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from coda_git_mirror.errors import EXIT_FAILED, EXIT_USAGE
from coda_git_mirror.outcome import Outcome, failed
from tests.actions.past import Past
from tests.changes.trees import Content, Grid
from tests.commands.program import run
from tests.support import PROJECT

SALES = Content("d-sales", "Sales CRM", grids=(Grid("g", "Tasks", rows={"i-1": ("Ship it",)}),))
LONG = "/" + "x" * 5000
ADDRESSES = ["http://[::1", "http://[", "https://[::1]x/d/_dabc", "//[", "http://\u2100.example/d/_dabc"]


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("usage") / "mirror"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        past = Past(folder)
        past.sync(SALES)
        past.sync(Content("d-sales", "Sales CRM", grids=(Grid("g", "Tasks", rows={"i-1": ("Sell it",)}),)))
    return folder


def refused(mirror: Path, *arguments: str) -> str:
    """The sentence with which a command is refused as wrong usage."""
    answer = run(*arguments, cwd=mirror)
    [line] = answer.stderr.splitlines()
    assert (answer.returncode, answer.stdout) == (EXIT_USAGE, ""), line
    assert "damaged" not in line
    assert "unexpected" not in line
    return line.removeprefix("Error: ")


@pytest.mark.parametrize("word", ADDRESSES)
def test_what_is_no_address_names_no_doc(mirror: Path, tmp_path: Path, word: str) -> None:
    assert "No doc, page, table or view" in refused(mirror, "log", word)
    assert "answers to" in refused(mirror, "diff", "HEAD~1", "HEAD", "--doc", word)
    assert "answers to" in refused(mirror, "restore", "--doc", word, str(tmp_path / "new"))


@pytest.mark.parametrize("number", [99999999999999999999, sys.maxsize, sys.maxsize - 1])
def test_any_number_of_entries_may_be_asked_for(mirror: Path, number: int) -> None:
    for words in ([], ["Sales CRM"], ["Sales CRM", "Tasks", "Sell it"]):
        answer = run("log", *words, "-n", str(number), cwd=mirror)
        assert (answer.returncode, answer.stderr) == (0, "")
        assert "2026-03-03" in answer.stdout


@pytest.mark.parametrize("folder", ["~nosuchuser/x", LONG])
def test_a_folder_that_cannot_be_is_told(mirror: Path, folder: str) -> None:
    for command in (["log", "-o", folder], ["status", "-o", folder], ["init", "-o", folder], ["restore", folder]):
        assert "name" in refused(mirror, *command)
    assert "name" in refused(mirror, "demo", folder)


@pytest.mark.parametrize("word", ["main..HEAD", "main...HEAD", "HEAD~1..main", "^HEAD", "HEAD^!", "HEAD^@"])
def test_what_is_several_revisions_is_none(mirror: Path, tmp_path: Path, word: str) -> None:
    """`diff` takes `A..B` for two revisions, and no other form."""
    commands = [["restore", "--at", word, str(tmp_path / "new")], ["verify", word]]
    for command in [*commands, *([["diff", word]] if not re.fullmatch(r"[^.]+\.\.[^.]+", word) else [])]:
        assert "is not a revision" in refused(mirror, *command)


UNWAITING = "tests.unwaiting"
"""The program without its waits."""


def script(
    folder: Path, *arguments: str, before: str = "", module: str = "coda_git_mirror", **environment: str
) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own, started by a shell that does something before."""
    command = ["sh", "-c", f'{before}\nexec "$@"', "sh", sys.executable, "-m", module, *arguments]
    path = os.pathsep.join([environment.pop("PYTHONPATH", ""), str(PROJECT)]).strip(os.pathsep)
    variables = {**os.environ, "PYTHONPATH": path, **environment}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def test_a_working_directory_that_is_gone_is_told(mirror: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    before = f'rmdir "{tmp_path / "gone"}"'
    answer = script(tmp_path / "gone", "log", before=before)
    assert answer.returncode == EXIT_USAGE
    assert answer.stderr == (
        "Error: The working directory is gone; change into a folder that is there (`cd`) and run the command again.\n"
    )
    (tmp_path / "gone").mkdir()
    assert script(tmp_path / "gone", "log", "-o", str(mirror), before=before).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limits")
def test_too_few_open_files_are_told_before_the_first_request(tmp_path: Path) -> None:
    address = {"CODA_API_TOKEN": "x", "CODA_API_URL": "http://127.0.0.1:1"}
    answer = script(tmp_path, "sync", before="ulimit -n 40", **address)
    assert answer.returncode == EXIT_USAGE
    assert answer.stderr == (
        "Error: Only 40 files may be open at once here, and this command needs 256; "
        "allow more (`ulimit -n 256`) and run it again.\n"
    )
    answer = script(tmp_path, "sync", before="ulimit -S -n 40", module=UNWAITING, **address)
    assert "no connection to 127.0.0.1" in answer.stderr


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("can't start new thread"),
        OSError(24, "Too many open files"),
        PermissionError(13, "Permission denied", "/somewhere"),
    ],
)
def test_what_the_machine_refuses_is_told_in_a_sentence(error: Exception) -> None:
    outcome: Outcome[None] = failed(error)
    assert outcome.exit_code == EXIT_FAILED
    assert "unexpected" not in outcome.reason
    assert "run" in outcome.reason


@pytest.mark.parametrize("start", ["module", "script"])
@pytest.mark.parametrize(("name", "code", "word"), [("SIGINT", 130, "Interrupted;"), ("SIGTERM", 143, "Terminated;")])
def test_a_signal_while_the_program_is_loaded_shows_no_traceback(
    tmp_path: Path, start: str, name: str, code: int, word: str
) -> None:
    (tmp_path / "click").mkdir()
    source = f"import os, signal, time\nos.kill(os.getpid(), signal.{name})\ntime.sleep(20)\n"
    (tmp_path / "click/__init__.py").write_text(source)
    by = {"module": ["-m", "coda_git_mirror"], "script": ["-c", "from coda_git_mirror.__main__ import main; main()"]}
    path = os.pathsep.join([str(tmp_path), str(PROJECT)])
    answer = subprocess.run(
        [sys.executable, *by[start], "status"],
        env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == code
    assert answer.stderr.startswith(word)
    assert answer.stderr.count("\n") == 1
