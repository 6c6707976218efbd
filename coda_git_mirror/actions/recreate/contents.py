"""What is written on the new pages: each piece as Markdown or HTML, with links that lead into the new doc."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from coda_git_mirror.actions.recreate.new_doc import words_of
from coda_git_mirror.changes.page_pieces import shown_parts, table_html
from coda_git_mirror.format.blobs import blob_of
from coda_git_mirror.format.links import LinkBook, LinkedDoc, LinkedPage, LinkedTable
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.format.relink import Resolve, relink_html, relink_markdown
from coda_git_mirror.model.content import Column
from coda_git_mirror.model.recreation import (
    HostedPicture,
    NewPage,
    NewTable,
    Piece,
    RealTable,
    Recreation,
    ShownTable,
    Text,
)

_NUMBER_ATTRIBUTE = ' data-coda-column-format="{&quot;type&quot;:&quot;num&quot;}"'
_NUMBER_KINDS = frozenset({"number"})


@dataclass(frozen=True)
class Writing:
    """A piece as it is sent. `table` is the old id of the table that it makes, `header` that of any table."""

    form: str
    content: str
    words: Counter[str]
    header: tuple[str, ...] = ()
    table: str | None = None


def pieces_of(page: NewPage) -> Iterator[Piece]:
    """The pieces of a page, tables that are too large for a request in several."""
    for piece in page.pieces:
        yield from shown_parts(piece) if isinstance(piece, ShownTable) else (piece,)


def writing(piece: Piece, tables: Mapping[str, NewTable], resolve: Resolve) -> Writing:
    """What is sent for a piece."""
    match piece:
        case Text("html", content):
            return Writing("html", relink_html(content, resolve).text, words_of(content))
        case Text(form, content):
            return Writing(form, relink_markdown(content, resolve).text, words_of(content))
        case RealTable(table_id):
            table = tables[table_id]
            columns = [(column.name, _attribute(column)) for column in table.columns]
            content = table_html(table.name, columns)
            return Writing("html", content, words_of(table.name), header_of(table.columns), table_id)
        case ShownTable(header, rows):
            content = table_html("", [(name, "") for name in header], rows)
            return Writing("html", content, Counter(), tuple(_one_space(name) for name in header))
        case HostedPicture(url, name, is_picture):
            shown = f'<img src="{escape(url)}" alt="{escape(name)}">' if is_picture else escape(name)
            link = shown if is_picture else f'<a href="{escape(url)}">{shown}</a>'
            return Writing("html", f"<div>{link}</div>", Counter())


def header_of(columns: tuple[Column, ...]) -> tuple[str, ...]:
    """The names of columns as Coda shows those of a new table."""
    return tuple(_one_space(column.name) or f"Column {number}" for number, column in enumerate(columns, 1))


def _one_space(name: str) -> str:
    return " ".join(name.split())


def _attribute(column: Column) -> str:
    """Coda's own word for what a column holds, which it may heed (coda-api.md, Content that comes in)."""
    return _NUMBER_ATTRIBUTE if column.kind in _NUMBER_KINDS else ""


def resolver(
    what: Recreation, stored: StoredDoc, doc_link: str | None, page_links: Mapping[str, str], hosts: frozenset[str]
) -> Resolve:
    """Where a link of the old doc leads now: to the new page, for a table to the page on which it stands.

    `page_links` are the addresses of new pages by old ids, `doc_link` that of the new doc, None where the old one
    lives: what is not made anew is still there. Addresses of hosted files become whole again.
    """
    pages = tuple(LinkedPage(page_id, page_id, _link(entry)) for page_id, entry in stored.pages.items())
    grids = {**stored.tables, **stored.views}
    tables = tuple(LinkedTable(grid_id, grid_id, _link(entry)) for grid_id, entry in grids.items())
    book = LinkBook([LinkedDoc(what.doc, "doc", pages, tables)])
    place = {table.old: page_links.get(table.page) for table in what.tables}

    def resolve(url: str) -> str | None:
        if blob := blob_of(url, hosts):
            return str(stored.assets.get(blob.id, {}).get("url") or "") or None
        target = book.target(url)
        if target is None:
            return None
        return page_links.get(target.item) or place.get(target.item) or (doc_link if not target.item else None)

    return resolve


def _link(entry: Mapping[str, object]) -> str:
    return str(entry.get("browserLink") or "")
