"""What a doc's content lacks, as problems that are told and stored."""

from __future__ import annotations

from collections.abc import Iterator

from coda_git_mirror.actions.sync.assets import DocAssets
from coda_git_mirror.actions.sync.fetch import DocContent
from coda_git_mirror.model.content import Outline
from coda_git_mirror.model.outcome import Failed, Problem


def content_problems(outline: Outline, content: DocContent, assets: DocAssets) -> Iterator[Problem]:
    """One problem for each page, table, view, file or other part of the doc that could not be read."""
    doc = outline.doc.name
    for page in outline.pages:
        failures = [it for it in content.pages[page.id].texts.values() if isinstance(it, Failed)]
        if failures:
            yield Problem("page", doc, page.name, failures[0].reason)
    for kind, grids in (("table", outline.tables), ("view", outline.views)):
        for grid in grids:
            outcome = content.tables[grid.id]
            if isinstance(outcome, Failed):
                yield Problem(kind, doc, grid.name, outcome.reason)
    for name, reason in content.extras.failed.items():
        yield Problem("doc", doc, name, reason)
    for blob_id, failed in assets.failed.items():
        yield Problem("asset", doc, assets.references[blob_id].name or blob_id, failed.reason)
