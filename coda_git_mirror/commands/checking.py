"""What `status` tells programs and schedules: whether somebody should look after the mirror, and figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import click

from coda_git_mirror.actions.account_changes import Selection
from coda_git_mirror.actions.health import Finding, health, remembered_in
from coda_git_mirror.actions.schedule.state import schedule_state
from coda_git_mirror.actions.status import MirrorStatus
from coda_git_mirror.actions.status import status as action
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.commands.place import mirror_at
from coda_git_mirror.errors import EXIT_DONE, EXIT_PARTIAL, MirrorError, UsageError
from coda_git_mirror.git.private import private_folder_in
from coda_git_mirror.settings import Settings, load_settings
from coda_git_mirror.ui.as_json import print_json
from coda_git_mirror.ui.health import health_lines, health_object, metric_lines


def check(output: str | None, max_age: timedelta, as_json: bool) -> int:
    """Prints what is found of a mirror, a line each, and returns the exit code. Raises MirrorError where none is."""
    folder, now, troubles = mirror_at(output), SystemClock().present(), list[Finding]()
    status = _readable(folder, troubles)
    troubles += _schedule_troubles(folder, now)
    found = health(remembered_in(_private_folder(folder)), status, max_age, now, troubles)
    if as_json:
        print_json(health_object(found))
    else:
        click.echo("\n".join(health_lines(found)))
    return EXIT_DONE if found.is_good else EXIT_PARTIAL


def metrics(known: MirrorStatus) -> None:
    """Prints the figures of a mirror."""
    remembered = remembered_in(_private_folder(known.folder))
    age = remembered.runs.age(SystemClock().present())
    click.echo("\n".join(metric_lines(known, remembered, age.total_seconds() if age is not None else None)))


def next_run(folder: Path) -> datetime | None:
    """When a schedule starts the next sync of a mirror; None where there is none, or it does not tell."""
    return schedule_state(folder, SystemClock().present()).next_run


def _schedule_troubles(folder: Path, now: datetime) -> Iterator[Finding]:
    state = schedule_state(folder, now)
    if state.was_installed and not state.is_there:
        yield Finding("schedule", "the schedule is gone; `coda-git-mirror schedule --install` brings it back")


def _readable(folder: Path, troubles: list[Finding]) -> MirrorStatus | None:
    """The state of a mirror; None where it is damaged, which is one of the troubles then, as settings may be."""
    settings = Settings()
    try:
        settings = load_settings(folder)
    except UsageError as error:
        troubles.append(Finding("settings", str(error).removesuffix(".")))
    try:
        return action(folder, Selection(settings.docs, settings.exclude, settings.all_accessible))
    except MirrorError as error:
        if not _private_folder(folder).is_dir():
            raise
        troubles.append(Finding("damaged", str(error).removesuffix(".")))
        return None


def _private_folder(folder: Path) -> Path:
    return private_folder_in(folder) or folder / ".git"
