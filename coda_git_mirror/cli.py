"""The command line: its commands, and the one place where an outcome becomes an exit code."""

from __future__ import annotations

import _thread
import contextlib
import importlib
import os
import signal
import sys
import time
from types import FrameType
from typing import Any, NoReturn, TextIO

import click

from coda_git_mirror import __version__
from coda_git_mirror.clock import Terminated
from coda_git_mirror.errors import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_TERMINATED
from coda_git_mirror.gc_tuning import search_rarely
from coda_git_mirror.outcome import INTERRUPTED, TERMINATED, Ending, Outcome, outcome_of
from coda_git_mirror.ui.end import show_end

_SECONDS_TO_END = 1.5


_COMMANDS = ("demo", "diff", "init", "log", "push", "restore", "status", "sync", "verify")


class _Commands(click.Group):
    """Loads a command, and whatever it needs, only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"coda_git_mirror.commands.{cmd_name}"), cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def commands() -> None:
    """Keep a whole Coda account in a git repository."""


def main() -> NoReturn:
    """The console script."""
    _open_what_is_closed()
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _terminate)
    search_rarely()
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        code = _flushed(stream, code)
    os._exit(code)  # not sys.exit: threads that still wait for an answer must not hold up the end


def _open_what_is_closed() -> None:
    """A stream that the caller has closed (`>&-`) takes nothing; the next file must not become it by its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            while os.open(os.devnull, os.O_RDWR) < number:
                pass
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


def _flushed(stream: TextIO, code: int) -> int:
    """The exit code once everything is written; an answer that nobody could take is a failure."""
    try:
        stream.flush()
    except OSError as error:
        if stream is sys.stdout:
            with contextlib.suppress(OSError):
                os.write(2, f"Error: The answer could not be written: {error.strerror}.\n".encode())
        return code or EXIT_FAILED
    return code


def run(arguments: list[str]) -> int:
    """Runs a command, shows how it ended, and returns its exit code (cli.md, Exit codes)."""
    outcome = outcome_of(lambda: _run(arguments))
    show_end(outcome, with_trace=not {"-v", "--verbose"}.isdisjoint(arguments))
    return outcome.exit_code


def _run(arguments: list[str]) -> Outcome[Any]:
    """What a command returns: its outcome, its exit code, or nothing where all was done."""
    try:
        ended = commands(arguments, standalone_mode=False)
    except click.Abort as abort:
        raise KeyboardInterrupt from abort
    except click.ClickException as error:
        return Outcome(Ending.FAILED, error.exit_code, failure=error)
    if isinstance(ended, Outcome):
        return ended
    code = ended if isinstance(ended, int) else EXIT_DONE
    return Outcome(Ending.PROBLEMS if code else Ending.DONE, code)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """Ends the run wherever its main thread is, also in a wait."""
    _end_soon(INTERRUPTED, EXIT_INTERRUPTED)
    raise KeyboardInterrupt


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    """The same for SIGTERM."""
    _end_soon(TERMINATED, EXIT_TERMINATED)
    raise Terminated


def _end_soon(text: str, code: int) -> None:
    """Ends the process even if the exception is lost (in a finaliser, say): a mirror survives that at any instant.

    By `_thread`, since a signal may have come while the main thread holds a lock of `threading`.
    """

    def end() -> None:
        time.sleep(_SECONDS_TO_END)
        os.write(2, f"{text}\n".encode())
        os._exit(code)

    _thread.start_new_thread(end, ())
