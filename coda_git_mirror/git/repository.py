"""A git repository with a working copy: reading revisions, and making the objects of a new one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

from coda_git_mirror.disk.files import naming
from coda_git_mirror.disk.temporary import temporary_file
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.branch_move import BranchMove, move_branch
from coda_git_mirror.git.branch_move import BranchMoved as BranchMoved
from coda_git_mirror.git.command import GitCommand, GitFailed
from coda_git_mirror.git.commit_object import make_commit
from coda_git_mirror.git.configured import Configured, read_configured
from coda_git_mirror.git.discovery import look_up
from coda_git_mirror.git.index_file import index_lines, read_index, update_index, write_tree
from coda_git_mirror.git.lost_head import bring_back, require_unborn
from coda_git_mirror.git.object_reader import ObjectReader, Writer, is_partial
from coda_git_mirror.git.objects import (
    PACKED,
    REGULAR_FILE,
    SUBMODULE,
    Blob,
    NewTree,
    TreeListing,
    list_tree,
    new_entries,
    store_files,
)
from coda_git_mirror.git.plain_files import branch_in_head, is_plainly_unborn
from coda_git_mirror.git.private import PRIVATE as PRIVATE
from coda_git_mirror.git.quarantine import Quarantine
from coda_git_mirror.git.status import StatusEntry, read_status, refresh_index

BRANCH = "main"
STREAMED = ("core.bigFileThreshold=32m",)
"""Lets git read larger files piece by piece, where they are not stored as differences to others."""

_HEAD, _HEADS = "HEAD^{commit}", "refs/heads/"


class Repository:
    """The repository whose working copy is exactly `root`. Get one by `open` or `init`."""

    def __init__(self, git: GitCommand, git_dir: Path, common_dir: Path, object_format: str) -> None:
        self.git = git
        self.root = git.folder
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.object_format = object_format
        self._reader = ObjectReader(self.git)
        self.quarantine = Quarantine(git, self.private_folder / "quarantine", common_dir / "objects")
        self._configured: Configured | None = None
        self._last_listing: tuple[str, TreeListing] = ("", TreeListing())
        self._listing = threading.Lock()

    @classmethod
    def init(cls, path: Path) -> Repository:
        """Makes `path` a repository on branch `main`, whatever templates and defaults say.

        One that is there is opened; while it has no commit, as a clone of an empty remote, it is put on `main` too.
        """
        repository = cls.find(path) or cls._make(path)
        if repository.head_branch() != BRANCH and repository.head() is None:
            repository.git.run("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
        return repository

    @classmethod
    def _make(cls, path: Path) -> Repository:
        """Makes one where there is none, or goes on with what a git left that was killed in making one."""
        git = GitCommand(path.resolve())
        git_dir = git.folder / ".git"
        with naming(git.folder):
            git.folder.mkdir(parents=True, exist_ok=True)
            is_new = not git_dir.exists()
        git.run("init", "--quiet", "--template=", "--object-format=sha1", f"--initial-branch={BRANCH}")
        return cls(git, git_dir, git_dir, "sha1") if is_new else cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Repository:
        """Opens the repository of exactly this folder; `MirrorError` where there is none, it is bare or untrusted."""
        repository = cls.find(path)
        if repository is None:
            raise MirrorError(
                f"{path.resolve()} is not the top of a git repository; `coda-git-mirror init` makes it one."
            )
        return repository

    @classmethod
    def find(cls, path: Path) -> Repository | None:
        """The repository of exactly this folder; none where there is none. `ForeignOwner` if git distrusts it."""
        git = GitCommand(path.resolve())
        place = look_up(git)
        return cls(git, *place) if place else None

    @property
    def private_folder(self) -> Path:
        """Where this tool keeps what is not content: lock, staging, journal. Deleting it costs requests only."""
        return self.git_dir / PRIVATE

    def head(self) -> str | None:
        """The commit that HEAD points to; none before the first one. `DamagedRepository` where it cannot be read."""
        if is_plainly_unborn(self.git_dir, self.common_dir):
            return None
        if found := self._reader.find(_HEAD):
            return found
        if not (meant := self._verified("HEAD")):
            require_unborn(self.git, self.common_dir, self.git_dir)
            return None
        return self._verified(_HEAD) or bring_back(self.git, meant, self.common_dir, self.git_dir, self.quarantine)

    def head_branch(self) -> str | None:
        """The branch that is checked out, born or not; none where HEAD is detached."""
        return branch_in_head(self.git, self.git_dir).removeprefix(_HEADS) or None

    def branch(self, name: str) -> str | None:
        """The commit at the tip of branch `name`; none where there is no such branch."""
        return self._verified(f"refs/heads/{name}^{{commit}}") or None

    def changed_paths(self, old: str, new: str) -> list[str]:
        """The paths at which two commits differ."""
        return self.git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new).fields

    def is_ancestor(self, commit: str, descendant: str) -> bool:
        """Whether `descendant` holds `commit` in its history, or is it."""
        return self.git.run("merge-base", "--is-ancestor", commit, descendant, accept=(0, 1)).exit_code == 0

    def tree(self, revision: str | None) -> TreeListing:
        """Every file of a commit or tree, by path; nothing for no revision. The last one asked for by id is kept."""
        if revision is None:
            return TreeListing()
        with self._listing:
            if self._last_listing[0] == revision:
                return self._last_listing[1]
            listing = list_tree(self.quarantine.reading_git, revision)
            if len(revision) == len(self._no_object):
                self._last_listing = (revision, listing)
            return listing

    def new_ids(self, old: str, new: str) -> dict[str, str]:
        """The object ids of the files by which a commit differs from an older one, with a path for each."""
        files, _ = new_entries(self.git, old, new, self._no_index)
        return {blob.oid: path for path, blob in files.items() if blob and blob.mode != SUBMODULE}

    def cut_at(self) -> frozenset[str]:
        """The commits at which the history ends in a clone that has not all of it (`git clone --depth`)."""
        try:
            return frozenset((self.common_dir / "shallow").read_text().split())
        except OSError:
            return frozenset()

    def is_partial(self) -> bool:
        """Whether objects may lawfully be missing, since git fetches them when they are asked for (`--filter`)."""
        return is_partial(self.git)

    def has_committed(self, path: str) -> bool:
        """Whether HEAD has a file at `path`. `DamagedRepository` where that cannot be known."""
        return self._reader.find(f"HEAD:{path}") is not None or path in self.tree(self.head())

    def read(self, oid: str) -> bytes:
        """The content of one blob."""
        content = BytesIO()
        self.copy_blob(oid, content)
        return content.getvalue()

    def read_many(self, oids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """The contents of many blobs in the order asked for, one at a time in memory."""
        return ((oid, self.read(oid)) for oid in oids)

    def sizes(self, oids: Sequence[str]) -> list[int]:
        """How many bytes each of these blobs has, in the order asked for."""
        names = "".join(f"{oid}\n" for oid in oids).encode()
        return [int(size) for size in self.git.run("cat-file", "--batch-check=%(objectsize)", stdin=names).text.split()]

    def missing(self, oids: Sequence[str]) -> frozenset[str]:
        """Those of these objects that git does not have, or that it cannot begin to read; none is fetched for this."""
        names = "".join(f"{oid}\n" for oid in oids).encode()
        command = ("cat-file", "--batch-check=%(objectname)", "--buffer")
        answers = self.git.run(*command, stdin=names, environment={"GIT_NO_LAZY_FETCH": "1"}).text.splitlines()
        return frozenset(line.removesuffix(" missing") for line in answers if line.endswith(" missing"))

    def copy_blob(self, oid: str, destination: Writer) -> None:
        """Streams the content of a blob of any size into an open file, or into anything else with `write`."""
        self._reader.copy(oid, destination)

    def lines(self, oid: str) -> Iterator[bytes]:
        """The lines of a blob that may be large."""
        with temporary_file() as file:
            self.copy_blob(oid, file)
            file.seek(0)
            yield from file

    def rest(self) -> None:
        """Ends the git that has been kept for reading, which may hold files open; reading starts another."""
        self._reader.close()

    def hash_objects(self, files: Sequence[Path]) -> list[str]:
        """Stores files as blobs in the quarantine, byte for byte, and returns their ids in the same order."""
        oids = store_files(self.quarantine.storing_git, files)
        self.quarantine.add(oids)
        if len(files) >= PACKED:
            self.quarantine.note_packed(oids)
        return oids

    def prepare_index(
        self,
        index: Path,
        base: str | None,
        changes: Mapping[str, str | None],
        await_blobs: Callable[[], object] | None = None,
    ) -> NewTree:
        """Makes `index` a git index of `base` with `changes` (path to blob id, none removes); returns its tree.

        The blobs are there, or are when `await_blobs` returns. Where `index` holds that of `base` already, as it does
        unless somebody has staged something, only the changes are written into it. Raises `GitFailed` where git makes
        another tree. The index does not survive a power cut until it is synced; new objects are in the quarantine.
        """
        git = self.quarantine.git
        self._configured = read_configured(git)
        quiet = self._configured.filters_off()
        for anew in (False, True):
            if anew:
                read_index(git, index, base, quiet)
            if base is None or index.exists():
                update_index(git, index, index_lines(changes, self._no_object), quiet)
                if await_blobs:
                    await_blobs()
                oid = write_tree(git, index, quiet)
                if oid and (tree := self._as_meant(base, oid, changes)):
                    return tree
        raise GitFailed(f"git made another tree in {self.root} than was asked for; nothing was changed.")

    def _as_meant(self, base: str | None, oid: str, changes: Mapping[str, str | None]) -> NewTree | None:
        """A tree that is `base` with exactly the changes; none where it is not."""
        files, folders = new_entries(self.quarantine.git, base, oid, self._no_index)
        if files != {path: Blob(REGULAR_FILE, oid) if oid else None for path, oid in changes.items()}:
            return None
        tree = NewTree(oid, (oid, *folders, *(blob.oid for blob in files.values() if blob)))
        self.quarantine.add(tree.objects)
        return tree

    def commit_tree(self, tree: str, parent: str | None, message: str, when: datetime | None = None) -> str:
        """Makes a commit in the quarantine, by the user's identity or a neutral one, dated `when` or now."""
        configured = self._configured or read_configured(self.git)
        commit = make_commit(self.quarantine.git, tree, parent, message, when, configured.names_nobody())
        self.quarantine.add([commit])
        return commit

    def update_branch(self, branch: str, new: str, old: str | None, reason: str) -> list[str]:
        """Moves `branch` from `old` (none: not born yet) to `new`; `BranchMoved`, and no move, if it is elsewhere.

        What is in the quarantine leaves it for good, for files of git's own with the names that are returned.
        """
        self.rest()
        move = BranchMove(branch, new, old or self._no_object, reason)
        return move_branch(self.git, self.quarantine, [self.root, self.git_dir, self.common_dir], move)

    def status(self, learn: bool = False, configured: Configured | None = None) -> list[StatusEntry]:
        """What differs between HEAD, index and working copy, every untracked file by itself; runs no filter.

        A file in the place of its own Git LFS pointer differs in nothing. With `learn`, where that is possible
        just now, the index remembers which files were read and found to be as committed.
        `configured` is of this moment.
        """
        return read_status(self.git, self.object_format, learn, configured or read_configured(self.git))

    def refresh_index(self) -> None:
        """Tells the index that the files lie as committed, which spares the next status reading them; best effort."""
        refresh_index(self.git, self.object_format)

    def log_with_stat(self) -> str:
        """The history as `git log --stat` shows it to people."""
        return self.git.run("log", "--stat=100", "--no-color", "--no-decorate").text + "\n"

    def fsck(self) -> list[str]:
        """What git finds wrong with the repository, a line each; nothing where it is sound."""
        command = ("fsck", "--full", "--no-dangling", "--no-progress")
        answer = self.git.run(*command, settings=STREAMED, accept=range(256))
        lines = (answer.text + "\n" + answer.errors).splitlines()
        found = [line for line in lines if line and not line.startswith("notice:")]
        return found if answer.exit_code else []

    def _verified(self, name: str) -> str:
        """The id of what `name` means; empty where it means nothing."""
        return self.git.run("rev-parse", "--verify", "--quiet", name, accept=(0, 1)).text

    @property
    def _no_index(self) -> Path:
        return self.private_folder / "no-index"

    @property
    def _no_object(self) -> str:
        return "0" * (64 if self.object_format == "sha256" else 40)
