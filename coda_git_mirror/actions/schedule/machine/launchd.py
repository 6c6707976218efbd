"""launchd: agents in the user's folder."""

from __future__ import annotations

import os
import plistlib
from datetime import datetime
from pathlib import Path

from coda_git_mirror.actions.schedule.kinds.launchd import FOLDER, agent
from coda_git_mirror.actions.schedule.machine.found import Found, next_tick
from coda_git_mirror.actions.schedule.machine.our_files import differing, made_for, put, take_away
from coda_git_mirror.actions.schedule.plan import Job, Plan
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.system.programs import ask


class Launchd:
    """Raises NoSuchProgram where there is no `launchctl`."""

    def __init__(self) -> None:
        self._folder = Path(FOLDER).expanduser()
        self._domain = f"gui/{os.getuid()}"

    def install(self, plan: Plan, job: Job) -> bool:
        path = self._folder / f"{job.stem}.plist"
        is_loaded = self._is_loaded(job.stem)
        if not (changed := differing({path: agent(plan, job)}, job.place)) and is_loaded:
            return False
        put(changed)
        if is_loaded:
            self._do("bootout", f"{self._domain}/{job.stem}")
        self._do("bootstrap", self._domain, str(path))
        if not self._is_loaded(job.stem):
            raise MirrorError(f"launchd was told to take {path}, and does not know it; try it once more.")
        return True

    def remove(self, place: str) -> bool:
        ours = made_for(self._folder, "*.plist", place)
        for path in ours:
            if self._is_loaded(path.stem):
                self._do("bootout", f"{self._domain}/{path.stem}")
            if self._is_loaded(path.stem):
                raise MirrorError(f"launchd still runs {path.stem}; end it with `launchctl bootout`.")
        take_away(ours)
        return bool(ours)

    def look(self, place: str, now: datetime) -> Found:
        ours = made_for(self._folder, "*.plist", place)
        if not ours:
            return Found()
        if not self._is_loaded(ours[0].stem):
            return Found(str(ours[0]), fault="launchd does not know it; install it again")
        return Found(str(ours[0]), _next_run(ours[0], now))

    def _is_loaded(self, label: str) -> bool:
        return ask(["launchctl", "print", f"{self._domain}/{label}"]).exit_code == 0

    def _do(self, *arguments: str) -> None:
        answer = ask(["launchctl", *arguments])
        if answer.exit_code:
            raise MirrorError(f"`launchctl {arguments[0]}` failed ({answer.words}); put that right and try again.")


def _next_run(path: Path, now: datetime) -> datetime | None:
    """launchd does not tell it; its file does."""
    try:
        times = plistlib.loads(path.read_bytes())["StartCalendarInterval"]
        first = times[0] if isinstance(times, list) else times
        return next_tick(int(first["Minute"]), range(int(first.get("Hour", 0)), 24), now)
    except (OSError, ValueError, KeyError, IndexError, TypeError, plistlib.InvalidFileException):
        return None
