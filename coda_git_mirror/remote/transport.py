"""Runs the git commands that talk to remotes: they ask nobody, know no token of Coda's, and never hang for ever."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.git.command import GitCommand
from coda_git_mirror.git.launcher import Output, run_and_watch

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


@dataclass(frozen=True)
class SilenceLimits:
    """For how many seconds git may say nothing: while it asks a remote, and while it sends (a host may be slow)."""

    asking: float = 60
    sending: float = 600


class Transport:
    """Git in one repository, on its way to remotes. The exit code is for the caller to judge."""

    def __init__(self, git: GitCommand, patience: SilenceLimits) -> None:
        self._git, self._patience = git, patience
        self._environment = {**os.environ, **ASKS_NOBODY, "GIT_LFS_FORCE_PROGRESS": "1"}
        command = ssh_command(git)
        if command:
            self._environment["GIT_SSH_COMMAND"] = command

    def ask(self, *arguments: str) -> Output:
        """Runs what only asks a remote. Raises `Unanswered`."""
        return self._run(arguments, (), self._patience.asking)

    def send(self, *arguments: str, settings: Sequence[str] = ()) -> Output:
        """Runs what sends to a remote or receives much of it. Raises `Unanswered`."""
        return self._run(arguments, settings, self._patience.sending)

    def _run(self, arguments: Sequence[str], settings: Sequence[str], silence: float) -> Output:
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
