"""The index gets to know one commit after the other: which docs and items it has, and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.changes.wording import HIDDEN, SHOWN, shown_name
from coda_git_mirror.format import layout
from coda_git_mirror.git.history import FileChange, Step
from coda_git_mirror.index.contents import changes_inside
from coda_git_mirror.index.entries import DOC, PAGE, Entry, ListedDoc, Unreadable, Listing, listed_docs
from coda_git_mirror.index.positions import placed
from coda_git_mirror.index.store import Store, Thing

ADDED, CHANGED, MOVED, REMOVED, UNSEEN, MAYBE = "added", "changed", "moved", "removed", "unseen", "maybe"
"""What a commit did to a thing. UNSEEN: nothing that a person sees; MAYBE: that is still to be found out."""


_MOST_LISTINGS = 1_000


class Contents(Protocol):
    """Reads blobs of the repository."""

    def read(self, oid: str) -> bytes: ...
    def size(self, oid: str) -> int: ...


class Builder:
    """Adds commits in their order to a store."""

    def __init__(self, store: Store, contents: Contents, number: int) -> None:
        """`number` is how many commits the store knows already."""
        self._store, self._contents, self._number = store, contents, number
        self._listings: dict[str, Listing] = {}
        self._listed = self._docs_of(store.blob(layout.MANIFEST)) or {}

    def add(self, step: Step, cut: bool) -> None:
        """The next commit; `cut`: what was before it is not in this clone."""
        self._number += 1
        files = {path: change for path, change in step.files.items() if _is_ours(path)}
        self._store.add_commit(self._number, step.commit, _is_sync(step.commit.message), cut)
        self._store.add_versions(self._number, files)
        for doc in self._touched(files):
            self._update(doc, files)

    def _touched(self, files: Mapping[str, FileChange]) -> list[str]:
        """The docs of which something may be other than before, by their folders."""
        folders = {"/".join(path.split("/", 2)[:2]) for path in files}
        before = self._listed
        if layout.MANIFEST in files:
            listed = self._docs_of(files[layout.MANIFEST].new or "")
            self._listed = before if listed is None else listed
        every = {**before, **self._listed}
        touched = {doc for doc in every if every[doc].path in folders or before.get(doc) != self._listed.get(doc)}
        return sorted(touched, key=lambda doc: every[doc].path)

    def _docs_of(self, manifest: str) -> dict[str, ListedDoc] | None:
        """The docs of a manifest; none without one, None of one that cannot be read."""
        try:
            return listed_docs(self._contents.read(manifest)) if manifest else {}
        except Unreadable:
            return None

    def _update(self, doc: str, files: Mapping[str, FileChange]) -> None:
        listed, known = self._listed.get(doc), self._store.things(doc)
        metadata = self._blob(layout.inside(listed.path, layout.METADATA), files) if listed else ""
        if listed is None or not metadata:
            for thing in list(known.values()):
                self._remove(doc, thing)
            return
        try:
            entries = [Entry(DOC, doc, listed.name), *self._listing(doc).items(self._contents.read(metadata))]
        except Unreadable:
            return
        keys = [entry.key for entry in entries]
        positions = placed(keys, {key: thing.position for key, thing in known.items()})
        inside = len(listed.path) + 1
        touched = {path[inside:] for path in files if path.startswith(f"{listed.path}/")}
        for entry in entries:
            before, position = known.get(entry.key), positions[entry.key]
            if before is None or not self._is_same(before, entry, position, listed.path, touched):
                self._become(doc, listed.path, entry, position, files)
        for key in known.keys() - set(keys):
            self._remove(doc, known[key])

    def _is_same(self, before: Thing, entry: Entry, position: int, folder: str, touched: Collection[str]) -> bool:
        """Whether there is nothing to compare: it is listed as before, and none of its files is another one."""
        same = before.entry is entry or before.entry == entry
        placed = before.position == position and (not before.path or f"{before.path}/".startswith(f"{folder}/"))
        return same and placed and not any(file in touched for file in entry.files)

    def _listing(self, doc: str) -> Listing:
        if len(self._listings) > _MOST_LISTINGS:
            self._listings.clear()
        return self._listings.setdefault(doc, Listing())

    def _become(self, doc: str, folder: str, entry: Entry, position: int, files: Mapping[str, FileChange]) -> None:
        before, paths = self._store.things(doc).get(entry.key), [layout.inside(folder, file) for file in entry.files]
        blobs = tuple(self._blob(each, files) for each in paths)
        thing = Thing(0, entry, folder if entry.kind == DOC else paths[0] if paths else "", position, blobs)
        if before is None:
            self._add(doc, thing)
        else:
            self._change(doc, before, replace(thing, id=before.id))

    def _add(self, doc: str, thing: Thing) -> None:
        what = "added again" if self._store.is_known(doc, thing.entry.key) else ADDED
        self._store.add(self._number, doc, thing)
        changes_inside(self._store, self._contents, self._number, thing, None)
        self._store.save(thing)
        self._store.change(self._number, thing, ADDED, what)

    def _remove(self, doc: str, thing: Thing) -> None:
        self._store.end(self._number, doc, thing)
        self._store.change(self._number, thing, REMOVED, REMOVED)

    def _change(self, doc: str, before: Thing, thing: Thing) -> None:
        was, now = before.entry, thing.entry
        thing = replace(
            thing, digest=before.digest, columns=before.columns, pending=before.pending, wanted=before.wanted
        )
        self._store.things(doc)[now.key] = thing
        if (was.name, was.parent, before.path, before.position) != (
            now.name, now.parent, thing.path, thing.position,
        ):  # fmt: skip
            self._store.state(self._number, doc, thing)
        if was.name != now.name:
            self._store.rename(self._number, thing)
        words = [*_outer_words(was, now)]
        moved = bool(words)
        words += _detail_words(was, now)
        inside = changes_inside(self._store, self._contents, self._number, thing, before)
        words += inside.words
        self._store.save(thing)
        if words:
            self._store.change(self._number, thing, MOVED if moved else CHANGED, ", ".join(words))
        elif was != now or before.blobs != thing.blobs:
            self._store.change(self._number, thing, MAYBE if inside.maybe else UNSEEN, "")

    def _blob(self, path: str, files: Mapping[str, FileChange]) -> str:
        return (files[path].new or "") if path in files else self._store.blob(path)


def _outer_words(was: Entry, now: Entry) -> Iterator[str]:
    if was.name != now.name:
        yield f"renamed from {shown_name(was.name)}"
    if was.parent != now.parent:
        yield MOVED


def _detail_words(was: Entry, now: Entry) -> Iterator[str]:
    if now.kind != PAGE:
        return
    *before, hidden_before = was.details
    *after, hidden = now.details
    yield from (new.partition("\t")[0] + " changed" for old, new in zip(before, after, strict=True) if old != new)
    if hidden != hidden_before:
        yield HIDDEN if hidden else SHOWN


def _is_ours(path: str) -> bool:
    """Whether a path is one of the mirror's, and one that a database can hold."""
    return layout.is_mirrored(path) and (path.isascii() or not any("\ud800" <= each <= "\udfff" for each in path))


def _is_sync(message: str) -> bool:
    """As `mirror.sync_commits` knows the commit of a sync: by a line of its last paragraph."""
    last = message.rstrip().rpartition("\n\n")[2]
    return any(line.startswith(LAST_TRAILER) for line in last.split("\n"))
