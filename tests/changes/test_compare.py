from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from coda_git_mirror.changes.columns import column_facts
from coda_git_mirror.changes.compare import compare
from coda_git_mirror.changes.trees import EmptyTree
from coda_git_mirror.format import layout
from coda_git_mirror.model.changes import (
    Changes,
    ColumnChange,
    ColumnChanges,
    DocChange,
    Kind,
    PageChange,
    RowCounts,
    TableChange,
    ViewChange,
)
from coda_git_mirror.model.content import Page
from coda_git_mirror.model.ledger import Problem
from tests.changes.trees import Content, Grid, MemoryTree, tree

NOTES = Page("notes", "Notes")
WEEKLY = Page("weekly", "Weekly", parent="notes")
FIRST = Page("first", "First", parent="weekly")
PLAN = Page("plan", "Plan")
HIDDEN = replace(PLAN, raw={"isHidden": True})
PAGES = {NOTES: "n", WEEKLY: "w", FIRST: "f", PLAN: "p"}
TASKS = Grid("t", "Tasks", ("A", "B"), {"r1": (1, "x"), "r2": (2, "y")})
SALES = Content("d", "Sales", PAGES, (TASKS,))


def changed(old: Content, new: Content) -> DocChange:
    [change] = compare(tree(old), tree(new)).docs
    return change


def pages(old: Content, new: Content) -> set[tuple[Kind, str]]:
    return {(page.kind, page.name) for page in changed(old, new).pages}


def tables(old: Content, new: Content) -> tuple[TableChange, ...]:
    return changed(old, new).tables


def with_grid(grid: Grid) -> Content:
    return replace(SALES, grids=(grid,))


def renamed(old: Page, name: str) -> Content:
    return replace(
        SALES, pages={replace(page, name=name) if page is old else page: text for page, text in PAGES.items()}
    )


def test_the_same_state_twice_has_no_changes() -> None:
    assert compare(tree(SALES), tree(SALES)) == Changes()
    assert compare(EmptyTree(), EmptyTree()) == Changes()


def test_everything_is_new_in_the_first_mirror() -> None:
    [doc] = compare(EmptyTree(), tree(SALES)).docs
    assert doc == DocChange(
        Kind.ADDED,
        "Sales",
        "docs/sales",
        tuple(PageChange(Kind.ADDED, name) for name in ("Notes", "Weekly", "First", "Plan")),
        (TableChange(Kind.ADDED, "Tasks", RowCounts(added=2)),),
    )


def test_everything_of_a_doc_that_went_is_removed() -> None:
    [doc] = compare(tree(SALES, Content("e", "Else")), tree(Content("e", "Else"))).docs
    assert (doc.kind, doc.folder) == (Kind.REMOVED, "docs/sales")
    assert {page.kind for page in doc.pages} == {Kind.REMOVED}
    assert doc.tables == (TableChange(Kind.REMOVED, "Tasks", RowCounts(removed=2)),)


def test_pages_added_changed_and_removed() -> None:
    new = replace(SALES, pages={NOTES: "edited", WEEKLY: "w", FIRST: "f", Page("new", "New"): ""})
    assert pages(SALES, new) == {(Kind.CHANGED, "Notes"), (Kind.ADDED, "New"), (Kind.REMOVED, "Plan")}


def test_subpages_go_along_with_a_page_that_was_renamed() -> None:
    new = renamed(NOTES, "Minutes")
    assert changed(SALES, new).pages == (PageChange(Kind.MOVED, "Minutes", was="Notes"),)


def test_a_page_with_another_parent_moved_and_its_subpages_went_along() -> None:
    new = replace(SALES, pages={NOTES: "n", replace(WEEKLY, parent="plan"): "w", FIRST: "f", PLAN: "p"})
    assert pages(SALES, new) == {(Kind.MOVED, "Weekly")}


def test_a_page_whose_title_alone_changed_has_changed() -> None:
    assert pages(SALES, renamed(PLAN, "plan!")) == {(Kind.CHANGED, "plan!")}


def test_nothing_of_a_renamed_doc_counts_as_moved() -> None:
    change = changed(SALES, replace(SALES, name="Marketing"))
    assert change == DocChange(Kind.MOVED, "Marketing", "docs/marketing", was="Sales")


def test_a_page_that_is_read_at_last_is_new_and_one_never_read_is_nothing() -> None:
    unread = replace(SALES, missing=frozenset({"plan"}))
    assert pages(unread, SALES) == {(Kind.ADDED, "Plan")}
    assert pages(unread, replace(unread, pages={**PAGES, NOTES: "edited"})) == {(Kind.CHANGED, "Notes")}


def test_rows_added_changed_and_removed() -> None:
    new = with_grid(replace(TASKS, rows={"r2": (2, "edited"), "r3": (3, "z"), "r4": (4, "z")}))
    assert tables(SALES, new) == (TableChange(Kind.CHANGED, "Tasks", RowCounts(added=2, changed=1, removed=1)),)


def test_a_renamed_table_moved() -> None:
    assert tables(SALES, with_grid(replace(TASKS, name="To do"))) == (TableChange(Kind.MOVED, "To do", was="Tasks"),)
    assert tables(SALES, with_grid(replace(TASKS, name="TASKS"))) == (TableChange(Kind.CHANGED, "TASKS", was="Tasks"),)


def test_a_table_on_another_page_has_not_moved() -> None:
    assert tables(SALES, with_grid(replace(TASKS, raw={"parent": {"id": "plan"}}))) == ()


