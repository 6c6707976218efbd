"""Reads a page of a doc in all formats that are wanted; what fails is a value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from coda_git_mirror.actions.sync.doc_content import PageContent, attempt
from coda_git_mirror.actions.sync.headway import PLAIN
from coda_git_mirror.actions.sync.outline import Outlined
from coda_git_mirror.actions.sync.read_context import ReadContext
from coda_git_mirror.errors import ExportDenied, NotExportable
from coda_git_mirror.format.metadata import PageFiles, StoredDoc, stored_page_files
from coda_git_mirror.format.placeholders import PLACEHOLDERS
from coda_git_mirror.model.content import Doc, Page, is_exportable
from coda_git_mirror.model.ledger import NO_EXPORT
from coda_git_mirror.model.outcome import Denied, Fetched, Gone, Outcome

_OUTPUT_FORMATS = {".md": "markdown", ".html": "html"}


class PageReader:
    """Reads the pages of a run. Raises only what ends the whole run."""

    def __init__(self, context: ReadContext) -> None:
        self._context, self._source, self._options = context, context.source, context.options
        self._denied: set[str] = set()
        """The ids of docs of which the token may not export pages."""

    def read(
        self, outlined: Outlined, page: Page, stored: StoredDoc, formats: Sequence[str], anew: bool = False
    ) -> PageContent:
        """A page in all wanted formats, one after the other: two exports at once would overwrite each other.

        What an earlier run may have read of it is passed over with `anew`.
        """
        content = self._page_content(outlined, page, stored, formats, anew)
        self._context.progress.page_done()
        return content

    def _page_content(
        self, outlined: Outlined, page: Page, stored: StoredDoc, formats: Sequence[str], anew: bool
    ) -> PageContent:
        if page.id in outlined.unseen:
            return PageContent(dict.fromkeys(self._options.formats, outlined.unseen[page.id]))
        texts: dict[str, Outcome[Path]] = {}
        doc, resumption = outlined.outline.doc, self._context.resumption
        if doc.id in self._denied and not anew and resumption.has_text(doc, page.id, PLAIN):
            return self._plain_text(doc, page, stored, anew)
        try:
            for suffix in formats:
                texts[suffix] = self._text(doc, page, suffix, stored, anew)
                if isinstance(texts[suffix], Gone):
                    break
        except ExportDenied:
            self._denied.add(doc.id)
            return self._plain_text(doc, page, stored, anew)
        return PageContent(texts)

    def _text(self, doc: Doc, page: Page, suffix: str, stored: StoredDoc, anew: bool) -> Outcome[Path]:
        def export() -> str:
            return self._export(doc.id, page, suffix)

        return attempt(
            lambda: self._context.resumption.text(doc, page.id, suffix, export, anew),
            lambda: self._source.page(doc.id, page.id),
            lambda: self._is_listed(doc.id, page.id, stored),
        )

    def _is_listed(self, doc_id: str, page_id: str, stored: StoredDoc) -> bool:
        """Whether Coda lists a page that the mirror holds; one that nobody ever read is gone without this word."""
        entry = stored.pages.get(page_id)
        return bool(entry and entry["files"]) and any(page.id == page_id for page in self._source.pages(doc_id))

    def _export(self, doc_id: str, page: Page, suffix: str) -> str:
        if not is_exportable(page.content_type):
            return PLACEHOLDERS[suffix](page.content_type)
        try:
            return self._source.export_page(doc_id, page.id, _OUTPUT_FORMATS[suffix])
        except NotExportable:
            return PLACEHOLDERS[suffix](page.content_type)

    def _plain_text(self, doc: Doc, page: Page, stored: StoredDoc, anew: bool) -> PageContent:
        """The page's bare words, where the token may read but not export; never in place of an export held already."""
        entry = stored.pages.get(page.id)
        held = stored_page_files(entry) if entry else PageFiles({})
        denied: dict[str, Outcome[Path]] = dict.fromkeys(self._options.formats, Denied(NO_EXPORT))
        if ".md" not in self._options.formats or (held.files and not held.plain):
            return PageContent(denied)

        def words() -> str:
            return self._source.page_text(doc.id, page.id)

        text = attempt(
            lambda: self._context.resumption.text(doc, page.id, PLAIN, words, anew),
            lambda: self._source.page(doc.id, page.id),
            lambda: self._is_listed(doc.id, page.id, stored),
        )
        return PageContent({**denied, ".md": text}, plain=isinstance(text, Fetched))
