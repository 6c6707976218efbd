"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import click

from coda_git_mirror.commands.completion import complete_docs, complete_folders
from coda_git_mirror.durations import duration
from coda_git_mirror.settings import DEFAULT_FOLDER, FOLDER_VARIABLE

Command = TypeVar("Command", bound=Callable[..., Any])


def output_option(command: Command) -> Command:
    """`-o/--output DIR`: the mirror to work on."""
    text = f"The mirror's folder. [default: ${FOLDER_VARIABLE}, the mirror around you, or ./{DEFAULT_FOLDER}]"
    return click.option("-o", "--output", metavar="DIR", help=text, shell_complete=complete_folders)(command)


def verbose_option(command: Command) -> Command:
    """`-v`: a traceback with an error (see `cli`)."""
    text = "With an error say also where in the program it arose."
    return click.option("-v", "--verbose", is_flag=True, help=text)(command)


def docs_option(command: Command) -> Command:
    """`--doc D`, as often as one likes."""
    text = "Only this doc: id, exact name, pattern or address. Can be given several times."
    return click.option("--doc", "docs", multiple=True, metavar="D", help=text, shell_complete=complete_docs)(command)


class DurationType(click.ParamType[timedelta]):
    """An option's value such as `20h`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ARG002
        return value if isinstance(value, timedelta) else duration(value)


DURATION = DurationType()
