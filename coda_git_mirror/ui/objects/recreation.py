"""The object of `recreate --json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from coda_git_mirror.model.plan import Cost
from coda_git_mirror.model.recreation import NotRestored, PageFate, Recreated, TableFate


def foreseen_object(made: Recreated, cost: Cost) -> Mapping[str, Any]:
    """What would be made: `requests` and `seconds` are what it would take."""
    is_nothing = made.is_known
    numbers = (0, 0.0) if is_nothing else (cost.requests, cost.seconds)
    return _object(made, *numbers)


def recreated_object(made: Recreated) -> Mapping[str, Any]:
    """What was made."""
    return _object(made, made.requests, made.seconds)


def abandoned_object(doc: str | None, applied: bool) -> Mapping[str, Any]:
    """A doc that was, or would be, deleted."""
    return {"applied": applied and doc is not None, "doc": doc}


def _object(made: Recreated, requests: int, seconds: float) -> Mapping[str, Any]:
    return {
        "plan": made.what.id,
        "applied": made.was_applied,
        "doc": made.doc,
        "url": made.url,
        "title": made.what.title,
        "pages": map(_page, made.pages),
        "tables": map(_table, made.tables),
        "not_restored": _reasons(made.not_restored),
        "unmet": _reasons(made.unmet),
        "requests": requests,
        "seconds": round(seconds, 3),
        "commits": {"before": made.before, "after": made.after},
    }


def _page(page: PageFate) -> Mapping[str, Any]:
    outcome = page.restored.value if page.restored else None
    return {"old": page.old, "new": page.new, "name": page.name, "outcome": outcome, "lines": page.lines}


def _table(table: TableFate) -> Mapping[str, Any]:
    outcome = table.restored.value if table.restored else None
    told = {"old": table.old, "new": table.new, "name": table.name, "rows": table.rows, "lost": table.lost}
    return {**told, "outcome": outcome}


def _reasons(each: Iterable[NotRestored]) -> Iterable[Mapping[str, str]]:
    return [{"item": it.item, "reason": it.reason} for it in each]
