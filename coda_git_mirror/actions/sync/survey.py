"""What the account looks like, and what of it is to be read and why, before any content is read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.choose import Choice, choose, listed_docs, require_owner
from coda_git_mirror.actions.sync.folder_names import with_folder_names
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.visits import Calendar, Known, Visit, visits
from coda_git_mirror.changes.message import LAST_TRAILER, NOT_ALL, unsettled_docs
from coda_git_mirror.errors import CodaError, OutOfPatience, TokenRefused
from coda_git_mirror.format import layout
from coda_git_mirror.git.history import Commit
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.sync_commits import SyncCommits
from coda_git_mirror.model.content import Account, Doc
from coda_git_mirror.model.ledger import DENIED, NO_EXPORT, Ledger
from coda_git_mirror.state.known_token import KnownToken
from coda_git_mirror.state.notes import read_notes


@dataclass(frozen=True)
class Survey:
    """`owner` is whose mirror this is; `visits` are the docs to read, by id, by `calendar` and what is `known`.

    `left` are the ids of docs that were among them, until the time for reading was up.
    """

    owner: Account
    choice: Choice
    calendar: Calendar
    visits: dict[str, Visit]
    known: Known = field(default_factory=Known)
    left: frozenset[str] = frozenset()

    def without(self, left: frozenset[str]) -> Survey:
        """The same without the visits of docs that are left to the next run, as if they had not been chosen."""
        visited = {doc_id: visit for doc_id, visit in self.visits.items() if doc_id not in left}
        return replace(self, visits=visited, left=left)


def survey(source: Source, options: SyncOptions, held: Held | None) -> Survey:
    """Looks at the account, for the mirror that is held, or without one for a mirror that is to be made.

    An unchanged account costs the listing of docs and nothing else. Raises MirrorError where the account is not the
    mirror's, or cannot be believed.
    """
    listed = listed_docs(source, options)
    owner = _owner(source, options, held, listed or [])
    choice = choose(source, options, held.docs, listed, held.ledger) if held else choose(source, options, {}, listed)
    calendar = Calendar(source.server_time(), options)
    known = _known(source, options, held, choice.docs) if held else Known()
    chosen = visits(choice.docs.values(), known, calendar)
    read = [visit for visit in chosen if not visit.files_only]
    docs = with_folder_names(source, [visit.doc for visit in read])
    named = [replace(visit, doc=doc) for visit, doc in zip(read, docs, strict=True)]
    found = {visit.doc.id: visit for visit in (*chosen, *named)}
    return Survey(owner, choice, calendar, found, known)


def notes_file(repository: Repository) -> Path:
    """Where this working copy remembers what it read of each doc."""
    return repository.private_folder / "notes.json"


def left_out_file(repository: Repository) -> Path:
    """Where it remembers which docs the last run left out."""
    return repository.private_folder / "left-out.json"


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


def _known(source: Source, options: SyncOptions, held: Held, chosen: Collection[str]) -> Known:
    known = known_here(held, options)
    return replace(known, may_export=options.pages and _may_export(source, held.ledger, chosen))


def known_here(held: Held, options: SyncOptions) -> Known:
    """What the mirror tells of its docs without asking Coda."""
    syncs = SyncCommits(held.repository, LAST_TRAILER)
    spoiled = syncs.spoiled(layout.DOCS)
    last = syncs.last()
    message = last.message if last else ""
    return Known(
        records=held.docs,
        notes=read_notes(notes_file(held.repository)),
        ledger=held.ledger,
        spoiled=lambda record: record.path in spoiled,
        committed=lambda record: commit.when if (commit := syncs.last(record.path)) else None,
        has_other_formats=lambda record: (
            held.lacks_pages(record, options.formats)
            or held.has_other_formats(record, {*options.formats, *options.kept_formats})
        ),
        unsettled=unsettled_docs(message),
        day=_last_day(syncs),
        key=_last_key(held, last, options),
    )


def _last_day(syncs: SyncCommits) -> int | None:
    """The day of the last commit of a sync that read all that was due of all docs."""
    commit = syncs.last(without=NOT_ALL)
    return commit.when.toordinal() if commit else None


def _last_key(held: Held, last: Commit | None, options: SyncOptions) -> str | None:
    """Names the options that the settings gave as of the last sync, which this working copy may not have made."""
    settings = held.settings_at(last.id) if last else None
    return None if settings is None or settings == held.settings_now() else options.key_of(settings)


def _may_export(source: Source, ledger: Ledger, chosen: Collection[str]) -> bool:
    """Whether this token may export pages that were refused to one before: asked of the first such page."""
    refused = [it for it in ledger if it.reason == NO_EXPORT and it.state == DENIED and it.doc_id in chosen]
    if not refused:
        return False
    try:
        source.export_page(refused[0].doc_id, refused[0].item_id, "markdown")
    except (TokenRefused, OutOfPatience):
        raise
    except CodaError:
        return False
    return True
