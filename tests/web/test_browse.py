"""`browse` as a process: what it prints and opens, how it ends, and that it leaves everything as it was."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from coda_git_mirror.git.repository import Repository
from tests.commands.program import run
from tests.support import git
from tests.web.sites import SETTINGS, repository_of

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/([A-Za-z0-9_-]{24})/\n")
PROGRAM = (sys.executable, "-m", "coda_git_mirror")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    repository_of(tmp_path / "mirror", {**SETTINGS, "a.md": b"A\n"}, {"a.md": b"B\n"})
    return tmp_path / "mirror"


@contextlib.contextmanager
def browsing(folder: Path, *arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program while it serves, and the address that it printed."""
    command = (*PROGRAM, "browse", "-o", str(folder), *arguments)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def fetched(address: str) -> bytes:
    host, _, path = address.removeprefix("http://").partition("/")
    with contextlib.closing(HTTPConnection(host, timeout=30)) as connection:
        connection.request("GET", f"/{path}")
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_alone_and_ends_well(folder: Path, number: signal.Signals) -> None:
    with browsing(folder, "--no-open") as (process, line):
        assert ADDRESS.fullmatch(line)
        address = line.strip()
        assert git(folder, "rev-parse", "HEAD").strip() in fetched(f"{address}head").decode()
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, output, errors) == (0, "", "")


def test_key_and_port_are_others_each_time(folder: Path) -> None:
    with browsing(folder, "--no-open") as (_, one), browsing(folder, "--no-open") as (_, other):
        first, second = ADDRESS.fullmatch(one), ADDRESS.fullmatch(other)
        assert first
        assert second
        assert first[1] != second[1]
        assert first[2] != second[2]


def test_it_ends_while_clients_are_connected(folder: Path) -> None:
    with browsing(folder, "--no-open") as (process, line):
        address = ADDRESS.fullmatch(line)
        assert address
        with socket.create_connection(("127.0.0.1", int(address[1])), timeout=60) as client:
            client.sendall(b"GET / HTTP/1.1\r\n")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
            assert process.returncode == 0


def test_a_port_can_be_asked_for_and_a_taken_one_is_told(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = run("browse", "--port", str(port), "--no-open", "-o", str(folder), cwd=folder)
        assert (answer.returncode, answer.stdout) == (1, "")
        assert re.fullmatch(rf"Error: Port {port} of 127\.0\.0\.1 [^\n]*--port[^\n]*\.\n", answer.stderr)
    with browsing(folder, "--no-open", "--port", str(port)) as (_, line):
        address = ADDRESS.fullmatch(line)
        assert address
        assert int(address[1]) == port


def test_it_opens_the_browser_without_the_token(folder: Path, tmp_path: Path) -> None:
    """The browser is a script that sends its argument and environment to where we listen."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        browser = tmp_path / "browser"
        port = listening.getsockname()[1]
        browser.write_text(f'#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/{port}\necho "$1" >&3\nenv >&3\n')
        browser.chmod(0o755)
        secrets = dict.fromkeys(("CODA_API_TOKEN", "MY_COPY"), "very-secret-token")
        with browsing(folder, BROWSER=str(browser), **secrets) as (_, line):
            assert ADDRESS.fullmatch(line)
            with listening.accept()[0] as opened, opened.makefile() as seen:
                assert seen.readline() == line
                environment = seen.read()
    assert "BROWSER=" in environment
    assert "very-secret-token" not in environment


def test_no_browser_is_no_error(folder: Path) -> None:
    with browsing(
        folder, BROWSER="/nowhere/browser", PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin", DISPLAY=""
    ) as (
        process,
        line,
    ):
        assert b"head" in fetched(f"{line.strip()}head")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "This serves until you press Ctrl-C.\n")


def everything(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Each file below a folder, with its times and content."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes())
        for path in found
    }


def looked_at(folder: Path) -> None:
    with browsing(folder, "--no-open") as (process, line):
        address = line.strip()
        commit = git(folder, "rev-parse", "HEAD").strip()
        for path in ("", "head", f"at/{commit}/a.md", f"?at={commit}", "search?q=x"):
            assert fetched(address + path)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_looking_changes_nothing_but_the_index(folder: Path) -> None:
    before = everything(folder)
    looked_at(folder)
    after = everything(folder)
    private = ".git/coda-git-mirror/"
    assert {path: file for path, file in after.items() if not path.startswith(private)} == before
    assert {path for path in after.keys() - before.keys() if not path.startswith(f"{private}index")} == set()
    assert f"{private}index.sqlite" in after


def test_where_nothing_can_be_written_it_works_as_well(folder: Path) -> None:
    (folder / ".git/coda-git-mirror").write_text("in the way")
    before = everything(folder)
    looked_at(folder)
    assert everything(folder) == before


def test_a_clone_and_a_worktree_are_mirrors_too(folder: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(folder), "clone")
    git(folder, "worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"), "HEAD~1")
    looked_at(tmp_path / "clone")
    with browsing(tmp_path / "tree", "--no-open") as (_, line):
        assert git(folder, "rev-parse", "HEAD~1").strip() in fetched(f"{line.strip()}head").decode()


def test_what_is_no_mirror_is_told(tmp_path: Path) -> None:
    def refused(folder: Path) -> str:
        answer = run("browse", "--no-open", "-o", str(folder), cwd=tmp_path)
        assert (answer.returncode, answer.stdout) == (1, "")
        [line] = answer.stderr.splitlines()
        return line

    (tmp_path / "empty").mkdir()
    assert "is not a mirror" in refused(tmp_path / "empty")
    assert "is not a mirror" in refused(tmp_path / "nowhere")
    Repository.init(tmp_path / "begun")
    assert "has no commit yet" in refused(tmp_path / "begun")
    repository_of(tmp_path / "mirror", SETTINGS)
    git(tmp_path, "init", "--quiet", "--initial-branch=other", "unborn")
    git(tmp_path / "unborn", "fetch", "--quiet", str(tmp_path / "mirror"), "main:main")
    before = everything(tmp_path / "unborn")
    assert "git checkout main" in refused(tmp_path / "unborn")
    assert everything(tmp_path / "unborn") == before


def test_other_commands_do_without_what_it_needs() -> None:
    code = (
        "import sys; from coda_git_mirror import cli; cli.run(['--version']); cli.run(['log', '--help']); "
        "sys.exit(bool({'flask', 'werkzeug', 'jinja2', 'waitress', 'nh3', 'markdown_it'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.DEVNULL).returncode == 0
