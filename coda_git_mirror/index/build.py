"""The index gets to know one commit after the other: which docs and items it has, and what became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import takewhile
from operator import itemgetter

from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.changes.wording import HIDDEN, SHOWN, shown_name
from coda_git_mirror.format import layout
from coda_git_mirror.git.history import FileChange, Step
from coda_git_mirror.index.contents import Contents, changes_inside
from coda_git_mirror.index.entries import DOC, PAGE, Entry, Key, ListedDoc, Listing, Unreadable, listed_docs
from coda_git_mirror.index.positions import placed
from coda_git_mirror.index.store import Store, Thing

ADDED, CHANGED, MOVED, REMOVED, UNSEEN, MAYBE = "added", "changed", "moved", "removed", "unseen", "maybe"
"""What a commit did to a thing. UNSEEN: nothing that a person sees; MAYBE: that is still to be found out."""


_MOST_LISTINGS = 1_000


class Builder:
    """Adds commits in their order to a store."""

    def __init__(self, store: Store, contents: Contents, number: int) -> None:
        """`number` is how many commits the store knows already."""
        self._store, self._contents, self._number = store, contents, number
        self._listings: dict[str, Listing] = {}
        try:
            self._listed = self._docs_of(store.blob(layout.MANIFEST))
        except Unreadable:
            self._listed = {doc: ListedDoc(doc, name, path) for doc, name, path in store.docs()}

    def add(self, step: Step, cut: bool) -> None:
        """The next commit; `cut`: what was before it is not in this clone."""
        self._number += 1
        files = {path: change for path, change in step.files.items() if _is_ours(path)}
        self._store.add_commit(self._number, step.commit, _is_sync(step.commit.message), cut)
        self._store.add_versions(self._number, files)
        folders: defaultdict[str, dict[str, FileChange]] = defaultdict(dict)
        for path, change in files.items():
            folders["/".join(path.split("/", 2)[:2])][path] = change
        before = self._listed
        if manifest := files.get(layout.MANIFEST):
            try:
                self._listed = self._docs_of(manifest.new or "")
            except Unreadable:
                self._store.damaged(self._number, "")
        for doc, path in self._touched(before, folders):
            self._update(doc, folders.get(path, {}))

    def _touched(self, before: Mapping[str, ListedDoc], folders: Collection[str]) -> list[tuple[str, str]]:
        """The docs of which something may be other than before, with their folders, by these."""
        every = {**before, **self._listed}
        touched = [
            (doc, listed.path)
            for doc, listed in every.items()
            if listed.path in folders or before.get(doc) is not self._listed.get(doc) != before.get(doc)
        ]
        return sorted(touched, key=itemgetter(1))

    def _docs_of(self, manifest: str) -> dict[str, ListedDoc]:
        """The docs of a manifest; none without one. Raises Unreadable."""
        return listed_docs(self._contents.read(manifest)) if manifest else {}

    def _update(self, doc: str, files: Mapping[str, FileChange]) -> None:
        """`files` are what changed in the doc's folder."""
        listed, listing = self._listed.get(doc), self._listing(doc)
        metadata = self._blob(layout.inside(listed.path, layout.METADATA), files) if listed else ""
        if listed is None or not metadata:
            listing.folder = ""
            if listed and files:
                self._store.damaged(self._number, doc)
            for thing in list(self._store.things(doc).values()):
                self._remove(doc, thing)
            return
        try:
            other = listing.update(self._contents.read(metadata))
        except Unreadable:
            self._store.damaged(self._number, doc)
            return
        is_alike, listing.folder = other is not None and listing.folder == listed.path, listed.path
        of_doc = Entry(DOC, doc, listed.name)
        if is_alike and other is not None:
            inside = len(listed.path) + 1
            touched = [*other, *listing.holding(path[inside:] for path in files)]
            self._become(doc, listed.path, {entry.key: entry for entry in [of_doc, *touched]}, files)
        else:
            self._rearrange(doc, listed.path, {entry.key: entry for entry in [of_doc, *listing.entries]}, files)

    def _rearrange(self, doc: str, folder: str, entries: Mapping[Key, Entry], files: Mapping[str, FileChange]) -> None:
        """Other items than before, or in another order."""
        known = self._store.things(doc)
        positions = placed(list(entries), {key: thing.position for key, thing in known.items()})
        self._become(doc, folder, entries, files, positions)
        for key in known.keys() - entries.keys():
            self._remove(doc, known[key])

    def _become(
        self,
        doc: str,
        folder: str,
        entries: Mapping[Key, Entry],
        files: Mapping[str, FileChange],
        positions: Mapping[Key, int] | None = None,
    ) -> None:
        known = self._store.things(doc)
        for key, entry in entries.items():
            before, paths = known.get(key), [layout.inside(folder, file) for file in entry.files]
            path = folder if entry.kind == DOC else paths[0] if paths else ""
            position = positions[key] if positions else known[key].position
            if before is None:
                self._add(doc, Thing(0, entry, path, position, self._blobs(paths, files)))
            elif (before.entry, before.path, before.position) != (entry, path, position) or any(
                each in files for each in paths
            ):
                self._change(doc, before, Thing(before.id, entry, path, position, self._blobs(paths, files)))

    def _blobs(self, paths: Sequence[str], files: Mapping[str, FileChange]) -> tuple[str, ...]:
        return tuple(self._blob(path, files) for path in paths)

    def _listing(self, doc: str) -> Listing:
        if len(self._listings) > _MOST_LISTINGS:
            self._listings.clear()
        return self._listings.setdefault(doc, Listing())

    def _add(self, doc: str, thing: Thing) -> None:
        what = "added again" if self._store.is_known(doc, thing.entry.key) else ADDED
        self._store.add(self._number, doc, thing)
        changes_inside(self._store, self._contents, self._number, thing, None)
        self._store.save(thing)
        self._store.change(self._number, thing.id, ADDED, what)

    def _remove(self, doc: str, thing: Thing) -> None:
        self._store.end(self._number, doc, thing)
        self._store.change(self._number, thing.id, REMOVED, REMOVED)

    def _change(self, doc: str, before: Thing, thing: Thing) -> None:
        was, now = before.entry, thing.entry
        thing.digest, thing.columns = before.digest, before.columns
        thing.pending, thing.asked = before.pending, before.asked
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
            self._store.change(self._number, thing.id, MOVED if moved else CHANGED, ", ".join(words))
        elif was != now or before.blobs != thing.blobs:
            self._store.change(self._number, thing.id, MAYBE if inside.maybe else UNSEEN, "")

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
    last = takewhile(str.strip, reversed(message.rstrip().split("\n")))
    return any(line.startswith(LAST_TRAILER) for line in last)
