"""The last words of a command: why it did not do all that it was asked for."""

from __future__ import annotations

import io
import traceback
from typing import Any

import click

from coda_git_mirror.format.text import harmless
from coda_git_mirror.outcome import Ending, Outcome
from coda_git_mirror.redact import redacted


def show_end(outcome: Outcome[Any], with_trace: bool) -> None:
    """Tells on standard error why a command failed or was interrupted, and where in the program if that is wanted."""
    if isinstance(outcome.failure, click.ClickException):
        usage = io.StringIO()
        outcome.failure.show(usage)
        click.echo(harmless(usage.getvalue()), err=True, nl=False)
        return
    if outcome.reason:
        click.echo(outcome.reason if outcome.ending is Ending.INTERRUPTED else f"Error: {outcome.reason}", err=True)
    if with_trace and outcome.failure and outcome.ending is Ending.FAILED:
        click.echo(harmless(redacted("".join(traceback.format_exception(outcome.failure)))), err=True)
