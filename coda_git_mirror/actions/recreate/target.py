"""Which doc of which revision is to be made anew, and whether that was done before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.actions.entry import open_mirror, sound_revisions
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.log.names import Names
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.changes.recreation import Wish, recreation
from coda_git_mirror.changes.recreation_trailers import RecreatedDoc, recreated_docs
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.errors import NotThere, UsageError
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
class Target:
    """The plan, and the doc that it is made after as the revision holds it."""

    repository: Repository
    what: Recreation
    side: Side
    stored: StoredDoc

    @property
    def journals(self) -> Path:
        """Where is noted down how far each recreation came."""
        return self.repository.private_folder / WRITES / _JOURNALS

    def journal(self) -> RecreationJournal:
        """What is known of this one."""
        return RecreationJournal(self.journals, self.what.doc, self.what.commit)


def target_of(folder: Path, word: str, at: str, wish: Wish) -> Target:
    """What the words mean, by the mirror alone. Raises UsageError where that is nothing, or not one thing."""
    repository = open_mirror(folder)
    commit = Revisions(repository, LAST_TRAILER).resolve(at)
    with sound_revisions():
        target = Names(History(repository), commit).find([word])
        held = Held.at(repository, commit)
        if target.kind != "doc":
            raise UsageError(f"{one_line(word)!r} is no doc; name a doc by its id, its address or its exact name.")
        if target.doc not in held.docs:
            raise UsageError(
                f"Revision {commit[:10]} does not hold the doc {one_line(target.names[0])!r}; "
                f"`coda-git-mirror log {target.doc}` shows the revisions that do."
            )
        side = Side(held.tree, held.docs[str(target.doc)])
        return Target(repository, recreation(side, str(target.doc), commit, wish), side, side.stored())


def made_before(target: Target, source: Source) -> RecreatedDoc | None:
    """The doc that a finished run has made of the same revision, as the mirror's commits tell, if it still lives."""
    head = target.repository.head()
    for commit in History(target.repository).commits(head) if head else ():
        for found in recreated_docs(commit.message):
            if (found.old, found.commit) == (target.what.doc, target.what.commit) and _lives(source, found.new):
                return found
    return None


def _lives(source: Source, doc_id: str) -> bool:
    try:
        source.doc(doc_id)
    except NotThere:
        return False
    return True
