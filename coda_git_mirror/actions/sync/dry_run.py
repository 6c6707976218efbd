"""`sync --dry-run`: what a sync would read and why, what it would cost, and nothing written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from coda_git_mirror.actions.entry import check_place, is_mirror
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.choose import Choice
from coda_git_mirror.actions.sync.cost import DocPlan, DocShape, plan_visit, plan_visits, seconds_for, total
from coda_git_mirror.actions.sync.guard import foretold
from coda_git_mirror.actions.sync.notices import notices
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.outline import outline_of, stored_outline
from coda_git_mirror.actions.sync.page_reasons import Stale, whole_pages
from coda_git_mirror.actions.sync.stale import StalePages
from coda_git_mirror.actions.sync.survey import survey
from coda_git_mirror.actions.sync.visits import is_wanted
from coda_git_mirror.errors import CodaError, OutOfPatience, TokenRefused
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.model.content import Page, is_exportable
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.state.known_pace import KnownPace


@dataclass(frozen=True)
class PageToRead:
    """A page that would be exported, and why."""

    id: str
    name: str
    reason: str


@dataclass(frozen=True)
class Estimate:
    """`plans` are the visits by the docs' names, of `docs` docs in all; `gone` names the docs that would go.

    `is_pace_known` is whether a sync of this mirror has found how many exports Coda allows, if there are any.
    `pages` are those that would be exported as far as that is known, by doc: of a doc that is read as a whole as the
    mirror has them, and of others without those that show or name what else changed, which only reading tells.
    """

    plans: tuple[DocPlan, ...]
    docs: int
    gone: tuple[str, ...]
    problems: tuple[Problem, ...]
    requests: int
    seconds: float
    is_pace_known: bool = True
    notes: tuple[str, ...] = ()
    pages: Mapping[str, tuple[PageToRead, ...]] = field(default_factory=dict)


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
    look = _Look(source, held, options, found.known.may_export)
    foreseen = [look.closer(plan) for plan in plan_visits(found.visits.values(), held, options)]
    plans = sorted((plan for plan, _ in foreseen), key=lambda plan: (plan.visit.doc.name, plan.visit.doc.id))
    requests, traffic = total(plans), source.traffic()
    pace = KnownPace(held.repository).recall() if held else None
    if pace:
        traffic = replace(traffic, rates={**traffic.rates, RateClass.EXPORT: pace})
    return Estimate(
        plans=tuple(plans),
        docs=len(found.choice.docs),
        gone=tuple(sorted(held.docs[doc_id].name for doc_id in found.choice.gone & held.docs.keys())) if held else (),
        problems=tuple(found.choice.problems),
        requests=(requests + surveyed).total(),
        seconds=seconds_for(requests, traffic, len(options.formats)),
        is_pace_known=bool(pace) or not requests[RateClass.EXPORT],
        notes=tuple(_notes(found.choice, held, options)),
        pages={plan.visit.doc.id: pages for plan, pages in foreseen},
    )


def _notes(choice: Choice, held: Held | None, options: SyncOptions) -> Iterator[str]:
    yield from notices(choice, held)
    if held and held.manifest and not options.allow_mass_delete:
        yield from foretold([held.docs[doc_id] for doc_id in choice.gone & held.docs.keys()], held.manifest)


Foreseen = tuple[DocPlan, tuple[PageToRead, ...]]
"""A plan, with those pages to export that are known."""


@dataclass(frozen=True)
class _Look:
    """Looks closer at planned visits, of docs of which the listing or the mirror do not tell enough."""

    source: Source
    held: Held | None
    options: SyncOptions
    may_export: bool

    def closer(self, plan: DocPlan) -> Foreseen:
        """The plan as far as Coda tells more; what it does not tell of a doc stays a guess."""
        try:
            return self._closer(plan)
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError:
            return plan, ()

    def _closer(self, plan: DocPlan) -> Foreseen:
        if plan.visit.files_only or not self.options.pages:
            return plan if plan.is_sized else self._listed(plan)[0], ()
        if not plan.is_sized:
            return self._listed(plan)
        if not plan.visit.whole and self.held:
            return self._edited(self.held, plan)
        outline = stored_outline(plan.visit.doc, plan.held().stored)
        return plan, _exported(outline.pages, whole_pages(outline.pages, plan.visit.reason))

    def _edited(self, held: Held, plan: DocPlan) -> Foreseen:
        """The plan with the pages whose own time has moved; where none has, one that shows what was edited."""
        visit, doc = plan.visit, plan.held()
        stored = stored_outline(visit.doc, doc.stored)
        pages = self.source.pages(visit.doc.id)
        outline = outline_of(visit.doc, pages, (*stored.tables, *stored.views))
        judge = StalePages(held, doc, outline, self.options, self._is_wanted)
        exported = _exported(outline.pages, judge.edited(visit.suspect_since))
        return plan_visit(visit, plan.held, plan.shape, max(len(exported), 1), self.options), exported

    def _listed(self, plan: DocPlan) -> Foreseen:
        """The plan of a doc of which Coda's listing does not tell the size."""
        doc_id = plan.visit.doc.id
        pages, tables = self.source.pages(doc_id), self.source.tables(doc_id)
        exported = _exported(pages, whole_pages(pages, plan.visit.reason))
        shape = DocShape(len(pages), len(exported), (0,) * len(tables))
        return plan_visit(plan.visit, plan.held, shape, len(exported), self.options), exported

    def _is_wanted(self, problem: Problem) -> bool:
        return is_wanted(problem, self.options, self.may_export)


def _exported(pages: Iterable[Page], stale: Stale) -> tuple[PageToRead, ...]:
    """Those of the stale pages that Coda can export."""
    chosen = (page for page in pages if page.id in stale and is_exportable(page.content_type))
    return tuple(PageToRead(page.id, page.name, stale[page.id].reason) for page in chosen)
