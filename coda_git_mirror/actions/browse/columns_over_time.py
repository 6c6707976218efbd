"""What columns a table had at each revision: what its lines of JSONL say then, they say by these."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache

from coda_git_mirror.actions.browse.grids import damaged_at
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.table_parts import part_of
from coda_git_mirror.format.tables import stored_columns
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.looking import IndexedCommit


class ColumnsOverTime:
    """The columns of a table as the `.json` beside its rows had them; one walk through git.

    `path_at` tells where the table lies as of a commit's number, empty where it is not there; only `numbers` are asked
    for. Raises MirrorError where the file is damaged.
    """

    def __init__(
        self,
        repository: Repository,
        commits: Sequence[IndexedCommit],
        path_at: Callable[[int], str],
        numbers: Collection[int],
    ) -> None:
        self._repository, self._commits, self._path_at = repository, commits, lru_cache(None)(path_at)
        known = {commit.id: commit.number for commit in commits}
        paths = sorted({description_of(path) for path in map(self._path_at, numbers) if path})
        self._states: dict[str, list[tuple[int, str | None]]] = {path: [] for path in paths}
        for step in History(repository).steps(commits[0].id, paths) if paths else ():
            for path, change in step.files.items():
                self._states[path].append((known.get(step.commit.id, 0), change.new))
        self._read: dict[str, list[Json]] = {}

    def at(self, number: int) -> list[Json]:
        """The columns as of the commit of a number; none where the table was not there."""
        path = self._path_at(number)
        states = self._states.get(description_of(path), ()) if path else ()
        blob = next((blob for since, blob in states if since <= number), None)
        if blob is None:
            return []
        if blob not in self._read:
            self._read[blob] = self._columns(blob, path, number)
        return self._read[blob]

    def _columns(self, blob: str, path: str, number: int) -> list[Json]:
        try:
            return stored_columns(self._repository.read(blob))
        except DamagedContent as error:
            commit = self._commits[len(self._commits) - number].id
            raise damaged_at(commit, description_of(path), self._repository.root) from error


def description_of(path: str) -> str:
    """The `.json` beside a file of a table's rows, both relative to the mirror."""
    docs, folder, below = path.split("/", 2)
    part = part_of(below)
    return f"{docs}/{folder}/{part.stem if part else below}.json"


def by_id(columns: Sequence[Json]) -> Mapping[str, Json]:
    """Columns by their ids."""
    return {str(column.get("id")): column for column in columns}
