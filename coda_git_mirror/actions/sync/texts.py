"""The text of each page of a doc: as it was fetched, else as the mirror holds it."""

from __future__ import annotations

from coda_git_mirror.actions.held import Held, HeldDoc, damaged
from coda_git_mirror.actions.sync.doc_content import DocContent
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.disk.files import naming
from coda_git_mirror.format.assets import AssetReference
from coda_git_mirror.format.metadata import Originals, PageFiles, stored_page_files
from coda_git_mirror.format.page_files import PAGE_FORMATS, PageText
from coda_git_mirror.model.content import Page
from coda_git_mirror.model.outcome import Fetched, Same
from coda_git_mirror.state.fetched import read_text
from coda_git_mirror.turns import Grown, Turns

_TURNS = Turns()
"""Of the process, as its memory is."""


class PageTexts:
    """Without `content` every page is as the mirror holds it, in the formats that the options keep."""

    def __init__(self, held: Held, doc: HeldDoc, content: DocContent | None, options: SyncOptions) -> None:
        self._held, self._doc, self._content = held, doc, content
        self._hosts, self._kept = options.asset_hosts, options.kept_formats
        self._references: dict[str, list[AssetReference]] = {}

    def get(self, page: Page, suffix: str, grown: Grown = lambda _: None) -> PageText | None:
        """The page in one format; None where neither Coda nor the mirror gave it."""
        fetched = self._fetched(page, suffix, grown)
        if fetched is not None:
            return PAGE_FORMATS[suffix].exported(page, fetched, self._hosts)
        files = self._files(page)
        path = self._doc.path(files.files[suffix]) if suffix in files.files else None
        if path is None:
            return None
        stored = self._stored(path, suffix, files.originals.get(suffix, {}), grown)
        return PAGE_FORMATS[suffix].renewed(page, stored) if self._is_same(page, suffix) else stored

    def _stored(self, path: str, suffix: str, originals: Originals, grown: Grown) -> PageText:
        content = self._held.tree.read(path)
        grown(len(content))
        try:
            return PAGE_FORMATS[suffix].stored(content, originals)
        except ValueError as error:
            raise damaged(path, self._held.tree) from error

    def suffixes(self, page: Page) -> tuple[str, ...]:
        """The formats in which there is a text."""
        files = self._files(page).files
        return tuple(
            suffix
            for suffix in PAGE_FORMATS
            if self._is_fetched(page, suffix)
            or (suffix in self._kept and suffix in files and self._doc.path(files[suffix]))
        )

    def references(self, page: Page) -> list[AssetReference]:
        """The hosted files that the page names in the formats in which it will be there, those of the HTML first."""
        if page.id not in self._references:
            self._references[page.id] = self._find_references(page)
        return self._references[page.id]

    def _find_references(self, page: Page) -> list[AssetReference]:
        found: list[AssetReference] = []
        for suffix in reversed(self.suffixes(page)):
            with _TURNS.turn() as grown:
                found += self._references_in(page, suffix, grown)
        return list({reference.blob_id: reference for reference in reversed(found)}.values())[::-1]

    def _references_in(self, page: Page, suffix: str, grown: Grown) -> list[AssetReference]:
        """Those of one format; texts of many docs are looked through at once, large ones one after the other."""
        text = self._fetched(page, suffix, grown)
        if text is None and (stored := self.get(page, suffix, grown)):
            text = stored.body
        return PAGE_FORMATS[suffix].assets(text, self._hosts) if text else []

    def is_plain(self, page: Page) -> bool:
        """Whether the page's Markdown is no more than plain text."""
        if self._is_fetched(page, ".md"):
            return self._content is not None and self._content.pages[page.id].plain
        return self._files(page).plain

    def _files(self, page: Page) -> PageFiles:
        entry = self._doc.stored.pages.get(page.id)
        return stored_page_files(entry) if entry else PageFiles({})

    def _is_same(self, page: Page, suffix: str) -> bool:
        return bool(self._content and isinstance(self._content.pages[page.id].texts.get(suffix), Same))

    def _is_fetched(self, page: Page, suffix: str) -> bool:
        return bool(self._content and isinstance(self._content.pages[page.id].texts.get(suffix), Fetched))

    def _fetched(self, page: Page, suffix: str, grown: Grown) -> str | None:
        outcome = self._content.pages[page.id].texts.get(suffix) if self._content else None
        if not isinstance(outcome, Fetched):
            return None
        with naming(outcome.value):
            grown(outcome.value.stat().st_size)
        return read_text(outcome.value)
