"""launchd: an agent for each mirror (cli.md, schedule)."""

from __future__ import annotations

import shlex
from xml.sax.saxutils import escape

from coda_git_mirror.actions.schedule.filled import filled, indented
from coda_git_mirror.actions.schedule.naming import in_xml_comment, marker
from coda_git_mirror.actions.schedule.plan import Job, Made, Plan

FOLDER = "~/Library/LaunchAgents"


def made(plan: Plan) -> Made:
    """The property lists, by their file names."""
    files = {f"{job.stem}.plist": agent(plan, job) for job in plan.jobs}
    return Made(files, tuple(f"launchctl bootstrap gui/$(id -u) {FOLDER}/{shlex.quote(name)}" for name in files))


def agent(plan: Plan, job: Job) -> str:
    """The property list of a mirror."""
    arguments = "\n".join(f"<string>{escape(word)}</string>" for word in (*plan.program, *plan.tick(job)))
    working = f"\n<key>WorkingDirectory</key>\n<string>{escape(job.working)}</string>" if job.working else ""
    return filled(
        "plist",
        marker=marker(in_xml_comment(job.place)),
        label=job.stem,
        arguments=indented(arguments, 8),
        working=indented(working, 4),
        when=indented(_when(plan, job), 4),
    )


def _when(plan: Plan, job: Job) -> str:
    """Each hour, or at each hour from that of a time on."""
    if not plan.at:
        return f"<dict>\n    <key>Minute</key>\n    <integer>{plan.minute(job)}</integer>\n</dict>"
    hours = "\n".join(
        f"<dict><key>Hour</key><integer>{hour}</integer><key>Minute</key><integer>{plan.at.minute}</integer></dict>"
        for hour in range(plan.at.hour, 24)
    )
    return f"<array>\n    {indented(hours, 4)}\n</array>"
