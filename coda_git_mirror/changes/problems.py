"""What came into the ledger of a mirror between two states, and which of its items were read since."""

from __future__ import annotations

from collections.abc import Iterator

from coda_git_mirror.changes.sides import Side
from coda_git_mirror.changes.trees import Tree, named_manifest_of
from coda_git_mirror.format.manifest import DocRecord, Manifest
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.model.ledger import Problem

Key = tuple[str, ...]


def compare_problems(old: Tree, new: Tree) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """The entries that came, or are in another state now, and those of which the very item was read.

    What left the ledger because it is gone from Coda is in neither. Raises DamagedContent where a state is not sound.
    """
    before, after = named_manifest_of(old), named_manifest_of(new)
    olds, news = before.problems if before else (), after.problems if after else ()
    known = {(_key(problem), problem.state) for problem in olds}
    came = tuple(
        problem for problem in news if known.isdisjoint((key, problem.state) for key in (problem.key, _names(problem)))
    )
    left = {key for problem in news for key in (problem.key, _names(problem))}
    gone = (problem for problem in olds if problem.is_open and _key(problem) not in left)
    return came, tuple(_solved(gone, new, after)) if after else ()


def _key(problem: Problem) -> Key:
    """What an entry of the old state is about; by names, which several items may have, where it has no ids."""
    return problem.key if problem.doc_id else _names(problem)


def _names(problem: Problem) -> Key:
    return "by name", problem.doc, problem.kind, problem.item


def _solved(problems: Iterator[Problem], tree: Tree, manifest: Manifest) -> Iterator[Problem]:
    """Those of which the tree has the item now."""
    stored: dict[str, StoredDoc] = {}
    for problem in problems:
        record = next((doc for doc in manifest.docs if _is_of(problem, doc)), None)
        if record is None:
            continue
        if record.id not in stored:
            stored[record.id] = Side(tree, record).stored()
        if _is_held(problem, stored[record.id]):
            yield problem


def _is_of(problem: Problem, doc: DocRecord) -> bool:
    return doc.id == problem.doc_id if problem.doc_id else doc.name == problem.doc


def _is_held(problem: Problem, stored: StoredDoc) -> bool:
    if not problem.item_id:
        return True
    match problem.kind:
        case "page":
            return bool(stored.pages.get(problem.item_id, {}).get("files"))
        case "table":
            return bool(stored.tables.get(problem.item_id, {}).get("file"))
        case "view":
            return bool(stored.views.get(problem.item_id, {}).get("file"))
        case "asset":
            return problem.item_id in stored.assets
        case _:
            return True
