"""Completes or undoes what an interrupted publication left; a publication ends with the same code."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.command import GitFailed, advice
from coda_git_mirror.git.lfs import LfsStore
from coda_git_mirror.git.objects import MANY
from coda_git_mirror.git.pointers import parse_pointer
from coda_git_mirror.git.prepared_index import PreparedIndex
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.git.stale_locks import remove_stale_git_locks
from coda_git_mirror.mirror.staging import Staging
from coda_git_mirror.mirror.working_copy import Obstacle, WorkingCopy
from coda_git_mirror.state.journal import Journal, Step, folded, read_journal, remove_journal

LISTED = 10


class EditedMeanwhile(MirrorError):
    """Files that a publication is about to change hold something that is in no commit."""


JOURNAL = "publication.json"


class Outcome(Enum):
    """What became of the run before."""

    NOTHING = "the last run ended by itself"
    DISCARDED = "removed what an interrupted run had prepared; it had not committed"
    COMPLETED = "completed the commit of an interrupted run"
    SUPERSEDED = "an interrupted run's commit has been built upon; removed its leftovers"


@dataclass(frozen=True)
class Recovery:
    """The outcome, and the stale locks of dead gits that were removed on the way."""

    outcome: Outcome
    removed_locks: tuple[Path, ...] = ()


def recover(repository: Repository) -> Recovery:
    """Brings a mirror to its old or its new commit, with a clean working copy, after an interrupted run.

    For the holder of the mirror's lock, before anything else is written. `EditedMeanwhile`, with nothing touched,
    if a user has since changed a file that is to be completed.
    """
    PreparedIndex(repository).release()
    removed = tuple(remove_stale_git_locks(repository))
    left = read_journal(journal_file(repository))
    if left and repository.branch(left.branch) == left.commit:
        repository.quarantine.bring_back()
    journal = _sound_journal(repository)
    outcome = _settle(repository, journal) if journal else _discard(repository)
    repository.quarantine.release()
    return Recovery(outcome, removed)


def abandon(repository: Repository) -> None:
    """Removes what a run that ends with an error has prepared; once it has committed, the next run completes that."""
    with contextlib.suppress(MirrorError):
        if _sound_journal(repository) is None:
            _discard(repository)


def complete(repository: Repository, journal: Journal) -> None:
    """Brings the working copy and the index from `journal.base` to `journal.commit`, from wherever it stands.

    The index lock is held by the caller's `PreparedIndex.hold`.
    """
    working_copy = WorkingCopy(repository.root, repository.object_format)
    require_untouched(working_copy, journal)
    for step in journal.removals:
        working_copy.remove(step.path)
    staging = staging_of(repository)
    for step in journal.arrivals:
        if step.lfs:
            _bring_in_real(repository, working_copy, step)
        else:
            _bring_in(repository, working_copy, staging, step)
    replaced = {step.path for step in journal.steps if step.old and step.new}
    working_copy.sync_folders(replaced, (path for path in journal.paths if path not in replaced))
    PreparedIndex(repository).install()
    if len(journal.arrivals) >= MANY or any(step.lfs for step in journal.arrivals):
        repository.refresh_index()
    remove_journal(journal_file(repository))
    staging.clear()


def require_untouched(working_copy: WorkingCopy, journal: Journal) -> None:
    """Raises `EditedMeanwhile` or `Obstacle` unless each file is absent, as before, or already as it shall be."""
    known = journal.known_contents()
    removed = {step.path for step in journal.removals}
    edited = [path for path in journal.paths if working_copy.is_edited(path, known[folded(path)])]
    for path in (step.path for step in journal.arrivals):
        edited += [file for file in working_copy.files_in(path) if file not in removed]
        blocking = working_copy.file_in_the_way(path)
        if blocking is not None and blocking not in removed:
            raise Obstacle(f"{working_copy.root / blocking} is a file where the mirror needs a folder. Move it away.")
    known_paths = {step.path for step in journal.steps if step.old}
    if foreign := [path for path in edited if path not in known_paths]:
        raise EditedMeanwhile(
            f"Files in {working_copy.root} that are in no commit are where the sync must write: {listed(foreign)}. "
            "Move them away, then run the command again."
        )
    if edited:
        raise EditedMeanwhile(
            f"Files in {working_copy.root} that the sync must change were edited meanwhile: {listed(edited)}. "
            f"Commit them, or move them away with {advice(working_copy.root, 'stash', 'push', '--include-untracked')}, "
            "then run the command again."
        )


def listed(paths: Iterable[str]) -> str:
    """Paths for a sentence, the first few of them."""
    all_paths = sorted(set(paths))
    more = f" and {len(all_paths) - LISTED} more" if len(all_paths) > LISTED else ""
    return ", ".join(all_paths[:LISTED]) + more


def journal_file(repository: Repository) -> Path:
    """Where a publication writes down what it is about to do."""
    return repository.private_folder / JOURNAL


def staging_of(repository: Repository) -> Staging:
    """The staging of a repository: below git's own folder, and so as a rule on the working copy's file system."""
    return Staging(repository.private_folder / "staging", repository.object_format)


def _sound_journal(repository: Repository) -> Journal | None:
    """The journal that was left, if it tells just what its commit changes; a damaged one tells nothing."""
    journal = read_journal(journal_file(repository))
    with contextlib.suppress(GitFailed):
        if journal is None:
            return None
        old, new = (repository.tree(commit) for commit in (journal.base, journal.commit))
        if journal.is_between(old.id_of, new.id_of):
            return journal
    return None


def _settle(repository: Repository, journal: Journal) -> Outcome:
    tip = repository.branch(journal.branch)
    if tip == journal.commit and repository.head_branch() == journal.branch:
        _complete_later(repository, journal)
        return Outcome.COMPLETED
    _discard(repository)
    built_upon = tip is not None and tip != journal.base and repository.is_ancestor(journal.commit, tip)
    return Outcome.SUPERSEDED if built_upon else Outcome.DISCARDED


def _complete_later(repository: Repository, journal: Journal) -> None:
    index = PreparedIndex(repository)
    if not index.exists():
        index.prepare(journal.commit, {})
        index.sync()
    index.hold()
    try:
        complete(repository, journal)
    finally:
        index.release()


def _discard(repository: Repository) -> Outcome:
    """Removes leftovers: the journal first, since without it the rest means nothing."""
    if journal_file(repository).exists():
        remove_journal(journal_file(repository))
    PreparedIndex(repository).discard()
    repository.quarantine.release()
    return Outcome.DISCARDED if staging_of(repository).clear() else Outcome.NOTHING


def _bring_in(repository: Repository, working_copy: WorkingCopy, staging: Staging, step: Step) -> None:
    """Moves the staged file in; where it has been moved before or cannot be, git has its content."""
    path, oid = step.path, str(step.new)
    source = staging.location(path)
    if source.exists():
        try:
            working_copy.move_in(source, path)
        except MirrorError as error:
            if not _other_file_system(error):
                raise
        else:
            return
    if working_copy.blob_id(path) != oid:
        working_copy.fill(path, lambda file: repository.copy_blob(oid, file))


def _bring_in_real(repository: Repository, working_copy: WorkingCopy, step: Step) -> None:
    """Copies a file in from the Git LFS store; one that has left it comes in as its pointer, as git-lfs does it."""
    oid = str(step.new)
    if working_copy.pointer_id(step.path) == oid:
        return
    store, pointer = LfsStore(repository), parse_pointer(repository.read(oid))
    if pointer and store.holds(pointer):
        working_copy.fill(step.path, lambda file: store.copy_to(pointer, file))
    elif working_copy.blob_id(step.path) != oid:
        working_copy.fill(step.path, lambda file: repository.copy_blob(oid, file))


def _other_file_system(error: MirrorError) -> bool:
    """A work tree of a repository elsewhere (`git worktree`) may lie on another file system than its git folder."""
    return isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EXDEV
