"""Reads the content of one doc with several workers; what fails is a value, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.outline import Outlined
from coda_git_mirror.errors import CodaError, NotExportable, NotThere, OutOfPatience, TokenRefused
from coda_git_mirror.format.markdown import unexportable_body
from coda_git_mirror.format.tables import csv_row, row_key, row_record
from coda_git_mirror.mirror.spool import SortedSpool
from coda_git_mirror.model.content import Column, Json, Page, Table
from coda_git_mirror.model.outcome import Failed, Fetched, Gone, Kept, Outcome
from coda_git_mirror.progress import Progress

UNEXPORTABLE_TYPES = frozenset({"embed", "syncPage", "table"})
"""Page types that answer every export with 400 (FACTS.md, Page export); an unknown type is tried."""

T = TypeVar("T")


@dataclass(frozen=True)
class TableRows:
    """A table's columns, and its rows as lines of the JSONL and of the CSV file, in order."""

    columns: tuple[Column, ...]
    lines: SortedSpool


@dataclass(frozen=True)
class DocContent:
    """What became of each page's Markdown and of each table, by id."""

    pages: dict[str, Outcome[str]]
    tables: dict[str, Outcome[TableRows]]

    def close(self) -> None:
        for outcome in self.tables.values():
            if isinstance(outcome, Fetched):
                outcome.value.lines.close()


def fetch_doc(source: Source, outlined: Outlined, pool: Executor, spool_folder: Path, progress: Progress) -> DocContent:
    """Reads every page and table that the outline shows. Raises only what ends the whole run."""
    outline = outlined.outline

    def page(item: Page) -> Outcome[str]:
        outcome = _attempt(
            lambda: _page_body(source, outline.doc.id, item), lambda: source.page(outline.doc.id, item.id)
        )
        progress.page_done()
        return outcome

    def table(item: Table) -> Outcome[TableRows]:
        return _attempt(
            lambda: _table_rows(source, outline.doc.id, item, spool_folder, progress),
            lambda: source.table(outline.doc.id, item.id),
        )

    tables = {item.id: pool.submit(table, item) for item in outline.tables if item.id not in outlined.unseen_tables}
    pages = {item.id: pool.submit(page, item) for item in outline.pages if item.id not in outlined.unseen_pages}
    waiting: list[Future[Outcome[str]] | Future[Outcome[TableRows]]] = [*tables.values(), *pages.values()]
    try:
        return DocContent(
            pages={**_unseen(outlined.unseen_pages.items()), **{key: job.result() for key, job in pages.items()}},
            tables={**_unseen(outlined.unseen_tables.items()), **{key: job.result() for key, job in tables.items()}},
        )
    finally:
        for job in waiting:
            job.cancel()


def _unseen(reasons: Iterable[tuple[str, str]]) -> dict[str, Kept | Failed]:
    return {item_id: Failed(reason) if reason else Kept() for item_id, reason in reasons}


def _attempt(read: Callable[[], T], look: Callable[[], object]) -> Outcome[T]:
    """Reads an item; where Coda says that it is not there, a look at the item itself decides whether it is gone."""
    try:
        try:
            return Fetched(read())
        except NotThere as error:
            look()
            return Failed(str(error))
    except NotThere:
        return Gone()
    except (TokenRefused, OutOfPatience):
        raise
    except CodaError as error:
        return Failed(str(error))


def _page_body(source: Source, doc_id: str, page: Page) -> str:
    if page.content_type in UNEXPORTABLE_TYPES:
        return unexportable_body(page.content_type)
    try:
        return source.export_page(doc_id, page.id, "markdown")
    except NotExportable:
        return unexportable_body(page.content_type)


def _table_rows(source: Source, doc_id: str, table: Table, spool_folder: Path, progress: Progress) -> TableRows:
    columns = tuple(source.columns(doc_id, table.id))
    spool = SortedSpool(spool_folder)
    try:
        source.rows(doc_id, table.id, _RowLines(columns, spool, progress))
    except BaseException:
        spool.close()
        raise
    return TableRows(columns, spool)


class _RowLines:
    """Turns rows into lines of both files as they arrive, so that no row is kept as an object."""

    def __init__(self, columns: tuple[Column, ...], spool: SortedSpool, progress: Progress) -> None:
        self._columns, self._spool, self._progress = columns, spool, progress

    def restart(self) -> None:
        self._spool.clear()

    def take(self, items: list[Json]) -> None:
        for row in items:
            self._spool.add(row_key(row), row_record(row), csv_row(row, self._columns))
        self._progress.rows_read(len(items))
