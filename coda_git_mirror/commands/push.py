from __future__ import annotations

from datetime import UTC, datetime

import click

from coda_git_mirror.actions.push import push as action
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.place import mirror_at, owner_of
from coda_git_mirror.credentials import note_token
from coda_git_mirror.settings import load_settings
from coda_git_mirror.ui.report import push_line


@click.command()
@output_option
@verbose_option
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def push(output: str | None, verbose: bool, quiet: bool) -> None:  # noqa: ARG001 (cli.py looks for -v itself)
    """Push the mirror to its private remote.

    Sends the commits that the remote lacks; never by force. The remote is the upstream of the branch main, else the
    only one, else origin. Refuses a remote that anybody can read, or that holds another repository.

    Exit codes: 0 done, 1 no mirror there, 2 wrong usage, 4 not pushed, 130 interrupted, 143 terminated.
    """
    folder = mirror_at(output)
    note_token(lambda: owner_of(folder))
    pushed = action(folder, load_settings(folder).allow_public_remote, datetime.now(UTC))
    if not quiet:
        click.echo(push_line(pushed))
    if pushed.note and not quiet:
        click.echo(f"Note: {pushed.note}", err=True)
