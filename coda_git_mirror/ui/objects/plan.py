"""The object of `rollback --json` and `apply --json`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.model.plan import Cost, Fate, HeldBack, Plan, Written


def plan_object(plan: Plan, cost: Cost) -> Mapping[str, Any]:
    """A plan of which nothing is written: `requests` and `seconds` are what it would take."""
    return {
        "plan": plan.id,
        "applied": False,
        **_steps(plan, Written(), plan.held),
        "requests": cost.requests,
        "seconds": round(cost.seconds, 3),
        "commits": {"before": None, "after": None},
    }


def carried_object(carried: Carried) -> Mapping[str, Any]:
    """A plan that was carried out, with what became of each step."""
    return {
        "plan": carried.plan.id,
        "applied": any(True for _ in carried.written.fates),
        **_steps(carried.plan, carried.written, carried.held),
        "requests": carried.requests,
        "seconds": round(carried.seconds, 3),
        "commits": {"before": carried.before, "after": carried.after},
    }


def _steps(plan: Plan, written: Written, held: Iterable[HeldBack]) -> Mapping[str, Any]:
    return {
        "updates": _updates(plan, written),
        "inserts": _inserts(plan, written),
        "deletes": _deletes(plan, written),
        "held": map(_held, held),
    }


def _updates(plan: Plan, written: Written) -> Iterator[Mapping[str, Any]]:
    for update in plan.updates:
        yield {
            "row": update.row,
            "column": update.cell.column,
            "was": update.was,
            "becomes": update.becomes,
            "newer": update.newer,
            "outcome": _outcome(written.updates.get(update.key)),
        }


def _inserts(plan: Plan, written: Written) -> Iterable[Mapping[str, Any]]:
    for insert in plan.inserts:
        yield {
            "row": insert.old,
            "name": insert.name,
            "new_row": written.new_rows.get(insert.key),
            "outcome": _outcome(written.inserts.get(insert.key)),
        }


def _deletes(plan: Plan, written: Written) -> Iterable[Mapping[str, Any]]:
    for delete in plan.deletes:
        yield {"row": delete.row, "name": delete.name, "outcome": _outcome(written.deletes.get(delete.row))}


def _outcome(fate: Fate | None) -> str | None:
    return fate.value if fate else None


def _held(held: HeldBack) -> Mapping[str, Any]:
    """Of a whole column also how many cells."""
    told = {"row": held.row, "column": held.column, "kind": held.kind.value, "reason": held.reason}
    return told if held.row is not None else {**told, "cells": held.cells}
