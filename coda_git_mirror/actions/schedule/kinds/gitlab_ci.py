"""GitLab CI: a job for a pipeline schedule, in the mirror's own project or for several (cli.md, schedule)."""

from __future__ import annotations

from coda_git_mirror.actions.schedule.filled import filled, indented
from coda_git_mirror.actions.schedule.kinds.daily import arguments, quoted
from coda_git_mirror.actions.schedule.naming import marker, stem
from coda_git_mirror.actions.schedule.plan import Job, Made, Plan

_LONGEST_RUN = "150m"
"""GitLab's own runners end a job after three hours."""


def made(plan: Plan) -> Made:
    """The pipeline, by its path in the project."""
    when = plan.daily(Job(plan.directory))
    values = {
        "marker": marker(plan.directory),
        "stem": stem(plan.directory),
        "minute": str(when.minute),
        "hour": str(when.hour),
        "version": plan.version,
        "arguments": arguments(plan, _LONGEST_RUN),
    }
    if plan.by_accounts:
        values["accounts"] = indented("\n".join(map(_account, plan.jobs)), 6)
    return Made({".gitlab-ci.yml": filled("gitlab-accounts.yml" if plan.by_accounts else "gitlab.yml", **values)})


def _account(job: Job) -> str:
    names = {"MIRROR_ACCOUNT": job.name, "MIRROR_REMOTE": job.remote, "MIRROR_TOKEN": job.token}
    return "- " + "\n  ".join(f"{name}: {quoted(value)}" for name, value in names.items())
