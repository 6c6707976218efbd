"""The contents of a repository: storing files as blobs, and what a tree lists."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from coda_git_mirror.disk.files import CHUNK, naming
from coda_git_mirror.disk.temporary import temporary_folder
from coda_git_mirror.git.command import GitCommand
from coda_git_mirror.git.launcher import Running

REGULAR_FILE = "100644"
LINK = "120000"
SUBMODULE = "160000"
_PLAIN, _FOLDER_MODE = "100", "040000"
UNSYNCED = () if os.name == "nt" else ("core.fsync=none,pack,pack-metadata,reference",)
"""Lets git leave to `disk.sync_all`, which cannot do it on Windows, what it would do one by one: loose objects.

Each word of the list adds to what is synced; only `none` takes away.
"""
MANY = 200
"""So many files are stored before other work goes on, and the index is told of them afterwards."""
PACKED = 40
"""So many files go into one pack: a loose object each would cost a folder and a file each, which are to last, to be put
among git's own and to be removed again, and three times the space."""


class Blob(NamedTuple):
    """An entry of a tree: mode as git writes it (`100644`, `120000` a symlink, `160000` a submodule) and object id."""

    mode: str
    oid: str


class NewTree(NamedTuple):
    """A tree by its id, with the ids of all objects by which it differs from the commit before."""

    oid: str
    objects: tuple[str, ...]


class TreeListing(dict[str, Blob]):
    """Every file of a tree, by path, from the entries of `git ls-tree -r -t -z`.

    `folder_ids` has the folders, each after the one that it is in; `special` are symlinks and submodules.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self.folder_ids: dict[str, str] = {}
        self.special: list[str] = []
        for entry in entries:
            described, _, path = entry.partition("\t")
            mode, kind, oid = described.split(" ")
            if kind == "tree":
                self.folder_ids[path] = oid
                continue
            self[path] = Blob(mode, oid)
            if not mode.startswith(_PLAIN):
                self.special.append(path)

    def id_of(self, path: str) -> str | None:
        """The object id of a file, none where there is none."""
        blob = self.get(path)
        return blob.oid if blob else None

    def ids(self) -> dict[str, str]:
        """The object ids of all files, with a path for each; a submodule's lies in another repository."""
        return {blob.oid: path for path, blob in self.items() if blob.mode != SUBMODULE}


def store_files(git: GitCommand, files: Sequence[Path]) -> list[str]:
    """Stores files as blobs, byte for byte; their ids in the same order. Loose ones may not yet survive a power cut."""
    if not files:
        return []
    if len(files) >= PACKED:
        return _store_as_pack(git, files)
    names = b"".join(quoted(file) + b"\n" for file in files)
    command = ("hash-object", "-w", "--no-filters", "--stdin-paths")
    return git.run(*command, stdin=names, settings=UNSYNCED).text.split("\n")


def list_tree(git: GitCommand, tree: str) -> TreeListing:
    """All of a commit or tree."""
    return TreeListing(git.run("ls-tree", "-r", "-t", "-z", "--full-tree", tree).fields)


def entry_at(git: GitCommand, commit: str, path: str) -> Blob | None:
    """What a commit has at a path that goes through no `.` or `..`; none where it has nothing, or a folder.

    Git on macOS would look for another spelling of the same letters, were it not told not to.
    """
    command = ("ls-tree", "-z", "--full-tree", commit, "--", path)
    try:
        found = TreeListing(git.run(*command, settings=("core.precomposeUnicode=false",)).fields)
    except ValueError:  # no such name can be given to a program here
        return None
    return found.get(path)


def new_entries(
    git: GitCommand, base: str | None, tree: str, no_index: Path
) -> tuple[dict[str, Blob | None], list[str]]:
    """By what `tree` differs from a commit, or from nothing: its files (none: removed), and the ids of its folders.

    `no_index` is where no file is: git would read the whole index for attributes that have no say in this.
    """
    if base is None:
        every = list_tree(git, tree)
        return dict(every), list(every.folder_ids.values())
    command = ("diff-tree", "-r", "-t", "-z", "--raw", "--no-renames", base, tree)
    fields = git.run(*command, environment={"GIT_INDEX_FILE": str(no_index)}).fields
    entries = [(path, *_two_sides(sides)) for sides, path in zip(fields[::2], fields[1::2], strict=True)]
    files = {path: new for path, old_mode, new in entries if (new.mode if new else old_mode) != _FOLDER_MODE}
    return files, [new.oid for _, _, new in entries if new and new.mode == _FOLDER_MODE]


def _two_sides(sides: str) -> tuple[str, Blob | None]:
    """The old mode and the new entry in `:old-mode new-mode old-id new-id status`."""
    old_mode, mode, _, oid, status = sides.removeprefix(":").split(" ")
    return old_mode, None if status == "D" else Blob(mode, oid)


def _store_as_pack(git: GitCommand, files: Sequence[Path]) -> list[str]:
    """Files of a kind one after the other: each is tried as a difference from the one before."""
    order = sorted(range(len(files)), key=lambda number: (files[number].suffix, number))
    with temporary_folder() as folder:
        marks = folder / "marks"
        command = ("fast-import", "--quiet", "--done", f"--export-marks={marks}")
        with git.start(*command, settings=("fastimport.unpackLimit=0",)) as running:
            try:
                for number in order:
                    _send(files[number], number + 1, running)
                running.stdin.write(b"done\n")
            except BrokenPipeError:
                pass
            answer = running.finish()
        if answer.exit_code:
            raise git.failed("fast-import", answer.errors.strip().split("\n")[0])
        stored = dict(line.split(" ") for line in marks.read_text().splitlines())
    return [stored[f":{number + 1}"] for number in range(len(files))]


def _send(file: Path, mark: int, running: Running) -> None:
    with naming(file):
        opened = file.open("rb")
    with opened as content:
        size = os.fstat(content.fileno()).st_size
        running.stdin.write(b"blob\nmark :%d\ndata %d\n" % (mark, size))
        while chunk := content.read(CHUNK):
            running.stdin.write(chunk)
        running.stdin.write(b"\n")


def quoted(file: Path) -> bytes:
    """A file's name as git reads it from a line, even with a newline in it."""
    name = os.fsencode(file).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + name + b'"'
