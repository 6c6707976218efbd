"""GitHub Actions: a workflow that runs once a day, in the mirror's own repository or for several (cli.md, schedule)."""

from __future__ import annotations

from coda_git_mirror.actions.schedule.filled import filled, indented
from coda_git_mirror.actions.schedule.kinds.daily import arguments, quoted
from coda_git_mirror.actions.schedule.naming import marker, stem
from coda_git_mirror.actions.schedule.plan import Job, Made, Plan

_LONGEST_RUN = "5h"
"""GitHub ends a job after six."""


def made(plan: Plan) -> Made:
    """The workflow, by its path in the repository."""
    name = stem(plan.directory)
    whole = Job(plan.directory)
    when = plan.daily(whole)
    values = {
        "marker": marker(plan.directory),
        "stem": name,
        "minute": str(when.minute if plan.at else when.minute | 1),
        "hour": str(when.hour),
        "version": plan.version,
        "arguments": arguments(plan, _LONGEST_RUN),
    }
    if plan.by_accounts:
        values["accounts"] = indented("\n".join(map(_account, plan.jobs)), 10)
        values["tokens"] = indented(" ||\n".join(map(_token, plan.jobs)), 12)
    text = filled("github-accounts.yml" if plan.by_accounts else "github.yml", **values)
    commands = () if plan.by_accounts else ("gh secret set CODA_API_TOKEN",)
    return Made({f".github/workflows/{name}.yml": text}, commands)


def _account(job: Job) -> str:
    return f"- account: {quoted(job.name)}\n  remote: {quoted(job.remote)}"


def _token(job: Job) -> str:
    """Each secret by its own name: one that is worked out would hand all of them to the job."""
    return f"matrix.account == '{job.name}' && secrets.{job.token}"
