"""The pages of a doc as the tree of the sidebar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from coda_git_mirror.model.content import Page


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
    by_id = {page.id: page for page in pages}
    below: dict[str | None, list[Page]] = {None: []}
    for page in by_id.values():
        below.setdefault(page.parent if page.parent in by_id else None, []).append(page)
    placed: set[str] = set()

    def node(page: Page) -> PageNode:
        placed.add(page.id)
        rank = {child: position for position, child in enumerate(page.children)}
        children = sorted(below.get(page.id, []), key=lambda child: rank.get(child.id, len(rank)))
        return PageNode(page, tuple([node(child) for child in children if child.id not in placed]))

    top = [node(page) for page in below[None]]
    top += [node(page) for page in by_id.values() if page.id not in placed]
    return tuple(top)


def walk_pages(tree: Iterable[PageNode]) -> Iterator[PageNode]:
    """Every node of the tree in sidebar order, parents before their subpages."""
    for node in tree:
        yield from node.walk()
