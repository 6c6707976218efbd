"""Writes one doc into the staging: what was fetched anew, what was kept or failed from the files held so far."""

from __future__ import annotations

from coda_git_mirror.actions.sync.asset_cells import AssetCells
from coda_git_mirror.actions.sync.assets import Asset, stub_bytes
from coda_git_mirror.actions.sync.doc_folder import DocFolder
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.place import DocParts, Places
from coda_git_mirror.actions.sync.table_writer import TableWriter
from coda_git_mirror.format import layout
from coda_git_mirror.format.assets import AssetReference
from coda_git_mirror.format.links import LinkBook, relative_link
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.format.metadata import Metadata, Originals, PageFiles, metadata_document
from coda_git_mirror.format.page_files import PAGE_FORMATS, Attachments
from coda_git_mirror.format.paths import DocAddresses
from coda_git_mirror.format.readmes import Contents, doc_readme
from coda_git_mirror.model.content import Json, Page
from coda_git_mirror.model.page_tree import page_tree


def render_doc(folder: DocFolder, doc: DocParts, places: Places, cells: AssetCells, options: SyncOptions) -> DocRecord:
    """Writes the doc's folder; returns its record for the manifest."""
    tree, addresses = page_tree(doc.outline.pages), places.addresses(doc.outline)
    pages = {page.id: _render_page(folder, doc, page, addresses, places.book) for page in doc.outline.pages}
    writer = TableWriter(folder, doc, cells, options.max_table_bytes)
    tables, views = (
        tuple(writer.write(grid, addresses.table(grid.id, "")) for grid in grids)
        for grids in (doc.outline.tables, doc.outline.views)
    )
    for blob_id, asset in doc.assets.assets.items():
        _render_asset(folder, asset, doc.assets.files[blob_id], options.lfs)
    extras, denied = _extras(folder, doc)
    entries = doc.assets.entries()
    metadata = Metadata(doc.outline.doc, tree, pages, tables, views, entries, extras, denied)
    folder.write(layout.METADATA, metadata_document(metadata))
    readme = Contents(doc.outline.doc, tree, pages, tables, views, len(entries), denied, doc.gone_files)
    folder.write(layout.DOC_README, doc_readme(readme))
    folder.write_checksums()
    return _record(folder, doc, pages, tables, views)


def _record(
    folder: DocFolder, doc: DocParts, pages: dict[str, PageFiles], tables: tuple[Json, ...], views: tuple[Json, ...]
) -> DocRecord:
    held_tables = [entry for entry in tables if entry["file"]]
    return DocRecord(
        id=doc.outline.doc.id,
        name=doc.outline.doc.name,
        path=folder.place,
        created=doc.outline.doc.created,
        updated=doc.outline.doc.updated,
        pages=sum(bool(page.files) for page in pages.values()),
        tables=len(held_tables),
        rows=sum(entry["rowCount"] for entry in held_tables),
        views=sum(bool(entry["file"]) for entry in views),
        assets=len(doc.assets.assets),
    )


def _render_page(folder: DocFolder, doc: DocParts, page: Page, addresses: DocAddresses, book: LinkBook) -> PageFiles:
    files: dict[str, str] = {}
    originals: dict[str, Originals] = {}
    for suffix in doc.texts.suffixes(page):
        file = addresses.page(page.id, suffix)
        found = _write_page(folder, doc, page, suffix, file, book)
        if found is not None:
            files[suffix], originals[suffix] = file, found
    return PageFiles(files, originals, bool(files) and doc.texts.is_plain(page))


def _write_page(
    folder: DocFolder, doc: DocParts, page: Page, suffix: str, file: str, book: LinkBook
) -> Originals | None:
    """Writes the page in one format, with every link and attachment as seen from there; None where nobody gave it.

    Nothing of a page, which may be large, stays in memory for the next.
    """
    text, path = doc.texts.get(page, suffix), folder.path(file)
    if text is None:
        return None
    attachments = _attachments(folder, doc, page, path)
    written = PAGE_FORMATS[suffix].written(text, lambda url: book.resolve(url, path, suffix), attachments)
    folder.write(file, written[0])
    return written[1]


def _attachments(folder: DocFolder, doc: DocParts, page: Page, path: str) -> Attachments:
    """The hosted files that the page names, by the names that the doc's metadata gives them."""

    def link(reference: AssetReference) -> str:
        file = doc.assets.files.get(reference.blob_id)
        return relative_link(folder.path(file), path) if file else reference.url

    known = doc.assets.references
    return Attachments([known.get(found.blob_id, found) for found in doc.texts.references(page)], link)


def _render_asset(folder: DocFolder, asset: Asset, file: str, lfs: bool) -> None:
    if asset.path:
        folder.copy(asset.path, file, lfs)
    elif asset.held:
        folder.carry(asset.held, file, lfs)
    else:
        folder.write(file, stub_bytes(asset))


def _extras(folder: DocFolder, doc: DocParts) -> tuple[dict[str, object], tuple[str, ...]]:
    """What was given, else what the mirror holds; and the names of what neither Coda nor the mirror gives."""
    stored = folder.doc.stored
    if doc.content is None or not doc.content.extras.were_asked_for:
        return dict(stored.extras), stored.denied
    extras = doc.content.extras
    lacking = (*extras.failed, *extras.denied)
    kept = {name: stored.extras[name] for name in lacking if name in stored.extras}
    return {**kept, **extras.given}, tuple(name for name in extras.denied if name not in kept)
