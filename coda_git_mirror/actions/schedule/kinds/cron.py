"""cron: one line between two marker lines for each mirror (cli.md, schedule)."""

from __future__ import annotations

import shlex

from coda_git_mirror.actions.schedule.naming import end_marker, marker
from coda_git_mirror.actions.schedule.plan import Job, Made, Plan
from coda_git_mirror.errors import UsageError

_LONGEST = 998
"""Bytes of a command; more are too many for the cron of Debian and the BSDs."""


def made(plan: Plan) -> Made:
    """The lines for a crontab. Raises UsageError where cron would not take one."""
    lines = "".join(block(plan, job) for job in plan.jobs)
    return Made({"crontab": lines})


def block(plan: Plan, job: Job) -> str:
    """The three lines of a mirror."""
    return f"# {marker(job.place)}\n{_line(plan, job)}\n# {end_marker(job.place)}\n"


def _line(plan: Plan, job: Job) -> str:
    hours = f"{plan.at.hour}-23" if plan.at and plan.at.hour < 23 else str(plan.at.hour) if plan.at else "*"
    command = _quoted(*plan.program, *plan.tick(job))
    if job.working:
        command = f"cd {_quoted(job.working)} && {command}"
    if len(command.encode()) > _LONGEST:
        raise UsageError(f"The command for {job.place} is too long for cron; give the mirror a shorter path.")
    return f"{plan.minute(job)} {hours} * * * {command}"


def _quoted(*words: str) -> str:
    r"""Words as the shell reads them behind cron, which takes `%` for a line break and a `\` before `%` or `\` away."""
    return shlex.join(words).replace("\\", "\\''").replace("%", "\\%")
