"""Windows: a task of its Task Scheduler for each mirror, and a script for PowerShell (cli.md, schedule)."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from coda_git_mirror.actions.schedule.filled import filled
from coda_git_mirror.actions.schedule.naming import in_xml_comment, marker
from coda_git_mirror.actions.schedule.plan import Job, Made, Plan

_ENDS_A_TEXT = re.compile("(['\u2018\u2019\u201a\u201b])")
"""What PowerShell takes for a single quote."""
_WITHOUT_WINDOW = re.compile(r"(?<=coda-git-mirror)w((?:\.exe)?)$")


def made(plan: Plan) -> Made:
    """The tasks, as XML whose bytes have to be UTF-16 (`encoded`), and the scripts."""
    tasks = {f"{job.stem}.xml": task(plan, job) for job in plan.jobs}
    scripts = {f"{job.stem}.ps1": script(plan, job) for job in plan.jobs}
    commands = tuple(f"schtasks /Create /TN {job.stem} /XML {job.stem}.xml" for job in plan.jobs)
    return Made({**tasks, **scripts}, commands)


def task(plan: Plan, job: Job) -> str:
    """The task of a mirror."""
    hour = plan.at.hour if plan.at else 0
    duration = f"PT{24 - hour}H" if hour else "P1D"
    repetition = filled("repetition.xml", duration=duration) if hour < 23 else ""
    working = f"\n      <WorkingDirectory>{escape(job.working)}</WorkingDirectory>" if job.working else ""
    return filled(
        "task.xml",
        marker=marker(in_xml_comment(job.place)),
        description=escape(marker(job.place)),
        stem=job.stem,
        start=f"2026-01-01T{hour:02}:{plan.minute(job):02}:00",
        repetition=repetition,
        program=escape(plan.program[0]),
        arguments=escape(" ".join(map(_argument, (*plan.program[1:], *plan.tick(job))))),
        working=working,
    )


def script(plan: Plan, job: Job) -> str:
    """A PowerShell script that runs one tick; it waits only for a program that has a window or shares one."""
    program = _WITHOUT_WINDOW.sub(r"\1", plan.program[0])
    command = " ".join(map(_text, (program, *plan.program[1:], *plan.tick(job))))
    move = f"Set-Location -LiteralPath {_text(job.working)}\n" if job.working else ""
    return filled("tick.ps1", marker=marker(job.place), move=move, command=command)


def encoded(name: str, text: str) -> bytes:
    """The bytes that Windows expects: UTF-16 in a task, a byte order mark in a script, and its own line ends."""
    return text.replace("\n", "\r\n").encode("utf-8-sig" if name.endswith(".ps1") else "utf-16")


def _argument(word: str) -> str:
    r"""A word as programs of Windows take their command line apart: `\` counts twice before a quote only."""
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', word)
    if word and not re.search(r"[ \t]", word):
        return escaped
    return '"' + re.sub(r"(\\+)$", r"\1\1", escaped) + '"'


def _text(word: str) -> str:
    return "'" + _ENDS_A_TEXT.sub(r"\1\1", word) + "'"
