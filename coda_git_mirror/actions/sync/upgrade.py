"""Writes a mirror of an older version of the format anew, from what it holds (mirror-format.md, law 10)."""

from __future__ import annotations

from dataclasses import replace

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.root_files import format_files, uses_lfs
from coda_git_mirror.actions.sync.assets import AssetCollector
from coda_git_mirror.actions.sync.ledger.after_run import left_behind
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.place import find_places
from coda_git_mirror.actions.sync.survey import known_here
from coda_git_mirror.actions.sync.writing import DocWriter
from coda_git_mirror.changes.message import LAST_TRAILER, upgrade_message
from coda_git_mirror.disk.shelf import Shelf
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import Manifest, manifest_document
from coda_git_mirror.format.version import CURRENT
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import staging_of
from coda_git_mirror.mirror.staging import StagedFile
from coda_git_mirror.mirror.sync_commits import SyncCommits
from coda_git_mirror.progress import Progress


def in_current_format(held: Held, options: SyncOptions, progress: Progress) -> Held:
    """The mirror, once it is written in the version of now; a commit of its own where it was not.

    That commit bears the date of the last sync, for the content is of then, and takes over what that one's message
    tells. For the holder of the mirror's lock. Raises Unfinished where the working copy does not show all of it yet.
    """
    if held.manifest is None or held.manifest.version >= CURRENT:
        return held
    last = SyncCommits(held.repository, LAST_TRAILER).last()
    manifest, changes = _written_anew(held, held.manifest, replace(options, lfs=uses_lfs(held.tree)))
    message = upgrade_message(str(CURRENT), manifest.totals, last.message if last else "")
    publication = Publication(held.repository, held.tree.commit, changes)
    commit = publication.publish(message, last.when if last else None)
    publication.require_finished()
    if commit:
        progress.note(f"Note: the mirror was written anew in format {CURRENT} (commit {commit[:10]}).")
    return Held.at_head(held.repository)


def _written_anew(
    held: Held, manifest: Manifest, options: SyncOptions
) -> tuple[Manifest, dict[str, StagedFile | None]]:
    staging, known = staging_of(held.repository), known_here(held, options)
    writer = DocWriter(held, staging, options, AssetCollector(held, options))
    with Shelf(held.repository.private_folder, held) as shelf:
        places = find_places((), manifest.docs, held, True, options.asset_hosts, shelf.put)
        docs = [writer.keep(doc, places) for doc in held.each_doc([record.id for record in manifest.docs])]
    ledger = list(held.ledger)
    for record in docs:
        ledger += left_behind(record, known, held, options, held.ledger.of(record.id))
    new = Manifest(manifest.owner, tuple(docs), tuple(ledger))
    changes = {**writer.changes, **format_files(held.repository, staging, new.docs)}
    changes[layout.MANIFEST] = staging.write(layout.MANIFEST, manifest_document(new))
    return new, changes
