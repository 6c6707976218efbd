from __future__ import annotations

from pathlib import Path

import click

from coda_git_mirror.actions.account_changes import AccountChanges, Selection, account_changes
from coda_git_mirror.actions.status import MirrorStatus
from coda_git_mirror.actions.status import status as action
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.place import past_of
from coda_git_mirror.errors import UsageError
from coda_git_mirror.settings import Settings, load_settings
from coda_git_mirror.ui.as_json import print_json
from coda_git_mirror.ui.objects.status import status_object
from coda_git_mirror.ui.report import ledger_lines
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
    folder = past_of(output)
    settings = _settings(folder, remote)
    known = action(folder, _selection(settings))
    changes = _account_changes(known, settings) if remote else None
    if as_json:
        print_json(status_object(known, changes))
        return
    click.echo("\n".join([*status_lines(known), *(account_lines(changes) if changes else ())]))
    problems = known.manifest.problems if known.manifest else ()
    click.echo("".join(f"\n{line}" for line in ledger_lines(problems)), nl=bool(problems))


def _settings(folder: Path, needed: bool) -> Settings:
    """The mirror's settings; where they cannot be read and are not needed, they hide nothing else of what is known."""
    try:
        return load_settings(folder)
    except UsageError:
        if needed:
            raise
        return Settings()


def _selection(settings: Settings) -> Selection:
    return Selection(settings.docs, settings.exclude, settings.all_accessible)


def _account_changes(known: MirrorStatus, settings: Settings) -> AccountChanges:
    # What speaks HTTP takes as long to load as all the rest, and only --remote needs it.
    from coda_git_mirror.commands.wiring import mirror_source

    return account_changes(mirror_source(settings, SystemClock()), known.manifest, _selection(settings))
