"""Where everything of all docs lies, before the first file is written: links between docs need it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from coda_git_mirror.actions.held import Held, HeldDoc
from coda_git_mirror.actions.sync.assets import DocAssets
from coda_git_mirror.actions.sync.doc_content import DocContent
from coda_git_mirror.actions.sync.outline import stored_outline
from coda_git_mirror.actions.sync.texts import PageTexts
from coda_git_mirror.disk.shelf import Shelve
from coda_git_mirror.format.layout import PAGE_SUFFIXES
from coda_git_mirror.format.links import LinkBook, LinkedDoc, LinkedPage, LinkedTable
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.format.metadata import stored_page_files
from coda_git_mirror.format.paths import DocAddresses, doc_addresses, doc_folders
from coda_git_mirror.model.content import Doc, Outline

L = TypeVar("L", LinkedPage, LinkedTable)


@dataclass(frozen=True)
class DocParts:
    """A doc that is to be written: what it consists of now, and where each part comes from.

    Without `content` every part is as the mirror holds it. `gone_files` are names for the doc's README.
    """

    outline: Outline
    held: HeldDoc
    content: DocContent | None
    texts: PageTexts
    assets: DocAssets
    gone_files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Places:
    """The folder of every doc of the mirror, by doc id, and the book of all addresses."""

    folders: dict[str, str]
    book: LinkBook
    moved: bool
    """Whether anything that a link may lead to lies elsewhere than in the last commit, or is new or gone."""

    def addresses(self, outline: Outline) -> DocAddresses:
        return doc_addresses(self.folders[outline.doc.id], outline)


def find_places(
    read: Collection[Callable[[], DocParts]],
    staying: Sequence[DocRecord],
    held: Held,
    anew: bool,
    hosts: Collection[str],
    shelve: Shelve,
) -> Places:
    """Places for the docs that were read, and for those that stay as they are; with `anew` these count as moved.

    Each of `read` brings back one doc.
    """
    folders = doc_folders([*(_named(parts().outline.doc) for parts in read), *map(_doc_of, staying)])
    linked: dict[str, Callable[[], LinkedDoc]] = {}
    moved = anew or any(folders[record.id] != record.path for record in staying)
    for doc in (parts() for parts in read):
        now = _linked(doc, folders[doc.outline.doc.id])
        moved = moved or doc.held.record is None or now != linked_as_held(doc.held, doc.held.record)
        linked[now.id] = shelve(now)

    def as_held(doc: HeldDoc) -> LinkedDoc:
        return replace(linked_as_held(doc, held.docs[doc.doc.id]), folder=folders[doc.doc.id])

    def load(doc_id: str) -> LinkedDoc:
        return linked[doc_id]() if doc_id in linked else as_held(held.doc(doc_id))

    for old in held.each_doc([record.id for record in staying]) if moved else ():
        linked[old.doc.id] = shelve(as_held(old))
    return Places(folders, LinkBook((), hosts, folders, load), moved)


def _named(doc: Doc) -> Doc:
    """As much of a doc as its folder's name needs."""
    return Doc(doc.id, doc.name, doc.created)


def _doc_of(record: DocRecord) -> Doc:
    return Doc(record.id, record.name, record.created)


def _linked(doc: DocParts, folder: str) -> LinkedDoc:
    addresses = doc_addresses(folder, doc.outline)
    pages = [
        LinkedPage(page.id, addresses.pages[page.id], page.link, doc.texts.suffixes(page)) for page in doc.outline.pages
    ]
    grids = (*doc.outline.tables, *doc.outline.views)
    tables = [LinkedTable(grid.id, addresses.tables[grid.id], grid.link) for grid in grids if _has_file(doc, grid.id)]
    return LinkedDoc(doc.outline.doc.id, folder, _by_id(pages), _by_id(tables), dict(doc.assets.files))


def _has_file(doc: DocParts, table_id: str) -> bool:
    """Whether the mirror will have the table: a link must not lead to what neither Coda nor the mirror gave."""
    if doc.content and doc.content.is_fetched(table_id):
        return True
    entry = doc.held.stored.tables.get(table_id) or doc.held.stored.views.get(table_id)
    return bool(entry and entry["file"])


def linked_as_held(held: HeldDoc, record: DocRecord) -> LinkedDoc:
    """The doc as the last commit has it."""
    outline = stored_outline(held.doc, held.stored)
    addresses = doc_addresses(record.path, outline)
    pages = [
        LinkedPage(page.id, addresses.pages[page.id], page.link, _stored_suffixes(held, page.id))
        for page in outline.pages
    ]
    entries = [*held.stored.tables.values(), *held.stored.views.values()]
    links = {grid.id: grid.link for grid in (*outline.tables, *outline.views)}
    tables = [
        LinkedTable(entry["id"], addresses.tables[entry["id"]], links[entry["id"]])
        for entry in entries
        if entry["file"]
    ]
    assets = {blob_id: entry["file"] for blob_id, entry in held.stored.assets.items() if entry["file"]}
    return LinkedDoc(record.id, record.path, _by_id(pages), _by_id(tables), assets)


def _stored_suffixes(held: HeldDoc, page_id: str) -> tuple[str, ...]:
    files = stored_page_files(held.stored.pages[page_id]).files
    return tuple(suffix for suffix in PAGE_SUFFIXES if suffix in files)


def _by_id(linked: Iterable[L]) -> tuple[L, ...]:
    return tuple(sorted(linked, key=lambda each: each.id))
