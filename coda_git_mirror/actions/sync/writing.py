"""Writes the docs of the next commit into the staging: those that were read, and of the others what has to move."""

from __future__ import annotations

from dataclasses import replace

from coda_git_mirror.actions.held import Held, HeldDoc
from coda_git_mirror.actions.sync.asset_cells import AssetCells
from coda_git_mirror.actions.sync.assets import AssetCollector
from coda_git_mirror.actions.sync.doc_folder import DocFolder
from coda_git_mirror.actions.sync.ledger.items import gone_files
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.outline import stored_outline
from coda_git_mirror.actions.sync.place import DocParts, Places
from coda_git_mirror.actions.sync.render import render_doc
from coda_git_mirror.actions.sync.texts import PageTexts
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.mirror.staging import StagedFile, Staging


class DocWriter:
    """Collects the changes of all docs: a file that one doc leaves may be one that another doc takes."""

    def __init__(self, held: Held, staging: Staging, options: SyncOptions, collector: AssetCollector) -> None:
        self._held, self._staging, self._options, self._collector = held, staging, options, collector
        self._removed: dict[str, StagedFile | None] = {}
        self._written: dict[str, StagedFile | None] = {}

    @property
    def changes(self) -> dict[str, StagedFile | None]:
        """Path to staged file; None removes it."""
        return {**self._removed, **self._written}

    def write(self, doc: DocParts, places: Places) -> DocRecord:
        """A doc of which parts were read; its record for the manifest."""
        folder = self._folder(doc.held, places.folders[doc.outline.doc.id])
        cells = AssetCells(self._held, doc, self._options)
        record = render_doc(folder, doc, places, cells, self._options)
        self._take(folder)
        if doc.content and not (self._options.pages and self._options.tables):
            return replace(record, updated=doc.held.record.updated if doc.held.record else "")
        return record

    def keep(self, held: HeldDoc, places: Places) -> DocRecord:
        """A doc that was not read, in its folder, with links in it to where everything lies now."""
        outline = stored_outline(held.doc, held.stored)
        texts = PageTexts(self._held, held, None, self._options)
        assets = self._collector.collect(held, outline, None, texts, fetch=False)
        gone = gone_files(self._held.ledger.of(held.doc.id))
        return self.write(DocParts(outline, held, None, texts, assets, gone), places)

    def remove(self, doc_id: str) -> None:
        """A doc that is gone."""
        self._take(self._folder(self._held.doc(doc_id), self._held.docs[doc_id].path))

    def _folder(self, doc: HeldDoc, folder: str) -> DocFolder:
        return DocFolder(self._held.repository, self._staging, self._held, doc, folder)

    def _take(self, folder: DocFolder) -> None:
        for path, staged in folder.changes().items():
            (self._written if staged else self._removed)[path] = staged
