"""What a scheduler says of a mirror, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from coda_git_mirror.actions.schedule.plan import Job, Plan


@dataclass(frozen=True)
class Found:
    """`where` is what there is of ours, empty where there is nothing; `fault` is why it will not run all the same.

    `next_run` is None where nobody tells.
    """

    where: str = ""
    next_run: datetime | None = None
    fault: str = ""
    advice: str = ""

    @property
    def is_scheduled(self) -> bool:
        return bool(self.where) and not self.fault


class Scheduler(Protocol):
    """A scheduler of this machine."""

    def install(self, plan: Plan, job: Job) -> bool:
        """Puts the schedule of a mirror there; False where just that was there. Raises MirrorError."""

    def remove(self, place: str) -> bool:
        """Takes away what is there for a mirror; False where nothing is. Raises MirrorError."""

    def look(self, place: str, now: datetime) -> Found:
        """What there is for a mirror. Raises MirrorError where the system does not tell."""


def next_tick(minute: int, hours: range, now: datetime) -> datetime:
    """The next of such times of the machine's time zone after `now`."""
    tick = now.astimezone().replace(minute=minute, second=0, microsecond=0)
    while tick <= now or tick.hour not in hours:
        tick = (tick + timedelta(hours=1)).astimezone()
    return tick
