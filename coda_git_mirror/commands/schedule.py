from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from coda_git_mirror import __version__
from coda_git_mirror.actions.schedule.accounts import jobs_of
from coda_git_mirror.actions.schedule.files import made, printed, write_to
from coda_git_mirror.actions.schedule.machine.found import Found
from coda_git_mirror.actions.schedule.plan import HERE, KINDS, Job, Made, Plan, TimeOfDay, time_of_day
from coda_git_mirror.actions.schedule.state import kind_of_this_machine, scheduler
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.place import mirror_at
from coda_git_mirror.disk.small_files import read_small
from coda_git_mirror.durations import duration
from coda_git_mirror.errors import EXIT_DONE, EXIT_PARTIAL, MirrorError, UsageError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.redact import TOKEN_VARIABLES
from coda_git_mirror.settings import named_folder
from coda_git_mirror.state.scheduled import forget_schedule, remember_schedule
from coda_git_mirror.ui.output import print_bytes

_PROGRAM = "coda-git-mirror"


@click.command()
@click.argument("kind", required=False, type=click.Choice(KINDS), metavar="[KIND]")
@output_option
@click.option("--at", metavar="HH:MM", help="From this time of the day on, until a sync has succeeded that day.")
@click.option("--every", metavar="AGE", help="Whenever the last success is that old: 20h, 7d. [default: 20h]")
@click.option("--no-push", is_flag=True, help="Leave out the push to the mirror's remote.")
@click.option("--accounts", metavar="FILE", help="A schedule for each [[account]] of a TOML file.")
@click.option("--system", is_flag=True, help="With systemd: units of the whole machine, in a sandbox.")
@click.option("--to", "destination", metavar="FOLDER", help="Write the files into FOLDER.")
@click.option("--install", is_flag=True, help="Put the schedule in place on this machine, and ask whether it is there.")
@click.option("--remove", is_flag=True, help="Take it away again, and nothing else.")
@click.option("--status", is_flag=True, help="Ask whether it is there, and when it runs next.")
@verbose_option
def schedule(kind: str | None, output: str | None, verbose: bool, **flags: Any) -> int:  # noqa: ARG001 (see cli.py)
    """Print, install, remove or show a recurring sync.

    KIND is one of cron, systemd, launchd, windows, github-actions, gitlab-ci and kubernetes; without it, that of this
    machine. Without one of the switches, prints what such a scheduler reads, and nothing else.

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not scheduled (--status), 130 interrupted, 143 terminated.
    """
    asked = _Asked(kind or kind_of_this_machine(), **flags)
    asked.require_sense()
    folder = mirror_at(output).resolve()
    jobs = asked.jobs(folder)
    if asked.status:
        return _tell(asked, jobs)
    if asked.remove:
        return _remove(asked, jobs)
    plan = _plan(asked, folder, jobs)
    if asked.install:
        return _install(asked, plan)
    _hand_over(asked, made(asked.kind, plan))
    _note_what_is_missing(asked, plan)
    return EXIT_DONE


@dataclass(frozen=True)
class _Asked:
    """What the command line says, by the names of its options."""

    kind: str
    at: str | None
    every: str | None
    no_push: bool
    accounts: str | None
    system: bool
    destination: str | None
    install: bool
    remove: bool
    status: bool

    def require_sense(self) -> None:
        """Raises UsageError where the options do not fit together."""
        if self.install + self.remove + self.status + (self.destination is not None) > 1:
            raise UsageError("--install, --remove, --status and --to exclude each other; choose one.")
        if self.at is not None and self.every is not None:
            raise UsageError("--at and --every exclude each other; choose one.")
        if self.every is not None:
            duration(self.every)
        if self.at is not None and time_of_day(self.at) is None:
            raise UsageError(f"{self.at!r} is no time of the day; write one such as 02:30.")
        if self.system and self.kind != "systemd":
            raise UsageError(f"--system is for systemd, not for {self.kind}; leave it out.")
        if self.kind not in HERE and (self.install or self.remove or self.status):
            raise UsageError(
                f"{self.kind} is not on this machine; write its files with --to, and commit or apply them."
            )

    @property
    def time(self) -> TimeOfDay | None:
        return time_of_day(self.at) if self.at else None

    def jobs(self, folder: Path) -> tuple[Job, ...]:
        """What is to be scheduled. Raises UsageError."""
        if self.accounts is None:
            jobs: tuple[Job, ...] = (Job(str(folder)),)
        else:
            jobs = jobs_of(named_folder(self.accounts), self.kind)
        for place in (str(folder), *(job.place for job in jobs)):
            if not place.isprintable():
                raise UsageError(f"{place!r} has a line break or another control character in it; rename that folder.")
        return jobs


def _plan(asked: _Asked, folder: Path, jobs: Iterable[Job]) -> Plan:
    here = None if asked.accounts else Path.cwd()
    return Plan(
        tuple(Job(job.place, job.name, job.remote, job.token, job.login, _start_in(job, here)) for job in jobs),
        str(folder),
        _program(asked.kind),
        asked.every or "",
        asked.time,
        not asked.no_push,
        _user(folder) if asked.system else "",
        asked.accounts is not None,
        __version__,
    )


