"""Makes staged files the next commit and then the working copy: after a crash it is the old state or the new one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from coda_git_mirror.disk.files import naming
from coda_git_mirror.errors import EXIT_PARTIAL, MirrorError
from coda_git_mirror.git.command import GitFailed
from coda_git_mirror.git.lfs import LfsStore, configure_lfs
from coda_git_mirror.git.objects import MANY, REGULAR_FILE, Blob, NewTree
from coda_git_mirror.git.prepared_index import PreparedIndex
from coda_git_mirror.git.repository import BRANCH, BranchMoved, Repository
from coda_git_mirror.git.soundness import expect_whole
from coda_git_mirror.mirror.lawful_paths import require_contained, require_lawful
from coda_git_mirror.mirror.recovery import complete, journal_file, require_untouched, staging_of
from coda_git_mirror.mirror.staging import StagedFile
from coda_git_mirror.mirror.working_copy import WorkingCopy, above
from coda_git_mirror.state.journal import Journal, Step, remove_journal

_LARGE = 32 * 1024 * 1024


class Unfinished(MirrorError):
    """The commit is made; the working copy shows all of it only when the next command has completed it."""

    exit_code = EXIT_PARTIAL


class Publication:
    """The commit that follows `base` (none: the first one) by `changes`: path to staged file, none removes it.

    What equals `base` is dropped. Files that are `Staging.through_lfs` lie in git as pointers.
    `tree` can be read, and compared with `base`, before `publish` is called.
    """

    def __init__(
        self,
        repository: Repository,
        base: str | None,
        changes: Mapping[str, StagedFile | None],
        branch: str = BRANCH,
    ) -> None:
        self._repository = repository
        self._base = base
        self._branch = branch
        self._old_tree = repository.tree(base)
        self.changes = {path: file for path, file in sorted(changes.items()) if self._differs(path, file)}
        self._lfs_files = [file for file in changes.values() if file is not None and file.lfs]
        self._tree: NewTree | None = None
        self.unfinished = ""
        """What of the last commit the working copy does not show, and why, in a sentence; `recover` completes it."""

    @property
    def tree(self) -> NewTree:
        """The new tree, which waits in the quarantine; its index and the staged files survive a power cut."""
        if self._tree is None:
            self._store()
            self._tree = self._make_tree()
            self._sync_staged()
        return self._tree

    @contextlib.contextmanager
    def preparing(self) -> Iterator[None]:
        """Makes the new tree beside what the block does, unless there is so much to store that one may interrupt it."""
        if not self.changes or self._is_large():
            yield
            return
        with ThreadPoolExecutor(2, thread_name_prefix="publication") as aside:
            stored = aside.submit(self._store)
            tree = aside.submit(self._make_tree, stored.result)
            synced = aside.submit(self._sync_staged)
            yield
        stored.result()
        synced.result()
        with contextlib.suppress(GitFailed):  # `publish` tries once more, and tells what fails then
            self._tree = tree.result()

    def publish(self, message: str, when: datetime | None = None, in_any_case: bool = False) -> str | None:
        """Commits, dated `when` or now, and moves the files in; returns the commit, or none where nothing differs.

        With `in_any_case` there is a commit also where nothing differs, for what its message tells.

        A `MirrorError` means that HEAD is still `base` and nothing in the working copy has changed. Once the branch has
        moved, nothing is raised: what fails is told by `unfinished`. What git fails at beside another git that removes
        objects is tried once more.
        """
        if not (self.changes or in_any_case):
            self._store_lfs_files()
            staging_of(self._repository).clear()
            return None
        try:
            return self._publish(message, when)
        except GitFailed:
            if self._repository.branch(self._branch) != self._base:
                raise
        self._tree = None
        self._repository.quarantine.release()
        return self._publish(message, when)

    def require_finished(self) -> None:
        """Raises Unfinished where the commit is made and not all of it shown; for whoever has no report for it."""
        if self.unfinished:
            raise Unfinished(self.unfinished)

    def _publish(self, message: str, when: datetime | None) -> str:
        commit = self._repository.commit_tree(self.tree.oid, self._base, message, when)
        journal = Journal(self._branch, self._base, commit, self._steps())
        self._repository.quarantine.sync()
        index = PreparedIndex(self._repository)
        index.hold()
        try:
            self._commit(journal, message)
        except BaseException:
            index.release()
            raise
        self._finish(journal, index)
        return commit

    def _finish(self, journal: Journal, index: PreparedIndex) -> None:
        """Brings the commit into the working copy: whatever fails now is no failure of the commit."""
        root = self._repository.root
        try:
            with naming(root):
                try:
                    complete(self._repository, journal)
                finally:
                    index.release()
        except MirrorError as error:
            self.unfinished = (
                f"The commit is made, but {root} does not show all of it yet ({error}); "
                "the next `coda-git-mirror sync` completes it."
            )

    def _commit(self, journal: Journal, message: str) -> None:
        """Moves the branch: before this the run has changed nothing, after it the journal will be carried out."""
        self._require_base()
        working_copy = WorkingCopy(self._repository.root, self._repository.object_format)
        require_untouched(working_copy, journal)
        folders = {folder for step in journal.arrivals for folder in above(step.path)}
        working_copy.require_no_repository(folders - self._old_tree.folder_ids.keys())
        journal.write(journal_file(self._repository))
        try:
            subject = message.split("\n", 1)[0]
            words = f"coda-git-mirror: {subject}"
            names = self._repository.update_branch(self._branch, journal.commit, self._base, words)
            expect_whole(self._repository, self._base, journal.commit, names)
        except MirrorError:
            # Where even this cannot be asked, the journal stays: the next run knows then what to complete.
            if self._repository.branch(self._branch) != journal.commit:
                remove_journal(journal_file(self._repository))
                raise

    def _require_base(self) -> None:
        if self._repository.head_branch() != self._branch or self._repository.head() != self._base:
            raise BranchMoved(
                f"HEAD of {self._repository.root} moved while the sync ran (a commit or a switch of branches); "
                "nothing was changed. Run the command again."
            )

    def _differs(self, path: str, file: StagedFile | None) -> bool:
        if file is None:
            require_contained(path)
            return path in self._old_tree
        require_lawful(path)
        return self._old_tree.get(path) != Blob(REGULAR_FILE, file.oid)

    def _steps(self) -> tuple[Step, ...]:
        old = self._old_tree.id_of
        return tuple(
            Step(path, old(path), _id(file), lfs=bool(file and file.lfs)) for path, file in self.changes.items()
        )

    def _is_large(self) -> bool:
        sizes = [file.size for file in self.changes.values() if file is not None]
        return len(sizes) >= MANY or sum(sizes) > _LARGE

    def _store(self) -> None:
        self._store_lfs_files()
        self._store_blobs()

    def _make_tree(self, await_blobs: Callable[[], object] | None = None) -> NewTree:
        index, new = PreparedIndex(self._repository), {path: _id(file) for path, file in self.changes.items()}
        tree = index.prepare(self._base, new, await_blobs)
        index.sync()
        return tree

    def _sync_staged(self) -> None:
        """Makes those files survive a power cut that will be moved into the working copy."""
        staging = staging_of(self._repository)
        staging.sync(path for path, file in self.changes.items() if file and not file.lfs)

    def _store_lfs_files(self) -> None:
        """Also those that git has the pointers of: a file that was fetched anew may be missing in the store."""
        if not self._lfs_files:
            return
        configure_lfs(self._repository)
        staging, store = staging_of(self._repository), LfsStore(self._repository)
        staging.sync(file.path for file in self._lfs_files)
        for file in self._lfs_files:
            store.put(staging.location(file.path), file.pointer)

    def _store_blobs(self) -> None:
        """Stores each new file in git, byte for byte, and checks that git read what was staged."""
        staging = staging_of(self._repository)
        files = [file for file in self.changes.values() if file is not None]
        contents = [staging.write_pointer(file) if file.lfs else staging.location(file.path) for file in files]
        stored = self._repository.hash_objects(contents)
        for file, oid in zip(files, stored, strict=True):
            if file.oid != oid:
                raise GitFailed(f"{staging.location(file.path)} changed after it was staged; run the command again.")


def _id(file: StagedFile | None) -> str | None:
    return file.oid if file else None
