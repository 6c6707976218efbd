"""What schedulers that run once a day have in common."""

from __future__ import annotations

import json

from coda_git_mirror.actions.schedule.plan import Plan


def arguments(plan: Plan, longest: str) -> str:
    """The options of `sync`, each after a blank, for a run that has to end after so long."""
    every = f" --every {plan.every}" if plan.every else ""
    push = " --push" if plan.push else ""
    return f"{every} --for {longest}{push}"


def quoted(text: str) -> str:
    """The text as a scalar of YAML, on one line."""
    return json.dumps(text, ensure_ascii=False)
