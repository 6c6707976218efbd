"""`init`: makes a folder a mirror."""

from __future__ import annotations

from pathlib import Path

from coda_git_mirror.actions.entry import check_place, is_mirror, new_mirror
from coda_git_mirror.actions.root_files import root_files
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import staging_of
from coda_git_mirror.progress import Progress


def init(folder: Path, progress: Progress) -> bool:
    """Makes `folder` a mirror with its first commit; False, and nothing done, where it is one already."""
    if is_mirror(folder):
        return False
    check_place(folder)
    with new_mirror(folder, progress) as repository:
        changes = root_files(repository, staging_of(repository), ())
        publication = Publication(repository, repository.head(), changes)
        publication.publish("Start the mirror of a Coda account\n")
        if publication.unfinished:
            progress.note(f"Note: {publication.unfinished}")
    return True
