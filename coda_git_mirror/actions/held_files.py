"""Where the hosted files of a doc lie in a mirror, for cells that name them; nothing where there is no mirror."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from coda_git_mirror.actions.held import Held
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format.assets import value_assets
from coda_git_mirror.format.cells import FileOf
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.model.content import Json


def file_finder(folder: Path, doc_id: str, hosts: Collection[str]) -> FileOf | None:
    """Finds the files of a doc by the last commit of the mirror in `folder`, be that sound or not."""
    files = _files(folder, doc_id)

    def file_of(image: Json) -> str | None:
        found = value_assets(image, hosts)
        return files.get(found[0].blob_id) if found else None

    return file_of if files else None


def _files(folder: Path, doc_id: str) -> Mapping[str, str]:
    """By blob. A mirror that cannot be read is no reason to hide what Coda has."""
    try:
        repository = Repository.find(folder) if folder.is_dir() else None
        held = Held.at_head(repository) if repository else None
        stored = held.doc(doc_id).stored if held and doc_id in held.docs else None
    except MirrorError:
        return {}
    return {blob: entry["file"] for blob, entry in stored.assets.items() if entry["file"]} if stored else {}
