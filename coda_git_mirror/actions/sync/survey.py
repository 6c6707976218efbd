"""What the account looks like, and what of it is to be read and why, before any content is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.choose import Choice, choose, listed_docs, require_owner
from coda_git_mirror.actions.sync.folders import with_folder_names
from coda_git_mirror.actions.sync.held import Held
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.visits import Calendar, Known, Visit, visits
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.format import layout
from coda_git_mirror.mirror.known_token import KnownToken
from coda_git_mirror.mirror.notes import Note, read_notes
from coda_git_mirror.mirror.repository import Repository
from coda_git_mirror.mirror.sync_commits import SyncCommits
from coda_git_mirror.model.content import Account, Doc


@dataclass(frozen=True)
class Survey:
    """`owner` is whose mirror this is; `visits` are the docs to read, by id, as `calendar` and `notes` have it."""

    owner: Account
    choice: Choice
    calendar: Calendar
    visits: dict[str, Visit]
    notes: dict[str, Note] = field(default_factory=dict)


def survey(source: Source, options: SyncOptions, held: Held | None) -> Survey:
    """Looks at the account, for the mirror that is held, or without one for a mirror that is to be made.

    An unchanged account costs the listing of docs and nothing else. Raises MirrorError where the account is not the
    mirror's, or cannot be believed.
    """
    listed = listed_docs(source, options)
    owner = _owner(source, options, held, listed or [])
    choice = choose(source, options, held.docs if held else {}, listed)
    calendar = Calendar(source.server_time(), options)
    notes = read_notes(notes_file(held.repository)) if held else {}
    chosen = visits(choice.docs.values(), _known(held, notes), calendar)
    docs = with_folder_names(source, [visit.doc for visit in chosen])
    found = [replace(visit, doc=doc) for visit, doc in zip(chosen, docs, strict=True)]
    return Survey(owner, choice, calendar, {visit.doc.id: visit for visit in found}, notes)


def notes_file(repository: Repository) -> Path:
    """Where this working copy remembers what it read of each doc."""
    return repository.private_folder / "notes.json"


def _owner(source: Source, options: SyncOptions, held: Held | None, listed: Sequence[Doc]) -> Account:
    """The account of the mirror, to which the token has to belong; a token that did before is not asked about."""
    if held is None or held.manifest is None:
        return source.account()
    owner, known_token = held.manifest.owner, KnownToken(held.repository.private_folder / "token.json")
    if options.all_accessible or (_all_owned(listed, owner) and known_token.knows(source.token_mark)):
        return owner
    require_owner(owner, source.account())
    known_token.remember(source.token_mark)
    return owner


def _all_owned(docs: Sequence[Doc], owner: Account) -> bool:
    return bool(docs) and all(doc.raw.get("owner") == owner.login for doc in docs)


def _known(held: Held | None, notes: Mapping[str, Note]) -> Known:
    if held is None:
        return Known()
    syncs = SyncCommits(held.repository, LAST_TRAILER)
    spoiled = syncs.spoiled(layout.DOCS)
    problems = held.manifest.problems if held.manifest else ()
    return Known(
        held.docs,
        notes,
        frozenset(problem.doc for problem in problems),
        lambda record: layout.SETTINGS in spoiled or record.path in spoiled,
        lambda record: commit.when if (commit := syncs.last(record.path)) else None,
    )
