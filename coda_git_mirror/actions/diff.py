"""`diff`: what lies between two revisions of a mirror, or a revision and the working copy, in Coda's terms."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.actions.entry import open_mirror, sound_revisions
from coda_git_mirror.changes.differences import LeaveOut, compare_docs
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.changes.problems import compare_problems
from coda_git_mirror.changes.trees import EmptyTree, Tree, named_manifest_of
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.edited_tree import EditedTree
from coda_git_mirror.mirror.revisions import Revisions, beginning_of, two_of
from coda_git_mirror.mirror.sync_commits import SyncCommits
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.model.differences import Differences, DocDiff, Revision
from coda_git_mirror.model.selectors import selects

NOTHING = Revision(None, None, "nothing")
WORKING_COPY = Revision(None, None, "the working copy")


@dataclass(frozen=True)
class _Pair:
    """Two states of the mirror, and the paths at which their files differ (None: perhaps anywhere)."""

    before: Revision
    after: Revision
    old: Tree
    new: Tree
    paths: Collection[str] | None


def diff(folder: Path, revisions: Sequence[str], docs: Sequence[str]) -> Differences:
    """Compares two revisions; one with the working copy; without any, what the last sync found with what was before.

    `docs` select docs of either revision, as `sync --doc` does. The docs are compared while they are told:
    `read_soundly` says in one sentence what is damaged there.
    """
    repository = open_mirror(folder)
    ends = two_of(revisions[0]) if len(revisions) == 1 else None
    pair = _pair(repository, ends or revisions)
    with sound_revisions():
        records = _records(pair)
        for selector in docs:
            _require_known(selector, records)
    chosen = {record.id for record in records if any(_names(selector, record) for selector in docs)}
    return _differences(pair, chosen if docs else None)


def between(
    old: CommittedTree | None,
    new: CommittedTree,
    doc: str | None = None,
    item: str | None = None,
    leave_out: LeaveOut | None = None,
) -> Differences:
    """What lies between two commits (None: nothing at all): all, of a doc by its id, or of an item of it by its id.

    `leave_out` is told of each doc whose metadata is damaged while they are compared; without it that is raised then.
    """
    pair = _of_trees(new.repository, History(new.repository), old, new)
    return _differences(pair, None if doc is None else {doc}, item, leave_out)


def _differences(
    pair: _Pair, chosen: Collection[str] | None, only: str | None = None, leave_out: LeaveOut | None = None
) -> Differences:
    """All of two states, of the docs with these ids, or of the `only` item that is asked for."""
    with sound_revisions():
        names = {record.name for record in _records(pair) if chosen is not None and record.id in chosen}
        problems = compare_problems(pair.old, pair.new) if only is None else ((), ())
    told = (tuple(each for each in side if chosen is None or each.doc in names) for side in problems)
    return Differences(pair.before, pair.after, _compared(pair, chosen, only, leave_out), *told)


def _pair(repository: Repository, revisions: Sequence[str]) -> _Pair:
    history, meant = History(repository), Revisions(repository, LAST_TRAILER)
    if not revisions:
        return _last_sync(repository, history)
    old = meant.resolve(revisions[0])
    if len(revisions) > 1:
        return _of_commits(repository, history, old, meant.resolve(revisions[1]))
    working, head = EditedTree(repository), repository.head()
    paths = {*working.edited, *repository.changed_paths(old, head or old)}
    return _Pair(_revision(history, old), WORKING_COPY, CommittedTree(repository, old), working, paths)


def _last_sync(repository: Repository, history: History) -> _Pair:
    last = SyncCommits(repository, LAST_TRAILER).last()
    if (last is None or last.id in repository.cut_at()) and (beginning := beginning_of(repository)):
        raise MirrorError(f"What the last sync changed in {repository.root} is not known here: {beginning}.")
    if last is None:
        raise MirrorError(f"Nothing has been mirrored in {repository.root} yet; `coda-git-mirror sync` does it.")
    return _of_commits(repository, history, last.parent, last.id)


def _of_commits(repository: Repository, history: History, old: str | None, new: str) -> _Pair:
    before = CommittedTree(repository, old) if old else None
    return _of_trees(repository, history, before, CommittedTree(repository, new))


def _of_trees(repository: Repository, history: History, old: CommittedTree | None, new: CommittedTree) -> _Pair:
    after = _revision(history, str(new.commit))
    if old is None:
        return _Pair(NOTHING, after, EmptyTree(), new, None)
    paths = repository.changed_paths(str(old.commit), str(new.commit))
    return _Pair(_revision(history, str(old.commit)), after, old, new, paths)


def _revision(history: History, commit_id: str) -> Revision:
    commit = next(history.commits(commit_id))
    return Revision(commit.id, commit.when, commit.subject)


def _records(pair: _Pair) -> list[DocRecord]:
    manifests = (named_manifest_of(tree) for tree in (pair.new, pair.old))
    return [record for manifest in manifests if manifest for record in manifest.docs]


def _names(selector: str, record: DocRecord) -> bool:
    return selects(selector, record.id, record.name)


def _require_known(selector: str, records: Sequence[DocRecord]) -> None:
    if not any(_names(selector, record) for record in records):
        known = sorted({record.name for record in records})
        raise UsageError(
            f"No doc of these revisions answers to {selector!r}; they hold {', '.join(known[:10]) or 'none'}"
            f"{f' and {len(known) - 10} more' if len(known) > 10 else ''}."
        )


def _compared(
    pair: _Pair, chosen: Collection[str] | None, only: str | None, leave_out: LeaveOut | None
) -> Iterator[DocDiff]:
    folders = None if pair.paths is None else {"/".join(path.split("/")[:2]) for path in pair.paths}

    def wanted(record: DocRecord) -> bool:
        return (chosen is None or record.id in chosen) and (folders is None or record.path in folders)

    return compare_docs(pair.old, pair.new, wanted, only, leave_out)
