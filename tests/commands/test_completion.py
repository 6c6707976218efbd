"""What the shell completes: through the real bash, at once, without the network and without a word of error.

It is what faults.md, row 105, asks for.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coda_git_mirror.cli import _COMMANDS, _COMPLETION
from coda_git_mirror.commands.completion import VARIABLE
from tests.support import PROJECT

DOCS = {
    "Plans": "d-plans", "Plain Sailing": "d-sailing", "Größe (neu)": "d-size", "It's \"quoted\"": "d-quoted",
    "a:b": "d-colon", "$(touch gone) `touch gone`": "d-evil", "line\nbreak": "d-line", "-rf": "d-dash",
}  # fmt: skip
BASH = shutil.which("bash")
ASK = """
eval "$(_CODA_GIT_MIRROR_COMPLETE=bash_source coda-git-mirror)"
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=(); _coda_git_mirror_completion coda-git-mirror
        printf '%s\\n' "${COMPREPLY[@]}" "--"; }
compopt() { local IFS=' '; printf 'compopt %s\\n' "$*"; }
"""


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a mirror only what completion looks at, and the command as it is installed."""
    folder = tmp_path_factory.mktemp("completed")
    docs = [{"id": id_, "name": name} for name, id_ in DOCS.items()]
    (folder / "backup_manifest.json").write_text(json.dumps({"docs": docs}))
    (folder / "bin").mkdir()
    program = folder / "bin/coda-git-mirror"
    program.write_text(
        f'#!/bin/sh\n[ "$_CODA_GIT_MIRROR_COMPLETE" ] && exec {sys.executable} -m coda_git_mirror\n'
        f"printf '[%s]' \"$@\" > '{folder / 'called'}'\n"
    )
    program.chmod(0o755)
    return folder


def _environment(mirror: Path) -> dict[str, str]:
    return {
        **os.environ, "PATH": f"{mirror / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(PROJECT),
        "CODA_API_URL": "http://127.0.0.1:9", "CODA_API_TOKEN": "a-token-for-nobody", "LC_ALL": "C.UTF-8",
        "CODA_MIRROR_DIR": str(mirror),
    }  # fmt: skip


def answers(mirror: Path, *asked: str) -> list[list[str]]:
    """What bash would offer for each command line, given as its words, quoted for bash."""
    script = ASK + "".join(f"ask {words}\n" for words in asked)
    ended = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=mirror,
        env=_environment(mirror),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr == ""
    return [block.strip("\n").split("\n") for block in ended.stdout.split("--\n")[:-1]]


@pytest.mark.skipif(not BASH, reason="needs bash")
def test_what_bash_offers(mirror: Path) -> None:
    commands, begun, option, folder, names, typed, quoted, odd, ids, nothing, lost = answers(
        mirror,
        "coda-git-mirror ''",
        "coda-git-mirror lo",
        "coda-git-mirror sync --allow",
        "coda-git-mirror sync -o ''",
        f"coda-git-mirror sync -o '{mirror}' --doc Pla",
        f"coda-git-mirror drop -o '{mirror}' 'Plain\\ S'",
        f"coda-git-mirror drop -o '{mirror}' '\"Plain S'",
        f"coda-git-mirror sync -o '{mirror}' --doc ''",
        f"coda-git-mirror diff -o '{mirror}' --doc d-c",
        f"coda-git-mirror sync -o '{mirror}' --doc Nob",
        "coda-git-mirror sync -o '/nowhere/at\\ all' --doc Pla",
    )
    assert sorted(commands) == sorted(_COMMANDS)
    assert begun == ["log", "login", "logout"]
    assert option == ["--allow-mass-delete"]
    assert folder == ["compopt -o dirnames"]
    assert names == ["Plans", "Plain\\ Sailing"]
    assert typed == ["Plain\\ Sailing"]
    assert quoted == ["Plain Sailing"]
    assert odd == ["Plans", "Plain\\ Sailing", "Größe\\ \\(neu\\)", "d-quoted", "d-colon", "d-evil", "d-line", "d-dash"]
    assert ids == ["d-colon"]
    assert nothing == lost == [""]
    assert not (mirror / "gone").exists()


@pytest.mark.skipif(not BASH, reason="needs bash")
def test_what_the_tab_key_does(mirror: Path) -> None:
    """Somebody types at a bash of their own, and the command is called with the name of the doc."""
    import pty

    own, terminal = pty.openpty()
    started = subprocess.Popen(
        ["bash", "--norc", "-i"], stdin=terminal, stdout=terminal, stderr=terminal, cwd=mirror,
        env={**_environment(mirror), "TERM": "dumb", "INPUTRC": os.devnull}, start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    os.write(own, b'eval "$(_CODA_GIT_MIRROR_COMPLETE=bash_source coda-git-mirror)"; PS1=; echo re""ady\n')
    _until(own, b"ready")
    for typed, name in (
        ("Plai", "Plain Sailing"),
        ('"Plai', "Plain Sailing"),
        ("Gr", "Größe (neu)"),
        ("d-c", "d-colon"),
    ):
        os.write(own, f"coda-git-mirror drop {typed}\t; echo do''ne\n".replace("\t; ", "\t\n").encode())
        _until(own, b"done")
        assert (mirror / "called").read_text() == f"[drop][{name}]"
    os.write(own, b"exit\n")
    os.close(own)
    started.wait()


def _until(terminal: int, wanted: bytes) -> None:
    shown = b""
    while wanted not in shown:
        shown += os.read(terminal, 1024)


@pytest.mark.skipif(not BASH, reason="needs bash")
@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"docs": 5}', b'{"docs": [7]}', b"\xff"])
def test_a_manifest_that_is_none(mirror: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "backup_manifest.json").write_bytes(content)
    assert answers(mirror, f"coda-git-mirror sync -o '{tmp_path}' --doc ''") == [[""]]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_what_other_shells_are_given(mirror: Path, shell: str) -> None:
    """Their own part loads where they are installed; names go to them as they are."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "LC_ALL": "C.UTF-8"}
    program = [sys.executable, "-m", "coda_git_mirror"]

    def said(what: str, **more: str) -> str:
        told = {**environment, VARIABLE: f"{shell}_{what}", **more}
        return subprocess.run(program, env=told, cwd=mirror, capture_output=True, text=True, check=True).stdout

    script = said("source")
    assert "_CODA_GIT_MIRROR_COMPLETE" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)
    words = f"coda-git-mirror drop -o {mirror} Plain"
    shown = said("complete", COMP_WORDS=words, COMP_CWORD="Plain" if shell == "fish" else "4")
    assert "Plain Sailing" in shown
    assert "Plans" not in shown


def test_the_variable_has_one_name() -> None:
    assert _COMPLETION == VARIABLE
    assert VARIABLE in (PROJECT / "docs/cli.md").read_text(encoding="utf-8")
