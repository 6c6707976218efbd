"""The index of the commit in the making: prepared aside, then put in place under git's own lock protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coda_git_mirror.disk.files import copy_with_times, link_or_copy, naming, sync_all
from coda_git_mirror.errors import MirrorBusy
from coda_git_mirror.git.objects import NewTree
from coda_git_mirror.git.repository import Repository


class PreparedIndex:
    """An index at `<private folder>/index`.

    `hold` makes it the `index.lock`, so that no other git changes index, branch or files; `install` renames that
    to `index`, which needs no space. Without `install`, `release` gives the lock back.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._prepared = repository.private_folder / "index"
        self._lock = repository.git_dir / "index.lock"
        self._index = repository.git_dir / "index"

    def prepare(
        self, base: str | None, changes: Mapping[str, str | None], await_blobs: Callable[[], object] | None = None
    ) -> NewTree:
        """Makes the index of `base` with `changes` from the repository's own; returns its tree.

        The blobs are there, or are when `await_blobs` returns. `sync` makes index and tree survive a power cut.
        """
        self._discard_prepared()
        with naming(self._prepared):
            self._prepared.parent.mkdir(parents=True, exist_ok=True)
            if self._index.is_file():
                # With its times: git compares them with the files' to know which it must read again.
                copy_with_times(self._index, self._prepared)
        return self._repository.prepare_index(self._prepared, base, changes, await_blobs)

    def sync(self) -> None:
        """Returns when the prepared index, and all objects in the quarantine, would survive a power cut."""
        self._repository.quarantine.sync()
        sync_all([self._prepared])

    def exists(self) -> bool:
        """Whether a prepared index waits to be installed."""
        return self._prepared.exists()

    def hold(self) -> None:
        """Takes git's lock on the index; `MirrorBusy` while another git has it."""
        with naming(self._lock):
            try:
                link_or_copy(self._prepared, self._lock)
            except FileExistsError as error:
                raise MirrorBusy(
                    f"A git command works in {self._repository.root} (there is {self._lock}); "
                    "run again when it has ended."
                ) from error

    def install(self) -> None:
        """Puts the prepared index in place; `hold` comes first."""
        with naming(self._index):
            if self._index.exists() and self._lock.samefile(self._index):
                # A crash came after the rename: another one between two names of one file would do nothing.
                self._lock.unlink()
            else:
                self._lock.replace(self._index)
            self._prepared.unlink(missing_ok=True)

    def release(self) -> None:
        """Gives the lock back if it is ours, and only then: if it is the very file that was prepared."""
        if self._lock.exists() and self._prepared.exists() and self._lock.samefile(self._prepared):
            self._lock.unlink()

    def discard(self) -> None:
        """Forgets the prepared index and gives the lock back."""
        self.release()
        self._discard_prepared()

    def _discard_prepared(self) -> None:
        """Removes the prepared index and the lock beside it that a git killed in preparing it leaves."""
        self._prepared.unlink(missing_ok=True)
        self._prepared.with_name("index.lock").unlink(missing_ok=True)
