from __future__ import annotations

import json

import click

from coda_git_mirror.actions.account_changes import AccountChanges, Selection, account_changes
from coda_git_mirror.actions.status import MirrorStatus
from coda_git_mirror.actions.status import status as action
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.wiring import api_url, coda_source
from coda_git_mirror.credentials import find_token
from coda_git_mirror.settings import load_settings, mirror_folder
from coda_git_mirror.ui.report import problem_lines
from coda_git_mirror.ui.status import account_lines, status_lines


@click.command()
@output_option
@click.option("--remote", is_flag=True, help="Ask Coda also which docs were edited since; needs the API token.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@verbose_option
def status(output: str | None, remote: bool, as_json: bool, verbose: bool) -> None:  # noqa: ARG001 (cli.py looks for -v)
    """Show what the mirror holds, how fresh it is, and what is unfinished.

    Without --remote it needs neither token nor network.
    """
    folder = mirror_folder(output)
    known = action(folder)
    changes = _account_changes(known) if remote else None
    if as_json:
        click.echo(json.dumps({**known.as_json(), "coda": changes.as_json() if changes else None}, indent=2))
        return
    click.echo("\n".join([*status_lines(known), *(account_lines(changes) if changes else ())]))
    problems = known.manifest.problems if known.manifest else ()
    click.echo("".join(f"\n{line}" for line in problem_lines(problems)), nl=bool(problems))


def _account_changes(known: MirrorStatus) -> AccountChanges:
    settings = load_settings(known.folder)
    source = coda_source(api_url(), find_token(), SystemClock())
    selection = Selection(settings.docs, settings.exclude, settings.all_accessible)
    return account_changes(source, known.manifest, selection)
