"""The command line: its commands, and the one place where an error becomes a sentence and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from typing import NoReturn

import click

from coda_git_mirror import __version__
from coda_git_mirror.clock import Interrupted
from coda_git_mirror.commands.demo import demo
from coda_git_mirror.commands.init import init
from coda_git_mirror.commands.sync import sync
from coda_git_mirror.errors import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, MirrorError
from coda_git_mirror.redact import redacted


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def commands() -> None:
    """Keep a whole Coda account in a git repository."""


for command in (init, sync, demo):
    commands.add_command(command)


def main() -> NoReturn:
    """The console script."""
    code = run(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # not sys.exit: threads that still wait for an answer must not hold up the end


def run(arguments: list[str]) -> int:
    """Runs a command and returns its exit code (cli.md). Expected failures are told in one sentence."""
    try:
        code = commands(arguments, standalone_mode=False)
    except (KeyboardInterrupt, Interrupted, click.Abort):
        click.echo("Interrupted; the mirror is as it was, and the next sync starts from there.", err=True)
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except MirrorError as error:
        return _told(str(error), error.exit_code, arguments)
    except Exception as error:
        text = f"An unexpected failure ({type(error).__name__}: {error}); run it again with -v to see where it arises."
        return _told(text, EXIT_FAILED, arguments)
    return code if isinstance(code, int) else EXIT_DONE


def _told(text: str, code: int, arguments: list[str]) -> int:
    click.echo(f"Error: {redacted(' '.join(text.split()))}", err=True)
    if {"-v", "--verbose"} & set(arguments):
        click.echo(redacted(traceback.format_exc()), err=True)
    return code
