from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import click

from coda_git_mirror.clock import SystemClock
from coda_git_mirror.commands.asked import CHOICES, Asked
from coda_git_mirror.commands.completion import complete_docs
from coda_git_mirror.commands.options import DURATION, docs_option, output_option
from coda_git_mirror.git.private import private_folder_in
from coda_git_mirror.settings import mirror_folder
from coda_git_mirror.state.runs import read_runs

_EXCLUDE = "Not this doc; what the mirror holds of it stays. Can be given several times."
_EVERY = "Do nothing if the last sync that succeeded is younger than this, such as 30m, 20h or 7d."
_FOR = "Stop reading after this time, and commit the docs that are whole; the rest is left to the next sync."
_ACCOUNT = "Whose token to take for a new mirror, if the system's keyring has several (see `login`)."
_VERBOSE = (
    "Show the whole commit message, with --dry-run the pages that would be exported, and with an error where in the "
    "program it arose."
)


@click.command()
@output_option
@docs_option
@click.option("--exclude", multiple=True, metavar="D", help=_EXCLUDE, shell_complete=complete_docs)
@click.option("--all-accessible", is_flag=True, help="All docs that you can open, not only those you own.")
@click.option("--pages-only", is_flag=True, help="Read pages; leave the tables as the mirror holds them.")
@click.option("--tables-only", is_flag=True, help="Read tables; leave the pages as the mirror holds them.")
@click.option("--format", "page_format", type=click.Choice(tuple(CHOICES)), help="Read pages in this form only.")
@click.option("--no-assets", is_flag=True, help="Fetch no images and attached files that the mirror does not hold.")
@click.option(
    "--incremental/--full",
    default=True,
    help="Read only what may have changed (the default), or everything.",
)
@click.option("--every", type=DURATION, metavar="AGE", help=_EVERY)
@click.option("--for", "window", type=DURATION, metavar="TIME", help=_FOR)
@click.option("--account", default="", metavar="LOGIN", help=_ACCOUNT)
@click.option(
    "--push", "and_push", is_flag=True, help="Push to the mirror's remote at the end, also when nothing changed."
)
@click.option(
    "--allow-mass-delete", is_flag=True, help="Let many docs or pages go at once, if Coda says they are gone."
)
@click.option("--strict", is_flag=True, help="Commit nothing unless every item could be read.")
@click.option("--dry-run", is_flag=True, help="Say what would be read and why, with how many requests; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("-v", "--verbose", is_flag=True, help=_VERBOSE)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors and problems.")
def sync(output: str | None, **flags: Any) -> Any:
    """Mirror the account, and commit what changed.

    Reads the docs that you own, writes them into the mirror and commits once, if anything changed. Needs an API token,
    which `login` stores, or in CODA_API_TOKEN.

    Exit codes: 0 done, 1 failed and nothing committed, 2 wrong usage, 3 committed although some items failed,
    4 committed but not pushed, 5 another sync holds this mirror, 130 interrupted, 143 terminated.
    """
    asked = Asked(**flags)
    if asked.every is not None and not _is_due(output, asked.every):
        _tell_not_due(asked)
        return None
    # A schedule asks each hour whether a sync is due: what takes time to load is for those that are.
    from coda_git_mirror.commands.syncing import run_sync

    return run_sync(output, asked)


def _is_due(output: str | None, every: timedelta) -> bool:
    """Whether no sync of the whole mirror has succeeded since; where that is not known, one is due."""
    private_folder = private_folder_in(mirror_folder(output))
    return private_folder is None or read_runs(private_folder).is_due(every, SystemClock().present())


def _tell_not_due(asked: Asked) -> None:
    """A script gets its object, somebody at a terminal a line; a schedule, which would send a mail of it, nothing."""
    if asked.as_json:
        click.echo('{"due": false}')
    elif not asked.quiet and sys.stderr.isatty():
        click.echo("Not due: the last sync that succeeded is younger than --every says.", err=True)
