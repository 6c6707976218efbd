"""Carries a plan out: the one way by which rows of Coda are changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.ports import Source, Writer
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.clock import Clock
from coda_git_mirror.model.plan import Plan
from coda_git_mirror.progress import Progress


@dataclass(frozen=True)
class Order:
    """What is to be carried out: `remake` makes the plan from the mirror as committed and Coda as it is.

    It is called several times, the last time just after the sync "before"; it raises MirrorError where there is no
    plan. `verb` is the command's name, for the commits. With `plan_id` nothing is written unless the plan has that id.
    """

    verb: str
    remake: Callable[[Held], Plan]
    plan_id: str | None = None


def carry_out(
    folder: Path, order: Order, source: Source, writer: Writer, options: SyncOptions, progress: Progress, clock: Clock
) -> Carried:
    """Makes the plan, commits the doc as it is, writes, reads back, and commits the doc as it is then.

    Raises MirrorBusy where the mirror is held, and MirrorError where nothing was written: the sync "before" failed,
    the plan is not the one asked for, Coda refuses the first write. `options` are those of the mirror's settings.
    """
    raise NotImplementedError
