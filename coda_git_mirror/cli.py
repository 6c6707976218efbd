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
from typing import TYPE_CHECKING, Any, NoReturn

import click

from coda_git_mirror import __version__
from coda_git_mirror.clock import Terminated
from coda_git_mirror.errors import EXIT_DONE, EXIT_INTERRUPTED, EXIT_TERMINATED, INTERRUPTED, TERMINATED, MirrorError
from coda_git_mirror.gc_tuning import return_large_blocks, search_rarely
from coda_git_mirror.outcome import Ending, Outcome, failed, outcome_of
from coda_git_mirror.ui.end import show_end
from coda_git_mirror.ui.output import SteadyStream, steady_output

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SECONDS_TO_END = 1.5
_COMPLETION = "_CODA_GIT_MIRROR_COMPLETE"


_COMMANDS = (
    "apply", "browse", "demo", "diff", "drop", "init", "log", "login", "logout", "push", "query", "recreate", "restore",
    "rollback", "rows", "schedule", "status", "sync", "verify",
)  # fmt: skip
_DOING = {"demo", "drop", "init", "login", "logout", "push", "restore", "sync"}
"""Commands that do something, of which their output only tells; of the others the output is all there is."""

_ONLY_WITH = {
    "apply": {"--apply"},
    "query": {"--save"},
    "recreate": {"--apply"},
    "rollback": {"--apply"},
    "schedule": {"--install", "--remove", "--to"},
}
"""Those that do something only with one of these options."""


class _Commands(click.Group):
    """Loads a command, and whatever it needs, only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"coda_git_mirror.commands.{cmd_name}"), cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names, without loading any command."""
        from click.shell_completion import CompletionItem

        names = [CompletionItem(name) for name in _COMMANDS if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def commands() -> None:
    """Keep a whole Coda account in a git repository."""


def main() -> NoReturn:
    """Runs the command of the command line and ends the process."""
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _terminate)
    search_rarely()
    return_large_blocks()
    _fill_standard_descriptors()
    code = _complete() if _COMPLETION in os.environ else run(sys.argv[1:])
    os._exit(code)  # not sys.exit: threads that still wait for an answer must not hold up the end


def run(arguments: list[str]) -> int:
    """Runs a command, shows how it ended, and returns its exit code (cli.md, Exit codes)."""
    with steady_output() as output:
        outcome = _heard(outcome_of(lambda: _run(arguments)), arguments, output)
        show_end(outcome, with_trace=not {"-v", "--verbose"}.isdisjoint(arguments))
    return outcome.exit_code


def _complete() -> int:
    """Answers a shell that asks what may stand at the cursor."""
    from coda_git_mirror.commands.completion import complete

    code = complete(commands)
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    return code


def _heard(outcome: Outcome[Any], arguments: list[str], output: SteadyStream) -> Outcome[Any]:
    """A command that only tells something has failed where that could not be written; of others that is a note."""
    output.flush()
    if not output.failure:
        return outcome
    what = f"Standard output could not be written ({output.failure})"
    if outcome.exit_code == EXIT_DONE and not _does_something(arguments):
        return failed(MirrorError(f"{what}; what is there is not all, so run the command again."))
    click.echo(f"Note: {what}.", err=True)
    return outcome


def _does_something(arguments: list[str]) -> bool:
    """Whether a command line does more than to tell something."""
    if options := _ONLY_WITH.get(arguments[0] if arguments else ""):
        return not options.isdisjoint(word.partition("=")[0] for word in arguments)
    return not _DOING.isdisjoint(arguments[:1]) and "--dry-run" not in arguments


def _fill_standard_descriptors() -> None:
    """Sees to it that no file which is opened later gets the number of a standard stream that was closed."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


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
        with contextlib.suppress(OSError):
            os.write(2, f"{text}\n".encode())
        os._exit(code)

    _thread.start_new_thread(end, ())
