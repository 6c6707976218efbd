"""The index of a mirror's past, over histories made in memory."""

from __future__ import annotations

import pytest

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
from coda_git_mirror.model.content import Page
from tests.actions.past import Past
from tests.changes.trees import Content, Grid


def opened(past: Past) -> Index:
    return Index.open(Repository.open(past.folder), lambda _: None)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    past = Past(tmp_path_factory.mktemp("past") / "mirror")
    page, sub = Page("p1", "Notes"), Page("p2", "Weekly", parent="p1")
    table = Grid("t1", "Tasks", ("Task", "State"), {"i-1": ("Ship it", "open"), "i-2": ("Draft", "done")})
    past.sync(Content("d1", "Sales", {page: "Alpha beta\n\nGamma delta\n", sub: "Refunds within 30 days\n"}, (table,)))
    renamed = Page("p1", "Policy")
    past.sync(
        Content("d1", "Sales", {renamed: "Alpha beta\n\nGamma delta\n", sub: "Refunds within 30 days\n"}, (table,))
    )
    table2 = Grid("t1", "Tasks", ("Task", "State"), {"i-1": ("Ship it", "closed")})
    past.sync(Content("d1", "CRM", {renamed: "Alpha beta\nNew line\n"}, (table2,)))
    past.sync(Content("d2", "Other", {Page("p9", "Lonely"): "Café 東京都\n"}))
    return past


def test_a_first_look(past: Past) -> None:
    index = opened(past)
    assert len(index.commits()) == 4
    assert [state.name for state in index.items_at(1)] == ["Sales"]
    assert [state.name for state in index.items_at(1, "d1")] == ["Notes", "Weekly", "Tasks"]
    assert [state.name for state in index.gone_before(3, "d1")] == ["Weekly"]
    assert [state.name for state in index.gone_before(4)] == ["CRM"]
    assert [(v.commit.number, v.what, v.is_gone) for v in index.versions("d1", "p1")] == [
        (4, "removed", True),
        (3, "1 line changed", False),
        (2, "renamed from Notes", False),
        (1, "added", False),
    ]
    assert [(v.commit.number, v.what) for v in index.versions("d1", "t1")] == [
        (4, "removed"),
        (3, "1 row changed, 1 removed"),
        (1, "added"),
    ]
    lives = index.row_lives("d1", "t1", "i-1")
    assert [(life.born.number, life.died and life.died.number) for life in lives] == [(3, 4), (1, 3)]
    (hit,) = index.search("refund", "ever")
    assert (hit.name, hit.text, hit.born.number, hit.last.number) == ("Weekly", "Refunds within 30 days", 1, 2)
    assert index.search("refund", "now") == []
    (hit,) = index.search("ship", "ever")
    assert (hit.kind, hit.name, hit.row, hit.born.number, hit.last.number) == ("row", "Ship it", "i-1", 1, 3)
    assert [hit.text for hit in index.search("cafe", "now")] == ["Café 東京都"]
    assert [hit.text for hit in index.search("京", "now")] == ["Café 東京都"]
    assert [hit.name for hit in index.search("notes", "ever")] == ["Notes"]
