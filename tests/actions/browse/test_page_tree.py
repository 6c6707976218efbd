"""The tree of pages, with what is gone where it was."""

from __future__ import annotations

from coda_git_mirror.actions.browse.docs import TreePage, page_tree
from coda_git_mirror.format.metadata import NOTHING_STORED
from coda_git_mirror.model.looking import ItemState


def _page(item: str, parent: str | None = None, position: int = 0, died: int | None = None) -> ItemState:
    return ItemState("d", item, "page", item, "", parent, position, 1, died)


def _ids(tree: tuple[TreePage, ...]) -> list[object]:
    return [[page.id, *_ids(page.subpages)] for page in tree]


def test_pages_stand_below_their_parents_in_their_order() -> None:
    states = [_page("c", "a", 2), _page("a", None, 5), _page("b", "a", 1), _page("z", None, 0)]
    assert _ids(page_tree(states, NOTHING_STORED, {})) == [["z"], ["a", ["b"], ["c"]]]


def test_what_is_gone_stands_where_it_was() -> None:
    states = [_page("a"), _page("b", "a", 1), _page("gone", "a", 1, died=2), _page("orphan", "gone-too", 3, died=2)]
    assert _ids(page_tree(states, NOTHING_STORED, {})) == [["a", ["b"], ["gone"]], ["orphan"]]


def test_a_very_deep_tree_needs_no_deep_stack() -> None:
    states = [_page("p0"), *(_page(f"p{n}", f"p{n - 1}") for n in range(1, 3_000))]
    tree, depth = page_tree(states, NOTHING_STORED, {}), 0
    while tree:
        (page,) = tree
        tree, depth = page.subpages, depth + 1
    assert depth == 3_000
