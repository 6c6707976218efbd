"""What `git status` says, as `--porcelain=v2 -z` writes it, and what the index knows of the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coda_git_mirror.disk.files import blob_id_of_file
from coda_git_mirror.git.command import ANY_END, GitCommand
from coda_git_mirror.git.configured import Configured, read_configured
from coda_git_mirror.git.pointers import LFS_FILTER, pointer_to

_ORDINARY_FIELDS = 8
_UNMERGED_FIELDS = 10


@dataclass(frozen=True)
class StatusEntry:
    """A path with what differs: `staged` from HEAD to index, `unstaged` from index to working copy, letters as git's.

    A space is no difference; an untracked file is `?` in both. `indexed` is the blob id that the index has, if any.
    """

    staged: str
    unstaged: str
    path: str
    indexed: str = ""

    @property
    def differs(self) -> bool:
        return (self.staged, self.unstaged) != (" ", " ")


def read_status(git: GitCommand, object_format: str, learn: bool, configured: Configured) -> list[StatusEntry]:
    """Every difference in content; a file in the place of its own Git LFS pointer has none."""
    said = _git_status(git, learn, configured.filters_off())
    entries = (_as_stored(entry, git.folder, object_format) for entry in said)
    return [entry for entry in entries if entry.differs]


def refresh_index(git: GitCommand, object_format: str) -> None:
    """Tells the index that the files lie as committed; of those in Git LFS only git-lfs can convince git."""
    quiet = read_configured(git).filters_off()
    git.run("update-index", "-q", "--refresh", settings=quiet, accept=ANY_END)
    if "filter.lfs.clean=" not in quiet:
        return
    paths = [
        entry.path
        for entry in _git_status(git, False, quiet)
        if not _as_stored(entry, git.folder, object_format).differs
    ]
    if paths:
        names = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
        command = ("add", "--refresh", "--pathspec-from-file=-", "--pathspec-file-nul")
        git.run(*command, stdin=names, settings=[*quiet, *LFS_FILTER], accept=ANY_END)


def parse_status(entry: str) -> StatusEntry:
    """One entry: `1 XY … indexed-id path`, `u XY … path` (unmerged) or `? path`."""
    kind, _, rest = entry.partition(" ")
    if kind not in ("1", "u"):
        return StatusEntry(kind, kind, rest)
    *fields, path = entry.split(" ", _ORDINARY_FIELDS if kind == "1" else _UNMERGED_FIELDS)
    differences = fields[1].replace(".", " ")
    return StatusEntry(differences[0], differences[1], path, fields[-1])


def _git_status(git: GitCommand, learn: bool, quiet: Sequence[str]) -> list[StatusEntry]:
    """What git sees without its filters; with `learn` it writes into the index what it had to read to see that."""
    command = ("status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=dirty")
    answer = git.run(*command, settings=quiet, environment={"GIT_OPTIONAL_LOCKS": str(int(learn))})
    return [parse_status(entry) for entry in answer.fields]


def _as_stored(entry: StatusEntry, root: Path, object_format: str) -> StatusEntry:
    """The entry, unless its file is just what the index has, or has the pointer of: then without the difference.

    Git calls a file changed, too, that it would convert if it were added, or whose mode alone is another.
    """
    if entry.unstaged != "M":
        return entry
    try:
        stored = (blob_id_of_file(root / entry.path, object_format), pointer_to(root / entry.path).oid(object_format))
    except OSError:
        return entry
    return replace(entry, unstaged=" ") if entry.indexed in stored else entry
