from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from coda_git_mirror.actions.entry import complete_interrupted
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.push import push
from coda_git_mirror.actions.sync.dry_run import Estimate, estimate
from coda_git_mirror.actions.sync.guard import NotAllSucceeded
from coda_git_mirror.actions.sync.options import BOTH_FORMATS, SyncOptions
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.sync.run import sync as action
from coda_git_mirror.clock import Clock, SystemClock
from coda_git_mirror.commands.options import docs_option, output_option
from coda_git_mirror.commands.place import mirror_at
from coda_git_mirror.commands.wiring import FORMATS, mirror_options, mirror_source
from coda_git_mirror.errors import EXIT_DONE, PushFailed, UsageError
from coda_git_mirror.model.changes import Changes
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.outcome import Ending, Outcome, done, failed, outcome_of
from coda_git_mirror.progress import Silent
from coda_git_mirror.settings import Settings, load_settings
from coda_git_mirror.ui.as_json import print_json
from coda_git_mirror.ui.objects.dry_run import estimate_object
from coda_git_mirror.ui.objects.sync import sync_object
from coda_git_mirror.ui.progress import Plain, shown_progress
from coda_git_mirror.ui.report import estimate_lines, problem_lines, push_line, sync_lines, token_lines

_EXCLUDE = "Not this doc; what the mirror holds of it stays. Can be given several times."
_VERBOSE = (
    "Show the whole commit message, with --dry-run the pages that would be exported, and with an error where in the "
    "program it arose."
)
CHOICES = {**{name: (suffix,) for name, suffix in FORMATS.items()}, "both": BOTH_FORMATS}


@click.command()
@output_option
@docs_option
@click.option("--exclude", multiple=True, metavar="D", help=_EXCLUDE)
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
@click.option("-v", "--verbose", is_flag=True, help=_VERBOSE)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors and problems.")
def sync(output: str | None, **flags: Any) -> int | Outcome[SyncReport]:
    """Mirror the account, and commit what changed.

    Reads the docs that you own, writes them into the mirror and commits once, if anything changed. Needs an API token
    in CODA_API_TOKEN.

    Exit codes: 0 done, 1 failed and nothing committed, 2 wrong usage, 3 committed although some items failed,
    4 committed but not pushed, 5 another sync holds this mirror, 130 interrupted, 143 terminated.
    """
    asked = _Asked(**flags)
    folder = mirror_at(output)
    if not asked.dry_run:
        complete_interrupted(folder, Silent() if asked.quiet else Plain())
    settings = load_settings(folder)
    options, clock = asked.options(mirror_options(settings)), SystemClock()
    source = mirror_source(settings, clock)
    if asked.dry_run:
        return _foretell(estimate(folder, source, options), asked)
    outcome = outcome_of(lambda: _sync(folder, source, options, asked, clock))
    _show(outcome, asked)
    if asked.and_push and (report := outcome.result) and outcome.ending in (Ending.DONE, Ending.PROBLEMS):
        outcome = _push(folder, settings, replace(outcome, result=replace(report, pushed=True)), asked.is_silent)
    if asked.as_json and outcome.result:
        print_json(sync_object(outcome.result))
    return outcome


@dataclass(frozen=True)
class _Asked:
    """What the command line says, by the names of its options."""

    docs: tuple[str, ...]
    exclude: tuple[str, ...]
    all_accessible: bool
    pages_only: bool
    tables_only: bool
    page_format: str | None
    no_assets: bool
    incremental: bool
    and_push: bool
    allow_mass_delete: bool
    strict: bool
    dry_run: bool
    as_json: bool
    verbose: bool
    quiet: bool

    @property
    def is_silent(self) -> bool:
        """Whether standard output has no words for people."""
        return self.quiet or self.as_json

    def options(self, by_settings: SyncOptions) -> SyncOptions:
        """What the settings say, and this command line on top. Raises UsageError."""
        if self.pages_only and self.tables_only:
            raise UsageError("--pages-only and --tables-only exclude each other; leave both out to read everything.")
        return replace(
            by_settings,
            docs=self.docs or by_settings.docs,
            exclude=self.exclude or by_settings.exclude,
            selected_by_settings=not (self.docs or self.exclude),
            all_accessible=self.all_accessible or by_settings.all_accessible,
            pages=not self.tables_only,
            tables=not self.pages_only,
            formats=CHOICES[self.page_format] if self.page_format else by_settings.formats,
            assets=not self.no_assets,
            full=not self.incremental,
            allow_mass_delete=self.allow_mass_delete,
            strict=self.strict,
        )


def _sync(folder: Path, source: Source, options: SyncOptions, asked: _Asked, clock: Clock) -> Outcome[SyncReport]:
    """A strict sync that was refused has a report, too: of nothing but problems."""
    begun = clock.now()
    try:
        with shown_progress(asked.quiet, source.traffic, clock, len(options.formats)) as progress:
            report = action(folder, source, options, progress, clock)
    except NotAllSucceeded as error:
        requests, seconds = source.traffic().sent.total(), clock.now() - begun
        return failed(error, SyncReport(Changes(), error.totals, error.problems, requests, seconds, None, ""))
    return done(report, with_problems=bool(report.problems or report.unfinished))


def _foretell(foreseen: Estimate, asked: _Asked) -> int:
    if asked.as_json:
        print_json(estimate_object(foreseen))
    else:
        click.echo("\n".join(estimate_lines(foreseen, asked.verbose)))
    _show_problems(foreseen.problems)
    for line in foreseen.notes:
        click.echo(line, err=True)
    return EXIT_DONE


def _push(folder: Path, settings: Settings, outcome: Outcome[SyncReport], silent: bool) -> Outcome[SyncReport]:
    """Pushes what is committed, also what earlier runs could not push."""
    try:
        pushed = push(folder, settings.allow_public_remote, datetime.now(UTC))
    except PushFailed as error:
        report = outcome.result
        return failed(error, replace(report, pushed=False) if report else None)
    if not silent:
        click.echo(push_line(pushed))
    if pushed.note and not silent:
        click.echo(f"Note: {pushed.note}", err=True)
    return outcome


def _show(outcome: Outcome[SyncReport], asked: _Asked) -> None:
    """What was done goes to standard output, what was not to standard error."""
    if (report := outcome.result) is None:
        return
    committed = outcome.ending is not Ending.FAILED
    if committed and not asked.is_silent:
        click.echo("\n".join(sync_lines(report, asked.verbose)))
    _show_problems(report.problems, committed)
    for line in (*token_lines(report.ledger), *report.notes):
        click.echo(line, err=True)
    if report.unfinished:
        click.echo(f"Note: {report.unfinished}", err=True)


def _show_problems(problems: Iterable[Problem], committed: bool = True) -> None:
    for line in problem_lines(problems, committed):
        click.echo(line, err=True)
