"""Gives word of a run to whom the user has named: a heartbeat, and commands for what went well or did not."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import click

from coda_git_mirror.errors import EXIT_BUSY, EXIT_DONE, MirrorError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.heartbeat import TRIES, VARIABLE, Heartbeat, shortened
from coda_git_mirror.outcome import Ending
from coda_git_mirror.redact import redacted
from coda_git_mirror.system.programs import ask
from coda_git_mirror.user_config import UserConfig

LONGEST_ARGUMENT = 2_000


@dataclass
class Word:
    """Whoever is told of one run; what goes wrong in telling is a note, and changes nothing else."""

    heartbeat: Heartbeat | None
    config: UserConfig
    note: Callable[[str], None]
    _start_was_lost: bool = field(default=False, init=False)

    def begin(self) -> None:
        """Tells that the run begins."""
        if self.heartbeat and self.heartbeat.tells_start:
            self._start_was_lost = self._noted(self.heartbeat.start())

    def end(self, ending: Ending, exit_code: int, summary: str) -> None:
        """Tells how it ended; a run that found another one at work leaves the word to that.

        Who interrupts a run does not wait for long: the commands, which go on by themselves, come first.
        """
        if exit_code == EXIT_BUSY:
            return
        self._run_command(exit_code, summary)
        if self.heartbeat:
            is_hasty = self._start_was_lost or ending is Ending.INTERRUPTED
            self._noted(self.heartbeat.end(exit_code, summary, 1 if is_hasty else TRIES))

    def _noted(self, reason: str) -> bool:
        if reason:
            self.note(f"Note: the heartbeat was not heard: {reason}.")
        return bool(reason)

    def _run_command(self, exit_code: int, summary: str) -> None:
        is_done = exit_code == EXIT_DONE
        name, command = ("on_success", self.config.on_success) if is_done else ("on_failure", self.config.on_failure)
        if not command:
            return
        try:
            answer = ask(filled(command, exit_code, summary), environment={})
        except (MirrorError, OSError, ValueError) as error:
            self.note(f"Note: the command of {name} failed: {one_line(str(error))}")
            return
        if answer.exit_code:
            self.note(f"Note: the command of {name} ended with {answer.exit_code}: {one_line(answer.words)}")


def filled(command: tuple[str, ...], exit_code: int, summary: str) -> list[str]:
    """The words of a command with what happened in them."""
    said = shortened(summary).decode()[:LONGEST_ARGUMENT].replace("\0", "")
    # In this order, and each once: what a summary says is no place to fill.
    parts = (word.split("{summary}") for word in command)
    return [said.join(part.replace("{exit_code}", str(exit_code)) for part in each) for each in parts]


def word_of(config: UserConfig, environment: Mapping[str, str] = os.environ) -> Word:
    """Whoever the environment or the user's configuration names."""
    address = environment.get(VARIABLE, "").strip() or config.heartbeat
    return Word(Heartbeat(address) if address else None, config, lambda text: click.echo(redacted(text), err=True))
