"""Takes up what an earlier run read and could not publish, as long as it is what Coda would give now.

That is so while the doc's `updatedAt` is the same and the content was read late enough after that edit; what was read
earlier counts as long as the doc is not settled now either, for then it will be read again anyway (visits.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.sync.table_files import TableFiles
from coda_git_mirror.actions.sync.visits import Calendar
from coda_git_mirror.format.assets import AssetReference
from coda_git_mirror.mirror.fetched import FetchedFiles, KeptItem
from coda_git_mirror.model.content import Column, Doc
from coda_git_mirror.model.downloads import Download


class Resumption:
    """Reads an item, or recalls it. Nothing is recalled by a run that is to read everything."""

    def __init__(self, files: FetchedFiles, calendar: Calendar) -> None:
        self._files, self._calendar = files, calendar

    def text(self, doc: Doc, page_id: str, suffix: str, read: Callable[[], str]) -> Path:
        """The file of a page's text in one format."""
        key = self._key(doc, "page", page_id, suffix)
        if kept := self._recalled(doc, key):
            return kept.files[0].path
        path = self._files.keep_text(read())
        self._files.keep(key, None, self._files.summed(path))
        return path

    def table(self, doc: Doc, table_id: str, read: Callable[[], TableFiles]) -> TableFiles:
        """The files of a table or view."""
        key = self._key(doc, "table", table_id)
        if kept := self._recalled(doc, key):
            return _table_files(kept)
        table = read()
        self._files.keep(key, {**asdict(table), "csv": None, "rows": None}, [table.csv, table.rows])
        return table

    def asset(self, blob_id: str, read: Callable[[], tuple[Download, Path]]) -> tuple[Download, Path]:
        """A hosted file: a blob id is always the same bytes (FACTS.md)."""
        kept = None if self._calendar.options.full else self._files.recall(f"asset {blob_id}")
        if kept:
            return Download(**kept.value), kept.files[0].path
        download, path = read()
        if download.taken:
            self._files.keep(f"asset {blob_id}", asdict(download), self._files.summed(path))
        return download, path

    def _key(self, doc: Doc, *item: str) -> str:
        return " ".join((doc.id, doc.updated, self._calendar.options.key, *item))

    def _recalled(self, doc: Doc, key: str) -> KeptItem | None:
        kept = None if self._calendar.options.full else self._files.recall(key)
        if kept is None or not doc.updated:
            return None
        was_settled = self._calendar.is_settled(doc.updated, kept.read_at)
        return kept if was_settled or not self._calendar.is_settled(doc.updated, self._calendar.now) else None


def _table_files(kept: KeptItem) -> TableFiles:
    value: dict[str, Any] = kept.value
    return TableFiles(
        columns=tuple(Column(**column) for column in value["columns"]),
        csv=kept.files[0],
        rows=kept.files[1],
        row_count=value["row_count"],
        assets=tuple(AssetReference(**asset) for asset in value["assets"]),
    )
