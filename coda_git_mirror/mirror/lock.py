"""One command at a time in a mirror: a kernel lock, and the clearing of locks that dead gits left behind."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from types import TracebackType

import filelock

from coda_git_mirror.errors import MirrorBusy
from coda_git_mirror.mirror.disk import naming
from coda_git_mirror.mirror.repository import Repository

_PROCESSES = Path("/proc")
_LOOKS, _MOMENT = 25, 0.02
"""How often, and how many seconds apart, a git is looked at that may be about to end."""
_HALF_WRITTEN = ("tmp_obj_", "tmp_pack_", "tmp_idx_", "tmp_rev_", ".tmp-")
"""How git calls what it has not yet finished among its objects."""


class MirrorLock:
    """Held by every command that writes; `MirrorBusy` at once while another process holds it.

    The kernel drops the lock with its process, so a file left by a dead one, or its reused number, means nothing.
    """

    def __init__(self, private_folder: Path) -> None:
        self._folder = private_folder
        self._lock = filelock.FileLock(private_folder / "lock", thread_local=False)

    def __enter__(self) -> MirrorLock:
        with naming(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire(timeout=0)
            except filelock.Timeout as error:
                raise MirrorBusy(
                    f"Another sync (process {self._holder()}) holds this mirror; wait for it to end."
                ) from error
            try:
                self._holder_file.write_text(f"{os.getpid()}\n")
            except BaseException:
                self._lock.release()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._holder_file.unlink(missing_ok=True)
        self._lock.release()

    @property
    def _holder_file(self) -> Path:
        """Beside the lock, not in it: Windows lets nobody read a locked file."""
        return self._folder / "holder"

    def _holder(self) -> str:
        try:
            return self._holder_file.read_text().strip() or "unknown"
        except OSError:
            return "unknown"


def holder_in(private_folder: Path) -> str | None:
    """The process that holds the mirror, None where none does; the lock is tried only while one claims to hold it."""
    try:
        holder = (private_folder / "holder").read_text().strip() or "unknown"
    except OSError:
        return None
    return holder if is_held(private_folder) else None


def is_held(private_folder: Path) -> bool:
    """Whether a process holds the mirror's lock at this moment; nothing is made or kept for asking."""
    place = private_folder / "lock"
    if not place.exists():
        return False
    lock = filelock.FileLock(place, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


def remove_stale_git_locks(repository: Repository) -> list[Path]:
    """Removes what a killed git left: locks that would stop every later command, and half-written objects.

    Only for the holder of the mirror's lock. Returns the removed locks. A living git in this repository may own them:
    then `MirrorBusy`, and nothing is removed. One that outlives its killed program by a moment is waited for.
    """
    locks = _git_locks(repository)
    rubbish = _half_written_objects(repository)
    if not locks and not rubbish:
        return []
    repository.rest()
    git = _lasting_git([repository.root, repository.git_dir, repository.common_dir])
    if git is not None and locks:
        raise MirrorBusy(f"A git command (process {git}) works in {repository.root}; run again when it has ended.")
    removable = locks if git is not None else [*locks, *rubbish]
    for path in removable:
        with naming(path):
            path.unlink(missing_ok=True)
    return locks


def remove_locks_of_a_killed_start(folder: Path) -> None:
    """Removes what a git left that was killed in making `folder` a repository; without it nobody could go on.

    For a folder without a commit. `MirrorBusy` where a git lives there.
    """
    locks = [lock for name in ("config.lock", "HEAD.lock") if (lock := folder / ".git" / name).exists()]
    git = living_git([folder.resolve()]) if locks else None
    if git is not None:
        raise MirrorBusy(f"A git command (process {git}) works in {folder}; run again when it has ended.")
    for lock in locks:
        with naming(lock):
            lock.unlink(missing_ok=True)


def _lasting_git(folders: list[Path]) -> int | None:
    """A git that lives there for longer than a process needs that is about to end."""
    git = living_git(folders)
    for _ in range(_LOOKS):
        if git is None:
            break
        time.sleep(_MOMENT)
        git = living_git(folders)
    return git


def living_git(folders: list[Path], processes: Path = _PROCESSES) -> int | None:
    """The id of a git process that works below one of `folders`; any git at all where the system does not say."""
    if processes.is_dir():
        gits = (process for process in processes.iterdir() if process.name.isdecimal() and _is_git(process))
        return next((int(process.name) for process in gits if _works_below(process, folders)), None)
    return _any_git()


def _git_locks(repository: Repository) -> list[Path]:
    shared = repository.common_dir
    own = (repository.git_dir / name for name in ("index.lock", "HEAD.lock"))
    single = (*own, shared / "packed-refs.lock", shared / "config.lock")
    branches = (shared / "refs" / "heads").rglob("*.lock")
    return [*(lock for lock in single if lock.exists()), *sorted(branches)]


def _half_written_objects(repository: Repository) -> list[Path]:
    objects = repository.common_dir / "objects"
    with naming(objects):
        kept = [name for name in _names(str(objects)) if len(name) == 2 or name == "pack"]
        found = ((folder, name) for folder in (".", *kept) for name in _names(f"{objects}/{folder}"))
        return [objects / folder / name for folder, name in found if name.startswith(_HALF_WRITTEN)]


def _names(folder: str) -> list[str]:
    return os.listdir(folder)  # noqa: PTH208 (there may be very many)


def _is_git(process: Path) -> bool:
    try:
        name = (process / "comm").read_text(errors="replace").strip()
    except OSError:
        return False
    return name == "git" or name.startswith("git-")


def _works_below(process: Path, folders: list[Path]) -> bool:
    try:
        place = Path(os.readlink(process / "cwd"))  # noqa: PTH115 (a deleted folder's link does not resolve)
    except OSError:
        return False
    return any(place.is_relative_to(folder) for folder in folders)


def _any_git() -> int | None:
    """What `ps` knows; none where there is no `ps`, as on Windows, which keeps open files from being removed."""
    try:
        answer = subprocess.run(["ps", "-A", "-o", "pid=,comm="], capture_output=True, text=True, check=False)
    except OSError:
        return None
    rows = (line.split(None, 1) for line in answer.stdout.splitlines() if line.strip())
    return next((int(row[0]) for row in rows if len(row) == 2 and Path(row[1].strip()).name == "git"), None)
