from __future__ import annotations

from pathlib import Path

import pytest

from coda_git_mirror.state.conflicts import CONFLICTS, Conflict, Conflicts, mark_of

FIRST = Conflict("i-1", "c-1", mark_of("wanted"), "abc")
ROW = Conflict("i-2", "", mark_of(""), "abc")


def test_conflicts_are_noted_by_table_until_they_are_settled(tmp_path: Path) -> None:
    conflicts = Conflicts(tmp_path)
    conflicts.note("grid-1", [("i-1", "c-1"), ("i-2", "")], [ROW, FIRST])
    conflicts.note("grid-2", [], [FIRST])
    assert Conflicts(tmp_path).of("grid-1") == [FIRST, ROW]
    again = FIRST._replace(base="def")
    conflicts.note("grid-1", [("i-1", "c-1")], [again])
    assert conflicts.of("grid-1") == [again, ROW]
    conflicts.note("grid-1", [("i-1", "c-1"), ("i-2", "")], [])
    assert (conflicts.of("grid-1"), conflicts.of("grid-2")) == ([], [FIRST])


def test_nothing_is_written_where_nothing_is_to_be_noted(tmp_path: Path) -> None:
    Conflicts(tmp_path).note("grid-1", [("i-1", "c-1")], [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"grid-1": 5}', b'{"grid-1": [["i-1"]]}', b"\xff"])
def test_a_note_that_is_not_whole_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CONFLICTS).write_bytes(content)
    assert Conflicts(tmp_path).of("grid-1") == []
    Conflicts(tmp_path).note("grid-1", [], [FIRST])
    assert Conflicts(tmp_path).of("grid-1") == [FIRST]
