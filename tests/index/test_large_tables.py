"""Tables too large to be indexed unasked: their rows are not searched before somebody has asked for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
from tests.index.pasts import ADoc, files_of, write_past
from tests.index.test_increments import silent

LARGE = {f"i-large-{number}": "x" * 1_000_000 for number in range(6)}
ROW = "i-1"


def _states(more: dict[str, str]) -> Iterator[dict[str, bytes]]:
    """A row that changes, goes and comes back while its table is renamed, removed and made again."""
    for name, table, row in [
        ("Sales", "Tasks", "seen one"), ("Sales", "Tasks", "seen two"), ("Sales", "To do", "seen two"),
        ("CRM", "To do", "seen two"), ("CRM", "To do", ""), ("CRM", "To do", "seen three"), ("CRM", "", ""),
        ("CRM", "Tasks", "seen three"), ("CRM", "Tasks", "seen four"),
    ]:  # fmt: skip
        yield files_of({"d1": ADoc(name, {}, table, {**more, **({ROW: row} if row else {})})})


@pytest.fixture(scope="module")
def indices(tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, Index]:
    """The same past with a small table and with a large one."""
    folders = [tmp_path_factory.mktemp("large") / "mirror" for _ in range(2)]
    for folder, more in zip(folders, ({}, LARGE), strict=True):
        write_past(Path(folder), list(_states(more)))
    small, large = (Index.open(Repository.open(folder), silent) for folder in folders)
    return small, large


def test_rows_are_known_once_they_are_asked_for(indices: tuple[Index, Index]) -> None:
    small, large = indices
    numbers = [[each.commit.number for each in index.versions("d1", "t1")] for index in indices]
    assert numbers[1] == numbers[0]
    assert [hit.row for hit in small.search("seen", "now")] == [ROW]
    assert small.not_searched("ever") == []
    assert large.search("seen", "ever") == []
    assert [[state.name for state in large.not_searched(when)] for when in ("now", "ever")] == [["Tasks"], ["Tasks"]]
    assert large.search("to do", "ever")
    lives = [
        [
            (life.text, life.path, life.born.number, life.died and life.died.number)
            for life in index.row_lives("d1", "t1", ROW)
        ]
        for index in indices
    ]
    assert lives[1] == lives[0]
    assert len(lives[0]) > 4
    assert large.not_searched("ever") == []
    hits = [[(hit.text, hit.born.number, hit.last.number) for hit in index.search("seen", "ever")] for index in indices]
    assert hits[1] == hits[0]
    versions = [[(each.commit.number, each.what) for each in index.versions("d1", "t1")] for index in indices]
    assert versions[1] == versions[0]
