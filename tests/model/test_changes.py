from __future__ import annotations

from coda_git_mirror.model.changes import (
    Changes,
    DocChange,
    Kind,
    PageChange,
    RowCounts,
    TableChange,
    ViewChange,
    count,
)


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


def test_views_and_files_add_up_over_docs() -> None:
    views = (ViewChange(Kind.ADDED, "Open"), ViewChange(Kind.REMOVED, "Late"))
    docs = (
        DocChange(Kind.CHANGED, "Sales", "docs/sales", views=views, assets_added=2, assets_removed=5),
        DocChange(Kind.ADDED, "Ideas", "docs/ideas", assets_added=3),
    )
    assert Changes(docs).assets_added == 5
    assert count(docs[0].views, Kind.REMOVED) == 1
    assert not list(Changes(docs).tables)


def test_no_rows_changed_is_nothing() -> None:
    assert not RowCounts()
    assert RowCounts(removed=1)
