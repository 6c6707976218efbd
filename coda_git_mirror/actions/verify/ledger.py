"""What a revision lacks by its own word: the items that it lists, and of which no file is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coda_git_mirror.actions.verify.expected import ExpectedFiles
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord, Manifest
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.content import Json, name_of
from coda_git_mirror.model.findings import READ, Finding
from coda_git_mirror.model.ledger import ASSET, PAGE, TABLE, VIEW, Ledger, Problem

_NO_REASON = "and nothing says why"


def absent_items(record: DocRecord, expected: ExpectedFiles, ledger: Ledger) -> Iterator[Finding]:
    """A finding for each item of a doc without any file, unless Coda does not give it, or has it no more."""
    known = {(problem.kind, problem.item_id): problem for problem in ledger.of(record.id)}
    path = layout.inside(record.path, layout.METADATA)
    for kind, entry in _listed(expected):
        problem = known.get((kind, str(entry["id"])))
        if problem is None or problem.is_open:
            said = f"lists the {kind} {_called(name_of(entry), str(entry['id']))}, of which there is no file"
            yield Finding(path, f"{said}: {one_line(problem.reason) if problem else _NO_REASON}", READ)
    for problem in (it for it in known.values() if it.kind == ASSET and it.is_open):
        said = f"lacks the file {_called(problem.item, problem.item_id)}, which is shown in it"
        yield Finding(record.path, f"{said}: {one_line(problem.reason)}", READ)


def absent_docs(manifest: Manifest) -> Iterator[Finding]:
    """A finding for each doc that the mirror should have and never could read, unless nobody can."""
    held = {doc.id for doc in manifest.docs}
    for problem in manifest.problems:
        if problem.doc_id not in {"", *held} and problem.is_of_whole_doc and problem.is_open:
            said = f"names the doc {_called(problem.doc, problem.doc_id)}, of which there is nothing"
            yield Finding(layout.MANIFEST, f"{said}: {one_line(problem.reason)}", READ)


def states(problems: Iterable[Problem], findings: Iterable[Finding]) -> list[Problem]:
    """The entries of the ledger that no finding tells of: what is older than in Coda, not given, or gone."""
    told = [finding.fault for finding in findings]
    return [it for it in problems if not any(f"({it.item_id or it.doc_id})" in fault for fault in told)]


def _listed(expected: ExpectedFiles) -> Iterator[tuple[str, Json]]:
    yield from ((PAGE, entry) for entry in expected.stored.pages.values() if not entry["files"])
    yield from ((TABLE, entry) for entry in expected.stored.tables.values() if not entry["file"])
    yield from ((VIEW, entry) for entry in expected.stored.views.values() if not entry["file"])


def _called(name: str, item_id: str) -> str:
    return f"{one_line(name)!r} ({item_id})"
