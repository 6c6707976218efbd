"""`drop`: takes a doc out of the mirror, in a commit of its own, and excludes it from later syncs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from coda_git_mirror.actions.entry import open_mirror, ready_mirror
from coda_git_mirror.actions.exclusion import with_excluded
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.root_files import format_files, uses_lfs
from coda_git_mirror.actions.sync.assets import AssetCollector
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.place import find_places
from coda_git_mirror.actions.sync.survey import notes_file
from coda_git_mirror.actions.sync.upgrade import in_current_format
from coda_git_mirror.actions.sync.writing import DocWriter
from coda_git_mirror.changes.wording import shown_name
from coda_git_mirror.disk.files import naming
from coda_git_mirror.disk.shelf import Shelf
from coda_git_mirror.disk.small_files import read_small
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord, Manifest, manifest_document
from coda_git_mirror.format.text import one_line
from coda_git_mirror.git.command import advice
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import staging_of
from coda_git_mirror.mirror.staging import StagedFile
from coda_git_mirror.model.selectors import selects
from coda_git_mirror.progress import Progress
from coda_git_mirror.state.fetched import fetched_files
from coda_git_mirror.state.notes import read_notes, write_notes


@dataclass(frozen=True)
class Dropped:
    """The doc that left the mirror, and the commit in which it did; `excluded`: the settings had excluded it before."""

    doc: DocRecord
    commit: str
    excluded: bool


def drop(folder: Path, selector: str, options: SyncOptions, progress: Progress) -> Dropped:
    """Takes the one doc that a selector names out of the tree; the history keeps it.

    Links of other docs lead to it in Coda from now on, as if it had never been mirrored. Raises UsageError where the
    selector names none or several, MirrorError where the settings are missing or changed and not committed, and
    Unfinished where the commit is made and the working copy does not show all of it yet.
    """
    repository = open_mirror(folder)
    with ready_mirror(repository, progress):
        held = in_current_format(Held.at_head(repository), options, progress)
        doc = _the_one(held, selector)
        settings = _settings(repository)
        excluded = any(selects(each, doc.id, doc.name) for each in options.exclude)
        written = _without(held, doc, options)
        if not excluded:
            content = with_excluded(settings, doc.id, doc.name)
            written[layout.SETTINGS] = staging_of(repository).write(layout.SETTINGS, content)
        publication = Publication(repository, held.tree.commit, written)
        commit = publication.publish(_message(doc, excluded))
        notes = read_notes(notes_file(repository))
        write_notes(notes_file(repository), {doc_id: note for doc_id, note in notes.items() if doc_id != doc.id})
        fetched_files(repository).clear()
        publication.require_finished()
    return Dropped(doc, str(commit), excluded)


def _the_one(held: Held, selector: str) -> DocRecord:
    found = [record for record in held.docs.values() if selects(selector, record.id, record.name)]
    if len(found) == 1:
        return found[0]
    if found:
        names = "; ".join(f"{shown_name(record.name)} ({record.id}, {record.path})" for record in _in_order(found)[:10])
        raise UsageError(f"{len(found)} docs answer to {selector!r}, and `drop` takes one; give its id: {names}.")
    names = ", ".join(shown_name(record.name) for record in _in_order(held.docs.values())[:10])
    raise UsageError(f"No doc of the mirror answers to {selector!r}; it holds {names or 'none'}.")


def _in_order(records: Iterable[DocRecord]) -> list[DocRecord]:
    return sorted(records, key=lambda record: (record.name, record.path))


def _settings(repository: Repository) -> bytes:
    """The settings file, which must be as it is committed: what the user is about to change there is the user's."""
    place = repository.root / layout.SETTINGS
    with naming(place):
        content = read_small(place)
    if content is None:
        restore = advice(repository.root, "restore", layout.SETTINGS)
        raise MirrorError(f"{layout.SETTINGS} is missing; bring it back with {restore}, and run the command again.")
    if any(entry.path == layout.SETTINGS for entry in repository.status()):
        commit = advice(repository.root, "commit", "-m", "Settings", layout.SETTINGS)
        raise MirrorError(
            f"{layout.SETTINGS} has changes that are not committed; commit them with {commit}, and run this again."
        )
    return content


def _without(held: Held, doc: DocRecord, options: SyncOptions) -> dict[str, StagedFile | None]:
    """The tree's changes, as a sync would make them that finds the doc gone."""
    repository, staging = held.repository, staging_of(held.repository)
    staying = [record for record in held.docs.values() if record.id != doc.id]
    options = replace(options, lfs=uses_lfs(held.tree))
    with Shelf(repository.private_folder, held) as shelf:
        writer = DocWriter(held, staging, options, AssetCollector(held, options))
        places = find_places((), staying, held, True, options.asset_hosts, shelf.put)
        writer.remove(doc.id)
        records = tuple(writer.keep(each, places) for each in held.each_doc([record.id for record in staying]))
    manifest = staging.write(layout.MANIFEST, _manifest(held, doc, records))
    return {**writer.changes, **format_files(repository, staging, records), layout.MANIFEST: manifest}


def _manifest(held: Held, doc: DocRecord, records: tuple[DocRecord, ...]) -> bytes:
    if held.manifest is None:
        raise ValueError("a doc of a mirror without a manifest")
    problems = tuple(problem for problem in held.manifest.problems if problem.doc_id != doc.id)
    return manifest_document(Manifest(held.manifest.owner, records, problems))


def _message(doc: DocRecord, excluded: bool) -> str:
    """No sync's message: what it says of times and problems is still that of the last sync."""
    left = "The settings exclude it already." if excluded else f"{layout.SETTINGS} excludes it from now on."
    return f"Drop doc {shown_name(doc.name)} from the mirror\n\nIt was {doc.path}, id {one_line(doc.id)}. {left}\n"
