"""systemd: a timer and a service for each mirror, of the user's own or of the whole machine (cli.md, schedule)."""

from __future__ import annotations

from coda_git_mirror.actions.schedule.filled import filled
from coda_git_mirror.actions.schedule.naming import marker
from coda_git_mirror.actions.schedule.plan import Job, Made, Plan

_UNSAFE = set("\"'\\")


def made(plan: Plan) -> Made:
    """The units, by their file names."""
    files: dict[str, str] = {}
    for job in plan.jobs:
        files |= units(plan, job)
    own = "" if plan.user else " --user"
    timers = " ".join(f"{job.stem}.timer" for job in plan.jobs)
    return Made(files, (f"systemctl{own} daemon-reload", f"systemctl{own} enable --now {timers}"))


def units(plan: Plan, job: Job) -> dict[str, str]:
    """The two units of a mirror."""
    common = {"marker": marker(job.place), "description": _percent(f"Mirror of Coda in {job.place}")}
    hours = f"{plan.at.hour:02}..23" if plan.at else "*"
    service = filled("service", **common, **_service_values(plan, job))
    timer = filled("timer", **common, when=f"*-*-* {hours}:{plan.minute(job):02}:00")
    return {f"{job.stem}.service": service, f"{job.stem}.timer": timer}


def _service_values(plan: Plan, job: Job) -> dict[str, str]:
    working = f"WorkingDirectory={_path(job.working)}\n" if job.working else ""
    token = f"LoadCredential=coda-api-token{f':{job.token}' if job.token else ''}\n" if job.token or plan.user else ""
    sandbox = filled("sandbox", user=_percent(plan.user), writable=_word(job.place)) if plan.user else ""
    online = "Wants=network-online.target\n" if plan.user else ""
    return {
        "online": online,
        "working": working,
        "token": token,
        "command": _command([*plan.program, *plan.tick(job)]),
        "sandbox": sandbox,
    }


def _command(words: list[str]) -> str:
    """systemd starts no program with quotes or backslashes in its path; `env` does."""
    if not _UNSAFE.isdisjoint(words[0]):
        words = ["/usr/bin/env", *words]
    return " ".join((_word(words[0]), *map(_argument, words[1:])))


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _word(text: str) -> str:
    """A word in quotes, without the meanings of `%`, backslash and quotes; `$` has none in a path."""
    return '"' + _percent(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _argument(text: str) -> str:
    """The same for an argument, in which `$` has a meaning."""
    return _word(text).replace("$", "$$")


def _path(text: str) -> str:
    """A value that is a path to its end: without quotes, but a blank or backslash at the end would not count."""
    return _percent(text) + ("/." if text[-1] in " \\" else "")
