"""A file that is applied again elsewhere: no clone writes over what was a conflict (into-coda.md, Plan)."""

from __future__ import annotations

from pathlib import Path

import pytest

from coda_git_mirror.changes.trailers import KeptCell, kept_cells
from tests.actions.ledgers import clone
from tests.commands.applying import INSTANTS, Desk, applied_amid_an_edit, desk, edit, plain_world


def elsewhere(at: Desk, name: str = "elsewhere") -> Desk:
    """Another computer with a fresh clone of the mirror."""
    folder = at.folder / name
    folder.mkdir()
    clone(at.folder / "m", folder / "m")
    return Desk(at.coda, folder)


def test_what_was_a_conflict_is_one_in_any_clone_until_it_is_as_wanted(tmp_path: Path) -> None:
    with desk(tmp_path, plain_world) as at:
        rows = at.tasks.rows
        file = edit(at.copy(), lambda lines: (lines[0].update(Points="8"), lines[1].update(Points="9"), lines.pop(5)))
        rows[0].set("Points", 77)
        rows[5].set("Points", 55)
        told = at.apply(file, "--apply", "--delete-missing", code=3)
        assert [each["kind"] for each in told["held"]] == ["conflict", "conflict"]
        there = elsewhere(at)
        told = there.apply(file, "--apply", "--delete-missing", code=1)
        assert [each["kind"] for each in told["held"]] == ["conflict", "conflict"]
        assert [row.get("Points") for row in rows[:6]] == [77, 9, 2, 3, 4, 55]
        told = there.apply(file, "--apply", "--overwrite-newer")
        assert [each["becomes"] for each in told["updates"]] == ["8"]
        rows[0].set("Points", 0)
        assert there.apply(file, "--apply")["updates"] == []
        assert elsewhere(there).apply(file, "--apply")["updates"] == []
        assert rows[0].get("Points") == 0


@pytest.mark.parametrize("when", INSTANTS)
def test_an_edit_that_came_while_it_wrote_is_not_written_over_by_a_clone(tmp_path: Path, when: str) -> None:
    with desk(tmp_path, plain_world) as at:
        file, row = applied_amid_an_edit(at, when)
        told = elsewhere(at).apply(file, "--apply", code=1)
        assert ([each["kind"] for each in told["held"]], row.get("Points")) == (["conflict"], 77)


def test_what_was_no_conflict_is_written_by_any_clone(tmp_path: Path) -> None:
    """The commits of a write are states like others, from which somebody makes a file."""
    with desk(tmp_path, plain_world) as at:
        rows = at.tasks.rows
        rows[3].set("Points", 33)
        at.apply(edit(at.copy(), lambda lines: lines[0].update(Points="8")), "--apply")
        there = elsewhere(at)
        told = there.apply(edit(there.copy(), lambda lines: lines[3].update(Points="3")), "--apply")
        assert [(each["was"], each["becomes"], each["outcome"]) for each in told["updates"]] == [("33", "3", "applied")]


@pytest.mark.parametrize("column", ["c-1", ""])
def test_the_line_that_tells_of_a_cell(column: str) -> None:
    cell = KeptCell("grid-ö 1", "i-%\n", column, "0" * 40, "abc")
    assert list(kept_cells(f"Sync\n\nCoda-Docs: 1\n{cell.trailer}\n")) == [cell]
    assert list(kept_cells(f"{cell.trailer}\n\nCoda-Docs: 1\nCoda-Cell-Kept: too few\n")) == []
