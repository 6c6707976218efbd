"""Carries a hand-made plan out in a process of its own, which can be killed; time passes fifty times as fast there."""

from __future__ import annotations

import pickle
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.writing.carried import exit_code
from coda_git_mirror.actions.writing.carry_out import Order, carry_out
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.commands.wiring import coda_account
from coda_git_mirror.progress import Silent
from coda_git_mirror.redact import Secret
from tests.actions.writing.desk import Goal, remake

SPEED = 50.0


class HurriedClock:
    """Fifty seconds pass in one."""

    def now(self) -> float:
        return time.monotonic() * SPEED

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds) / SPEED)


@dataclass(frozen=True)
class Errand:
    """What the process is to do."""

    api_url: str
    token: str
    folder: Path
    goal: Goal


def run(errand: Errand) -> int:
    """The exit code."""
    clock = HurriedClock()
    source, writer = coda_account(errand.api_url, Secret(errand.token), clock, UNLIMITED)
    order = Order("rollback", remake(source, errand.goal))
    carried = carry_out(errand.folder, order, source, writer, SyncOptions(), Silent(), clock)
    return exit_code(carried.plan, carried.written)


if __name__ == "__main__":
    sys.exit(run(pickle.loads(Path(sys.argv[1]).read_bytes())))  # noqa: S301 - the test's own
