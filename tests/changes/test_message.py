from __future__ import annotations

import subprocess
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.changes.message import LONGEST_SUBJECT, commit_message, subject
from coda_git_mirror.format.manifest import Totals
from coda_git_mirror.model.changes import (
    Changes,
    ColumnChange,
    ColumnChanges,
    ColumnFacts,
    DocChange,
    Kind,
    PageChange,
    RowCounts,
    TableChange,
    ViewChange,
)
from coda_git_mirror.model.ledger import Problem
from tests.format.strategies import HOSTILE_NAMES, names, prop

TOTALS = Totals(docs=3, pages=40, tables=5, rows=1200, views=2, assets=7, problems=1)
PROBLEM = Problem("page", "Sales", "Notes", "Coda refuses the request")
BUDGET = ColumnChanges(
    (
        ColumnChange("c1", None, ColumnFacts("Budget", "currency")),
        ColumnChange("c2", ColumnFacts("Status", "text"), ColumnFacts("State", "text")),
    )
)
TRAILERS = "Coda-Docs: 3\nCoda-Pages: 40\nCoda-Tables: 5\nCoda-Rows: 1200\nCoda-Assets: 7\nCoda-Problems: 1\n"

numbers = st.integers(0, 3) | st.integers(0, 10**12)
kinds = st.sampled_from(Kind)
page_changes = st.builds(PageChange, kinds, names, names, st.none() | st.booleans())
facts = st.none() | st.builds(ColumnFacts, names, st.just("text"))
column_changes = st.builds(
    ColumnChanges, st.lists(st.builds(ColumnChange, st.just("c"), facts, facts), max_size=3).map(tuple)
)
row_counts = st.builds(RowCounts, numbers, numbers, numbers)
table_changes = st.builds(TableChange, kinds, names, row_counts, column_changes, names)
problems = st.lists(st.builds(Problem, st.just("page"), names, names, names), max_size=12).map(tuple)
doc_changes = st.builds(
    DocChange,
    kinds,
    names,
    st.just("docs/x"),
    st.lists(page_changes, max_size=4).map(tuple),
    st.lists(table_changes, max_size=4).map(tuple),
    st.lists(st.builds(ViewChange, kinds, names), max_size=4).map(tuple),
    numbers,
    numbers,
    names,
)
changes_of_any_kind = st.builds(Changes, st.lists(doc_changes, max_size=4).map(tuple), problems, problems)


def doc(name: str = "Doc", *changes: PageChange | TableChange, kind: Kind = Kind.CHANGED) -> DocChange:
    return DocChange(
        kind,
        name,
        "docs/doc",
        tuple(change for change in changes if isinstance(change, PageChange)),
        tuple(change for change in changes if isinstance(change, TableChange)),
    )


def page(kind: Kind, name: str = "Page") -> PageChange:
    return PageChange(kind, name)


def rows(added: int = 0, changed: int = 0, removed: int = 0) -> TableChange:
    return TableChange(Kind.CHANGED, "Tasks", RowCounts(added, changed, removed))


def trailers(message: str) -> str:
    return subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message.encode(), capture_output=True, check=True
    ).stdout.decode()


SAMPLE = Changes(
    (
        doc("Sales CRM", page(Kind.ADDED, "Plan"), page(Kind.CHANGED, "Notes"), page(Kind.CHANGED, "Weekly")),
        doc("Ideas", page(Kind.ADDED, "More"), *(page(Kind.CHANGED, f"Idea {number}") for number in range(3))),
        doc("Tasks", rows(changed=14)),
    )
)


def test_the_sample_of_the_format() -> None:
    assert subject(SAMPLE, first=False) == "Sync 3 docs: 2 pages added, 5 changed; 14 rows changed"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (Changes(), "Sync: settings and details"),
        (Changes(new_problems=(PROBLEM,)), "Sync: 1 new problem"),
        (Changes(new_problems=(PROBLEM,) * 2, solved_problems=(PROBLEM,)), "Sync: 2 new problems, 1 problem solved"),
        (Changes((doc("x", PageChange(Kind.CHANGED, "P", hidden=True)),)), "Sync 1 doc: 1 page hidden"),
        (Changes((doc("x", PageChange(Kind.CHANGED, "P", hidden=False)),)), "Sync 1 doc: 1 page shown again"),
        (Changes((doc(),)), "Sync 1 doc: details changed"),
        (Changes((doc("x", page(Kind.MOVED)),)), "Sync 1 doc: 1 page moved"),
        (Changes((doc("x", rows(1)),)), "Sync 1 doc: 1 row added"),
        (Changes((doc("x", rows(3, 2, 1)),)), "Sync 1 doc: 3 rows added, 2 changed, 1 removed"),
        (
            Changes((doc("x", TableChange(Kind.CHANGED, "T", columns=BUDGET)),)),
            "Sync 1 doc: 1 table changed",
        ),
        (
            Changes((doc("x", page(Kind.REMOVED), kind=Kind.REMOVED), doc("y"))),
            "Sync 2 docs: 1 doc removed; 1 page removed",
        ),
    ],
)
def test_the_subject_says_what_changed(changes: Changes, line: str) -> None:
    assert subject(changes, first=False) == line


