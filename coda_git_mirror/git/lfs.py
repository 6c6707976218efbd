"""Git LFS: where a repository keeps the files whose pointers git has, and what makes git understand those."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from coda_git_mirror.disk.files import CHUNK, link_or_copy, naming, sync_folder
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.command import require_git_lfs
from coda_git_mirror.git.configured import add_config, config_path
from coda_git_mirror.git.object_reader import Writer
from coda_git_mirror.git.pointers import LFS_FILTER, Pointer, pointer_to
from coda_git_mirror.git.repository import Repository

ATTRIBUTES = "docs/*/assets/** filter=lfs diff=lfs merge=lfs -text\n"
"""The line of `.gitattributes` by which assets go through Git LFS; it stands after the one that is for all files."""


def configure_lfs(repository: Repository) -> None:
    """Lets the user's own git see files, not pointers, as `git lfs install --local` does. Raises `GitLfsMissing`."""
    require_git_lfs()
    add_config(repository.git, LFS_FILTER)


class LfsStore:
    """The files of a repository by their content; git-lfs reads, pushes and fills the same folder."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @cached_property
    def _root(self) -> Path:
        return self._repository.common_dir / (config_path(self._repository.git, "lfs.storage") or "lfs")

    def location(self, pointer: Pointer) -> Path:
        """Where the file lies, if it is here."""
        sha256 = pointer.sha256
        return self._root / "objects" / sha256[:2] / sha256[2:4] / sha256

    def holds(self, pointer: Pointer) -> bool:
        """Whether the file is here: a clone has only the files that `git lfs pull` brought."""
        try:
            return pointer.size == 0 or self.location(pointer).stat().st_size == pointer.size
        except OSError:
            return False

    def put(self, file: Path, pointer: Pointer) -> None:
        """Adds `file`, which would survive a power cut and is not written to again, or replaces a damaged one.

        It may then be one file with two names, so it must not become the working copy's, which users edit.
        """
        if pointer.size == 0:
            return
        target, temporary = self.location(pointer), self._root / "tmp" / f"coda-git-mirror-{pointer.sha256}"
        with naming(target):
            if pointer_to(file) != pointer:
                raise MirrorError(f"{file} changed after it was staged; run the command again.")
            for folder in (target.parent, temporary.parent):
                folder.mkdir(parents=True, exist_ok=True)
            temporary.unlink(missing_ok=True)
            link_or_copy(file, temporary)
            temporary.replace(target)
            # A rename between two names of one file does nothing.
            temporary.unlink(missing_ok=True)
            for folder in (target.parent, target.parent.parent, self._root / "objects"):
                sync_folder(folder)

    def copy_to(self, pointer: Pointer, destination: Writer) -> None:
        """Streams the file; `holds` comes first."""
        if pointer.size == 0:
            return
        with self.location(pointer).open("rb") as file:
            while chunk := file.read(CHUNK):
                destination.write(chunk)
