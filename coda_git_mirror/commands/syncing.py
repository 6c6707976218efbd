"""A sync by the command line, once it is due: wire, read, push, show, and remember how it ended."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from coda_git_mirror.actions.entry import complete_interrupted
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.push import push
from coda_git_mirror.actions.sync.dry_run import Estimate, estimate
from coda_git_mirror.actions.sync.guard import NotAllSucceeded
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.sync.run import sync as action
from coda_git_mirror.clock import Clock, SystemClock, Window
from coda_git_mirror.commands.asked import Asked
from coda_git_mirror.commands.place import mirror_at
from coda_git_mirror.commands.recording import Recording
from coda_git_mirror.commands.wiring import mirror_options, mirror_source
from coda_git_mirror.errors import EXIT_DONE, PushFailed
from coda_git_mirror.model.changes import Changes
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.outcome import Ending, Outcome, done, failed, outcome_of
from coda_git_mirror.progress import Silent
from coda_git_mirror.settings import Settings, load_settings
from coda_git_mirror.ui.as_json import print_json
from coda_git_mirror.ui.objects.dry_run import estimate_object
from coda_git_mirror.ui.objects.sync import sync_object
from coda_git_mirror.ui.progress import Plain, shown_progress
from coda_git_mirror.ui.report import estimate_lines, left_lines, problem_lines, push_line, sync_lines, token_lines

NETWORK_PATIENCE = 120.0
"""Seconds for which a network is waited for that is not there yet, as after a laptop wakes up."""


def run_sync(output: str | None, asked: Asked) -> int | Outcome[SyncReport]:
    """Foretells a sync, or does it: whatever ends it is then remembered, and told to whom the user has named."""
    folder = mirror_at(output)
    if asked.dry_run:
        return _foretell(folder, asked)
    recording = Recording(folder, asked.is_whole)
    outcome = outcome_of(lambda: _sync_and_push(folder, asked, recording))
    recording.end(outcome)
    return outcome


def _sync_and_push(folder: Path, asked: Asked, recording: Recording) -> Outcome[SyncReport]:
    recording.begin()
    complete_interrupted(folder, Silent() if asked.quiet else Plain())
    settings = load_settings(folder)
    clock = _clock(asked)
    options = asked.options(mirror_options(settings))
    source = mirror_source(folder, settings, clock, _network_patience(), asked.account)
    outcome = outcome_of(lambda: _sync(folder, source, options, asked, clock))
    _show(outcome, asked)
    if asked.and_push and (report := outcome.result) and outcome.ending in (Ending.DONE, Ending.PROBLEMS):
        outcome = _push(folder, settings, replace(outcome, result=replace(report, pushed=True)), asked.is_silent)
    if asked.as_json and outcome.result:
        print_json(sync_object(outcome.result))
    return outcome


def _clock(asked: Asked) -> Clock:
    return SystemClock() if asked.window is None else Window(SystemClock(), asked.window.total_seconds())


def _network_patience() -> float:
    """Somebody at a terminal sees at once that there is no network."""
    return 0.0 if sys.stderr.isatty() else NETWORK_PATIENCE


def _sync(folder: Path, source: Source, options: SyncOptions, asked: Asked, clock: Clock) -> Outcome[SyncReport]:
    """A strict sync that was refused has a report, too: of nothing but problems."""
    begun = clock.now()
    try:
        with shown_progress(asked.quiet, source.traffic, clock, len(options.formats)) as progress:
            report = action(folder, source, options, progress, clock)
    except NotAllSucceeded as error:
        requests, seconds = source.traffic().sent.total(), clock.now() - begun
        return failed(error, SyncReport(Changes(), error.totals, error.problems, requests, seconds, None, ""))
    return done(report, with_problems=bool(report.problems or report.left or report.unfinished))


def _foretell(folder: Path, asked: Asked) -> int:
    settings = load_settings(folder)
    options = asked.options(mirror_options(settings))
    source = mirror_source(folder, settings, SystemClock(), account=asked.account)
    foreseen = estimate(folder, source, options)
    _show_estimate(foreseen, asked)
    return EXIT_DONE


def _show_estimate(foreseen: Estimate, asked: Asked) -> None:
    if asked.as_json:
        print_json(estimate_object(foreseen))
    else:
        click.echo("\n".join(estimate_lines(foreseen, asked.verbose)))
    _show_problems(foreseen.problems)
    for line in foreseen.notes:
        click.echo(line, err=True)


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


def _show(outcome: Outcome[SyncReport], asked: Asked) -> None:
    """What was done goes to standard output, what was not to standard error."""
    if (report := outcome.result) is None:
        return
    committed = outcome.ending is not Ending.FAILED
    if committed and not asked.is_silent:
        click.echo("\n".join(sync_lines(report, asked.verbose)))
    _show_problems(report.problems, committed)
    for line in left_lines(report.left):
        click.echo(line, err=True)
    for line in (*token_lines(report.ledger), *report.notes):
        click.echo(line, err=True)
    if report.unfinished:
        click.echo(f"Note: {report.unfinished}", err=True)


def _show_problems(problems: Iterable[Problem], committed: bool = True) -> None:
    for line in problem_lines(problems, committed):
        click.echo(line, err=True)
