"""`status --remote`: which docs changed in Coda since they were mirrored, by the listing of docs alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.choose import require_owner
from coda_git_mirror.format.manifest import DocRecord, Manifest, by_id
from coda_git_mirror.model.content import Doc
from coda_git_mirror.model.selectors import selects


@dataclass(frozen=True)
class DocLine:
    """A doc by what the account, or else the mirror, calls it; `updated` is Coda's instant of its last edit."""

    id: str
    name: str
    updated: str


@dataclass(frozen=True)
class AccountChanges:
    """`added` are not in the mirror yet, `edited` have another time or name, `unlisted` Coda does not list any more.

    Of the unlisted a sync asks one by one whether they are gone. `left_out` are docs of the mirror that the settings do
    not select: no sync reads them, however old they are. `unchanged` is how many are as they were.
    """

    added: tuple[DocLine, ...]
    edited: tuple[DocLine, ...]
    unlisted: tuple[DocLine, ...]
    left_out: tuple[DocLine, ...]
    unchanged: int
    requests: int


@dataclass(frozen=True)
class Selection:
    """Which docs the mirror is about, as `choose` understands it."""

    docs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    all_accessible: bool = False

    def takes(self, doc_id: str, name: str) -> bool:
        """Whether a sync reads a doc of this name, if it is listed."""
        if any(selects(selector, doc_id, name) for selector in self.exclude):
            return False
        return not self.docs or any(selects(selector, doc_id, name) for selector in self.docs)


def account_changes(source: Source, manifest: Manifest | None, selection: Selection) -> AccountChanges:
    """Compares the mirror with the account. Raises MirrorError where that is another one than the mirror's."""
    if manifest and not selection.all_accessible:
        require_owner(manifest.owner, source.account())
    held = by_id(manifest.docs) if manifest else {}
    listed = source.docs(owned_only=not selection.all_accessible)
    return _compared(listed, held, selection, source.traffic().sent.total())


def _compared(
    listed: Iterable[Doc], held: Mapping[str, DocRecord], selection: Selection, requests: int
) -> AccountChanges:
    docs = {doc.id: doc for doc in listed if selection.takes(doc.id, doc.name)}
    added = [doc for doc in docs.values() if doc.id not in held]
    edited = [doc for doc in docs.values() if doc.id in held and _differs(doc, held[doc.id])]
    gone = [record for record in held.values() if record.id not in docs and selection.takes(record.id, record.name)]
    left_out = [record for record in held.values() if record.id not in docs and record not in gone]
    unchanged = len(docs) - len(added) - len(edited)
    return AccountChanges(_lines(added), _lines(edited), _lines(gone), _lines(left_out), unchanged, requests)


def _differs(doc: Doc, record: DocRecord) -> bool:
    return doc.updated != record.updated or doc.name != record.name or not doc.updated


def _lines(docs: Iterable[Doc | DocRecord]) -> tuple[DocLine, ...]:
    lines = (DocLine(doc.id, doc.name, doc.updated) for doc in docs)
    return tuple(sorted(lines, key=lambda line: (line.name, line.id)))
