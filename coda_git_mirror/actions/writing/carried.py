"""What became of a plan that was carried out, and how a command that did so ends (cli.md, Exit codes)."""

from __future__ import annotations

from dataclasses import dataclass, field

from coda_git_mirror.clock import Terminated
from coda_git_mirror.errors import (
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_PARTIAL,
    EXIT_TERMINATED,
)
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.model.plan import Fate, HeldBack, HeldKind, Plan, Written
from coda_git_mirror.outcome import Ending, Outcome


@dataclass(frozen=True)
class Carried:
    """`plan` is the one that was made last, just before writing. `requests` and `seconds` are of all that was done.

    `before` is the commit that holds the table as it was, None where there was nothing to write; `after` the one that
    holds it as it is now, None where that could not be made. `problems` are what the syncs could not read.
    `notes` are sentences for the user. `interruption` is the exception by which the user ended it. `made_otherwise` is
    what Coda made itself and is not as it was wanted when all was written; None where nobody has looked.
    """

    plan: Plan
    written: Written = field(default_factory=Written)
    requests: int = 0
    seconds: float = 0.0
    before: str | None = None
    after: str | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    interruption: BaseException | None = None
    made_otherwise: tuple[HeldBack, ...] | None = None

    @property
    def held(self) -> tuple[HeldBack, ...]:
        """What was asked for and is not written; of what Coda makes itself, what is known last."""
        refused = tuple(it for it in self.plan.held if not it.by_coda)
        planned = self.plan.held if self.made_otherwise is None else (*self.made_otherwise, *refused)
        return (*planned, *self.written.held)


def exit_code(plan: Plan, written: Written) -> int:
    """0 all is as wanted, 1 something was wanted and nothing written, 3 written, but not all as wanted.

    What a plan says of what Coda makes itself decides nothing, for Coda makes it of what is written. Nor are calculated
    cells that a file changes enough to fail where there is nothing to write.
    """
    held = [it for it in (*plan.held, *written.held) if not it.by_coda]
    if not any(written.fates):
        is_wanted = not plan.is_empty or any(it.kind is not HeldKind.CALCULATED for it in held)
        return EXIT_FAILED if is_wanted or written.stopped else EXIT_DONE
    is_whole = not held and not written.stopped and set(written.fates) <= {Fate.APPLIED}
    return EXIT_DONE if is_whole else EXIT_PARTIAL


def outcome(carried: Carried) -> Outcome[Carried]:
    """How the command ends that carried this out."""
    if (ending := carried.interruption) is not None:
        code = EXIT_TERMINATED if isinstance(ending, Terminated) else EXIT_INTERRUPTED
        return Outcome(Ending.INTERRUPTED, code, _how_far(carried), carried, ending)
    code = exit_code(carried.plan, carried.written)
    is_untold = not carried.plan.is_empty and carried.after is None
    if code == EXIT_DONE and (is_untold or (any(carried.written.fates) and carried.made_otherwise)):
        code = EXIT_PARTIAL
    endings = {EXIT_DONE: Ending.DONE, EXIT_FAILED: Ending.FAILED, EXIT_PARTIAL: Ending.PROBLEMS}
    reason = (carried.written.stopped or "Nothing was written.") if code == EXIT_FAILED else ""
    return Outcome(endings[code], code, reason, carried)


def _how_far(carried: Carried) -> str:
    """How far an interrupted command came."""
    steps = carried.plan.step_count
    word = "Terminated" if isinstance(carried.interruption, Terminated) else "Interrupted"
    return f"{word}: {sum(1 for _ in carried.written.fates)} of {steps} steps done; run it again."
