"""What it takes to make a doc of a revision anew, by what the mirror holds of it; pure but for reading its files."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from coda_git_mirror.changes.page_pieces import html_pieces, markdown_pieces
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.changes.writable_columns import unwritable_column
from coda_git_mirror.format.attachments import without_attachments
from coda_git_mirror.format.html import body_of
from coda_git_mirror.format.metadata import StoredDoc, stored_page_files
from coda_git_mirror.format.page_files import PAGE_FORMATS
from coda_git_mirror.format.scan_markdown import markdown_destinations
from coda_git_mirror.format.table_parts import files_of
from coda_git_mirror.format.tables import columns_of
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.model.content import Column, Json, is_exportable, name_of
from coda_git_mirror.model.recreation import (
    NO_PAGE,
    HostedPicture,
    NewPage,
    NewTable,
    NotRestored,
    Piece,
    RealTable,
    Recreation,
)

_TEXT_KINDS = frozenset({"text", "canvas", ""})


@dataclass(frozen=True)
class Wish:
    """What the new doc is to be called and where it goes; None for as it was.

    With a `page`, by its id, only this and those below it come back, into the living doc; `day` is that of the
    revision, which the page's new name tells.
    """

    title: str | None = None
    folder: str | None = None
    page: str | None = None
    day: str = ""


def recreation(side: Side, doc_id: str, commit: str, wish: Wish) -> Recreation:
    """All of a doc, or of a page. Raises DamagedFile where the revision is not as this program writes it."""
    stored = side.stored()
    pages = dict(stored.pages if wish.page is None else _below(stored, wish.page))
    return _Doc(side, stored, pages).made(doc_id, commit, wish)


def _below(stored: StoredDoc, page: str) -> Iterator[tuple[str, Json]]:
    """A page and all below it."""
    found: set[object] = {page}
    for page_id, entry in stored.pages.items():
        if page_id == page or entry["parent"] in found:
            found.add(page_id)
            yield page_id, entry


@dataclass
class _Doc:
    """The doc as the revision has it, and the `pages` of it that are made anew.

    `placed` are the tables whose place on a page is found, with that page.
    """

    side: Side
    stored: StoredDoc
    pages: Mapping[str, Json]
    placed: dict[str, str] = field(default_factory=dict)
    lost: list[NotRestored] = field(default_factory=list)

    def made(self, doc_id: str, commit: str, wish: Wish) -> Recreation:
        """What is made, and what cannot be."""
        pages = self._with_homeless([self._page(page_id, entry) for page_id, entry in self.pages.items()], wish)
        name = name_of(self.stored.doc) or (self.side.place.name if self.side.place else "")
        title = wish.title or name
        if wish.page is not None:
            title = wish.title or f"{pages[0].name} (as of {wish.day})"
            pages[0] = replace(pages[0], name=title)
        tables = tuple(self._table(table_id) for table_id in self.placed)
        self.lost += self._views()
        self.lost += self._columns(tables)
        self.lost += self._rest(wish)
        folder, lost = wish.folder or self._folder(), tuple(dict.fromkeys(self.lost))
        must = wish.folder is not None
        return Recreation(
            doc_id, name, commit, title, folder, tuple(pages), tables, lost, wish.page, must_be_there=must
        )

    def _folder(self) -> str | None:
        folder = self.stored.doc.get("folderId")
        return folder if isinstance(folder, str) and folder else None

    def _page(self, page_id: str, entry: Json) -> NewPage:
        pieces = self._pieces(page_id, entry)
        name, is_hidden = name_of(entry) or "Untitled", entry.get("isHidden") is True
        return NewPage(page_id, name, entry["parent"], _looks(entry), is_hidden, pieces or (), pieces is None)

    def _pieces(self, page_id: str, entry: Json) -> tuple[Piece, ...] | None:
        """What was on a page; None where the mirror does not hold it."""
        name, kind = one_line(name_of(entry)), entry.get("contentType")
        if isinstance(kind, str) and not is_exportable(kind):
            self._lose(f"page {name}", f"Coda gives no content of a page of the kind {kind}; it comes back empty")
            return None
        files = stored_page_files(entry)
        if files.plain:
            self._lose(f"page {name}", "the mirror holds no more of it than its bare words")
        for suffix in (".md", ".html"):
            if (file := files.files.get(suffix)) and self.side.digest(file):
                content = self.side.read(file)
                with self.side.blaming(file):
                    return tuple(self._content(page_id, suffix, content, files.originals.get(suffix, {})))
        self._lose(f"page {name}", "the mirror holds nothing of what is on it")
        return None

    def _content(self, page_id: str, suffix: str, content: bytes, originals: Mapping[int, str]) -> Iterator[Piece]:
        body = PAGE_FORMATS[suffix].stored(content, originals).body
        if suffix == ".html":
            yield from html_pieces(body_of(body.encode()), lambda grid: self._place(grid, page_id))
            return
        yield from markdown_pieces(body, lambda title, header: self._table_at(page_id, title, header))
        yield from self._files(content.decode())

    def _files(self, text: str) -> Iterator[HostedPicture]:
        """What stands on the page and not in its Markdown, by the list that the mirror put at its end."""
        listed = text[len(without_attachments(text)) :]
        assets = {posixpath.basename(str(each["file"])): each for each in self.stored.assets.values() if each["file"]}
        for found in markdown_destinations(listed):
            asset = assets.get(unquote(found.url).rpartition("/")[2].removesuffix(".stub.txt"))
            if asset is not None:
                url, name = str(asset.get("url") or ""), str(asset.get("name") or asset["id"])
                yield HostedPicture(url, name, found.image)

    def _table_at(self, page_id: str, title: str | None, header: Sequence[str]) -> tuple[str, bool] | None:
        """The base table of this page that has this title, else these columns; and whether the title is its own."""
        here = [
            table_id
            for table_id, entry in self.stored.tables.items()
            if self._may_stand(table_id, page_id) and self._may_show(table_id, header)
        ]
        named = [each for each in here if title and one_line(name_of(self.stored.tables[each])) == one_line(title)]
        if not named and title and any(one_line(name_of(it)) == one_line(title) for it in self.stored.views.values()):
            return None
        for table_id in (*named, *here):
            self.placed[table_id] = page_id
            return table_id, bool(named)
        return None

    def _may_stand(self, table_id: str, page_id: str) -> bool:
        entry = self.stored.tables.get(table_id)
        return bool(entry and entry["file"]) and table_id not in self.placed and _parent(entry or {}) == page_id

    def _may_show(self, table_id: str, header: Sequence[str]) -> bool:
        names = {" ".join(column.name.split()) for column in self._columns_of(table_id)}
        return all(" ".join(cell.split()) in names for cell in header)

    def _place(self, table_id: str, page_id: str) -> bool:
        if not self._may_stand(table_id, page_id):
            return False
        self.placed[table_id] = page_id
        return True

    def _with_homeless(self, pages: list[NewPage], wish: Wish) -> list[NewPage]:
        """Tables that no page shows stand at the end of their own page, else of the last one at the top."""
        added: dict[str, list[Piece]] = {}
        for table_id, entry in self.stored.tables.items():
            home = _parent(entry)
            if table_id in self.placed or (wish.page is not None and home not in self.pages):
                continue
            if not entry["file"]:
                self._lose(f"table {one_line(name_of(entry))}", "the mirror never could read it")
                continue
            if not pages:
                pages = [NewPage(NO_PAGE, name_of(self.stored.doc) or "Tables", None)]
            page_id = self._home_of(home, pages)
            self.placed[table_id] = page_id
            added.setdefault(page_id, []).append(RealTable(table_id))
        return [replace(page, pieces=(*page.pieces, *added.get(page.old, ()))) for page in pages]

    def _home_of(self, home: object, pages: Sequence[NewPage]) -> str:
        """The page on which a table stands: its own, if it can, else the last one at the top, if one can, that can."""
        if home in self.pages and self._is_canvas(str(home)):
            return str(home)
        top = [page.old for page in pages if page.parent is None or page is pages[0]]
        return next((page for page in reversed(top) if page in self.pages and self._is_canvas(page)), top[-1])

    def _is_canvas(self, page_id: str) -> bool:
        return bool(self.stored.pages[page_id].get("contentType", "canvas") == "canvas")

    def _table(self, table_id: str) -> NewTable:
        entry = self.stored.tables[table_id]
        columns = self._columns_of(table_id)
        return NewTable(table_id, name_of(entry), self.placed[table_id], columns, int(entry["rowCount"] or 0))

    def _columns_of(self, table_id: str) -> tuple[Column, ...]:
        file = next(iter(files_of(self.stored.tables[table_id], ".json")))
        with self.side.blaming(file):
            return columns_of(self.side.read(file))

    def _views(self) -> Iterator[NotRestored]:
        for entry in self.stored.views.values():
            if len(self.pages) < len(self.stored.pages) and _parent(entry) not in self.pages:
                continue
            reason = "views cannot be made; where a page showed it, its texts stand as a table of their own"
            yield NotRestored(f"view {one_line(name_of(entry))}", reason)

    def _columns(self, tables: Sequence[NewTable]) -> Iterator[NotRestored]:
        for table in tables:
            yield NotRestored(f"name of the table {one_line(table.name)}", "no table can be named; it stands above it")
            if calculated := [column.name for column in table.columns if unwritable_column(column)]:
                reason = "columns of formulas and buttons come back with the values that they had"
                yield NotRestored(f"{one_line(table.name)}: {', '.join(map(one_line, calculated))}", reason)
            if typed := [column.name for column in table.columns if column.kind not in _TEXT_KINDS]:
                reason = "types of columns cannot be set; they come back as text, unless Coda takes them for more"
                yield NotRestored(f"{one_line(table.name)}: {', '.join(map(one_line, typed))}", reason)

    def _rest(self, wish: Wish) -> Iterator[NotRestored]:
        yield NotRestored("ids, authors and times", "Coda gives new ones")
        yield NotRestored("automations, comments, locks", "nothing reads or makes them by this API")
        if wish.page is not None:
            return
        for kind in ("formulas", "controls"):
            for entry in _entries(self.stored.extras.get(kind)):
                yield NotRestored(f"{kind[:-1]} {one_line(name_of(entry))}", f"{kind} cannot be made")
        permissions = self.stored.extras.get("sharing", {}).get("permissions") or ()
        if permissions:
            yield NotRestored(f"sharing with {counted(len(permissions), 'principal')}", "the new doc is yours alone")

    def _lose(self, item: str, reason: str) -> None:
        self.lost.append(NotRestored(item, reason))


def _looks(entry: Json) -> tuple[tuple[str, str], ...]:
    """Subtitle, icon and cover as far as Coda takes them again."""
    told = {
        "subtitle": entry.get("subtitle"),
        "iconName": _part(entry.get("icon"), "name"),
        "imageUrl": _part(entry.get("image"), "browserLink"),
    }
    return tuple((name, value) for name, value in told.items() if isinstance(value, str) and value)


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _parent(entry: Json) -> object:
    return _part(entry.get("parent"), "id")


def _entries(value: Any) -> Collection[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else ()