def test_the_first_commit_says_that_it_is_the_first() -> None:
    assert subject(Changes((doc("x", page(Kind.ADDED)),)), first=True) == "Mirror 1 doc: 1 page added"


def test_the_body_has_a_paragraph_for_each_doc() -> None:
    changes = Changes(
        (
            doc(
                "Sales",
                page(Kind.ADDED, "Plan"),
                page(Kind.MOVED, "Notes"),
                page(Kind.ADDED, "Budget"),
                rows(1, 2),
                TableChange(Kind.ADDED, "Leads", RowCounts(added=3)),
                TableChange(Kind.CHANGED, "Deals", columns=BUDGET),
            ),
            doc("Gone", kind=Kind.REMOVED),
        )
    )
    assert commit_message(changes, TOTALS, first=False) == (
        "Sync 2 docs: 1 doc removed; 2 pages added, 1 moved; 2 tables; 6 rows\n"
        "\n"
        "Doc Sales, docs/doc\n"
        "  Pages added: Plan, Budget\n"
        "  Pages moved: Notes\n"
        "  Table Tasks: 1 row added, 2 changed\n"
        "  Table Leads: added, 3 rows added\n"
        "  Table Deals: column Budget added, column State (was Status) renamed\n"
        "\n"
        "Doc Gone (removed), docs/doc\n"
        "\n" + TRAILERS
    )


def test_the_body_names_views_and_counts_files() -> None:
    views = (ViewChange(Kind.CHANGED, "Open"), ViewChange(Kind.ADDED, "Mine"), ViewChange(Kind.CHANGED, "Late"))
    changed = DocChange(Kind.CHANGED, "Sales", "docs/sales", views=views, assets_added=2, assets_removed=1)
    assert commit_message(Changes((changed,)), TOTALS, first=False) == (
        "Sync 1 doc: 1 view added, 2 changed; 2 files added, 1 removed\n"
        "\n"
        "Doc Sales, docs/sales\n"
        "  Views added: Mine\n"
        "  Views changed: Open, Late\n"
        "  2 files added, 1 removed\n"
        "\n" + TRAILERS
    )


@pytest.mark.parametrize(
    ("added", "removed", "line"), [(1, 0, "1 file added"), (0, 1, "1 file removed"), (0, 3, "3 files removed")]
)
def test_files_are_counted_in_words(added: int, removed: int, line: str) -> None:
    changed = DocChange(Kind.CHANGED, "Sales", "docs/sales", assets_added=added, assets_removed=removed)
    assert f"\n  {line}\n\n" in commit_message(Changes((changed,)), TOTALS, first=False)


def test_many_views_are_named_in_part() -> None:
    views = tuple(ViewChange(Kind.ADDED, f"V{number}") for number in range(25))
    message = commit_message(Changes((DocChange(Kind.ADDED, "D", "docs/d", views=views),)), TOTALS, first=False)
    assert "V19 and 5 more\n" in message
    assert "V20" not in message


@prop
@given(changes_of_any_kind, st.booleans())
def test_the_subject_always_fits(changes: Changes, first: bool) -> None:
    line = subject(changes, first)
    assert 0 < len(line) <= LONGEST_SUBJECT
    assert len(line.splitlines()) == 1


@prop
@given(changes_of_any_kind)
def test_a_message_has_no_control_characters_and_ends_with_its_trailers(changes: Changes) -> None:
    message = commit_message(changes, TOTALS, first=False)
    categories = {unicodedata.category(character) for character in message.replace("\n", "")}
    assert not categories & {"Cc", "Cs", "Zl", "Zp"}
    assert message.endswith(f"\n\n{TRAILERS}")


