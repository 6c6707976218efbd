"""`login` and `logout`: whose token it is, what it may do, and that it is stored only where it can be read back.

It is what faults.md, row 103, asks for.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from keyring.backend import KeyringBackend

from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.tokens import Token
from coda_git_mirror.errors import EXIT_PUSH_FAILED
from coda_git_mirror.keychain import SERVICE, store
from coda_git_mirror.redact import Secret
from tests.commands.keyrings import DISABLED, NONE, LockedKeyring, MemoryKeyring, in_place
from tests.commands.program import run
from tests.commands.test_command_line import require_one_sentence, settings
from tests.conftest import Serve
from tests.support import git, small_account

TOKEN = "a-token-that-must-not-be-seen"
GOOD = Token(TOKEN, name="backup")


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    backend = MemoryKeyring()
    with in_place(backend):
        yield backend


@pytest.fixture
def coda(serve: Serve) -> SimulatedCoda:
    return serve(small_account(), token=GOOD)


def login(
    coda: SimulatedCoda, folder: Path, words: tuple[str, ...] = ("--with-token",), given: bytes = TOKEN.encode()
) -> CompletedProcess[str]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        answer = run("login", *words, cwd=folder, CODA_API_URL=coda.api_url)
    assert TOKEN not in answer.stdout + answer.stderr
    return answer


def address(coda: SimulatedCoda) -> dict[str, str]:
    return {"CODA_API_URL": coda.api_url, "CODA_ASSET_HOSTS": coda.asset_hosts}


def user(coda: SimulatedCoda) -> str:
    return coda.world.user.email or ""


@pytest.mark.parametrize("around", [b"%s\n", b"\xef\xbb\xbf%s\r\n", b"  %s"], ids=["a line", "marked", "blanks"])
def test_a_token_from_standard_input(coda: SimulatedCoda, memory: MemoryKeyring, tmp_path: Path, around: bytes) -> None:
    answer = login(coda, tmp_path, given=around % TOKEN.encode())
    name = coda.world.user.name
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[0] == f"{name} ({user(coda)}) · token “backup” · reads and exports"
    assert memory.tokens == {user(coda): TOKEN}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [(b"", "no token"), (b"two words", "characters"), (b"a\nb", "characters"), (b"\xff\x00\xfe", "no text")],
)
def test_what_is_no_token(coda: SimulatedCoda, memory: MemoryKeyring, tmp_path: Path, given: bytes, said: str) -> None:
    answer = login(coda, tmp_path, given=given)
    require_one_sentence(answer, 2)
    assert said in answer.stderr
    assert memory.stored == {}


def test_a_token_that_coda_does_not_know(coda: SimulatedCoda, memory: MemoryKeyring, tmp_path: Path) -> None:
    answer = login(coda, tmp_path, given=b"an-old-token")
    require_one_sentence(answer, 1)
    assert "an-old-token" not in answer.stderr
    assert memory.stored == {}


def test_a_token_that_reads_but_cannot_export(serve: Serve, memory: MemoryKeyring, tmp_path: Path) -> None:
    coda = serve(small_account(), token=Token(TOKEN, read_only=True))
    assert "· reads, but cannot export" in login(coda, tmp_path).stdout
    assert memory.tokens


@pytest.mark.parametrize("refusal", [401, 403])
def test_a_token_for_one_doc(serve: Serve, memory: MemoryKeyring, tmp_path: Path, refusal: int) -> None:
    world = small_account()
    coda = serve(world, token=Token(TOKEN, scoped_to=next(iter(world.docs)).id, refusal=refusal))
    assert "· restricted to one doc" in login(coda, tmp_path).stdout
    assert memory.tokens


@pytest.mark.parametrize("backend", [NONE, DISABLED, LockedKeyring()], ids=["none", "null", "locked"])
def test_no_keyring(coda: SimulatedCoda, tmp_path: Path, backend: KeyringBackend) -> None:
    with in_place(backend):
        answer = login(coda, tmp_path)
        status = run("login", "--status", cwd=tmp_path)
        sync = run("sync", "-o", "mirror", cwd=tmp_path, **address(coda))
    assert answer.returncode == 1
    assert "Stored" not in answer.stdout
    assert len([line for line in answer.stderr.splitlines() if line.startswith("Error: ")]) == 1
    for way in ("CODA_API_TOKEN ", "CODA_API_TOKEN_FILE", ".env"):
        assert way in answer.stderr
    require_one_sentence(status, 1)
    require_one_sentence(sync, 2)
    assert "There is no Coda API token" in sync.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name != "mirror"] == []


def test_no_terminal_to_ask_at(coda: SimulatedCoda, memory: MemoryKeyring, tmp_path: Path) -> None:
    require_one_sentence(login(coda, tmp_path, ()), 2)
    require_one_sentence(login(coda, tmp_path, ("--status", "--with-token")), 2)
    assert memory.stored == {}


@pytest.mark.skipif(os.name == "nt", reason="a terminal of Unix")
def test_a_token_asked_for_at_a_terminal_is_not_shown(coda: SimulatedCoda, tmp_path: Path) -> None:
    """In a process of its own, with a keyring that keeps what it is given for as long as that lives."""
    import pty

    own, terminal = pty.openpty()
    program = "import sys; from tests.commands.keyrings import *; keyring.set_keyring(MemoryKeyring())\n"
    program += "from coda_git_mirror.cli import main; sys.argv[1:] = ['login']; main()"
    environment = {**os.environ, "CODA_API_URL": coda.api_url, "PYTHONPATH": str(Path(__file__).parents[2])}
    started = subprocess.Popen(
        [sys.executable, "-c", program], stdin=terminal, stdout=terminal, stderr=terminal, cwd=tmp_path,
        env=environment, start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    shown = b""
    while b"token:" not in shown:
        shown += os.read(own, 1024)
    os.write(own, TOKEN.encode() + b"\n")
    while part := _read(own):
        shown += part
    os.close(own)
    assert started.wait() == 0, shown
    assert b"Stored in the system's keyring" in shown
    assert TOKEN.encode() not in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1024)
    except OSError:
        return b""


def test_status_names_each_token_and_what_it_may(coda: SimulatedCoda, memory: MemoryKeyring, tmp_path: Path) -> None:
    require_one_sentence(run("login", "--status", cwd=tmp_path, **address(coda)), 1)
    login(coda, tmp_path)
    shown = run("login", "--status", cwd=tmp_path, **settings(coda))
    assert shown.returncode == 0, shown.stderr
    assert [line.split(" · ")[2:] for line in shown.stdout.splitlines()] == [
        ["reads and exports", "in the environment"],
        ["reads and exports", f"in the system's keyring, for {user(coda)}"],
    ]
    memory.stored[SERVICE, user(coda)] = "an-old-token"
    old = run("login", "--status", cwd=tmp_path, **address(coda))
    assert (old.returncode, old.stdout) == (1, "")
    assert "does not accept" in old.stderr


def test_logging_out(coda: SimulatedCoda, memory: MemoryKeyring, tmp_path: Path) -> None:
    require_one_sentence(run("logout", cwd=tmp_path), 1)
    login(coda, tmp_path)
    require_one_sentence(run("logout", "eve@example.org", cwd=tmp_path), 1)
    answer = run("logout", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert user(coda) in answer.stdout
    assert memory.stored == {}


def test_logging_out_of_several_accounts(coda: SimulatedCoda, memory: MemoryKeyring, tmp_path: Path) -> None:
    login(coda, tmp_path)
    with in_place(memory):
        other = serve_another(memory)
    require_one_sentence(run("logout", cwd=tmp_path), 2)
    assert run("logout", other.upper(), cwd=tmp_path).returncode == 0
    assert list(memory.tokens) == [user(coda)]
    assert run("logout", user(coda), cwd=tmp_path, CODA_API_TOKEN_FILE="not there").returncode == 0
    assert memory.stored == {}


def serve_another(memory: MemoryKeyring) -> str:
    """Stores a token of somebody else, as `login` does."""
    store("eve@example.org", Secret("a-token-of-eve-s"))
    assert "eve@example.org" in memory.tokens
    return "eve@example.org"


def test_a_mirror_is_synced_with_its_owner_s_token(coda: SimulatedCoda, memory: MemoryKeyring, tmp_path: Path) -> None:
    """A new one with the only token there is, else with that of `--account`."""
    login(coda, tmp_path)
    first = run("sync", "-o", "first", cwd=tmp_path, **address(coda))
    assert first.returncode == 0, first.stderr
    other = serve_another(memory)
    again = run("sync", "-o", "first", cwd=tmp_path, **address(coda))
    assert again.returncode == 0, again.stderr
    assert run("status", "--remote", "-o", "first", cwd=tmp_path, **address(coda)).returncode == 0
    unclear = run("sync", "-o", "second", cwd=tmp_path, **address(coda))
    require_one_sentence(unclear, 2)
    assert other in unclear.stderr
    assert "--account" in unclear.stderr
    named = run("sync", "-o", "second", "--account", user(coda), cwd=tmp_path, **address(coda))
    assert named.returncode == 0, named.stderr
    nobody = run("sync", "-o", "third", "--account", "nobody@example.org", cwd=tmp_path, **address(coda))
    require_one_sentence(nobody, 2)
    run("logout", user(coda), cwd=tmp_path)
    without = run("sync", "-o", "first", cwd=tmp_path, **address(coda))
    require_one_sentence(without, 2)
    assert user(coda) in without.stderr
    assert TOKEN not in git(tmp_path / "first", "log", "-p")


def test_a_token_of_the_environment_must_be_of_the_account_that_is_named(coda: SimulatedCoda, tmp_path: Path) -> None:
    wrong = run("sync", "-o", "mirror", "--account", "eve@example.org", cwd=tmp_path, **settings(coda))
    require_one_sentence(wrong, 2)
    assert "eve@example.org" in wrong.stderr
    right = run("sync", "-o", "mirror", "--account", user(coda), cwd=tmp_path, **settings(coda))
    assert right.returncode == 0, right.stderr


@pytest.mark.skipif(os.name == "nt", reason="rights of Unix")
def test_a_dotenv_that_others_can_read_is_named_once(coda: SimulatedCoda, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"CODA_API_TOKEN={TOKEN}\n")
    for mode, count in ((0o644, 1), (0o600, 0)):
        (tmp_path / ".env").chmod(mode)
        answer = run("sync", "-o", "mirror", cwd=tmp_path, **address(coda))
        assert answer.returncode == 0, answer.stderr
        assert answer.stderr.count("chmod 600") == count
        assert TOKEN not in answer.stdout + answer.stderr


@pytest.mark.parametrize("source", ["keyring", "file"])
def test_a_token_of_any_source_stays_here(
    coda: SimulatedCoda, memory: MemoryKeyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """No program is told it in its words or its environment, and no push takes a file along that has it."""
    told, wrapper, mirror = tmp_path / "told", tmp_path / "bin/git", tmp_path / "mirror"
    (tmp_path / "token").write_text(TOKEN + "\n")
    place = {"CODA_API_TOKEN_FILE": str(tmp_path / "token")} if source == "file" else {}
    if source == "keyring":
        store(user(coda), Secret(TOKEN))
    assert bool(memory.tokens) == (source == "keyring")
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nenv >>{told}\necho "ran: $*" >>{told}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    assert run("sync", "-o", "mirror", cwd=tmp_path, **address(coda), **place).returncode == 0
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "remote.git")
    git(mirror, "remote", "add", "origin", str(tmp_path / "remote.git"))
    assert run("push", "-o", "mirror", cwd=tmp_path, **place).returncode == 0
    (mirror / "notes.txt").write_text(f"Use {TOKEN} for it.\n")
    git(mirror, "add", "notes.txt")
    git(mirror, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "Notes")
    refused = run("push", "-o", "mirror", cwd=tmp_path, **place)
    require_one_sentence(refused, EXIT_PUSH_FAILED)
    assert "notes.txt" in refused.stderr
    assert TOKEN not in refused.stderr + told.read_text()


REAL = shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")


@pytest.mark.skipif(not REAL, reason="needs gnome-keyring-daemon and dbus-run-session")
def test_a_real_keyring(coda: SimulatedCoda, isolated_machine: Path, tmp_path: Path) -> None:
    script = (
        'printf "pw" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n'
        f"printf {TOKEN} | $PROGRAM login --with-token && $PROGRAM login --status && $PROGRAM sync -q -o mirror &&"
        " $PROGRAM logout && ! $PROGRAM logout"
    )
    runtime = isolated_machine / "run"
    runtime.mkdir(mode=0o700)
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHON_KEYRING_BACKEND"},
        **address(coda),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_DATA_HOME": str(isolated_machine / "data"),
        "PROGRAM": f"{sys.executable} -m coda_git_mirror",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = ["dbus-run-session", "--", "sh", "-c", script]
    begun = time.monotonic()
    answer = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert time.monotonic() - begun < 60, "nobody was waited for"
    assert "Stored in the system's keyring (SecretService Keyring)" in answer.stdout
    assert "Removed the token" in answer.stdout
    assert TOKEN not in answer.stdout + answer.stderr
    assert (tmp_path / "mirror/backup_manifest.json").is_file()
