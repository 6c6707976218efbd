"""The Task Scheduler of Windows, which knows a task by the name that follows from the mirror's folder."""

from __future__ import annotations

import re
from datetime import datetime

from coda_git_mirror.actions.schedule.kinds.windows import encoded, task
from coda_git_mirror.actions.schedule.machine.found import Found, next_tick
from coda_git_mirror.actions.schedule.naming import MADE_BY, stem
from coda_git_mirror.actions.schedule.plan import Job, Plan
from coda_git_mirror.disk.files import write_lightly
from coda_git_mirror.disk.temporary import temporary_folder
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.system.programs import ask

_DECIDES = re.compile(r"<(Command|Arguments|WorkingDirectory|StartBoundary|Interval|Duration)>([^<]*)</")
"""What makes a task another one; all else is as ever, and Windows leaves out what is its default."""
_START = re.compile(r"<StartBoundary>[^<]*T([01]\d|2[0-3]):([0-5]\d):")
"""Windows itself tells the next run in the user's language."""
_DESCRIPTION = re.compile(r"<Description>([^<]*)</")


class Windows:
    """Raises NoSuchProgram where there is no `schtasks`."""

    def install(self, plan: Plan, job: Job) -> bool:
        wanted, before = task(plan, job), _definition(job.stem)
        if before and set(_DECIDES.findall(wanted)) == set(_DECIDES.findall(before)):
            return False
        with temporary_folder() as folder:
            file = folder / f"{job.stem}.xml"
            write_lightly(file, encoded(file.name, wanted))
            _do("/Create", "/TN", job.stem, "/XML", str(file), "/F")
        if not _definition(job.stem):
            raise MirrorError(f"Windows took the task {job.stem} and does not show it; look for it in taskschd.msc.")
        return True

    def remove(self, place: str) -> bool:
        name = stem(place)
        if not _definition(name):
            return False
        _do("/Delete", "/TN", name, "/F")
        if _definition(name):
            raise MirrorError(f"Windows still shows the task {name}; look for it in taskschd.msc.")
        return True

    def look(self, place: str, now: datetime) -> Found:
        name = stem(place)
        if not (definition := _definition(name)):
            return Found()
        if "<Enabled>false</Enabled>" in definition:
            return Found(f"the task {name}", fault="it is disabled; install it again")
        start = _START.search(definition)
        return Found(f"the task {name}", next_tick(int(start[2]), range(int(start[1]), 24), now) if start else None)


def _definition(name: str) -> str:
    """The XML of our task; empty where there is none. Raises MirrorError where the name is somebody else's."""
    answer = ask(["schtasks", "/Query", "/TN", name, "/XML"])
    if answer.exit_code:
        return ""
    text = answer.output.decode("utf-16") if answer.output[:2] in (b"\xff\xfe", b"\xfe\xff") else answer.text
    description = _DESCRIPTION.search(text)
    if description and not description[1].startswith(MADE_BY):
        raise MirrorError(f"There is a task {name} that was not made by coda-git-mirror; give it another name.")
    return text or name


def _do(*arguments: str) -> None:
    answer = ask(["schtasks", *arguments])
    if answer.exit_code:
        raise MirrorError(f"`schtasks {arguments[0]}` failed ({answer.words}); put that right and try again.")
