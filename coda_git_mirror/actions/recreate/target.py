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
from coda_git_mirror.format.links import LinkBook, LinkedDoc, LinkedPage
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.format.text import one_line
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.revisions import Revisions
from coda_git_mirror.model.recreation import Recreation
from coda_git_mirror.state.recreation_journal import RecreationJournal

_JOURNALS = "recreations"
WRITES = "writes"


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


def target_of(folder: Path, words: Words, at: str, wish: Wish) -> Target:
    """What the words mean, by the mirror alone. Raises UsageError where that is nothing, or not one thing."""
    repository = open_mirror(folder)
    commit = Revisions(repository, LAST_TRAILER).resolve(at)
    history = History(repository)
    with sound_revisions():
        names, held = Names(history, commit), Held.at(repository, commit)
        target = names.find([words.doc])
        if target.kind != "doc":
            raise UsageError(f"{one_line(words.doc)!r} is no doc; name a doc by its id, its address or its exact name.")
        doc = str(target.doc)
        if doc not in held.docs:
            raise UsageError(
                f"Revision {commit[:10]} does not hold the doc {one_line(target.names[0])!r}; "
                f"`coda-git-mirror log {doc}` shows the revisions that do."
            )
        side = Side(held.tree, held.docs[doc])
        stored = side.stored()
        day = next(history.commits(commit)).when.date().isoformat()
        if words.page is not None:
            wish = replace(wish, page=_page(names, stored, doc, words), day=day)
        return Target(repository, recreation(side, doc, commit, wish), side, stored, day)


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
            same = (found.doc, found.page, found.commit) == (what.doc, what.page, what.commit)
            if same and _lives(source, found):
                return found
    return None


def _lives(source: Source, found: Remade) -> bool:
    try:
        source.doc(found.new) if found.page is None else source.page(found.doc, found.new)
    except NotThere:
        return False
    return True
