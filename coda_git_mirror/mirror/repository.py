"""A git repository with a working copy: reading revisions, and making the objects of a new one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.mirror.disk import naming
from coda_git_mirror.mirror.git_command import (
    ANY_END,
    DamagedRepository,
    GitCommand,
    GitFailed,
    Writer,
    forget_inherited_git_environment,
    require_git,
)
from coda_git_mirror.mirror.pointers import LFS_FILTER, pointer_to
from coda_git_mirror.mirror.status import StatusEntry, parse_status

BRANCH = "main"
STREAMED = ("core.bigFileThreshold=32m",)
"""Lets git read larger files piece by piece, where they are not stored as differences to others."""
REGULAR_FILE = "100644"

_NEUTRAL_IDENTITY = ("coda-git-mirror", "coda-git-mirror@localhost")
_OPERATIONS = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "BISECT_LOG": "bisect",
}


class BranchMoved(MirrorError):
    """Somebody committed while a commit was being prepared."""


@dataclass(frozen=True)
class Blob:
    """An entry of a tree: mode as git writes it (`100644`, `120000` a symlink, `160000` a submodule) and object id."""

    mode: str
    oid: str


class Repository:
    """The repository whose working copy is exactly `root`. Get one by `open` or `init`."""

    def __init__(self, root: Path, git_dir: Path, common_dir: Path, object_format: str) -> None:
        self.root = root
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.object_format = object_format
        self._git = GitCommand(root)

    @classmethod
    def init(cls, path: Path) -> Repository:
        """Makes `path` a repository on branch `main`, whatever templates and defaults say.

        One that is there is opened; while it has no commit, as a clone of an empty remote, it is put on `main` too.
        """
        root = path.resolve()
        if not is_repository(root):
            with naming(root):
                root.mkdir(parents=True, exist_ok=True)
            GitCommand(root).run("init", "--quiet", "--template=", "--object-format=sha1", f"--initial-branch={BRANCH}")
        repository = cls.open(root)
        if repository.head() is None:
            GitCommand(root).run("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
        return repository

    @classmethod
    def open(cls, path: Path) -> Repository:
        """Opens the repository of exactly this folder; `MirrorError` where there is none, it is bare or untrusted."""
        root = path.resolve()
        if not is_repository(root):
            raise MirrorError(f"{root} is not the top of a git repository; `coda-git-mirror init` makes it one.")
        git = GitCommand(root)
        git_dir, common_dir = (
            Path(git.run("rev-parse", "--path-format=absolute", name).text)
            for name in ("--git-dir", "--git-common-dir")
        )
        return cls(root, git_dir, common_dir, git.run("rev-parse", "--show-object-format").text)

    @property
    def private_folder(self) -> Path:
        """Where this tool keeps what is not content: lock, staging, journal. Deleting it costs requests only."""
        return self.git_dir / "coda-git-mirror"

    def head(self) -> str | None:
        """The commit that HEAD points to; none before the first one. `DamagedRepository` where it cannot be read."""
        commit = self._git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", accept=(0, 1)).text
        if not commit:
            self._require_unborn()
        return commit or None

    def head_branch(self) -> str | None:
        """The branch that is checked out, born or not; none where HEAD is detached."""
        name = self._git.run("symbolic-ref", "--quiet", "HEAD", accept=(0, 1)).text
        return name.removeprefix("refs/heads/") or None

    def branch(self, name: str) -> str | None:
        """The commit at the tip of branch `name`; none where there is no such branch."""
        tip = self._git.run("rev-parse", "--verify", "--quiet", f"refs/heads/{name}^{{commit}}", accept=(0, 1))
        return tip.text or None

    def committed_at(self, path: str) -> datetime | None:
        """When the last commit that touched a path was made, as it is dated."""
        seconds = self._git.run("log", "-1", "--format=%ct", "--", path).text if self.head() else ""
        return datetime.fromtimestamp(int(seconds), UTC) if seconds else None

    def last_commit_saying(self, beginning: str) -> str | None:
        """The youngest commit of HEAD's history that has a line in its message which begins so; plain text."""
        pattern = "^" + re.sub(r"([^A-Za-z0-9: -])", r"\\\1", beginning)
        return self._git.run("log", "-1", "--format=%H", f"--grep={pattern}").text or None if self.head() else None

    def changed_paths(self, old: str, new: str) -> list[str]:
        """The paths at which two commits differ."""
        return self._git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new).fields

    def resolve(self, revision: str) -> str:
        """The commit that a user's `revision` means; `UsageError` where it means none."""
        command = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if revision.startswith("-") or "\0" in revision:
            raise UsageError(f"{revision!r} is not a revision.")
        commit = self._git.run(*command, accept=(0, 1, 128)).text
        if not commit:
            raise UsageError(f"{revision!r} is not a revision of the mirror in {self.root}.")
        return commit

    def is_ancestor(self, commit: str, descendant: str) -> bool:
        """Whether `descendant` holds `commit` in its history, or is it."""
        return self._git.run("merge-base", "--is-ancestor", commit, descendant, accept=(0, 1)).exit_code == 0

    def tree(self, revision: str | None) -> dict[str, Blob]:
        """Every file of a commit or tree, by path; nothing for no revision."""
        if revision is None:
            return {}
        entries = self._git.run("ls-tree", "-r", "-z", "--full-tree", revision).fields
        return dict(map(_tree_entry, entries))

    def read(self, oid: str) -> bytes:
        """The content of one blob."""
        return self._git.run("cat-file", "blob", oid).output

    def read_many(self, oids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """The contents of many blobs in the order asked for, by one process, one at a time in memory."""
        with self._git.reading("cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in oids).encode()) as output:
            for oid in oids:
                header = output.readline().split()
                content = output.read(int(header[2])) if len(header) == 3 else b""
                if len(header) != 3 or header[1] != b"blob" or len(content) != int(header[2]):
                    raise DamagedRepository(self.root, f"the object {oid} is missing or cannot be read")
                output.read(1)
                yield oid, content

    def sizes(self, oids: Sequence[str]) -> list[int]:
        """How many bytes each of these blobs has, in the order asked for."""
        names = "".join(f"{oid}\n" for oid in oids).encode()
        return [
            int(size) for size in self._git.run("cat-file", "--batch-check=%(objectsize)", stdin=names).text.split()
        ]

    def missing(self, oids: Sequence[str]) -> frozenset[str]:
        """Those of these objects that git does not have, or that it cannot begin to read; none is fetched for this."""
        names = "".join(f"{oid}\n" for oid in oids).encode()
        command = ("cat-file", "--batch-check=%(objectname)", "--buffer")
        answers = self._git.run(*command, stdin=names, environment={"GIT_NO_LAZY_FETCH": "1"}).text.splitlines()
        return frozenset(line.removesuffix(" missing") for line in answers if line.endswith(" missing"))

    def copy_blob(self, oid: str, destination: Writer) -> None:
        """Streams the content of a blob of any size into an open file, or into anything else with `write`."""
        self._git.run("cat-file", "blob", oid, output=destination)

    def hash_objects(self, files: Sequence[Path]) -> list[str]:
        """Stores files as blobs, byte for byte, and returns their ids in the same order."""
        if not files:
            return []
        names = b"".join(_quoted(file) + b"\n" for file in files)
        return self._git.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=names).text.split("\n")

    def prepare_index(self, index: Path, base: str | None, changes: Mapping[str, str | None]) -> str:
        """Makes `index` a git index of `base` with `changes` (path to blob id, none removes); returns its tree's id.

        Where `index` holds one already, what it knows about unchanged files is kept and saves reading them again.
        """
        environment = {"GIT_INDEX_FILE": str(index)}
        start = ("--reset", "-i", base) if base else ("--empty",)
        # Writing an index makes git look at files changed within the clock's last tick, through their filters.
        quiet = self._no_filters()
        self._git.run("read-tree", *start, settings=quiet, environment=environment)
        lines = self._index_lines(changes)
        command = ("update-index", "-z", "--index-info")
        self._git.run(*command, stdin=lines, settings=quiet, environment=environment)
        return self._git.run("write-tree", settings=quiet, environment=environment).text

    def commit_tree(self, tree: str, parent: str | None, message: str, when: datetime | None = None) -> str:
        """Makes a commit object, by the user's identity or a neutral one, dated `when` or now; no branch moves."""
        parents = ["-p", parent] if parent else []
        text = message.replace("\0", "").encode("utf-8", "replace")
        return self._git.run(
            "commit-tree", tree, *parents, stdin=text, environment=self._identity() | _dates(when)
        ).text

    def update_branch(self, branch: str, new: str, old: str | None, reason: str) -> None:
        """Moves `branch` from `old` (none: not born yet) to `new`; `BranchMoved`, and no move, if it is elsewhere."""
        command = ("update-ref", "-m", reason, "--create-reflog", f"refs/heads/{branch}", new, old or self._no_object)
        # However git ends, killed too: where the branch is tells what was done.
        answer = self._git.run(*command, accept=ANY_END)
        tip = self.branch(branch)
        if tip == new:
            return
        if tip != old:
            raise BranchMoved(f"Somebody else committed to {branch} in {self.root} meanwhile; run the command again.")
        raise GitFailed(f"`git update-ref` failed in {self.root}: {answer.errors.strip()}.")

    def status(self) -> list[StatusEntry]:
        """What differs between HEAD, index and working copy, every untracked file by itself; runs no filter.

        A file in the place of its own Git LFS pointer differs in nothing.
        """
        entries = (self._without_lfs(entry) for entry in self._git_status())
        return [entry for entry in entries if entry.differs]

    def refresh_index(self) -> None:
        """Tells the index that the files lie as committed, which spares the next status reading them; best effort.

        Of files in the place of their pointers only git-lfs can convince git.
        """
        quiet = self._no_filters()
        self._git.run("update-index", "-q", "--refresh", settings=quiet, accept=ANY_END)
        if "filter.lfs.clean=" not in quiet:
            return
        paths = [entry.path for entry in self._git_status() if not self._without_lfs(entry).differs]
        if paths:
            names = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
            command = ("add", "--refresh", "--pathspec-from-file=-", "--pathspec-file-nul")
            self._git.run(*command, stdin=names, settings=[*quiet, *LFS_FILTER], accept=ANY_END)

    def add_config(self, settings: Sequence[str]) -> None:
        """Writes those `name=value` settings into the repository's configuration that nothing sets yet, there or above.

        What users have chosen stays, such as `git lfs install --skip-smudge`.
        """
        for name, _, value in (setting.partition("=") for setting in settings):
            if self._git.run("config", "--get", name, accept=(0, 1)).exit_code:
                self._git.run("config", "--local", name, value)

    def config_path(self, name: str) -> str | None:
        """The file name that a setting holds, with `~` for the home; none where nothing sets it."""
        return self._git.run("config", "--type=path", "--get", name, accept=(0, 1)).text or None

    def operation_in_progress(self) -> str | None:
        """What the user has begun and not ended: merge, rebase, cherry-pick, revert or bisect."""
        return next((name for mark, name in _OPERATIONS.items() if (self.git_dir / mark).exists()), None)

    def log_with_stat(self) -> str:
        """The history as `git log --stat` shows it to people."""
        return self._git.run("log", "--stat=100", "--no-color", "--no-decorate", "--no-show-signature").text + "\n"

    def fsck(self) -> list[str]:
        """What git finds wrong with the repository, a line each; nothing where it is sound."""
        command = ("fsck", "--full", "--no-dangling", "--no-progress")
        answer = self._git.run(*command, settings=STREAMED, accept=range(256))
        lines = (answer.text + "\n" + answer.errors).splitlines()
        found = [line for line in lines if line and not line.startswith("notice:")]
        return found if answer.exit_code else []

    def pack(self) -> None:
        """Packs loose objects within bounded memory: a large table costs its whole size a commit until then."""
        bounded = ("pack.windowMemory=64m", "pack.threads=1")
        self._git.run("repack", "-d", "-q", "--geometric=2", settings=bounded)

    def _require_unborn(self) -> None:
        """Raises `DamagedRepository` where there was a commit, but its branch or the commit itself is spoilt."""
        lost = self._git.run("rev-parse", "--verify", "--quiet", "HEAD", accept=(0, 1)).text
        if lost:
            raise DamagedRepository(self.root, f"the commit {lost}, which HEAD points to, is missing")
        branch = self._git.run("symbolic-ref", "--quiet", "HEAD", accept=(0, 1, 128)).text
        if not branch or (self.common_dir / branch).is_file():
            raise DamagedRepository(self.root, f"{branch or 'HEAD'} names no commit")

    @property
    def _no_object(self) -> str:
        return "0" * (64 if self.object_format == "sha256" else 40)

    def _index_lines(self, changes: Mapping[str, str | None]) -> bytes:
        """Removals first: a file may give way to a folder of its name."""
        gone = [f"0 {self._no_object}\t{path}\0" for path, oid in changes.items() if oid is None]
        new = [f"{REGULAR_FILE} {oid}\t{path}\0" for path, oid in changes.items() if oid is not None]
        return "".join(gone + new).encode("utf-8", "surrogateescape")

    def _identity(self) -> dict[str, str]:
        """The environment for roles that the user has not configured; git would guess them from the host's name."""
        name, email = _NEUTRAL_IDENTITY
        environment: dict[str, str] = {}
        for role in ("AUTHOR", "COMMITTER"):
            known = self._git.run("var", f"GIT_{role}_IDENT", settings=("user.useConfigOnly=true",), accept=(0, 1, 128))
            if known.exit_code != 0:
                environment |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": email}
        return environment

    def _git_status(self) -> list[StatusEntry]:
        command = ("status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames")
        entries = self._git.run(*command, "--ignore-submodules=dirty", settings=self._no_filters()).fields
        return [parse_status(entry) for entry in entries]

    def _without_lfs(self, entry: StatusEntry) -> StatusEntry:
        """The entry, unless it is of a file whose pointer the index has: then without the difference."""
        if entry.unstaged != "M":
            return entry
        try:
            pointer = pointer_to(self.root / entry.path)
        except OSError:
            return entry
        return replace(entry, unstaged=" ") if pointer.oid(self.object_format) == entry.indexed else entry

    def _no_filters(self) -> list[str]:
        """Settings that switch off every configured clean and smudge filter: these are commands, and none may run."""
        names = self._git.run("config", "-z", "--name-only", "--get-regexp", "^filter[.]", accept=(0, 1)).fields
        filters = {name.rpartition(".")[0] for name in names}
        off = ("clean=", "smudge=", "process=", "required=false")
        return [f"{name}.{setting}" for name in sorted(filters) for setting in off]


def is_repository(path: Path) -> bool:
    """Whether exactly this folder, not one above it, is the top of a git working copy.

    `ForeignOwner` if git distrusts it, `DamagedRepository` if it has been one.
    """
    forget_inherited_git_environment()
    require_git()
    root = path.resolve()
    if not root.is_dir():
        return False
    top = GitCommand(root).run("rev-parse", "--show-toplevel", accept=(0, 128))
    if top.exit_code and _has_objects(root / ".git"):
        raise DamagedRepository(root, "git does not know its .git folder for a repository")
    return top.exit_code == 0 and Path(top.text).resolve() == root


def _has_objects(git_dir: Path) -> bool:
    """Whether something could be lost; a git that was killed in making a repository leaves a folder without objects."""
    return any(path.is_file() for path in (git_dir / "objects").rglob("*"))


def _dates(when: datetime | None) -> dict[str, str]:
    """The environment that dates a commit, shown in this machine's time zone."""
    if when is None:
        return {}
    date = f"{int(when.timestamp())} {when.astimezone():%z}"
    return {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}


def _tree_entry(entry: str) -> tuple[str, Blob]:
    description, _, path = entry.partition("\t")
    mode, _, oid = description.split(" ")
    return path, Blob(mode, oid)


def _quoted(file: Path) -> bytes:
    """A file's name as git reads it from a line, even with a newline in it."""
    name = os.fsencode(file).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + name + b'"'
