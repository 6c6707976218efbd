"""Starts programs of the system: without a shell, without Coda's token, and not for ever."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.redact import without_secrets

_LONGEST = 60.0
UNDERSTOOD = {"LC_ALL": "C.UTF-8", "LANGUAGE": ""}
"""So that what a program says can be told apart."""

NO_WINDOW: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""On Windows, where a program of the terminal would open one if ours has none."""


class NoSuchProgram(MirrorError):
    """The machine has no program of this name, or does not let it run."""


@dataclass(frozen=True)
class Answer:
    """What a program said until its end."""

    exit_code: int
    output: bytes
    errors: str

    @property
    def text(self) -> str:
        """The output as text; bytes that are no UTF-8 survive the way back."""
        return self.output.decode("utf-8", "surrogateescape")

    @property
    def words(self) -> str:
        """One line of what it said, for an error."""
        return " ".join((self.errors or self.output.decode("utf-8", "replace")).split())[:300]


def ask(
    command: Sequence[str],
    stdin: bytes = b"",
    environment: Mapping[str, str] = UNDERSTOOD,
    seconds: float = _LONGEST,
) -> Answer:
    """Runs a program to its end; `environment` is added to the inherited one, from which the token is taken.

    Raises NoSuchProgram, or MirrorError where it does not end in time.
    """
    inherited = {**without_secrets(os.environ), **environment}
    try:
        ended = subprocess.run(
            command,
            input=stdin,
            env=inherited,
            capture_output=True,
            timeout=seconds,
            check=False,
            creationflags=NO_WINDOW,
        )
    except OSError as error:
        raise NoSuchProgram(f"`{command[0]}` cannot be run here ({error.strerror}).") from error
    except subprocess.TimeoutExpired as error:
        raise MirrorError(f"`{command[0]}` did not end within {seconds:.0f} seconds; see what holds it up.") from error
    return Answer(ended.returncode, ended.stdout, ended.stderr.decode("utf-8", "replace"))


def begin(command: Sequence[str]) -> None:
    """Starts a program that goes on by itself, sees no terminal and knows no token; nothing where it cannot be run."""
    with contextlib.suppress(OSError):
        started = subprocess.Popen(
            command,
            env=without_secrets(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=NO_WINDOW,
        )
        threading.Thread(target=started.wait, daemon=True).start()
