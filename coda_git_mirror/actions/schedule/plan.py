"""What is to be scheduled, as values: pure functions of it make the files of each kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from coda_git_mirror.actions.schedule import naming

HERE = ("cron", "systemd", "launchd", "windows")
ELSEWHERE = ("github-actions", "gitlab-ci", "kubernetes")
KINDS = (*HERE, *ELSEWHERE)
USUAL = "20h"
"""How old the last success has to be, unless something else is asked for: less than a day, so that a day has one."""
_LAST_HOUR = 23
_AT = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


class TimeOfDay(NamedTuple):
    """A time of the day, on the scheduler's clock."""

    hour: int
    minute: int


@dataclass(frozen=True)
class Job:
    """The recurring sync of one mirror.

    `place` is the mirror's folder, or the address of its remote where there is no folder; `token` names a secret of
    the scheduler's, `login` one of the system's keyring; `working` is the folder to start in, empty for any.
    """

    place: str
    name: str = ""
    remote: str = ""
    token: str = ""
    login: str = ""
    working: str = ""

    @property
    def stem(self) -> str:
        return naming.stem(self.place)


@dataclass(frozen=True)
class Plan:
    """What a kind's files are made of.

    `directory` is the folder that a file for several jobs is made for; `program` the beginning of the command, as an
    absolute path; `every` is empty unless it was asked for; `user` is that of a unit for the whole machine.
    """

    jobs: tuple[Job, ...]
    directory: str
    program: tuple[str, ...]
    every: str = ""
    at: TimeOfDay | None = None
    push: bool = True
    user: str = ""
    by_accounts: bool = False
    version: str = ""

    @property
    def age(self) -> str:
        """How old the last success has to be for an hourly tick to sync.

        With a time of the day it is what is left of the day from then on: no second sync comes before midnight, and
        the next day's first tick finds one due, also when this day's came late.
        """
        if self.at and not self.every:
            return f"{min(_LAST_HOUR, _LAST_HOUR + 1 - self.at.hour)}h"
        return self.every or USUAL

    def minute(self, job: Job) -> int:
        return self.at.minute if self.at else naming.minute(job.place)

    def daily(self, job: Job) -> TimeOfDay:
        """When a scheduler that runs once a day does so."""
        return self.at or TimeOfDay(naming.night_hour(job.place), naming.minute(job.place))

    def tick(self, job: Job) -> list[str]:
        """The arguments of an hourly tick, after the program."""
        push = ["--push"] if self.push else []
        account = ["--account", job.login] if job.login else []
        return ["sync", "--quiet", "--every", self.age, *push, *account, "-o", job.place]


@dataclass(frozen=True)
class Made:
    """What a kind needs: files by their paths, and the commands that put them in place by hand."""

    files: Mapping[str, str]
    commands: tuple[str, ...] = ()


def time_of_day(text: str) -> TimeOfDay | None:
    """`02:30` as a time; None for anything else."""
    found = _AT.fullmatch(text)
    return TimeOfDay(int(found[1]), int(found[2])) if found else None