@pytest.mark.parametrize(
    "batch",
    [HOSTILE_NAMES, ("--- a/file", "---\t", "Coda-Docs: 9\nCoda-Docs: 8", "#", "# x", "Signed-off-by: x", "")],
)
def test_git_reads_the_six_trailers_whatever_the_names(batch: tuple[str, ...]) -> None:
    items = [doc(name, page(Kind.ADDED, name), TableChange(Kind.ADDED, name)) for name in batch]
    docs = [replace(item, views=(ViewChange(Kind.ADDED, item.name),), assets_added=1) for item in items]
    assert trailers(commit_message(Changes(tuple(docs)), TOTALS, first=False)) == TRAILERS


@pytest.mark.parametrize("name", ["--- a/file", "---\t", "Coda-Docs: 9", "#", "\n\nCoda-Docs: 9\n"])
def test_git_reads_the_six_trailers_of_a_single_hostile_doc(name: str) -> None:
    assert trailers(commit_message(Changes((doc(name),)), TOTALS, first=False)) == TRAILERS


def test_ten_changes_are_told_one_by_one() -> None:
    changes = Changes(
        (
            replace(
                doc(
                    "Sales",
                    PageChange(Kind.MOVED, "Minutes", was="Notes"),
                    PageChange(Kind.CHANGED, "Plan", hidden=True),
                    PageChange(Kind.CHANGED, "Old plan", hidden=False),
                    page(Kind.ADDED, "Open, by date"),
                    page(Kind.ADDED, "Notes"),
                    page(Kind.ADDED, "Notes"),
                    replace(rows(14), was="To do"),
                ),
                was="CRM",
            ),
        ),
        (PROBLEM,),
        (replace(PROBLEM, item=""),),
    )
    assert commit_message(changes, TOTALS, first=False) == (
        "Sync 1 doc: 3 pages added, 1 moved, 1 hidden, 1 shown again; 14 rows\n"
        "\n"
        "Doc Sales (renamed from CRM), docs/doc\n"
        "  Pages added: “Open, by date”, Notes (2)\n"
        "  Pages moved: Minutes (was Notes)\n"
        "  Pages hidden: Plan\n"
        "  Pages shown again: Old plan\n"
        "  Table Tasks (was To do): 14 rows added\n"
        "\n"
        "Could not be read:\n"
        "  page Sales › Notes: Coda refuses the request\n"
        "\n"
        "Solved:\n"
        "  page Sales: Coda refuses the request\n"
        "\n" + TRAILERS
    )


def test_ten_thousand_changes_of_one_doc_are_told_by_number() -> None:
    pages = [page(Kind.CHANGED, f"Page {number}") for number in range(10_000)]
    message = commit_message(Changes((doc("Sales", *pages),), (PROBLEM,) * 30), TOTALS, first=False)
    assert message.startswith("Sync 1 doc: 10000 pages changed\n\nDoc Sales, docs/doc\n  Pages changed: Page 0, Page 1")
    assert "Page 19 and 9980 more\n" in message
    assert "  and 20 more\n" in message
    assert len(message.splitlines()) < 30


def test_ten_thousand_changes_of_many_docs_are_told_doc_by_doc() -> None:
    docs = [
        doc(f"Doc {number}", *(page(Kind.CHANGED, f"Page {n}") for n in range(40)), rows(9)) for number in range(50)
    ]
    message = commit_message(Changes(tuple(docs)), TOTALS, first=False)
    assert message.count("\n\nDoc Doc ") == 50
    assert message.count("Page 4 and 35 more\n") == 50
    docs = [replace(docs[0], name=f"Doc {number}") for number in range(250)]
    message = commit_message(Changes(tuple(docs)), TOTALS, first=False)
    told = message.count("\nDoc Doc ")
    assert 150 < told < 250
    assert "\nDoc Doc 7, docs/doc: 40 pages changed; 9 rows added\n" in message
    assert message.endswith(f"\nAnd {250 - told} more docs.\n\n{TRAILERS}")


def test_a_huge_sync_has_a_message_of_a_few_screens() -> None:
    items: list[PageChange | TableChange] = [
        *(page(Kind.ADDED, f"{number} long name " * 30) for number in range(500)),
        *(rows(1) for _ in range(500)),
    ]
    docs = [doc(f"Doc {number}", *items) for number in range(1_000)]
    message = commit_message(Changes(tuple(docs)), TOTALS, first=True)
    assert len(message) < 11_000
    told = message.count("\nDoc Doc ")
    assert told > 100
    assert message.endswith(f"\nAnd {1_000 - told} more docs.\n\n{TRAILERS}")
