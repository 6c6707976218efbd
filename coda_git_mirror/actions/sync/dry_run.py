"""`sync --dry-run`: what a sync would read and why, what it would cost, and nothing written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.entry import check_place, is_mirror
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.cost import DocPlan, DocShape, plan_visit, plan_visits, seconds, total
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.outline import outline_of, stored_outline
from coda_git_mirror.actions.sync.stale import StalePages
from coda_git_mirror.actions.sync.survey import survey
from coda_git_mirror.errors import CodaError, OutOfPatience, TokenRefused
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.model.content import is_exportable
from coda_git_mirror.model.ledger import Problem, problem_object
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.state.known_pace import KnownPace


@dataclass(frozen=True)
class Estimate:
    """`plans` are the visits by the docs' names, of `docs` docs in all; `gone` names the docs that would go.

    `is_pace_known` is whether a sync of this mirror has found how many exports Coda allows, if there are any.
    """

    plans: tuple[DocPlan, ...]
    docs: int
    gone: tuple[str, ...]
    problems: tuple[Problem, ...]
    requests: int
    seconds: float
    is_pace_known: bool = True

    def as_json(self) -> dict[str, Any]:
        """The JSON object of the command line."""
        return {
            "dry_run": True,
            "docs": [_plan_json(plan) for plan in self.plans],
            "unchanged": self.docs - len(self.plans),
            "gone": list(self.gone),
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
            "problems": [problem_object(problem) for problem in self.problems],
        }


def _plan_json(plan: DocPlan) -> dict[str, Any]:
    doc = plan.visit.doc
    return {
        "id": doc.id,
        "name": doc.name,
        "reason": plan.visit.reason,
        "pages": plan.pages,
        "tables": plan.tables,
        "rows": plan.rows,
        "requests": plan.requests.total(),
    }


def estimate(folder: Path, source: Source, options: SyncOptions) -> Estimate:
    """Looks at the account as a sync of `folder` would, and plans the same visits.

    Of edited docs, and of docs whose size Coda's listing does not tell, the pages are listed too. Raises what stops a
    sync before it reads content.
    """
    held = Held.at_head(Repository.open(folder)) if is_mirror(folder) else None
    if held is None:
        check_place(folder)
    found = survey(source, options, held)
    surveyed = source.traffic().sent
    plans = [_closer(source, held, plan, options) for plan in plan_visits(found.visits.values(), held, options)]
    requests, traffic = total(plans), source.traffic()
    pace = KnownPace(held.repository).recall() if held else None
    if pace:
        traffic = replace(traffic, rates={**traffic.rates, RateClass.EXPORT: pace})
    return Estimate(
        plans=tuple(sorted(plans, key=lambda plan: (plan.visit.doc.name, plan.visit.doc.id))),
        docs=len(found.choice.docs),
        gone=tuple(sorted(held.docs[doc_id].name for doc_id in found.choice.gone & held.docs.keys())) if held else (),
        problems=tuple(found.choice.problems),
        requests=(requests + surveyed).total(),
        seconds=seconds(requests, traffic, len(options.formats)),
        is_pace_known=bool(pace) or not requests[RateClass.EXPORT],
    )


def _closer(source: Source, held: Held | None, plan: DocPlan, options: SyncOptions) -> DocPlan:
    try:
        if held and not plan.visit.whole and options.pages:
            return _edited(source, held, plan, options)
        return plan if plan.is_sized else _listed(source, plan, options)
    except (TokenRefused, OutOfPatience):
        raise
    except CodaError:
        return plan


def _edited(source: Source, held: Held, plan: DocPlan, options: SyncOptions) -> DocPlan:
    """The plan with the pages whose own time has moved; where none has, one that shows what was edited."""
    visit, doc = plan.visit, plan.held()
    stored = stored_outline(visit.doc, doc.stored)
    pages = source.pages(visit.doc.id)
    outline = outline_of(visit.doc, pages, (*stored.tables, *stored.views))
    edited = StalePages(held, doc, outline, options).edited(visit.suspect_since)
    exported = sum(is_exportable(page.content_type) for page in pages if page.id in edited)
    return plan_visit(visit, plan.held, plan.shape, max(exported, 1), options)


def _listed(source: Source, plan: DocPlan, options: SyncOptions) -> DocPlan:
    """The plan of a doc of which Coda's listing does not tell the size."""
    doc_id = plan.visit.doc.id
    pages, tables = source.pages(doc_id), source.tables(doc_id)
    exportable = sum(is_exportable(page.content_type) for page in pages)
    shape = DocShape(len(pages), exportable, (0,) * len(tables))
    return plan_visit(plan.visit, plan.held, shape, exportable, options)
