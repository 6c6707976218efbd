"""What columns a table had at each revision: what its lines of JSONL say then, they say by these."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from coda_git_mirror.actions.held import damaged
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.table_parts import part_of
from coda_git_mirror.format.tables import stored_columns
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.looking import IndexedCommit


class ColumnsOverTime:
    """The columns of a table as the `.json` beside the given files of its rows had them; one walk through git."""

    def __init__(self, repository: Repository, commits: Sequence[IndexedCommit], record_paths: Collection[str]) -> None:
        self._repository = repository
        numbers = {commit.id: commit.number for commit in commits}
        paths = sorted({description_of(path) for path in record_paths})
        self._states: dict[str, list[tuple[int, str | None]]] = {path: [] for path in paths}
        for step in History(repository).steps(commits[0].id, paths) if commits and paths else ():
            for path, change in step.files.items():
                self._states[path].append((numbers.get(step.commit.id, 0), change.new))
        self._read: dict[str, list[Json]] = {}

    def at(self, number: int, record_path: str) -> list[Json]:
        """The columns as of the commit of a number; none where the file was not there."""
        states = self._states.get(description_of(record_path), ())
        blob = next((blob for since, blob in states if since <= number), None)
        if blob is None:
            return []
        if blob not in self._read:
            self._read[blob] = self._columns(blob, record_path)
        return self._read[blob]

    def _columns(self, blob: str, record_path: str) -> list[Json]:
        try:
            return stored_columns(self._repository.read(blob))
        except DamagedContent as error:
            raise damaged(description_of(record_path), CommittedTree(self._repository, None)) from error


def description_of(record_path: str) -> str:
    """The `.json` beside a file of rows, both relative to the mirror."""
    docs, folder, below = record_path.split("/", 2)
    part = part_of(below)
    return f"{docs}/{folder}/{part.stem if part else below}.json"


def names_by_id(columns: Sequence[Json]) -> Mapping[str, Json]:
    """Columns by their ids."""
    return {str(column.get("id")): column for column in columns}
