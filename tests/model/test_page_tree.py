from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given

from coda_git_mirror.model.content import Page
from coda_git_mirror.model.page_tree import DEEPEST, PageNode, page_tree, walk_pages
from tests.format.strategies import chain, page_lists, prop


def shape(nodes: Iterable[PageNode]) -> list[object]:
    """The tree as ids, a list behind each page that has subpages."""
    shown: list[object] = []
    for node in nodes:
        shown += [node.page.id, shape(node.subpages)] if node.subpages else [node.page.id]
    return shown


def page(page_id: str, parent: str | None = None, *children: str) -> Page:
    return Page(page_id, page_id, parent=parent, children=children)


def test_siblings_stand_as_their_parent_lists_them_and_then_as_the_listing_has_them() -> None:
    pages = [page("d", "a"), page("b", "a"), page("a", None, "c", "b"), page("e", "a"), page("c", "a"), page("top")]
    assert shape(page_tree(pages)) == ["a", ["c", "b", "d", "e"], "top"]


def test_a_page_whose_parent_is_not_listed_becomes_a_top_page() -> None:
    assert shape(page_tree([page("a", "nowhere", "b"), page("b", "a")])) == ["a", ["b"]]


def test_children_that_name_another_parent_stay_with_that_parent() -> None:
    assert shape(page_tree([page("a", None, "c"), page("b"), page("c", "b")])) == ["a", "b", ["c"]]


def test_a_page_below_itself_becomes_a_top_page() -> None:
    assert shape(page_tree([page("a", "a", "a"), page("b")])) == ["a", "b"]


def test_one_page_of_a_circle_becomes_a_top_page_and_the_others_stay_below_their_parents() -> None:
    pages = [page("tail", "a"), page("a", "c"), page("b", "a"), page("c", "b"), page("z")]
    assert shape(page_tree(pages)) == ["a", ["tail", "b", ["c"]], "z"]


def test_a_page_listed_twice_stands_once() -> None:
    assert shape(page_tree([page("a"), page("b"), page("a")])) == ["a", "b"]


def test_pages_nested_beyond_reason_stand_beside_their_parent_in_order() -> None:
    tree = page_tree(chain(2_000))
    assert [node.page.id for node in walk_pages(tree)] == [f"p{number}" for number in range(2_000)]
    deepest = tree
    for _ in range(DEEPEST - 1):
        deepest = deepest[0].subpages
    assert len(deepest[0].subpages) == 2_000 - DEEPEST
    assert not any(node.subpages for node in deepest[0].subpages)


@prop
@given(page_lists())
def test_every_page_stands_exactly_once(pages: list[Page]) -> None:
    walked = [node.page.id for node in walk_pages(page_tree(pages))]
    assert sorted(walked) == sorted(page.id for page in pages)


@prop
@given(page_lists())
def test_only_pages_without_a_listed_parent_or_in_a_circle_are_moved_to_the_top(pages: list[Page]) -> None:
    known = {page.id: page for page in pages}
    for node in page_tree(pages):
        assert node.page.parent not in known or in_circle(node.page, known)


def in_circle(page: Page, known: dict[str, Page]) -> bool:
    ancestor = known.get(page.parent or "")
    for _ in known:
        if ancestor is None or ancestor is page:
            break
        ancestor = known.get(ancestor.parent or "")
    return ancestor is page
