"""The files at the root of a mirror: its settings are the user's, the rest follows from them and from its docs."""

from __future__ import annotations

from collections.abc import Collection

from coda_git_mirror.disk.files import blob_id_of_file, naming
from coda_git_mirror.disk.small_files import read_small
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.format.root_readme import with_index
from coda_git_mirror.git.lfs import ATTRIBUTES
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.staging import StagedFile, Staging
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.redact import holds_secret
from coda_git_mirror.templates import template

_ATTRIBUTES, _IGNORE, _README = ".gitattributes", ".gitignore", "README.md"
_LFS_LINE = ATTRIBUTES.encode()


def root_files(
    repository: Repository, staging: Staging, docs: Collection[DocRecord], lfs: bool = False
) -> dict[str, StagedFile | None]:
    """The files of a new mirror's root; of an older one what its settings, as the user may have edited them, change.

    The README has an index of the docs; one that the user is just editing is left alone.
    """
    tree = CommittedTree(repository, repository.head())
    contents: dict[str, bytes] = {}
    if layout.SETTINGS not in tree.blobs:
        contents = {path: template(name) for path, name in layout.ROOT_TEMPLATES.items()}
    attributes = contents.get(_ATTRIBUTES) or _held(tree, _ATTRIBUTES)
    contents[_ATTRIBUTES] = attributes.replace(_LFS_LINE, b"") + (_LFS_LINE if lfs else b"")
    settings = repository.root / layout.SETTINGS
    with naming(settings):
        if (edited := read_small(settings)) is not None:
            contents[layout.SETTINGS] = edited
    if holds_secret(contents.get(layout.SETTINGS, b"")):
        raise UsageError(f"{settings} holds the Coda API token, and would be committed; take it out and run again.")
    if not _is_edited(repository, tree, _README):
        contents[_README] = with_index(contents.get(_README) or _held(tree, _README), docs, template(_README))
    return {path: staging.write(path, content) for path, content in contents.items()}


def format_files(repository: Repository, staging: Staging, docs: Collection[DocRecord]) -> dict[str, StagedFile | None]:
    """The README and `.gitignore` of an older mirror with what those of a new one have; the user's own lines stay."""
    tree = CommittedTree(repository, repository.head())
    lines = _held(tree, _IGNORE).splitlines()
    missing = [line for line in template(layout.ROOT_TEMPLATES[_IGNORE]).splitlines() if line not in lines]
    contents = {
        _README: with_index(_held(tree, _README), docs, template(_README)),
        _IGNORE: b"".join(line + b"\n" for line in (*lines, *missing)),
    }
    edited = {path for path in contents if _is_edited(repository, tree, path)}
    return {path: staging.write(path, content) for path, content in contents.items() if path not in edited}


def uses_lfs(tree: CommittedTree) -> bool:
    """Whether the mirror's images and attached files go through Git LFS so far."""
    return _LFS_LINE in _held(tree, _ATTRIBUTES)


def _held(tree: CommittedTree, path: str) -> bytes:
    return tree.read(path) if path in tree.blobs else b""


def _is_edited(repository: Repository, tree: CommittedTree, path: str) -> bool:
    """Whether the working copy has something else there than the last commit, or nothing."""
    file = repository.root / path
    if path not in tree.blobs:
        return file.exists() or file.is_symlink()
    if file.is_symlink() or not file.is_file():
        return True
    with naming(file):
        return blob_id_of_file(file, repository.object_format) != tree.digest(path)
