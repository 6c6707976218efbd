"""A page of the simulated account and what can be done to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coda_git_mirror.demo.blocks import Block, Raw
from coda_git_mirror.demo.cells import Person

if TYPE_CHECKING:
    from coda_git_mirror.demo.world import Blob, Doc


def slug(name: str) -> str:
    """A name as Coda writes it into its browser links."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")


@dataclass(frozen=True)
class Icon:
    """The picture beside a page's name."""

    name: str
    mime_type: str = "image/png"


@dataclass(eq=False, repr=False)
class Page:
    """A page; `content_type` is `canvas`, `embed`, `syncPage` or `table`, of which only `canvas` exports.

    `dated=False` leaves the optional timestamps and authors out; `export_error` makes every export of the page fail.
    """

    doc: Doc
    id: str
    name: str
    tail: str
    created_at: str
    updated_at: str
    author: Person
    parent: Page | None = None
    children: list[Page] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    content_type: str = "canvas"
    subtitle: str | None = None
    icon: Icon | None = None
    cover: Blob | None = None
    hidden: bool = False
    dated: bool = True
    export_error: str | None = None

    @property
    def link(self) -> str:
        """The page's address in a browser, as content written now would mention it."""
        return f"https://coda.io/d/{slug(self.doc.name)}_d{self.doc.id}/{slug(self.name)}_su{self.tail}"

    @property
    def effectively_hidden(self) -> bool:
        return self.hidden or (self.parent is not None and self.parent.effectively_hidden)

    def tree(self) -> Iterator[Page]:
        """This page and all below it, in sidebar order."""
        yield self
        for child in self.children:
            yield from child.tree()

    def write(self, *blocks: Block, markdown: str | None = None) -> None:
        """Replaces the content, by blocks or by verbatim Markdown."""
        self.edited()
        self.blocks = list(blocks) if markdown is None else [Raw(markdown)]

    def append(self, *blocks: Block) -> None:
        """Adds content at the end."""
        self.edited()
        self.blocks = [*self.blocks, *blocks]

    def rename(self, name: str) -> None:
        self.edited()
        self.name = name

    def hide(self, hidden: bool = True) -> None:
        self.edited()
        self.hidden = hidden

    def move(self, parent: Page | None, index: int | None = None) -> None:
        """Puts the page under `parent` (`None`: the top level) at `index` among its siblings (default: last)."""
        self.edited()
        self._siblings().remove(self)
        self.parent = parent
        siblings = self._siblings()
        siblings.insert(len(siblings) if index is None else index, self)

    def delete(self) -> None:
        """Deletes the page and all below it; tables on them live on without a page (coda-api.md, Listings)."""
        self.edited()
        self._siblings().remove(self)
        gone: Sequence[Page] = list(self.tree())
        self.doc.deleted_pages.update(page.id for page in gone)
        self.doc.orphan(gone)

    def _siblings(self) -> list[Page]:
        return self.doc.roots if self.parent is None else self.parent.children

    def edited(self) -> None:
        """Notes an edit of this page, before it is made."""
        self.updated_at = self.doc.edited()
