"""Whether a remote can be read by anybody: asked as somebody who has no login, and remembered for a day."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.remembered import remembered
from coda_git_mirror.disk.temporary import temporary_folder
from coda_git_mirror.git.command import GitCommand
from coda_git_mirror.git.launcher import Unanswered, run_and_watch
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.redact import without_secrets
from coda_git_mirror.remote.addresses import is_encrypted, ssh_host, web_address
from coda_git_mirror.remote.transport import ASKS_NOBODY, ssh_command

KEPT_FOR = timedelta(days=1)

_SETTINGS_OF_THE_WAY = ("proxy", "sslcainfo", "sslcapath", "sslverify", "sslbackend", "schannelcheckrevoke")
"""How a host is reached is as the user has it; who the user is, is not told."""
_ENVIRONMENT_OF_THE_WAY = re.compile("GIT_(SSL_CAINFO|SSL_CAPATH|SSL_NO_VERIFY|SSL_VERSION|PROXY_SSL|EXEC_PATH|TRACE)")
_PERSONAL = re.compile("GIT_|SSH_|KRB5|NETRC$|HOME$|USERPROFILE$|XDG_CONFIG_HOME$")
_CLOSED = re.compile(
    r"Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|not found|access denied"
    r"|returned error: 4(?!29)\d\d|unable to update url base|is this a git repository|not exported"
)


class Readers(Enum):
    """Who can read a remote, as far as this could be found out."""

    ANYBODY = "anybody"
    LOGIN = "only who has a login"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Inquiry:
    """Who can read the repository at `place`, and what git said."""

    readers: Readers
    place: str
    words: str = ""


def find_readers(repository: Repository, address: str, silence: float) -> Inquiry:
    """Asks for the repository's branches without login, prompt, helper, key or the settings that hold such.

    Of an ssh address the page of the same name at the same host is asked for; where none answers that says nothing.
    Folders of this machine, and what is encrypted before it leaves, are not for anybody to read.
    """
    git = repository.git
    place = None if is_encrypted(address) else web_address(address, _real_host(git, address))
    if place is None:
        return Inquiry(Readers.LOGIN, address)
    settings = [flag for setting in _way_to(git, place) for flag in ("-c", setting)]
    with temporary_folder() as empty:
        command = ["git", "-c", "credential.helper=", *settings, "ls-remote", "--", place, "HEAD"]
        try:
            answer = run_and_watch(command, _anonymous_environment(empty), empty, silence)
        except Unanswered as error:
            return Inquiry(Readers.UNKNOWN, place, str(error))
    if answer.exit_code == 0:
        return Inquiry(Readers.ANYBODY, place)
    closed = _CLOSED.search(answer.errors)
    return Inquiry(Readers.LOGIN if closed else Readers.UNKNOWN, place, answer.errors)


class CheckedRemotes:
    """Which remotes were found to be private, and when: a cache, whose loss costs a check."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def is_recent(self, address: str, now: datetime) -> bool:
        """Whether that was within the last day; a clock that was set back proves nothing."""
        checked = self._read().get(_key(address))
        return checked is not None and timedelta(0) <= now - checked < KEPT_FOR

    def add(self, address: str, now: datetime) -> None:
        """Remembers an address, if it can; by its digest, since git's settings may put a login into it."""
        known = {**self._read(), _key(address): now}
        recent = {key: when.isoformat() for key, when in known.items() if now - when < KEPT_FOR}
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, json.dumps(recent, indent=1).encode())

    def _read(self) -> dict[str, datetime]:
        return remembered(self._file, _instants, {})


def _instants(stored: Any) -> dict[str, datetime]:
    return {key: datetime.fromisoformat(when) for key, when in stored.items() if when.endswith("+00:00")}


def _key(address: str) -> str:
    return hashlib.sha256(address.encode("utf-8", "surrogateescape")).hexdigest()


def _real_host(git: GitCommand, address: str) -> str | None:
    """The name in the network of a host that `~/.ssh/config` may call otherwise; by ssh itself, which asks nobody."""
    host, command = ssh_host(address), ssh_command(git)
    if host is None or command is None:
        return None
    try:
        answer = run_and_watch([*shlex.split(command), "-G", host], os.environ, git.folder, 10)
    except (OSError, Unanswered):
        return None
    named = re.search(r"^hostname (\S+)$", answer.text, re.MULTILINE)
    return named[1] if named else None


def _way_to(git: GitCommand, place: str) -> Iterator[str]:
    """The user's settings of proxy and certificates for this address, which are not secrets of the remote."""
    for field in git.run("config", "-z", "--get-urlmatch", "http", place, accept=(0, 1)).fields:
        name, _, value = field.partition("\n")
        if name.removeprefix("http.") in _SETTINGS_OF_THE_WAY:
            yield f"{name}={value}"


def _anonymous_environment(home: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in without_secrets(os.environ).items()
        if _ENVIRONMENT_OF_THE_WAY.match(name) or not _PERSONAL.match(name)
    }
    return {
        **kept,
        **ASKS_NOBODY,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(home.parent),
    }
