"""What exists in the simulated account: a mutable model with the edits that people make."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coda_git_mirror.demo.blocks import Block, Grid, Raw
from coda_git_mirror.demo.calendar import Calendar, Identifiers
from coda_git_mirror.demo.cells import Person
from coda_git_mirror.demo.extras import Control, Formula, Permission
from coda_git_mirror.demo.pages import Icon, Page, slug
from coda_git_mirror.demo.tables import Column, Row, RowFilter, Table, View

__all__ = [
    "Blob", "Column", "Control", "Doc", "Folder", "Formula", "Icon", "Page", "Permission", "Person", "Row", "Table",
    "View", "World", "slug",
]  # fmt: skip

OWNER = Person("Ada Brennan", "ada@lumenbikes.example", "usr-1001")


@dataclass(eq=False, repr=False)
class Blob:
    """A stored file; the same id always means the same bytes.

    `gone` makes its address answer `gone_status`: 404, 410 or 403.
    """

    id: str
    content: bytes
    filename: str
    mime_type: str | None
    gone: bool = False
    gone_status: int = 404

    @property
    def hash(self) -> str:
        """The long tail of the file's address: some 200 hex digits of no use to a reader."""
        return hashlib.sha512(self.content).hexdigest() + hashlib.sha384(self.id.encode()).hexdigest()


@dataclass(frozen=True)
class Folder:
    """A folder of the workspace; its name is optional in answers."""

    id: str
    name: str | None = None


@dataclass(eq=False, repr=False)
class Doc:
    """A doc. `opened=False`: not listed, yet there by id. `accessible=False`: 403 by id and not listed.

    `members` are people whom it knows though nothing names them; `unknown_emails` are of people who have left.
    """

    world: World
    id: str
    name: str
    owner: Person
    created_at: str
    updated_at: str
    folder: Folder
    opened: bool = True
    accessible: bool = True
    over_api_size_limit: bool = False
    roots: list[Page] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    formulas: list[Formula] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    permissions: list[Permission] = field(default_factory=list)
    deleted_pages: set[str] = field(default_factory=set)
    members: list[Person] = field(default_factory=list)
    unknown_emails: set[str] = field(default_factory=set)
    timezone: str = "America/Los_Angeles"
    numbered_tables: int = 0  # so many got their name from Coda

    @property
    def link(self) -> str:
        """The doc's address in a browser."""
        return f"https://coda.io/d/{slug(self.name)}_d{self.id}"

    def pages(self) -> Iterator[Page]:
        """All pages in sidebar order, each before its subpages."""
        for root in self.roots:
            yield from root.tree()

    def grids(self) -> list[Table | View]:
        """All tables, then all views."""
        return [*self.tables, *self.views]

    def page(self, name: str) -> Page:
        """The first page of this name."""
        return next(page for page in self.pages() if page.name == name)

    def table(self, name: str) -> Table:
        """The first base table of this name."""
        return next(table for table in self.tables if table.name == name)

    def edited(self) -> str:
        """Notes an edit anywhere in the doc, before it is made; returns its instant."""
        self.world.before_edit(self)
        self.updated_at = self.world.calendar.tick()
        return self.updated_at

    def add_page(
        self,
        name: str,
        parent: Page | None = None,
        blocks: Sequence[Block] = (),
        *,
        markdown: str | None = None,
        id: str | None = None,  # noqa: A002
        tail: str | None = None,
        content_type: str = "canvas",
        author: Person | None = None,
    ) -> Page:
        """Adds a page at the end of its level; `tail` is what its browser link ends in (default: its id's last 6)."""
        now = self.edited()
        page_id = id or self.world.identifiers.issue("canvas-")
        content: list[Block] = list(blocks) if markdown is None else [Raw(markdown)]
        page = Page(self, page_id, name, tail or page_id[-6:], now, now, author or self.owner, parent, [], content)
        page.content_type = content_type
        (self.roots if parent is None else parent.children).append(page)
        return page

    def add_table(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Iterable[Mapping[str, Any]] = (),
        page: Page | None = None,
        *,
        id: str | None = None,  # noqa: A002
    ) -> Table:
        """Adds a base table; each of `rows` maps column names to values as in `cells`; the first column names a row."""
        now = self.edited()
        table = Table(self, id or self.world.identifiers.issue("grid-"), name, now, now, page)
        self.tables.append(table)
        for column in columns:
            table.add_column(column)
        for row in rows:
            table.add_row(row)
        return table

    def add_view(
        self,
        name: str,
        table: Table,
        page: Page | None = None,
        *,
        where: RowFilter | None = None,
        sort: tuple[str, str] | None = None,
        shown: Sequence[str] | None = None,
        layout: str = "default",
        id: str | None = None,  # noqa: A002
    ) -> View:
        """Adds a view; `sort` is a column name and `ascending` or `descending`, `shown` names its columns in order."""
        now = self.edited()
        view_id = id or self.world.identifiers.issue("table-")
        view = View(self, view_id, name, table, now, now, page, where, sort, shown, layout)
        self.views.append(view)
        return view

    def add_formula(
        self,
        name: str,
        value: Any,
        page: Page | None = None,
        *,
        id: str | None = None,  # noqa: A002
        placeless: bool = False,
    ) -> Formula:
        self.edited()
        formula = Formula(self, id or self.world.identifiers.issue("f-"), name, value, page, placeless)
        self.formulas.append(formula)
        return formula

    def add_control(
        self, name: str, control_type: str, value: Any, page: Page | None = None, *, placeless: bool = False
    ) -> Control:
        self.edited()
        control_id = self.world.identifiers.issue("ctrl-")
        control = Control(self, control_id, name, value, page, placeless, control_type=control_type)
        self.controls.append(control)
        return control

    def share(self, principal: Mapping[str, str], access: str) -> Permission:
        """Gives somebody access; sharing is no edit of the doc."""
        permission = Permission(self.world.identifiers.issue("acl-"), principal, access)
        self.permissions.append(permission)
        return permission

    def rename(self, name: str) -> None:
        self.edited()
        self.name = name

    def delete(self) -> None:
        """Removes the doc from the account."""
        self.edited()
        self.world.docs.remove(self)
        self.world.deleted_docs.add(self.id)

    def orphan(self, pages: Iterable[Page]) -> None:
        """Leaves what stood on these pages without a page."""
        gone = set(pages)
        items: list[Table | View | Formula | Control] = [*self.grids(), *self.formulas, *self.controls]
        for item in items:
            if item.page in gone:
                item.page = None

    def remove_tables(self, gone: Sequence[Table | View]) -> None:
        """Forgets tables and views, and takes them off every page that shows them."""
        self.tables = [table for table in self.tables if table not in gone]
        self.views = [view for view in self.views if view not in gone]
        for page in self.pages():
            page.blocks = [block for block in page.blocks if not (isinstance(block, Grid) and block.of in gone)]


