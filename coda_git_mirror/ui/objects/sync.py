"""The object of `sync --json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.model.changes import Kind, count
from coda_git_mirror.model.ledger import NO_EXPORT, Problem
from coda_git_mirror.ui.objects.problems import problem_objects


def sync_object(report: SyncReport) -> Mapping[str, Any]:
    """What a sync did, or would have done but for `--strict`."""
    changes, totals, problems = report.changes, report.totals, _problems(report)
    return {
        "docs": _docs(report),
        "pages": _items(changes.pages, totals.pages, _failed(report, "page")),
        "tables": _items(changes.tables, totals.tables, _failed(report, "table")),
        "rows": asdict(changes.rows),
        "assets": {"added": changes.assets_added},
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
        "commit": report.commit,
        "pushed": report.pushed,
        "problems": problem_objects(problems),
        "states": problem_objects(problem for problem in report.ledger if problem not in problems),
    }


def _problems(report: SyncReport) -> Sequence[Problem]:
    """What this run found out, and what Coda does not give to this token: a backup without it is no whole one."""
    denied = (problem for problem in report.ledger if problem.reason == NO_EXPORT)
    return sorted({*report.problems, *report.left, *denied})


def _docs(report: SyncReport) -> Mapping[str, int]:
    removed = count(report.changes.docs, Kind.REMOVED)
    changed = len(report.changes.docs) - removed
    return {
        "total": report.totals.docs,
        "changed": changed,
        "unchanged": report.totals.docs - changed,
        "removed": removed,
        "failed": _failed(report, "doc"),
    }


def _items(changes: Iterable[Any], total: int, failed: int) -> Mapping[str, int]:
    known = tuple(changes)
    counts = {each.value: count(known, each) for each in Kind}
    touched = sum(counts.values()) - counts[Kind.REMOVED.value]
    return {**counts, "unchanged": total - touched, "failed": failed}


def _failed(report: SyncReport, kind: str) -> int:
    return sum(problem.kind == kind for problem in report.problems)