def test_a_column_added_is_a_change_of_columns_and_of_no_row() -> None:
    old = with_grid(replace(TASKS, rows={}))
    new = with_grid(replace(TASKS, columns=("C", "A", "B"), rows={}))
    added = ColumnChange("c-C", None, column_facts({"name": "C"}))
    assert tables(old, new) == (
        TableChange(Kind.CHANGED, "Tasks", columns=ColumnChanges((added,), ("c-C", "c-A", "c-B"))),
    )


def test_a_page_that_is_hidden_or_shown_again() -> None:
    hidden = replace(SALES, pages={(HIDDEN if page is PLAN else page): text for page, text in PAGES.items()})
    assert changed(SALES, hidden).pages == (PageChange(Kind.CHANGED, "Plan", hidden=True),)
    assert changed(hidden, SALES).pages == (PageChange(Kind.CHANGED, "Plan", hidden=False),)
    assert changed(SALES, replace(hidden, pages={})).pages[0] == PageChange(Kind.REMOVED, "Notes")


def test_a_table_read_at_last_is_new_with_all_its_rows() -> None:
    unread = replace(SALES, missing=frozenset({"t"}))
    assert tables(unread, SALES) == (TableChange(Kind.ADDED, "Tasks", RowCounts(added=2)),)


OPEN = Grid("v", "Open", ("A", "B"), {"r2": (2, "y"), "r1": (1, "x")})
VIEWED = replace(SALES, views=(OPEN,))


def with_view(**changes: Any) -> Content:
    return replace(SALES, views=(replace(OPEN, **changes),))


def test_views_added_and_removed() -> None:
    assert changed(SALES, VIEWED).views == (ViewChange(Kind.ADDED, "Open"),)
    assert changed(VIEWED, SALES).views == (ViewChange(Kind.REMOVED, "Open"),)
    assert changed(VIEWED, SALES).tables == ()


@pytest.mark.parametrize(
    "rows", [{"r1": (1, "x"), "r2": (2, "y")}, {"r2": (2, "y")}, {"r2": (2, "edited"), "r1": (1, "x")}]
)
def test_a_view_that_shows_other_rows_or_another_order_has_changed(rows: dict[str, Any]) -> None:
    assert changed(VIEWED, with_view(rows=rows)).views == (ViewChange(Kind.CHANGED, "Open"),)


def test_a_renamed_view_moved() -> None:
    assert changed(VIEWED, with_view(name="Closed")).views == (ViewChange(Kind.MOVED, "Closed", was="Open"),)


def test_a_view_on_another_page_has_not_moved() -> None:
    assert changed(VIEWED, with_view(raw={"parent": {"id": "plan"}})).views == ()


def test_a_view_read_at_last_is_new() -> None:
    unread = replace(VIEWED, missing=frozenset({"v"}))
    assert changed(unread, VIEWED).views == (ViewChange(Kind.ADDED, "Open"),)
    assert changed(SALES, unread).views == ()


def test_rows_of_a_view_are_no_rows_of_their_own() -> None:
    assert changed(SALES, VIEWED).tables == ()
    assert compare(tree(SALES), tree(VIEWED)).rows == RowCounts()


def test_files_added_and_removed() -> None:
    old, new = replace(SALES, assets=frozenset({"bl-1", "bl-2"})), replace(SALES, assets=frozenset({"bl-2", "bl-3"}))
    assert (changed(SALES, old).assets_added, changed(SALES, old).assets_removed) == (2, 0)
    assert (changed(old, new).assets_added, changed(old, new).assets_removed) == (1, 1)
    assert compare(EmptyTree(), tree(old)).assets_added == 2
    assert compare(tree(old), EmptyTree()).docs[0].assets_removed == 2


def test_a_page_whose_html_alone_changed_has_changed() -> None:
    old, new = replace(SALES, html={"plan": "<p>old"}), replace(SALES, html={"plan": "<p>new"})
    assert pages(old, new) == {(Kind.CHANGED, "Plan")}
    assert compare(tree(old), tree(old)) == Changes()


def test_a_page_that_gets_or_loses_a_format_has_changed() -> None:
    both = replace(SALES, html={"plan": "<p>"})
    assert pages(SALES, both) == pages(both, SALES) == {(Kind.CHANGED, "Plan")}


def test_docs_are_told_by_folder_and_unchanged_ones_not_at_all() -> None:
    old = tree(SALES, Content("b", "Beta"), Content("c", "Gamma"))
    new = tree(Content("c", "Gamma"), SALES, Content("a", "Alpha"))
    assert [(doc.kind, doc.name) for doc in compare(old, new).docs] == [(Kind.ADDED, "Alpha"), (Kind.REMOVED, "Beta")]


def test_problems_that_come_and_go_are_a_change() -> None:
    problem = Problem("page", "Sales", "Notes", "export failed")
    assert compare(tree(SALES), tree(SALES, problems=(problem,))) == Changes(new_problems=(problem,))
    assert compare(tree(SALES, problems=(problem,)), tree(SALES)) == Changes(solved_problems=(problem,))
    assert compare(tree(SALES, problems=(problem,)), tree(SALES, problems=(problem,))) == Changes()


def test_a_state_that_is_no_sound_mirror_is_refused() -> None:
    with pytest.raises(ValueError, match="not a manifest"):
        compare(MemoryTree({layout.MANIFEST: b"[]"}), tree(SALES))
