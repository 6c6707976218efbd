from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from coda_git_mirror.actions.account_changes import AccountChanges, Selection, account_changes
from coda_git_mirror.actions.health import MAX_AGE
from coda_git_mirror.actions.status import MirrorStatus
from coda_git_mirror.actions.status import status as action
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.commands.checking import check, metrics, next_run
from coda_git_mirror.commands.options import DURATION, output_option, verbose_option
from coda_git_mirror.commands.place import past_of
from coda_git_mirror.errors import UsageError
from coda_git_mirror.settings import Settings, load_settings
from coda_git_mirror.ui.as_json import print_json
from coda_git_mirror.ui.objects.status import status_object
from coda_git_mirror.ui.report import ledger_lines
from coda_git_mirror.ui.status import account_lines, status_lines

_CHECK = "Say what somebody should look after, and end with 3 if there is anything."
_MAX_AGE = "With --check: how old the last sync that succeeded may be.  [default: 26h]"


@click.command()
@output_option
@click.option("--remote", is_flag=True, help="Ask Coda also which docs were edited since; needs the API token.")
@click.option("--check", "checks", is_flag=True, help=_CHECK)
@click.option("--max-age", type=DURATION, metavar="AGE", help=_MAX_AGE)
@click.option("--metrics", "as_metrics", is_flag=True, help="Print figures as Prometheus reads them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@verbose_option
def status(
    output: str | None,
    remote: bool,
    checks: bool,
    max_age: timedelta | None,
    as_metrics: bool,
    as_json: bool,
    verbose: bool,  # noqa: ARG001 (cli.py looks for -v)
) -> int | None:
    """Show what the mirror holds, how fresh it is, and what is unfinished.

    Without --remote it needs neither token nor network.

    Exit codes: 0 done, 1 no mirror there, 2 wrong usage, 3 --check has found something.
    """
    _require_one(remote=remote, check=checks, metrics=as_metrics)
    _require_sense(checks, max_age, as_metrics, as_json)
    if checks:
        return check(output, MAX_AGE if max_age is None else max_age, as_json)
    folder = past_of(output)
    settings = _settings(folder, remote)
    known = action(folder, _selection(settings))
    if as_metrics:
        metrics(known)
        return None
    _show(known, _account_changes(known, settings) if remote else None, as_json)
    return None


def _require_one(**asked: bool) -> None:
    given = [f"--{name}" for name, is_given in asked.items() if is_given]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} exclude each other; run the command once for each.")


def _require_sense(checks: bool, max_age: timedelta | None, as_metrics: bool, as_json: bool) -> None:
    if max_age is not None and not checks:
        raise UsageError("--max-age says how --check is to look; add --check, or leave it out.")
    if as_metrics and as_json:
        raise UsageError("--metrics and --json exclude each other; leave one of them out.")


def _show(known: MirrorStatus, changes: AccountChanges | None, as_json: bool) -> None:
    planned = next_run(known.folder)
    if as_json:
        print_json({**status_object(known, changes), "next_run": planned.isoformat() if planned else None})
        return
    click.echo("\n".join([*status_lines(known, planned), *(account_lines(changes) if changes else ())]))
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

    return account_changes(mirror_source(known.folder, settings, SystemClock()), known.manifest, _selection(settings))
