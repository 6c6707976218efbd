"""The life of one doc: the commits that touched it, followed by its id through renames, removal and return."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace

from coda_git_mirror.changes.sides import Side
from coda_git_mirror.changes.trees import EmptyTree, Tree, blaming
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord, Manifest, parse_manifest
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.git.history import BlobTree, Commit, History
from coda_git_mirror.model.content import name_of

NOWHERE = Side(EmptyTree(), None)


@dataclass(frozen=True)
class Place:
    """A doc's name and its folder in the mirror."""

    name: str
    path: str


class RememberingSide(Side):
    """One whose metadata is read once, for whoever looks at few states at a time."""

    def __init__(self, tree: Tree, place: Place, stored: StoredDoc | None = None) -> None:
        super().__init__(tree, place)
        self._stored = stored

    def stored(self) -> StoredDoc:
        self._stored = self._stored or super().stored()
        return self._stored


@dataclass(frozen=True)
class DocStep:
    """A commit that touched a doc, with the doc before and after it."""

    commit: Commit
    before: Side
    after: Side


def doc_steps(history: History, doc_id: str, tip: str) -> Iterator[DocStep]:
    """The commits from `tip` back that touched a doc, newest first."""
    at: str | None = tip
    while at is not None:
        place = _place(history, at, doc_id)
        if place is not None:
            at = yield from _stretch(history, doc_id, at, place)
            continue
        removal = _removal(history, at, doc_id)
        if removal is None:
            return
        at = removal.parent
        if at and (place := _place(history, at, doc_id)):
            yield DocStep(removal, _side(history, at, place), NOWHERE)


def doc_states(history: History, doc_id: str, tip: str) -> Iterator[Side]:
    """The states that a doc was in, newest first."""
    latest = True
    for step in doc_steps(history, doc_id, tip):
        if latest:
            yield step.after
        yield step.before
        latest = False


def manifest_at(history: History, commit: str, listed: bool = False) -> Manifest | None:
    """The manifest of a commit, with the docs that are there, or all that are `listed`; None before the first sync.

    A doc whose folder somebody removed by hand is not there. Raises DamagedFile where the manifest is not sound.
    """
    blob = history.files(commit, layout.MANIFEST).get(layout.MANIFEST)
    if blob is None:
        return None
    with blaming(layout.MANIFEST):
        manifest = parse_manifest(history.read(blob))
    return manifest if listed else replace(manifest, docs=present(history, commit, manifest.docs))


def present(history: History, commit: str, docs: Iterable[DocRecord]) -> tuple[DocRecord, ...]:
    """Those of the docs whose folder a commit has."""
    folders = history.entries(commit, layout.DOCS)
    return tuple(doc for doc in docs if doc.path in folders)


def _stretch(history: History, doc_id: str, tip: str, place: Place) -> Generator[DocStep, None, str | None]:
    """The steps back to the one by which the doc came into this folder; returns where to go on from there."""
    blobs = history.files(tip, place.path)
    metadata = layout.inside(place.path, layout.METADATA)
    after: Side = RememberingSide(BlobTree(history, blobs), place)
    for step in history.steps(tip, [place.path]):
        older = {**blobs, **{path: change.old for path, change in step.files.items()}}
        blobs = {path: oid for path, oid in older.items() if oid is not None}
        former = RememberingSide(BlobTree(history, blobs), place)
        if metadata in step.files:
            name = _name(former, doc_id)
            if name is None:
                parent = step.commit.parent
                elsewhere = _place(history, parent, doc_id) if parent else None
                before = _side(history, parent, elsewhere) if parent and elsewhere else NOWHERE
                yield DocStep(step.commit, before, after)
                return parent
            place = Place(name, place.path)
            former = RememberingSide(BlobTree(history, blobs), place, former.stored())
        yield DocStep(step.commit, former, after)
        after = former
    return None


def _side(history: History, commit: str, place: Place) -> Side:
    return RememberingSide(BlobTree(history, history.files(commit, place.path)), place)


def _removal(history: History, tip: str, doc_id: str) -> Commit | None:
    """The commit by which a doc went that is not there now; of one that the manifest still has, its folder went."""
    if listed := _place(history, tip, doc_id, listed=True):
        return next((step.commit for step in history.steps(tip, [listed.path])), None)
    return history.last_change_of(f'"id": {json.dumps(doc_id)}', layout.MANIFEST, tip)


def _place(history: History, commit: str, doc_id: str, listed: bool = False) -> Place | None:
    manifest = manifest_at(history, commit, listed)
    records = manifest.docs if manifest else ()
    return next((Place(record.name, record.path) for record in records if record.id == doc_id), None)


def _name(side: Side, doc_id: str) -> str | None:
    """What the doc is called in a version of its metadata; None where it is another doc's, or not there."""
    if side.digest(layout.METADATA) is None:
        return None
    doc = side.stored().doc
    return name_of(doc) if doc.get("id") == doc_id else None
