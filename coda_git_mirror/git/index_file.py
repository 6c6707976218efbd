"""git's index: making one of a commit and changes, without running anything that attributes or settings name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from coda_git_mirror.git.command import GitCommand
from coda_git_mirror.git.objects import REGULAR_FILE, UNSYNCED

_NOTHING_SYNCED = "core.fsync=none"
"""For what is written again before it counts."""


def left_out_by_sparse_checkout(git: GitCommand) -> frozenset[str]:
    """The files that git does not check out here (`git sparse-checkout`), and that therefore do not lack."""
    entries = git.run("ls-files", "-z", "-t").fields
    return frozenset(entry[2:] for entry in entries if entry.startswith("S "))


def read_index(git: GitCommand, index: Path, base: str | None, quiet: Sequence[str]) -> None:
    """Makes `index` that of a commit, or an empty one; what it knows about unchanged files is kept."""
    start = ("--reset", "-i", base) if base else ("--empty",)
    git.run("read-tree", *start, settings=[*quiet, _NOTHING_SYNCED], environment=_environment(index))


def update_index(git: GitCommand, index: Path, lines: bytes, quiet: Sequence[str]) -> None:
    """Writes changes into `index`."""
    command = ("update-index", "--index-version=4", "-z", "--index-info")
    git.run(*command, stdin=lines, settings=[*quiet, _NOTHING_SYNCED], environment=_environment(index))


def write_tree(git: GitCommand, index: Path, quiet: Sequence[str]) -> str | None:
    """Stores the tree of `index`, whose blobs are there; its id, none where it makes none (in a merge, say)."""
    settings = [*quiet, *UNSYNCED]
    answer = git.run("write-tree", settings=settings, environment=_environment(index), accept=(0, 128))
    return answer.text or None


def index_lines(changes: Mapping[str, str | None], no_object: str) -> bytes:
    """Changes as git reads them; removals first: a file may give way to a folder of its name."""
    gone = [f"0 {no_object}\t{path}\0" for path, oid in changes.items() if oid is None]
    new = [f"{REGULAR_FILE} {oid}\t{path}\0" for path, oid in changes.items() if oid is not None]
    return "".join(gone + new).encode("utf-8", "surrogateescape")


def _environment(index: Path) -> dict[str, str]:
    return {"GIT_INDEX_FILE": str(index)}
