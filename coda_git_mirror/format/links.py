"""The book of addresses: where in the mirror the thing lies to which a URL of Coda's leads (coda-api.md, Links).

A URL that could mean two things, or anything that the book does not know, stays as it is.
"""

from __future__ import annotations

import posixpath
import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from coda_git_mirror.format import layout
from coda_git_mirror.format.blobs import LETTERS_BY_NUMBER, blob_of
from coda_git_mirror.format.url_ids import UrlIds, markings
from coda_git_mirror.model.hosts import PAGE_HOSTS

_URL = re.compile(r"https?://(?P<host>[^/?#]*)/d/(?P<doc>[^/?#]+)(?:/(?P<page>[^/?#]*))?/?(?:#(?P<place>.*))?", re.I)
_INTO_DOCS = re.compile(rf"//(?:{'|'.join(map(re.escape, sorted(PAGE_HOSTS)))})/d/", re.I)
_DOC_ADDRESSES = "|".join(
    "".join(each if each.isalnum() else rf"(?:\\?{re.escape(each)}|&\w+;)" for each in f"{host}/d/")
    for host in sorted(PAGE_HOSTS)
)
"""With each mark as it is, escaped, or by its name."""
_MAY_LEAD = re.compile(rf"{_DOC_ADDRESSES}|blobs|{LETTERS_BY_NUMBER}", re.I)
_DOC_SEGMENT = re.compile(_INTO_DOCS.pattern + r"([^/?#\s\"<>]*)", re.I)
_ID = re.compile(r"[\w-]*")
_DOC_MARK = "_d"
_LINE_MARK = "_lu"
_CSV = ".csv"
_MOST_LOADED = 100
_LONGEST = 2_000
"""Coda's own URLs are shorter; within this bound, looking for ids at every mark costs nothing."""
_SAFE = "/-._~"


@dataclass(frozen=True)
class LinkedPage:
    """A page of the mirror: its stem below the doc's folder, its own URL, the suffixes of the files that it has."""

    id: str
    stem: str
    link: str = ""
    suffixes: tuple[str, ...] = layout.PAGE_SUFFIXES


@dataclass(frozen=True)
class LinkedTable:
    """A table or view of the mirror: its stem below the doc's folder and its own URL."""

    id: str
    stem: str
    link: str = ""


@dataclass(frozen=True)
class LinkedDoc:
    """A doc of the mirror; `assets` are the files of its blobs, by blob id, as paths below its folder."""

    id: str
    folder: str
    pages: tuple[LinkedPage, ...] = ()
    tables: tuple[LinkedTable, ...] = ()
    assets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """What a URL leads to, by ids: a doc with no item, a page, a table or view, or a `row` of that."""

    doc: str
    item: str = ""
    row: bool = False


class LinkBook:
    """All docs of one mirror; `hosts` are the further ones that files may lie on.

    `folders` are those of all docs, by doc id. A doc that is not among `docs` is asked of `load` when a link leads to
    it, and the last ones so asked for are remembered.
    """

    def __init__(
        self,
        docs: Iterable[LinkedDoc],
        hosts: Collection[str] = (),
        folders: Mapping[str, str] | None = None,
        load: Callable[[str], LinkedDoc] | None = None,
    ) -> None:
        self._books = {doc.id: _DocBook(doc) for doc in docs}
        known = folders if folders is not None else {doc_id: book.doc.folder for doc_id, book in self._books.items()}
        self._ids = frozenset(known)
        self._by_folder = {folder: doc_id for doc_id, folder in known.items()}
        self._hosts, self._load = frozenset(hosts), load
        self._loaded: OrderedDict[str, _DocBook] = OrderedDict()

    def resolve(self, url: str, from_file: str, suffix: str = ".md") -> str | None:
        """The link from a file of the mirror to what the URL means, percent-encoded; None to leave the URL.

        `suffix` is the one preferred where a page has several files.
        """
        path = self._asset(url, from_file) or self._file(url, suffix)
        return None if path is None else relative_link(path, from_file)

    def target(self, url: str) -> Target | None:
        """The thing of the mirror to which a URL leads; None where that is none of its docs, or not certain."""
        parts = _parts(url)
        book = self._book(unquote(parts["doc"])) if parts else None
        return book.target(unquote(parts["page"] or ""), unquote(parts["place"] or "")) if parts and book else None

    def _asset(self, url: str, from_file: str) -> str | None:
        """The file of a blob: the one of the doc in which the link stands, else of the doc that the URL names."""
        blob = blob_of(url, self._hosts)
        if not blob:
            return None
        books = (self._home(from_file), self._known(blob.doc))
        return next(
            (book.path(book.doc.assets[blob.id]) for book in books if book and blob.id in book.doc.assets), None
        )

    def _home(self, file: str) -> _DocBook | None:
        while file.strip("/") and file not in self._by_folder:
            file = posixpath.dirname(file)
        return self._known(self._by_folder.get(file, ""))

    def _known(self, doc_id: str) -> _DocBook | None:
        if doc_id in self._books or doc_id not in self._ids or not self._load:
            return self._books.get(doc_id)
        book = self._loaded.pop(doc_id, None) or _DocBook(self._load(doc_id))
        self._loaded[doc_id] = book
        if len(self._loaded) > _MOST_LOADED:
            self._loaded.popitem(last=False)
        return book

    def _file(self, url: str, suffix: str) -> str | None:
        parts = _parts(url)
        book = self._book(unquote(parts["doc"])) if parts else None
        return (
            book.file(unquote(parts["page"] or ""), unquote(parts["place"] or ""), suffix) if parts and book else None
        )

    def _book(self, segment: str) -> _DocBook | None:
        """Ids may hold the mark themselves: a segment that ends in two known ids means neither."""
        known = [doc_id for doc_id in markings(segment, _DOC_MARK) if doc_id in self._ids]
        return self._known(known[0]) if len(known) == 1 else None


