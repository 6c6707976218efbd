"""What a comparison needs of a state of the mirror, wherever its files lie."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from coda_git_mirror.format import layout
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.manifest import DocRecord, Manifest, parse_manifest


class Tree(Protocol):
    """The files of one state, by their paths in the mirror. Two files with the same digest are the same."""

    def digest(self, path: str) -> str | None:
        """Of a file, or None where there is no such file."""

    def read(self, path: str) -> bytes:
        """The bytes of a file that is there."""

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of a file that may be large."""


class EmptyTree:
    """The state before the first sync."""

    def digest(self, path: str) -> str | None:  # noqa: ARG002 (the protocol's parameter)
        return None

    def read(self, path: str) -> bytes:
        raise FileNotFoundError(path)

    def lines(self, path: str) -> Iterator[bytes]:
        raise FileNotFoundError(path)


def manifest_of(tree: Tree) -> Manifest | None:
    """The manifest of a state, with the docs that it has; None before the first sync.

    A doc whose folder somebody removed by hand is not there. Raises DamagedContent where the manifest is not sound.
    """
    if not tree.digest(layout.MANIFEST):
        return None
    manifest = parse_manifest(tree.read(layout.MANIFEST))
    return replace(manifest, docs=tuple(doc for doc in manifest.docs if _is_there(tree, doc)))


def _is_there(tree: Tree, doc: DocRecord) -> bool:
    """Whether anything of the files is there that each doc has; where only some are missing, it is damaged."""
    files = (layout.METADATA, layout.CHECKSUMS, layout.DOC_README)
    return any(tree.digest(layout.inside(doc.path, file)) for file in files)


def named_manifest_of(tree: Tree) -> Manifest | None:
    """The same. Raises DamagedFile where it is not sound."""
    with blaming(layout.MANIFEST):
        return manifest_of(tree)


class DamagedFile(DamagedContent):
    """A file of a state is not as this program writes it; the message is its path."""


@contextmanager
def blaming(path: str) -> Iterator[None]:
    """Names the file, by its path in the mirror, that is not as this program writes it."""
    try:
        yield
    except DamagedFile:
        raise
    except (ValueError, FileNotFoundError) as error:
        raise DamagedFile(path) from error
