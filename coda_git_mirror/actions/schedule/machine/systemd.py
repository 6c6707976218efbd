"""systemd: units in the user's folder, or in that of the machine."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from coda_git_mirror.actions.schedule.kinds.systemd import units
from coda_git_mirror.actions.schedule.machine.found import Found
from coda_git_mirror.actions.schedule.machine.our_files import differing, made_for, put, take_away
from coda_git_mirror.actions.schedule.plan import Job, Plan
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.system.programs import UNDERSTOOD, Answer, NoSuchProgram, ask

_OF_THE_MACHINE = Path("/etc/systemd/system")
_ASKED = "LoadState,UnitFileState,ActiveState,NextElapseUSecRealtime"

_AS_WANTED = {"LoadState": "loaded", "UnitFileState": "enabled", "ActiveState": "active"}


def folder_of_units(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the user's own units are."""
    configuration = environment.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(configuration) / "systemd" / "user"


class Systemd:
    """Raises NoSuchProgram where there is no `systemctl`."""

    def __init__(self, of_the_machine: bool = False) -> None:
        self._scope = [] if of_the_machine else ["--user"]
        self._folder = _OF_THE_MACHINE if of_the_machine else folder_of_units()

    def install(self, plan: Plan, job: Job) -> bool:
        self._properties(self._folder / f"{job.stem}.timer")
        files = {self._folder / name: text for name, text in units(plan, job).items()}
        timer = self._folder / f"{job.stem}.timer"
        if not (changed := differing(files, job.place)) and not self._fault(timer):
            return False
        put(changed)
        self._do("daemon-reload")
        self._do("enable", "--now", timer.name)
        if timer in changed:
            self._do("restart", timer.name)
        if fault := self._fault(timer):
            raise MirrorError(f"systemd was told to start {timer.name}, and says of it: {fault}.")
        return True

    def remove(self, place: str) -> bool:
        if not (ours := self._ours(place)):
            return False
        for timer in (path for path in ours if path.suffix == ".timer"):
            self._do("disable", "--now", timer.name)
        take_away(ours)
        self._do("daemon-reload")
        if left := [path.name for path in ours if path.suffix == ".timer" and not self._fault(path)]:
            raise MirrorError(f"systemd still runs {left[0]}; end it with `systemctl stop {left[0]}`.")
        return True

    def look(self, place: str, now: datetime) -> Found:  # noqa: ARG002 (systemd tells when by itself)
        timers = [path for path in self._ours(place) if path.suffix == ".timer"]
        if not timers:
            return Found()
        next_run = _instant(self._properties(timers[0]).get("NextElapseUSecRealtime", ""))
        return Found(str(timers[0]), next_run, self._fault(timers[0]), "" if not self._scope or _lingers() else _LINGER)

    def _ours(self, place: str) -> list[Path]:
        return [path for suffix in ("timer", "service") for path in made_for(self._folder, f"*.{suffix}", place)]

    def _properties(self, timer: Path) -> dict[str, str]:
        lines = self._ask("show", timer.name, f"--property={_ASKED}").text.splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}

    def _fault(self, timer: Path) -> str:
        """Why a timer will start nothing, as systemd sees it; empty where it will."""
        found = {**_AS_WANTED, "ActiveState": "", **self._properties(timer)}
        wrong = [found[name] or f"not {wanted}" for name, wanted in _AS_WANTED.items() if found[name] != wanted]
        return f"it is {wrong[0]}" if wrong else ""

    def _do(self, *arguments: str) -> None:
        self._ask(*arguments)

    def _ask(self, *arguments: str) -> Answer:
        command = ["systemctl", *self._scope, *arguments]
        answer = ask(command, environment={**UNDERSTOOD, "TZ": "UTC"})
        if answer.exit_code:
            raise MirrorError(f"`{' '.join(command)}` failed ({answer.words}); put that right and try again.")
        return answer


_LINGER = "it runs only while you are logged in, and after `loginctl enable-linger` always"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?")


def _instant(text: str) -> datetime | None:
    """Such as `Mon 2026-11-30 02:39:00 UTC`."""
    found = _INSTANT.search(text)
    try:
        return datetime.fromisoformat(found[0]).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def _lingers() -> bool:
    """Whether the user's units run while nobody is logged in; also where there is nobody who knows."""
    try:
        answer = ask(["loginctl", "show-user", str(os.getuid()), "--property=Linger"])
    except NoSuchProgram:
        return True
    return answer.exit_code == 0 and answer.text.strip() != "Linger=no"
