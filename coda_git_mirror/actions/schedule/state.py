"""What this machine's scheduler says of a mirror, and which one it is."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from coda_git_mirror.actions.schedule.machine.cron import Cron
from coda_git_mirror.actions.schedule.machine.found import Scheduler
from coda_git_mirror.actions.schedule.machine.launchd import Launchd
from coda_git_mirror.actions.schedule.machine.systemd import Systemd
from coda_git_mirror.actions.schedule.machine.windows import Windows
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.state.scheduled import scheduled_kind

_RUNS_SYSTEMD = Path("/run/systemd/system")


def kind_of_this_machine() -> str:
    """The scheduler that is at home here."""
    if sys.platform in ("win32", "darwin"):
        return "windows" if sys.platform == "win32" else "launchd"
    return "systemd" if _RUNS_SYSTEMD.is_dir() and shutil.which("systemctl") else "cron"


def scheduler(kind: str, of_the_machine: bool = False) -> Scheduler:
    """The scheduler of a kind that machines have."""
    if kind == "systemd":
        return Systemd(of_the_machine)
    return Cron() if kind == "cron" else Launchd() if kind == "launchd" else Windows()


class ScheduledState(NamedTuple):
    """Whether a schedule was installed for this working copy, whether it is there, and when it runs next if known."""

    was_installed: bool
    is_there: bool
    next_run: datetime | None


def schedule_state(folder: Path, now: datetime) -> ScheduledState:
    """What there is for a mirror, as far as it was installed from here; asks nothing of the system where it was not.

    Where the system does not tell, nothing is there.
    """
    if not (kind := scheduled_kind(folder)):
        return ScheduledState(False, False, None)
    try:
        found = scheduler(*kind).look(str(folder.resolve()), now)
    except MirrorError:
        return ScheduledState(True, False, None)
    return ScheduledState(True, found.is_scheduled, found.next_run if found.is_scheduled else None)
