"""What this machine's scheduler says of a mirror, and which one it is."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from pathlib import Path

from coda_git_mirror.actions.schedule.machine.cron import Cron
from coda_git_mirror.actions.schedule.machine.found import Found, Scheduler
from coda_git_mirror.actions.schedule.machine.launchd import Launchd
from coda_git_mirror.actions.schedule.machine.systemd import Systemd
from coda_git_mirror.actions.schedule.machine.windows import Windows

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
    return {"cron": Cron, "launchd": Launchd, "windows": Windows}[kind]()


def schedule_state(folder: Path, now: datetime, kind: str = "") -> Found:
    """What this machine's scheduler holds for a mirror. Raises MirrorError where it does not tell."""
    return scheduler(kind or kind_of_this_machine()).look(str(folder.resolve()), now)
