"""Word of a run: heartbeats and commands, which change nothing of the run, and never have the token.

It is what faults.md, row 99, asks for.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from coda_git_mirror.commands.word import filled
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.heartbeat import LARGEST, Heartbeat, shortened
from coda_git_mirror.redact import Secret
from coda_git_mirror.state.lock import MirrorLock
from coda_git_mirror.state.runs import read_runs
from coda_git_mirror.user_config import config_file
from tests.commands.listener import Listener, listening
from tests.commands.program import run
from tests.commands.test_command_line import require_one_sentence
from tests.conftest import Serve
from tests.support import git, small_account


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as made:
        yield made


@pytest.fixture
def coda(serve: Serve) -> SimulatedCoda:
    return serve(small_account(), clock=time.monotonic)


def sync(coda: SimulatedCoda, folder: Path, *flags: str, **environment: str) -> CompletedProcess[str]:
    account = {"CODA_API_URL": coda.api_url, "CODA_API_TOKEN": coda.token}
    return run("sync", "-o", str(folder), *flags, cwd=folder.parent, **{**account, **environment})


def configure(text: str) -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text)


def noting(file: Path, fails: bool = False) -> str:
    """A command, in TOML, that notes its words and its environment in a file."""
    code = (
        "import json,os,sys; "
        f"open({str(file)!r},'a').write(json.dumps([sys.argv[1:], dict(os.environ)])+chr(10)); sys.exit({int(fails)})"
    )
    return json.dumps([sys.executable, "-c", code, "{exit_code}", "said: {summary}"])


def noted(file: Path) -> list[tuple[list[str], dict[str, str]]]:
    return [tuple(json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def test_a_run_is_told_of_at_its_start_and_at_its_end(coda: SimulatedCoda, folder: Path, listener: Listener) -> None:
    env = {"CODA_MIRROR_HEARTBEAT": f"{listener.address}/?rid=1"}
    assert sync(coda, folder, **env).returncode == 0
    assert listener.heard == ["GET /ping/uuid/start?rid=1", "POST /ping/uuid/0?rid=1"]
    assert "Mirror 1 doc" in listener.pings[1].body.decode()
    assert sync(coda, folder, "--every", "20h", **env).returncode == 0
    assert sync(coda, folder, "--dry-run", **env).returncode == 0
    assert sync(coda, folder, "--pages-only", "--tables-only", **env).returncode == 2
    assert sync(coda, folder, "--every", "often", **env).returncode == 2
    with MirrorLock(folder / ".git/coda-git-mirror"):
        assert sync(coda, folder, **env).returncode == 5
    assert len(listener.pings) == 2


def test_a_failure_is_never_told_as_a_success(coda: SimulatedCoda, folder: Path, listener: Listener) -> None:
    env = {"CODA_MIRROR_HEARTBEAT": listener.address}
    assert sync(coda, folder).returncode == 0
    assert sync(coda, folder, CODA_API_TOKEN="", **env).returncode == 2
    git(folder, "checkout", "--quiet", "--detach")
    assert sync(coda, folder, **env).returncode == 1
    git(folder, "checkout", "--quiet", "main")
    coda.world.docs[0].page("Notes").export_error = "It failed."
    coda.world.docs[0].page("Notes").rename("Remarks")
    assert sync(coda, folder, **env).returncode == 3
    ends = [ping for ping in listener.pings if ping.method == "POST"]
    assert [ping.path for ping in ends] == [f"/ping/uuid/{code}" for code in (2, 1, 3)]
    assert "detached" in ends[1].body.decode()
    assert "Remarks" in ends[2].body.decode()


def test_an_address_with_a_place_for_the_status(coda: SimulatedCoda, folder: Path, listener: Listener) -> None:
    env = {"CODA_MIRROR_HEARTBEAT": f"{listener.address}?status={{status}}&msg=x"}
    assert sync(coda, folder, **env).returncode == 0
    assert sync(coda, folder, CODA_API_TOKEN="", **env).returncode == 2
    assert listener.heard == [f"POST /ping/uuid?status={status}&msg=x" for status in ("up", "down")]


@pytest.mark.parametrize("status", [500, 404, 302, 307])
def test_a_ping_that_fails_is_a_note_and_no_more(
    coda: SimulatedCoda, folder: Path, listener: Listener, status: int
) -> None:
    """A redirect is not followed, and after a start that was not heard the end is told once."""
    with listening() as elsewhere:
        listener.answer = lambda _: (status, {"Location": elsewhere.address})
        answer = sync(coda, folder, CODA_MIRROR_HEARTBEAT=listener.address)
        assert elsewhere.pings == []
    assert answer.returncode == 0
    assert read_runs(folder / ".git/coda-git-mirror").failures == 0
    assert listener.heard == ["GET /ping/uuid/start"] * 2 + ["POST /ping/uuid/0"]
    assert answer.stderr.count("Note: the heartbeat was not heard") == 2
    assert str(status) in answer.stderr
    assert "uuid" not in answer.stderr


def test_a_server_that_answers_at_the_second_try_has_heard(listener: Listener) -> None:
    listener.answer = lambda number: (200 if number % 2 == 0 else 500, {})
    assert (Heartbeat(listener.address).start(), Heartbeat(listener.address).end(0, "done")) == ("", "")
    assert len(listener.pings) == 4


def test_a_server_that_hangs_is_not_waited_for(listener: Listener) -> None:
    listener.answer = lambda _: None
    begun = time.monotonic()
    assert "no answer" in Heartbeat(listener.address, seconds=0.1).start()
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "address", ["ftp://a/b", "nonsense", "http://", "http://[", "https://a:b/", "file:///etc/passwd", "http://:80/"]
)
def test_an_address_that_is_none_is_told(address: str) -> None:
    assert "address" in Heartbeat(address).start()


def test_the_token_is_in_no_ping_no_command_and_nothing_that_is_shown(
    coda: SimulatedCoda, folder: Path, listener: Listener, tmp_path: Path
) -> None:
    """Nor where a server echoes, nor where somebody wrote the token into the address."""
    listener.echoes = True
    configure(f"on_failure = {noting(tmp_path / 'said')}\non_success = {noting(tmp_path / 'said')}\n")
    coda.world.docs[0].page("Notes").rename(f"My {coda.token}")
    said = [sync(coda, folder, CODA_MIRROR_HEARTBEAT=listener.address)]
    said += [sync(coda, folder, "-v", COPY=coda.token, CODA_MIRROR_HEARTBEAT=f"{listener.address}/{coda.token}")]
    git(folder, "checkout", "--quiet", "--detach")
    said += [sync(coda, folder, CODA_MIRROR_HEARTBEAT=listener.address)]
    assert [answer.returncode for answer in said] == [0, 0, 1]
    assert len(listener.pings) == 4
    assert not any(coda.token in f"{ping.path} {ping.headers} {ping.body!r}" for ping in listener.pings)
    assert len(noted(tmp_path / "said")) == 3
    assert coda.token not in (tmp_path / "said").read_text()
    assert not any(coda.token in answer.stdout + answer.stderr for answer in said)
    notes = [path for path in (folder / ".git/coda-git-mirror").glob("*.json") if coda.token in path.read_text()]
    assert (notes, coda.token in (folder / "backup_log.txt").read_text()) == ([], False)


def test_commands_for_what_went_well_and_what_did_not(coda: SimulatedCoda, folder: Path, tmp_path: Path) -> None:
    well, ill = tmp_path / "well", tmp_path / "ill"
    configure(f"on_success = {noting(well)}\non_failure = {noting(ill, fails=True)}\n")
    assert sync(coda, folder).returncode == 0
    answer = sync(coda, folder, CODA_API_TOKEN="")
    with MirrorLock(folder / ".git/coda-git-mirror"):
        assert sync(coda, folder).returncode == 5
    assert (answer.returncode, "on_failure ended with 1" in answer.stderr) == (2, True)
    assert [words[0] for words, _ in noted(well) + noted(ill)] == ["0", "2"]
    assert "There is no Coda API token" in noted(ill)[0][0][1]
    configure('on_failure = ["/nowhere/at all"]\n')
    answer = sync(coda, folder, CODA_API_TOKEN="")
    assert (answer.returncode, "on_failure failed" in answer.stderr) == (2, True)


def test_what_a_summary_says_is_no_place_to_fill() -> None:
    words = filled(("say", "{exit_code}: {summary}{summary}"), 3, "{exit_code}\0 {summary}")
    assert words == ["say", "3: " + "{exit_code} {summary}" * 2]


def test_a_summary_is_cut_between_characters_once_no_secret_is_in_it() -> None:
    secret = Secret("a-token-that-nobody-has").reveal()
    cut = shortened("é" * 4_990 + secret + "🚲" * 2_000)
    assert len(cut) <= LARGEST
    assert cut.decode().startswith("é" * 4_990 + "***🚲")
    assert secret[:4].encode() not in cut


@pytest.mark.parametrize("name", ["heartbeat", "on_failure", "on_success"])
def test_a_mirror_brings_along_no_command_and_no_address(
    coda: SimulatedCoda, folder: Path, listener: Listener, tmp_path: Path, name: str
) -> None:
    assert sync(coda, folder).returncode == 0
    value = f'"{listener.address}"' if name == "heartbeat" else noting(tmp_path / "said")
    with (folder / "coda-mirror.toml").open("a") as settings:
        settings.write(f"\n{name} = {value}\n")
    for command in ("sync", "push"):
        account = {"CODA_API_URL": coda.api_url, "CODA_API_TOKEN": coda.token}
        answer = run(command, "-o", str(folder), cwd=tmp_path, **account)
        require_one_sentence(answer, 2)
        assert repr(name) in answer.stderr
        assert str(config_file()) in answer.stderr
    assert (listener.pings, (tmp_path / "said").exists()) == ([], False)


@pytest.mark.parametrize(
    "text", ["heartbeat = 1", "on_failure = 'echo'", "on_success = [1]", "on_failure = ['']", "token = 'x'", "[[", "\0"]
)
def test_a_file_of_the_user_that_cannot_be_is_told_and_remembered(coda: SimulatedCoda, folder: Path, text: str) -> None:
    assert sync(coda, folder).returncode == 0
    configure(text)
    answer = sync(coda, folder)
    require_one_sentence(answer, 2)
    assert str(config_file()) in answer.stderr
    assert read_runs(folder / ".git/coda-git-mirror").failures == 1
