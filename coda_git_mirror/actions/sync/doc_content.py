"""What became of the content of a doc: of each page in each format, of each table and view, and of the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from coda_git_mirror.actions.sync.extras import Extras
from coda_git_mirror.actions.sync.table_files import TableFiles
from coda_git_mirror.errors import CodaError, ExportDenied, NotThere, OutOfPatience, TokenRefused, Unaddressable
from coda_git_mirror.model.content import Outline
from coda_git_mirror.model.outcome import Denied, Failed, Fetched, Gone, Outcome

T = TypeVar("T")


@dataclass(frozen=True)
class PageContent:
    """What became of a page's text in each format, by suffix; `plain` where Coda gave plain text for an export."""

    texts: Mapping[str, Outcome[Path]]
    plain: bool = False


@dataclass(frozen=True)
class DocContent:
    """What became of each page, of each table and view, by id, and of the rest of a doc."""

    pages: Mapping[str, PageContent]
    tables: Mapping[str, Outcome[TableFiles]]
    extras: Extras

    @property
    def doubts(self) -> tuple[str, ...]:
        """What in Coda's answers does not fit together, and was believed all the same."""
        read = {table_id: it.value for table_id, it in self.tables.items() if isinstance(it, Fetched)}
        return tuple(f"{table_id}: {files.doubt}" for table_id, files in read.items() if files.doubt)

    def is_fetched(self, table_id: str) -> bool:
        """Whether a table or view was read anew."""
        return isinstance(self.tables.get(table_id), Fetched)

    def is_gone(self, item_id: str) -> bool:
        """Whether a page, table or view turned out to be deleted while the doc was read."""
        if item_id in self.tables:
            return isinstance(self.tables[item_id], Gone)
        return any(isinstance(outcome, Gone) for outcome in self.pages[item_id].texts.values())


def without_gone(outline: Outline, content: DocContent) -> Outline:
    """The outline without what turned out to be deleted while the doc was read."""
    return Outline(
        outline.doc,
        tuple(page for page in outline.pages if not content.is_gone(page.id)),
        tuple(table for table in outline.tables if not content.is_gone(table.id)),
        tuple(view for view in outline.views if not content.is_gone(view.id)),
    )


def attempt(read: Callable[[], T], look: Callable[[], object], is_listed: Callable[[], bool]) -> Outcome[T]:
    """Reads an item; it is gone where neither Coda's word for itself nor a listing has it (mirror-format.md, law 7)."""
    try:
        try:
            return Fetched(read())
        except NotThere as error:
            return Failed(str(error)) if _is_there(look) or is_listed() else Gone()
    except (TokenRefused, OutOfPatience, ExportDenied):
        raise
    except Unaddressable as error:
        return Denied(str(error))
    except CodaError as error:
        return Failed(str(error))


def _is_there(look: Callable[[], object]) -> bool:
    try:
        look()
    except NotThere:
        return False
    return True
