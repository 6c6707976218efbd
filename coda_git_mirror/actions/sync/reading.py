"""Reads the docs of a run, many at once; what fails is a value, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import as_completed
from dataclasses import dataclass

from coda_git_mirror.actions.sync.assets import AssetCollector
from coda_git_mirror.actions.sync.fetch import BegunPages, DocContent, Fetcher, cancel, without_gone
from coda_git_mirror.actions.sync.held import HeldDoc
from coda_git_mirror.actions.sync.means import Means
from coda_git_mirror.actions.sync.outline import Outlined, read_pages, with_grids
from coda_git_mirror.actions.sync.place import DocParts
from coda_git_mirror.actions.sync.plan import DocPlan
from coda_git_mirror.actions.sync.problems import content_problems
from coda_git_mirror.actions.sync.texts import PageTexts
from coda_git_mirror.errors import CodaError, OutOfPatience, TokenRefused
from coda_git_mirror.mirror.shelf import Shelve
from coda_git_mirror.model.content import Doc
from coda_git_mirror.model.outcome import Fetched, Problem
from coda_git_mirror.progress import DocDone

_TOO_LARGE = "the doc is over 125 MB, and Coda's API gives no access to docs of that size"


@dataclass(frozen=True)
class Reading:
    """What became of a doc, and what of it could not be read.

    `parts` brings back what it consists of; None where Coda did not say.

    `is_whole` is whether a better token would give no more of it.
    """

    doc: Doc
    parts: Callable[[], DocParts] | None
    problems: tuple[Problem, ...]
    is_whole: bool = True


class DocReader:
    """Reads docs. Raises only what ends the whole run."""

    def __init__(self, means: Means, shelve: Shelve) -> None:
        self._means, self._shelve = means, shelve
        self.collector = AssetCollector(means)
        self._fetcher = Fetcher(means)

    def read(self, plans: Iterable[DocPlan]) -> list[Reading]:
        """What became of each doc, in the order of their names; a failure that ends the run is raised at once."""
        in_order = sorted(plans, key=lambda plan: (plan.visit.doc.name, plan.visit.doc.id))
        jobs = [self._means.crew.docs.submit(self._read, plan) for plan in in_order]
        for job in as_completed(jobs):
            job.result()
        return [job.result() for job in jobs]

    def _read(self, plan: DocPlan) -> Reading:
        means, doc = self._means, plan.visit.doc
        held = plan.held()
        begun: BegunPages = {}
        try:
            listed = read_pages(means.source, doc, held.stored, means.options)
            begun = self._fetcher.begin(listed, plan, held)
            outlined = with_grids(means.source, listed, held.stored, means.options)
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError as error:
            cancel(begun)
            problem = Problem("doc", doc.name, "", _TOO_LARGE if _is_too_large(doc) else str(error))
            means.progress.doc_done(DocDone(doc.name, 0, 0, 0, 1))
            return Reading(doc, None, (problem,))
        return self._content(outlined, plan, held, begun)

    def _content(self, outlined: Outlined, plan: DocPlan, held: HeldDoc, begun: BegunPages) -> Reading:
        means, doc = self._means, plan.visit.doc
        content = self._fetcher.fetch(outlined, plan, held, begun)
        present = without_gone(outlined.outline, content)
        texts = PageTexts(means.held, held, content, means.options.asset_hosts)
        assets = self.collector.collect(held, present, content, texts, means.options.assets, plan.visit.whole)
        problems = tuple(content_problems(present, content, assets))
        means.progress.doc_done(
            DocDone(doc.name, len(present.pages), len(present.tables), _row_count(content), len(problems))
        )
        is_whole = not any(page.plain for page in content.pages.values())
        parts = self._shelve(DocParts(present, held, content, texts, assets))
        return Reading(doc, parts, problems, is_whole)


def _row_count(content: DocContent) -> int:
    return sum(outcome.value.row_count for outcome in content.tables.values() if isinstance(outcome, Fetched))


def _is_too_large(doc: Doc) -> bool:
    size = doc.raw.get("docSize")
    return isinstance(size, dict) and size.get("overApiSizeLimit") is True
