from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from coda_git_mirror.actions.push import push
from coda_git_mirror.actions.sync.dry_run import Estimate, estimate
from coda_git_mirror.actions.sync.guard import NotAllSucceeded
from coda_git_mirror.actions.sync.options import BOTH_FORMATS
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.sync.run import sync as action
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.wiring import FORMATS, mirror_options, mirror_source
from coda_git_mirror.errors import EXIT_DONE, EXIT_PARTIAL, PushFailed, UsageError
from coda_git_mirror.model.changes import Changes
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.settings import Settings, load_settings, mirror_folder
from coda_git_mirror.ui.progress import shown_progress
from coda_git_mirror.ui.report import estimate_lines, problem_lines, push_line, sync_lines, token_lines

CHOICES = {**{name: (suffix,) for name, suffix in FORMATS.items()}, "both": BOTH_FORMATS}


@click.command()
@output_option
@click.option("--doc", "docs", multiple=True, metavar="D", help="Only this doc: id, exact name, pattern or address.")
@click.option("--exclude", multiple=True, metavar="D", help="Not this doc; what the mirror holds of it stays.")
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
@click.option(
    "--push", "and_push", is_flag=True, help="Push to the mirror's remote at the end, also when nothing changed."
)
@click.option(
    "--allow-mass-delete", is_flag=True, help="Let many docs or pages go at once, if Coda says they are gone."
)
@click.option("--strict", is_flag=True, help="Commit nothing unless every item could be read.")
@click.option("--dry-run", is_flag=True, help="Say what would be read and why, with how many requests; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@verbose_option
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors and problems.")
def sync(
    output: str | None,
    docs: tuple[str, ...],
    exclude: tuple[str, ...],
    all_accessible: bool,
    pages_only: bool,
    tables_only: bool,
    page_format: str | None,
    no_assets: bool,
    incremental: bool,
    and_push: bool,
    allow_mass_delete: bool,
    strict: bool,
    dry_run: bool,
    as_json: bool,
    verbose: bool,
    quiet: bool,
) -> int:
    """Mirror the account, and commit what changed.

    Reads the docs that you own, writes them into the mirror and commits once, if anything changed. Needs an API token
    in CODA_API_TOKEN.

    Exit codes: 0 done, 1 failed and nothing committed, 2 wrong usage, 3 committed although some items failed,
    4 committed but not pushed, 5 another sync holds this mirror, 130 interrupted, 143 terminated.
    """
    if pages_only and tables_only:
        raise UsageError("--pages-only and --tables-only exclude each other; leave both out to read everything.")
    folder = mirror_folder(output)
    settings = load_settings(folder)
    by_settings = mirror_options(settings)
    options = replace(
        by_settings,
        docs=docs or by_settings.docs,
        exclude=exclude or by_settings.exclude,
        selected_by_settings=not (docs or exclude),
        all_accessible=all_accessible or by_settings.all_accessible,
        pages=not tables_only,
        tables=not pages_only,
        formats=CHOICES[page_format] if page_format else by_settings.formats,
        assets=not no_assets,
        full=not incremental,
        allow_mass_delete=allow_mass_delete,
        strict=strict,
    )
    clock = SystemClock()
    begun = clock.now()
    source = mirror_source(settings, clock)
    if dry_run:
        return _foretell(estimate(folder, source, options), as_json)
    try:
        with shown_progress(quiet, source.traffic, clock) as progress:
            report = action(folder, source, options, progress, clock)
    except NotAllSucceeded as error:
        _show_refusal(error, source.traffic().sent.total(), clock.now() - begun, as_json)
        raise
    _show(report, verbose, quiet or as_json)
    failure = _push(folder, settings, quiet or as_json) if and_push else None
    if as_json:
        _show_json(replace(report, pushed=failure is None if and_push else None))
    if failure:
        raise failure
    return EXIT_PARTIAL if report.problems else EXIT_DONE


def _foretell(foreseen: Estimate, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps(foreseen.as_json(), ensure_ascii=True, indent=2))
    else:
        click.echo("\n".join(estimate_lines(foreseen)))
    _show_problems(foreseen.problems)
    return EXIT_DONE


def _push(folder: Path, settings: Settings, quiet: bool) -> PushFailed | None:
    """Pushes what is committed, also what earlier runs could not push; why that failed, if it did."""
    try:
        pushed = push(folder, settings.allow_public_remote, datetime.now(UTC))
    except PushFailed as error:
        return error
    if not quiet:
        click.echo(push_line(pushed))
    return None


def _show(report: SyncReport, verbose: bool, quiet: bool) -> None:
    if not quiet:
        click.echo("\n".join(sync_lines(report, verbose)))
    _show_problems(report.problems)
    for line in token_lines(report.ledger):
        click.echo(line, err=True)


def _show_refusal(refusal: NotAllSucceeded, requests: int, seconds: float, as_json: bool) -> None:
    report = SyncReport(Changes(), refusal.totals, refusal.problems, requests, seconds, None, "")
    if as_json:
        _show_json(report)
    _show_problems(report.problems, committed=False)


def _show_json(report: SyncReport) -> None:
    click.echo(json.dumps(report.as_json(), ensure_ascii=True, indent=2))


def _show_problems(problems: Iterable[Problem], committed: bool = True) -> None:
    for line in problem_lines(problems, committed):
        click.echo(line, err=True)
