"""Which doc of which revision is to be made anew, and whether that was done before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from coda_git_mirror.actions.entry import open_mirror, sound_revisions
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.log.names import Names
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.changes.copy_plan import copy_plan
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.changes.recreation import Wish, recreation
from coda_git_mirror.changes.recreation_trailers import Remade, remade
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.errors import MirrorError, NotThere, UsageError
from coda_git_mirror.format import layout
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.links import LinkBook, LinkedDoc, LinkedPage
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.format.table_parts import files_of
from coda_git_mirror.format.text import one_line
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.revisions import Revisions
from coda_git_mirror.model.recreation import Recreation
from coda_git_mirror.state.recreation_journal import RecreationJournal, begun_commits

_JOURNALS = "recreations"
WRITES = "writes"
TITLE = "title"


@dataclass(frozen=True)
class Words:
    """How somebody names a doc, and a page of it, None for the whole doc."""

    doc: str
    page: str | None = None


@dataclass(frozen=True)
class Target:
    """The plan, and the doc that it is made after as the revision holds it."""

    repository: Repository
    what: Recreation
    side: Side
    stored: StoredDoc
    day: str

    def as_copy(self, commit: str | None) -> Target:
        """The same by a copy of the living doc, which a commit holds as it is, HEAD where none is told."""
        held = Held.at_head(self.repository) if commit is None else Held.at(self.repository, commit)
        if self.what.doc not in held.docs:
            raise MirrorError(
                f"The mirror does not hold the doc {one_line(self.what.doc_name)!r} as it is now; run a sync first, or "
                "give --from-nothing."
            )
        with sound_revisions():
            now = recreation(Side(held.tree, held.docs[self.what.doc]), self.what.doc, self.what.commit, Wish())
        return replace(self, what=copy_plan(self.what, now, self.day))

    @property
    def journals(self) -> Path:
        """Where is noted down how far each recreation came."""
        return self.repository.private_folder / WRITES / _JOURNALS

    def journal(self) -> RecreationJournal:
        """What is known of this one."""
        return RecreationJournal(self.journals, self.what.doc, self.what.page, self.what.commit)

    def as_begun(self, wish: Wish) -> Target:
        """The same with the title that an earlier run was given, unless another one is asked for."""
        given = self.journal().entry(TITLE)
        if given is None or wish.title is not None or self.what.page is not None:
            return self
        return replace(self, what=replace(self.what, title=given.known[0]))


def target_of(folder: Path, words: Words, at: str, wish: Wish) -> Target:
    """What the words mean, by the mirror alone. Raises UsageError where that is nothing, or not one thing.

    Where a run has begun to make the same of a revision with the same content, that revision is meant.
    """
    repository = open_mirror(folder)
    commit = Revisions(repository, LAST_TRAILER).resolve(at)
    with sound_revisions():
        target = _target_at(repository, words, commit, wish)
        begun = begun_commits(target.journals, target.what.doc, target.what.page)
        if begun and target.what.commit not in begun:
            same = next((each for each in begun if _is_same(target, each)), None)
            target = _target_at(repository, words, same, wish) if same else target
        return target.as_begun(wish)


def _target_at(repository: Repository, words: Words, commit: str, wish: Wish) -> Target:
    history = History(repository)
    names, held = Names(history, commit), Held.at(repository, commit)
    found = names.find([words.doc])
    if found.kind != "doc":
        raise UsageError(f"{one_line(words.doc)!r} is no doc; name a doc by its id, its address or its exact name.")
    doc = str(found.doc)
    if doc not in held.docs:
        raise UsageError(
            f"Revision {commit[:10]} does not hold the doc {one_line(found.names[0])!r}; "
            f"`coda-git-mirror log {doc}` shows the revisions that do."
        )
    side = Side(held.tree, held.docs[doc])
    stored, day = side.stored(), next(history.commits(commit)).when.date().isoformat()
    if words.page is not None:
        wish = replace(wish, page=_page(names, stored, doc, words), day=day)
    return Target(repository, recreation(side, doc, commit, wish), side, stored, day)


def _is_same(target: Target, commit: str) -> bool:
    """Whether another revision holds the same of the doc, or of the page and those below it."""
    what = target.what
    try:
        held = Held.at(target.repository, commit)
        side = Side(held.tree, held.docs.get(what.doc))
        if what.page is None:
            return side.digest(layout.CHECKSUMS) == target.side.digest(layout.CHECKSUMS)
        stored = side.stored()
        if what.page not in stored.pages:
            return False
        other = recreation(side, what.doc, commit, Wish(page=what.page))
    except (MirrorError, DamagedContent, FileNotFoundError):
        return False
    return _content(other, side, stored) == _content(what, target.side, target.stored)


def _content(what: Recreation, side: Side, stored: StoredDoc) -> tuple[object, ...]:
    """What decides what is made of a page, but for the name that it gets."""
    pages = [replace(page, name="") if page.old == what.page else page for page in what.pages]
    rows = [side.digest(file) for table in what.tables for file in files_of(stored.tables[table.old], ".jsonl")]
    return pages, what.tables, rows


def _page(names: Names, stored: StoredDoc, doc: str, words: Words) -> str:
    """The id of the page that is meant, by its id, its address or its name."""
    word = words.page or ""
    pages = tuple(LinkedPage(each, each, str(it.get("browserLink") or "")) for each, it in stored.pages.items())
    linked = LinkBook([LinkedDoc(doc, "doc", pages)]).target(word)
    if linked is not None and linked.item in stored.pages:
        return linked.item
    found = names.find([doc, word])
    if found.item not in stored.pages:
        raise UsageError(f"{one_line(word)!r} is no page of that revision; name a page by its id, address or name.")
    return str(found.item)


def made_before(target: Target, source: Source) -> Remade | None:
    """What a finished run has made of the same revision, as the mirror's commits tell, if it still lives."""
    head, what = target.repository.head(), target.what
    for commit in History(target.repository).commits(head) if head else ():
        for found in remade(commit.message):
            if (found.doc, found.page) != (what.doc, what.page):
                continue
            if (found.commit == what.commit or _is_same(target, found.commit)) and _lives(source, found):
                return found
    return None


def _lives(source: Source, found: Remade) -> bool:
    try:
        source.doc(found.new) if found.page is None else source.page(found.doc, found.new)
    except NotThere:
        return False
    return True