def _start_in(job: Job, here: Path | None) -> str:
    """The folder whose `.env` has the token: the working directory, the mirror, or the one around it; else the mirror.

    Of several accounts none takes the token of a folder that they share.
    """
    mirror = Path(job.place)
    places = [here, mirror, mirror.parent] if here else [mirror]
    found = (str(place) for place in places if _has_token(place) and str(place).isprintable())
    return next(found, job.place if mirror.is_dir() else "")


def _has_token(folder: Path) -> bool:
    """Whether a `.env` there speaks of the token."""
    with contextlib.suppress(OSError):
        content = read_small(folder / ".env") or b""
        return any(name.encode() in content for name in TOKEN_VARIABLES)
    return False


def _program(kind: str) -> tuple[str, ...]:
    """This very program, by its absolute path; on Windows the one that opens no window."""
    name = f"{_PROGRAM}w" if kind == "windows" else _PROGRAM
    beside = Path(sys.executable).parent / (f"{name}.exe" if sys.platform == "win32" else name)
    if beside.is_file():
        return (str(beside),)
    found = shutil.which(name)
    return (str(Path(found).absolute()),) if found else (sys.executable, "-m", "coda_git_mirror")


def _user(folder: Path) -> str:
    """Whose the mirror is, since git works in nobody else's; else who is here, also by `sudo`."""
    try:
        return folder.owner()
    except (OSError, KeyError, NotImplementedError):
        return os.environ.get("SUDO_USER") or getpass.getuser()


def _hand_over(asked: _Asked, files: Made) -> None:
    if asked.destination is None:
        print_bytes([_shown(asked.kind, files)])
    else:
        for path in write_to(named_folder(asked.destination), asked.kind, files.files):
            click.echo(f"Wrote {one_line(str(path))}.")
    for command in files.commands:
        click.echo(f"Then: {command}", err=True)


def _shown(kind: str, files: Made) -> bytes:
    """On a terminal the text, which a file would hold as UTF-16."""
    content = printed(kind, files.files)
    is_wide = content.startswith(b"\xff\xfe") and sys.stdout.isatty()
    return content.decode("utf-16").encode() if is_wide else content


def _install(asked: _Asked, plan: Plan) -> int:
    machine = scheduler(asked.kind, asked.system)
    for job in plan.jobs:
        is_new = machine.install(plan, job)
        found = machine.look(job.place, _now())
        if not found.is_scheduled:
            raise MirrorError(f"{job.place} is not scheduled: {found.fault or f'{asked.kind} does not show it'}.")
        remember_schedule(Path(job.place), asked.kind, asked.system)
        click.echo(f"{_line(asked, job, found)} {'Installed just now.' if is_new else 'Nothing had to be changed.'}")
        _advise(found)
    _note_what_is_missing(asked, plan)
    return EXIT_DONE


def _remove(asked: _Asked, jobs: Iterable[Job]) -> int:
    machine = scheduler(asked.kind, asked.system)
    for job in jobs:
        if machine.remove(job.place):
            click.echo(f"{one_line(job.place)} is no longer scheduled with {asked.kind}.")
        else:
            click.echo(f"{one_line(job.place)} is not scheduled with {asked.kind}; nothing was changed.")
        forget_schedule(Path(job.place))
    return EXIT_DONE


def _tell(asked: _Asked, jobs: Iterable[Job]) -> int:
    all_there = True
    for job in jobs:
        found = _look(asked, job)
        click.echo(_line(asked, job, found))
        _advise(found)
        all_there &= found.is_scheduled
    return EXIT_DONE if all_there else EXIT_PARTIAL


def _look(asked: _Asked, job: Job) -> Found:
    try:
        return scheduler(asked.kind, asked.system).look(job.place, _now())
    except MirrorError as error:
        return Found(fault=str(error).rstrip("."))


def _line(asked: _Asked, job: Job, found: Found) -> str:
    place = one_line(job.place)
    if not found.is_scheduled:
        return f"{place} is not scheduled with {asked.kind}{f': {one_line(found.fault)}' if found.fault else ''}."
    when = f"; next run {found.next_run.astimezone():%Y-%m-%d %H:%M %z}" if found.next_run else ""
    return f"{place} is scheduled with {asked.kind} ({one_line(found.where)}){when}."


def _advise(found: Found) -> None:
    if found.advice:
        click.echo(f"Note: {found.advice}.", err=True)


def _note_what_is_missing(asked: _Asked, plan: Plan) -> None:
    """A remote, and what this shell has and a schedule has not: a run that fails for the lack of it comes each hour."""
    for job in plan.jobs if asked.kind in HERE else ():
        place, start = one_line(job.place), Path(job.working or job.place)
        repository = Repository.find(Path(job.place))
        if plan.push and repository and not repository.git.run("remote").text:
            click.echo(f"Note: {place} has no remote to push to; add one, or schedule it with --no-push.", err=True)
        if any(map(os.environ.get, TOKEN_VARIABLES)) and not _has_token(start):
            click.echo(
                "Note: a schedule does not know the token of this shell; store it with `coda-git-mirror login`, or as "
                f"CODA_API_TOKEN=... in {one_line(str(start / '.env'))}.",
                err=True,
            )


def _now() -> datetime:
    return datetime.now(UTC)
