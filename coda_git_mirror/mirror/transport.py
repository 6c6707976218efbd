"""Runs the git commands that talk to remotes: they ask nobody, know no token of Coda's, and never hang for ever."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.mirror.git_command import Answer, GitCommand
from coda_git_mirror.redact import without_secrets

ASKS_NOBODY = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",  # set and empty: git then looks neither at core.askPass nor at SSH_ASKPASS
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",
    "GPG_AGENT_INFO": "none",  # where it sees this, git-remote-gcrypt lets gpg do without a terminal
    "LC_ALL": "C",
    "LANGUAGE": "C",
}
_SSH_ASKS_NOBODY = "-o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=15"
_SETTINGS = (
    "push.gpgSign=false",
    "push.followTags=false",
    "push.recurseSubmodules=no",
    "fetch.recurseSubmodules=no",
    "submodule.recurse=false",
    "credential.interactive=never",
)
_LOOK = 0.5
_GRACE = 0.4


@dataclass(frozen=True)
class Patience:
    """For how many seconds git may say nothing: while it asks a remote, and while it sends (a host may be slow)."""

    asking: float = 60
    sending: float = 600


class Unanswered(MirrorError):
    """A remote said nothing for so long that git was ended."""


class Transport:
    """Git in one repository, on its way to remotes. The exit code is for the caller to judge."""

    def __init__(self, git: GitCommand, patience: Patience) -> None:
        self._git, self._patience = git, patience
        self._environment = {**without_secrets(os.environ), **ASKS_NOBODY, "GIT_LFS_FORCE_PROGRESS": "1"}
        command = ssh_command(git)
        if command:
            self._environment["GIT_SSH_COMMAND"] = command

    def ask(self, *arguments: str) -> Answer:
        """Runs what only asks a remote. Raises `Unanswered`."""
        return self._run(arguments, (), self._patience.asking)

    def send(self, *arguments: str, settings: Sequence[str] = ()) -> Answer:
        """Runs what sends to a remote or receives much of it. Raises `Unanswered`."""
        return self._run(arguments, settings, self._patience.sending)

    def _run(self, arguments: Sequence[str], settings: Sequence[str], silence: float) -> Answer:
        command = self._git.command_line(arguments, (*_SETTINGS, *settings))
        return run_and_watch(command, self._environment, self._git.folder, silence)


def ssh_command(git: GitCommand) -> str | None:
    """The user's ssh, or the system's, that asks no questions; None where it is another program, left as it is."""
    own = os.environ.get("GIT_SSH_COMMAND") or git.run("config", "--get", "core.sshCommand", accept=(0, 1)).text
    if not own and os.environ.get("GIT_SSH"):
        return None
    try:
        program = Path(shlex.split(own or "ssh")[0]).stem
    except (ValueError, IndexError):
        return None
    return f"{own or 'ssh'} {_SSH_ASKS_NOBODY}" if program == "ssh" else None


def run_and_watch(command: Sequence[str], environment: Mapping[str, str], folder: Path, silence: float) -> Answer:
    """Runs a command to its end, in a process group of its own, without standard input.

    Raises `Unanswered` when it has written nothing for `silence` seconds. Whatever ends the waiting, such as Ctrl-C,
    ends the whole group. Output goes to files, since an ssh that stays behind to be used again would hold a pipe open.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        with _ended(process):
            _wait(process, (output, errors), silence)
        return Answer(process.returncode, _content(output), _content(errors).decode("utf-8", "replace"))


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _end(process)
        raise


def _wait(process: subprocess.Popen[bytes], files: Sequence[IO[bytes]], silence: float) -> None:
    said, last = 0, time.monotonic()
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(min(_LOOK, silence))
            return
        if (now_said := sum(os.fstat(file.fileno()).st_size for file in files)) != said:
            said, last = now_said, time.monotonic()
        elif time.monotonic() - last >= silence:
            raise Unanswered(f"no answer within {silence:.0f} seconds")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Lets git remove its temporary files, then ends what is left of the group."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()
