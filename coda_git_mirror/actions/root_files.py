"""The files at the root of a mirror: written once, and where its settings ask for something else."""

from __future__ import annotations

from coda_git_mirror.disk.files import naming, read_small
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format import layout
from coda_git_mirror.git.lfs import ATTRIBUTES
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.staging import StagedFile, Staging
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.redact import holds_secret
from coda_git_mirror.templates import template

_ATTRIBUTES = ".gitattributes"
_LFS_LINE = ATTRIBUTES.encode()


def root_files(repository: Repository, staging: Staging, lfs: bool = False) -> dict[str, StagedFile | None]:
    """The files of a new mirror's root; of an older one what its settings, as the user may have edited them, change."""
    tree = CommittedTree(repository, repository.head())
    contents: dict[str, bytes] = {}
    if layout.SETTINGS not in tree.blobs:
        contents = {path: template(name) for path, name in layout.ROOT_TEMPLATES.items()}
    attributes = contents.get(_ATTRIBUTES) or (tree.read(_ATTRIBUTES) if _ATTRIBUTES in tree.blobs else b"")
    contents[_ATTRIBUTES] = attributes.replace(_LFS_LINE, b"") + (_LFS_LINE if lfs else b"")
    settings = repository.root / layout.SETTINGS
    with naming(settings):
        if (edited := read_small(settings)) is not None:
            contents[layout.SETTINGS] = edited
    if holds_secret(contents.get(layout.SETTINGS, b"")):
        raise UsageError(f"{settings} holds the Coda API token, and would be committed; take it out and run again.")
    return {path: staging.write(path, content) for path, content in contents.items()}


def uses_lfs(tree: CommittedTree) -> bool:
    """Whether the mirror's images and attached files go through Git LFS so far."""
    return _ATTRIBUTES in tree.blobs and _LFS_LINE in tree.read(_ATTRIBUTES)