class World:
    """An account: the user, the docs in creation order, and the files.

    Hold `lock` while editing from another thread than the one that asks. `edit_listeners` are called before each edit.
    `clears_references`: a row that is deleted vanishes from the cells that refer to it.
    """

    def __init__(
        self, user: Person = OWNER, *, workspace: str | None = "Lumen Bikes", calendar: Calendar | None = None
    ):
        self.user = user
        self.workspace = workspace
        self.workspace_id = "ws-Lumen4Bike"
        self.calendar = calendar or Calendar()
        self.identifiers = Identifiers(user.email or user.name)
        self.docs: list[Doc] = []
        self.deleted_docs: set[str] = set()
        self.blobs: dict[str, Blob] = {}
        self.outside: dict[str, Blob] = {}
        self.clears_references = False
        self.folders: list[Folder] = [Folder("fl-Everything")]
        self.edit_listeners: list[Callable[[Doc], None]] = []
        self.lock = threading.RLock()

    def before_edit(self, doc: Doc) -> None:
        """Tells the listeners that this doc is about to change."""
        for listener in self.edit_listeners:
            listener(doc)

    def add_doc(self, name: str, owner: Person | None = None, *, id: str | None = None) -> Doc:  # noqa: A002
        """Adds a doc, owned by the token's user unless told otherwise."""
        now = self.calendar.tick()
        doc = Doc(self, id or self.identifiers.issue(""), name, owner or self.user, now, now, self.folders[0])
        self.docs.append(doc)
        return doc

    def doc(self, name: str) -> Doc:
        """The first doc of this name."""
        return next(doc for doc in self.docs if doc.name == name)

    def add_folder(self, name: str | None) -> Folder:
        folder = Folder(self.identifiers.issue("fl-"), name)
        self.folders.append(folder)
        return folder

    def add_blob(self, content: bytes, filename: str, mime_type: str | None) -> Blob:
        """Stores a file."""
        blob = Blob(self.identifiers.issue("bl-"), content, filename, mime_type)
        self.blobs[blob.id] = blob
        return blob

    def publish(self, url: str, content: bytes, filename: str, mime_type: str | None) -> None:
        """Puts a file on the web outside of Coda, from where Coda fetches what says its type."""
        self.outside[url] = Blob("", content, filename, mime_type)
