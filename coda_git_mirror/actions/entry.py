"""The way into a mirror: found, to be looked at without a lock, or held, recovered and free of unsaved edits."""

from __future__ import annotations

import contextlib
import shlex
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from coda_git_mirror.actions.unborn import take_up
from coda_git_mirror.changes.trees import DamagedFile
from coda_git_mirror.disk.files import naming
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.format import layout
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.git.droppings import droppings_among_references, place_of
from coda_git_mirror.git.excluded import exclude
from coda_git_mirror.git.repository import PRIVATE, Repository
from coda_git_mirror.git.stale_locks import remove_locks_of_a_killed_start
from coda_git_mirror.mirror.preflight import check_ready
from coda_git_mirror.mirror.recovery import JOURNAL, Outcome, abandon, journal_file, listed, recover
from coda_git_mirror.progress import Progress
from coda_git_mirror.state.fetched import fetched_files
from coda_git_mirror.state.lock import MirrorLock

_GIT = ".git"
T = TypeVar("T")


def is_mirror(folder: Path) -> bool:
    """Whether the folder was made a mirror: it is the top of a repository that tracks the settings of one."""
    return find_mirror(folder) is not None


def find_mirror(folder: Path) -> Repository | None:
    """The repository of a folder that was made a mirror."""
    repository = Repository.find(folder)
    return repository if repository and repository.has_committed(layout.SETTINGS) else None


def open_mirror(folder: Path) -> Repository:
    """The repository of a mirror that is there. Raises MirrorError where there is none."""
    repository = find_mirror(folder) or (find_mirror(folder) if take_up(folder) else None)
    if repository is None:
        raise MirrorError(_why_none(folder))
    return repository


def _why_none(folder: Path) -> str:
    sync = shlex.join(["coda-git-mirror", "sync", "-o", str(folder)])
    begun = Repository.find(folder)
    if begun and begun.head() is None and begun.private_folder.is_dir():
        return f"{folder} holds the beginning of a mirror and no commit yet; `{sync}` goes on from there."
    return f"{folder} is not a mirror; name one with -o, or make one with `{sync}`."


def check_place(folder: Path) -> None:
    """Raises UsageError where a folder cannot become a mirror; nothing is made or changed."""
    if not str(folder).isprintable():
        raise UsageError(f"{str(folder)!r} has a line break or another control character in it; name another with -o.")
    _require_apart(folder.resolve())
    blocking = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    if not blocking.is_dir():
        raise UsageError(f"{blocking} is a file; name a folder for the mirror with -o.")
    if blocking != folder:
        return
    with naming(folder):
        strangers = [entry.name for entry in folder.iterdir() if entry.name != _GIT]
    found = Repository.find(folder)
    if strangers or (found and found.head()):
        raise UsageError(f"{folder} is neither empty nor a mirror; name an empty folder or a mirror with -o.")


def _require_apart(folder: Path) -> None:
    """What lies among the docs of another mirror, or in git's own folder, is not the user's to fill."""
    for place, below in zip((folder, *folder.parents), ("", *map(_name, (folder, *folder.parents))), strict=False):
        if _is_git_folder(place):
            raise UsageError(f"{folder} lies in git's own folder {place}; name a folder elsewhere with -o.")
        if below == layout.DOCS and (place / layout.SETTINGS).is_file() and (place / _GIT).exists():
            raise UsageError(f"{folder} lies among the docs of the mirror {place}; name a folder elsewhere with -o.")


def _name(folder: Path) -> str:
    return folder.name.casefold()


def _is_git_folder(folder: Path) -> bool:
    """By its name, whatever git made of it so far, or by what git keeps in one."""
    return folder.name.casefold() == _GIT or ((folder / "HEAD").is_file() and (folder / "objects").is_dir())


@contextmanager
def new_mirror(folder: Path, progress: Progress) -> Iterator[Repository]:
    """A held repository in a folder that `check_place` has passed.

    Where the work fails, nothing of it stays but what the next run can take up.
    """
    made_folder, made_repository = not folder.exists(), not (folder / _GIT).exists()
    with naming(folder):
        folder.mkdir(parents=True, exist_ok=True)
    remove_locks_of_a_killed_start(folder)
    repository = Repository.init(folder)
    try:
        with ready_mirror(repository, progress):
            yield repository
    except MirrorError:
        if made_repository and repository.head() is None and not fetched_files(repository).keeps_anything():
            repository.rest()
            shutil.rmtree(folder / _GIT, ignore_errors=True)
        if made_folder:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def complete_interrupted(folder: Path, progress: Progress) -> None:
    """Completes what an interrupted run has committed, or removes what it had prepared, if there is such a run.

    For whoever is about to read the settings: they may be among what was committed. Raises as `ready_mirror` does.
    """
    if (folder / _GIT).is_dir() and not (folder / _GIT / PRIVATE / JOURNAL).exists():
        return
    repository = find_mirror(folder)
    if repository and journal_file(repository).exists():
        with ready_mirror(repository, progress):
            pass


@contextmanager
def ready_mirror(repository: Repository, progress: Progress) -> Iterator[None]:
    """Holds the mirror, recovered from whatever interrupted the last run and free of the user's unsaved edits.

    Raises MirrorBusy, or MirrorError where the user has to act first. Where the work fails, nothing of it stays, and
    an `OSError` of it is a MirrorError with a path.
    """
    with MirrorLock(repository.private_folder):
        with naming(repository.root):
            recovery = recover(repository)
        if recovery.outcome is not Outcome.NOTHING:
            progress.note(f"Note: {recovery.outcome.value}.")
        if recovery.removed_locks:
            names = ", ".join(path.name for path in recovery.removed_locks)
            progress.note(f"Note: removed {names}, which a git command that is dead had left.")
        for note in _notes(repository, check_ready(repository)):
            progress.note(f"Note: {note}")
        exclude(repository)
        try:
            with naming(repository.root):
                yield
        except MirrorError:
            with contextlib.suppress(OSError):
                abandon(repository)
            raise


def _notes(repository: Repository, foreign: list[str]) -> Iterator[str]:
    if foreign:
        yield f"left alone what is not the mirror's: {listed(foreign)}."
    if found := droppings_among_references(repository):
        places = ", ".join(str(place_of(repository, name)) for name in found)
        yield f"a desktop or an editor has left files where git keeps references, so git cannot pack; delete {places}."


@contextmanager
def sound_revisions() -> Iterator[None]:
    """Tells in one sentence that a revision is damaged, and of nothing else that it is."""
    try:
        yield
    except DamagedContent as error:
        raise MirrorError(told_of_damage(error)) from error


def told_of_damage(error: DamagedContent) -> str:
    """What is damaged in a revision and what tells more, in one sentence."""
    if isinstance(error, DamagedFile):
        return (
            f"{error} is damaged in a revision of the mirror; `coda-git-mirror verify REVISION` tells more, and "
            f"`git log -- {shlex.quote(str(error))}` lists the revisions that may have it whole."
        )
    return (
        f"A revision of the mirror is damaged ({' '.join(str(error).split())[:200]}); "
        "`coda-git-mirror verify` with that revision tells more."
    )


def read_soundly(told: Iterable[T]) -> Iterator[T]:
    """The same values; damage that shows while they are made is told as by `sound_revisions`, and no other failure."""
    with sound_revisions():
        yield from told
