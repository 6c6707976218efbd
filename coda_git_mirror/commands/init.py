from __future__ import annotations

import shlex

import click

from coda_git_mirror.actions import init as action
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.place import mirror_at
from coda_git_mirror.format.text import one_line
from coda_git_mirror.ui.progress import Plain


@click.command()
@output_option
@verbose_option
def init(output: str | None, verbose: bool) -> None:  # noqa: ARG001 (cli.py looks for -v itself)
    """Make a folder a mirror.

    The folder becomes a git repository with a README and the mirror's settings. `sync` does this by itself where it
    is needed; a folder that is a mirror already is left alone.
    """
    folder = mirror_at(output)
    shown = one_line(str(folder))
    if action.init(folder, Plain()):
        fill = shlex.join(["coda-git-mirror", "sync", "-o", str(folder)])
        click.echo(f"{shown} is a mirror now; fill it with `{fill}`.")
    else:
        click.echo(f"{shown} is a mirror already; nothing was changed.")