class _DocBook:
    """The pages and tables of one doc by what their URLs end in."""

    def __init__(self, doc: LinkedDoc) -> None:
        self.doc = doc
        self._pages = {page.id: page for page in doc.pages}
        self._tables = {table.id: table for table in doc.tables}
        self._page_ids_by_url = UrlIds({page.id: _own_segment(page.link) for page in doc.pages}, ("_su",))
        self._table_ids_by_url = UrlIds({table.id: _own_place(table.link) for table in doc.tables}, ("_tu", "_t"))

    def path(self, below: str) -> str:
        return layout.inside(self.doc.folder, below)

    def target(self, page: str, place: str) -> Target | None:
        """What a page part and a fragment lead to; a table's page part says only where the table was seen."""
        if page in self._tables:
            return Target(self.doc.id, page)
        if place and not place.startswith(_LINE_MARK) and (table := self._table_ids_by_url.find(_head(place))):
            return Target(self.doc.id, table, _head(place) != place)
        if place and _LINE_MARK not in place:
            return None
        if page:
            found = self._page_ids_by_url.find(page)
            return None if found is None else Target(self.doc.id, found)
        return None if place else Target(self.doc.id)

    def file(self, page: str, place: str, suffix: str) -> str | None:
        """Where that lies."""
        target = self.target(page, place)
        if target is None:
            return None
        if not target.item:
            return self.path(layout.DOC_README)
        return self._table(target.item) if target.item in self._tables else self._page(target.item, suffix)

    def _table(self, table_id: str) -> str:
        return self.path(self._tables[table_id].stem + _CSV)

    def _page(self, page_id: str, preferred: str) -> str | None:
        page = self._pages[page_id]
        if not page.suffixes:
            return None
        return self.path(page.stem + (preferred if preferred in page.suffixes else page.suffixes[0]))


def may_lead_into_mirror(text: str) -> bool:
    """Whether a link that a book resolves may stand in a page."""
    return _MAY_LEAD.search(text) is not None


def may_lead_into_docs(text: str) -> bool:
    """Whether a link to a doc, or to something in one, may stand in a text."""
    return _INTO_DOCS.search(text) is not None


def docs_led_into(text: str) -> frozenset[str] | None:
    """Ids among which are those of all docs that links in a text lead into; None where a link does not name its doc."""
    ids: set[str] = set()
    for segment in set(_DOC_SEGMENT.findall(text)):
        marked = list(markings(unquote(segment), _DOC_MARK)) if len(segment) <= _LONGEST else []
        if not marked:
            return None
        ids.update(marked)
        ids.update(found[0] for tail in marked if (found := _ID.match(tail)))
    return frozenset(ids)


def relative_link(path: str, from_file: str) -> str:
    """The link from one file of the mirror to another; to itself it is its own name."""
    start = posixpath.dirname(f"/{from_file}")
    return quote(posixpath.relpath(f"/{path}", start), safe=_SAFE, errors="surrogatepass")


def _parts(url: str) -> re.Match[str] | None:
    parts = _URL.fullmatch(url) if len(url) <= _LONGEST else None
    return parts if parts and parts["host"].lower() in PAGE_HOSTS else None


def _own_segment(link: str) -> str:
    parts = _URL.fullmatch(link)
    return unquote(parts["page"] or "") if parts else ""


def _own_place(link: str) -> str:
    parts = _URL.fullmatch(link)
    return _head(unquote(parts["place"] or "")) if parts else ""


def _head(place: str) -> str:
    """The part of a fragment that names the table: behind it come a row and how to show it."""
    return re.split("[/&]", place, maxsplit=1)[0]
