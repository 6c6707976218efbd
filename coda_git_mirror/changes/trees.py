"""What a comparison needs of a state of the mirror, wherever its files lie."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import Manifest, parse_manifest


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
    """The manifest of a state; None before the first sync. Raises ValueError where it is not sound."""
    return parse_manifest(tree.read(layout.MANIFEST)) if tree.digest(layout.MANIFEST) else None


def named_manifest_of(tree: Tree) -> Manifest | None:
    """The same. Raises DamagedFile where it is not sound."""
    with blaming(layout.MANIFEST):
        return manifest_of(tree)


class DamagedFile(ValueError):
    """A file of a state is not as this program writes it; the message is its path."""


@contextmanager
def blaming(path: str) -> Iterator[None]:
    """Names the file, by its path in the mirror, that is not as this program writes it."""
    try:
        yield
    except DamagedFile:
        raise
    except ValueError as error:
        raise DamagedFile(path) from error
