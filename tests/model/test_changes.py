from __future__ import annotations

from coda_git_mirror.model.changes import Changes, DocChange, Kind, PageChange, RowCounts, TableChange, count


def test_changes_add_up_over_docs() -> None:
    sales = DocChange(
        Kind.CHANGED,
        "Sales",
        "docs/sales",
        pages=(PageChange(Kind.ADDED, "New"),),
        tables=(TableChange(Kind.CHANGED, "Tasks", RowCounts(1, 2, 3)),),
    )
    ideas = DocChange(Kind.ADDED, "Ideas", "docs/ideas", tables=(TableChange(Kind.ADDED, "Ideas", RowCounts(added=5)),))
    changes = Changes((sales, ideas))
    assert changes.rows == RowCounts(6, 2, 3)
    assert count(changes.pages, Kind.ADDED) == 1
    assert count(changes.tables, Kind.CHANGED) == 1


def test_no_rows_changed_is_nothing() -> None:
    assert not RowCounts()
    assert RowCounts(removed=1)
