"""The object of `sync --dry-run --json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from coda_git_mirror.actions.sync.cost import DocPlan
from coda_git_mirror.actions.sync.dry_run import Estimate, PageToRead
from coda_git_mirror.ui.objects.problems import problem_objects


def estimate_object(estimate: Estimate) -> Mapping[str, Any]:
    """What a sync would read, and at what cost."""
    return {
        "dry_run": True,
        "docs": [_plan(plan, estimate.pages.get(plan.visit.doc.id, ())) for plan in estimate.plans],
        "unchanged": estimate.docs - len(estimate.plans),
        "gone": estimate.gone,
        "requests": estimate.requests,
        "seconds": round(estimate.seconds, 3),
        "problems": problem_objects(estimate.problems),
    }


def _plan(plan: DocPlan, pages: Iterable[PageToRead]) -> Mapping[str, Any]:
    doc = plan.visit.doc
    return {
        "id": doc.id,
        "name": doc.name,
        "reason": plan.visit.reason,
        "pages": plan.pages,
        "tables": plan.tables,
        "rows": plan.rows,
        "requests": plan.requests.total(),
        "pages_to_read": [asdict(page) for page in pages],
    }
