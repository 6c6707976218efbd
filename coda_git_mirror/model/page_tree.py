"""The pages of a doc as the tree of the sidebar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from coda_git_mirror.model.content import Page

DEEPEST = 100
"""Levels below the top pages; subpages beyond stand beside their parent, so that no reader of a tree runs out of stack.

No lawful path is as deep, so that this moves no file.
"""


@dataclass(frozen=True)
class PageNode:
    page: Page
    subpages: tuple[PageNode, ...]

    def walk(self) -> Iterator[PageNode]:
        """This node and all below it, in sidebar order."""
        yield self
        for subpage in self.subpages:
            yield from subpage.walk()


def page_tree(pages: Iterable[Page]) -> tuple[PageNode, ...]:
    """The top pages with their subpages in sidebar order, every page exactly once.

    Siblings stand as their parent's `children` lists them, then as the listing has them. A page whose parent is
    not listed becomes a top page; so does one page of a circle, should Coda ever describe one.
    """
    waiting: list[list[PageNode]] = [[] for _ in range(DEEPEST + 2)]
    for page, depth in reversed(tuple(_in_sidebar_order(pages))):
        subpages = tuple(reversed(waiting[depth + 1]))
        waiting[depth + 1].clear()
        waiting[depth].append(PageNode(page, subpages))
    return tuple(reversed(waiting[0]))


def walk_pages(tree: Iterable[PageNode]) -> Iterator[PageNode]:
    """Every node of the tree in sidebar order, parents before their subpages."""
    for node in tree:
        yield from node.walk()


def _in_sidebar_order(pages: Iterable[Page]) -> Iterator[tuple[Page, int]]:
    """Each page with its depth, parents before their subpages."""
    below = _by_parent({page.id: page for page in pages})
    waiting = [(page, 0) for page in reversed(below[None])]
    while waiting:
        page, depth = waiting.pop()
        yield page, depth
        waiting += [(subpage, min(depth + 1, DEEPEST)) for subpage in reversed(below.get(page.id, []))]


def _by_parent(by_id: Mapping[str, Page]) -> dict[str | None, list[Page]]:
    below: dict[str | None, list[Page]] = {None: []}
    for page_id, parent in _parents(by_id).items():
        below.setdefault(parent, []).append(by_id[page_id])
    for parent, siblings in below.items():
        if parent is not None:
            siblings.sort(key=_rank(by_id[parent]))
    return below


def _rank(parent: Page) -> Callable[[Page], int]:
    ranks = {child: position for position, child in enumerate(parent.children)}
    return lambda page: ranks.get(page.id, len(ranks))


def _parents(by_id: Mapping[str, Page]) -> dict[str, str | None]:
    """Each page's parent, None for top pages; a circle is cut at that page of it which is reached first."""
    parents = {page.id: page.parent if page.parent in by_id else None for page in by_id.values()}
    rooted: set[str | None] = {None}
    for page_id in by_id:
        way: set[str | None] = set()
        ancestor: str | None = page_id
        while ancestor is not None and ancestor not in rooted and ancestor not in way:
            way.add(ancestor)
            ancestor = parents[ancestor]
        if ancestor is not None and ancestor in way:
            parents[ancestor] = None
        rooted |= way
    return parents
