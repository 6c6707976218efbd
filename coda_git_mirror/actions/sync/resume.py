"""Takes up what an earlier run read and could not publish, as long as it is what Coda would give now.

That is so while the doc's `updatedAt` is the same and the content was read late enough after that edit; what was read
earlier counts as long as the doc is not settled now either, for then it will be read again anyway (visits.py). A page
with links into docs shows their names: it is taken up while no doc of the account has changed. What is calculated moves
no time: such tables are not taken up, nor views, whose filters may be calculated; pages are while the values stay.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.sync.table_files import TableFiles
from coda_git_mirror.actions.sync.visits import Calendar
from coda_git_mirror.format.assets import AssetReference
from coda_git_mirror.format.links import may_lead_into_docs
from coda_git_mirror.model.content import Column, Doc, Table
from coda_git_mirror.model.downloads import Download
from coda_git_mirror.state.fetched import FetchedFiles, KeptItem


class Resumption:
    """Reads an item, or recalls it. Nothing is recalled by a run that is to read everything.

    `docs` are all that the run is about: names in them may stand on any page.
    """

    def __init__(self, files: FetchedFiles, calendar: Calendar, docs: Iterable[Doc]) -> None:
        self._files, self._calendar = files, calendar
        known = sorted((doc.id, doc.updated, doc.name) for doc in docs)
        self._account = sha256(json.dumps(known).encode()).hexdigest()
        self._edits = [updated for _, updated, _ in known]
        self._taken_up: dict[str, dict[str, set[datetime]]] = defaultdict(lambda: defaultdict(set))

    def text(self, doc: Doc, page_id: str, suffix: str, read: Callable[[], str], anew: bool = False) -> Path:
        """The file of a page's text in one format; `anew`, what an earlier run read is not taken up."""
        key = self._key(doc, "page", page_id, suffix)
        kept = None if anew else self._recalled(doc, key)
        if kept and (kept.value is None or self._knows_names(kept)):
            self._taken_up[doc.id][page_id].add(kept.read_at)
            return kept.files[0].path
        text = read()
        path = self._files.keep_text(text)
        self._files.keep(key, self._account if may_lead_into_docs(text) else None, self._files.summed(path))
        return path

    def table(self, doc: Doc, table: Table, read: Callable[[], TableFiles]) -> TableFiles:
        """The files of a table or view; what is in doubt is not kept for a later run."""
        key = self._key(doc, "table", table.id, str(self._calendar.options.max_table_bytes))
        if kept := self._recalled(doc, key):
            return _table_files(kept)
        files = read()
        if not (files.lacks or files.doubt or table.is_view or files.is_calculated):
            self._files.keep(key, {**asdict(files), "csv": None, "rows": None}, [*files.csv, *files.rows])
        return files

    def note_values(self, doc: Doc, values: str) -> None:
        """Remembers by which values a doc is read in this run; `values` names them, and is empty where it has none."""
        if values:
            self._files.keep(self._values_key(doc, self._calendar.now), values, [])

    def outdated(self, doc: Doc, values: str) -> frozenset[str]:
        """The pages of a doc that were taken up from a run in which other values were calculated, or unknown ones."""
        taken_up = self._taken_up[doc.id].items()
        return frozenset(page_id for page_id, times in taken_up if any(self._values(doc, it) != values for it in times))

    def asset(self, blob_id: str, read: Callable[[], tuple[Download, Path]]) -> tuple[Download, Path]:
        """A hosted file: a blob id is always the same bytes (coda-api.md, Hosted files)."""
        kept = None if self._calendar.options.full else self._files.recall(f"asset {blob_id}")
        if kept:
            return Download(**kept.value), kept.files[0].path
        download, path = read()
        if download.taken:
            self._files.keep(f"asset {blob_id}", asdict(download), self._files.summed(path))
        return download, path

    def _key(self, doc: Doc, *item: str) -> str:
        return " ".join((doc.id, doc.updated, self._calendar.options.key, *item))

    def _values_key(self, doc: Doc, read_at: datetime) -> str:
        return self._key(doc, "values", read_at.isoformat())

    def _values(self, doc: Doc, read_at: datetime) -> str:
        """What was calculated in the run of that instant."""
        kept = self._files.recall(self._values_key(doc, read_at))
        return str(kept.value) if kept else ""

    def _recalled(self, doc: Doc, key: str) -> KeptItem | None:
        kept = None if self._calendar.options.full else self._files.recall(key)
        if kept is None or not doc.updated:
            return None
        return kept if self._is_as_settled(doc.updated, kept) else None

    def _knows_names(self, kept: KeptItem) -> bool:
        """Whether what was kept shows the names of all docs, and of all that is in them, as they are now."""
        return bool(kept.value == self._account) and all(self._is_as_settled(edit, kept) for edit in self._edits)

    def _is_as_settled(self, updated: str, kept: KeptItem) -> bool:
        was_settled = self._calendar.is_settled(updated, kept.read_at)
        return was_settled or not self._calendar.is_settled(updated, self._calendar.now)


def _table_files(kept: KeptItem) -> TableFiles:
    value: dict[str, Any] = kept.value
    part_rows = tuple(value["part_rows"])
    return TableFiles(
        columns=tuple(Column(**column) for column in value["columns"]),
        csv=kept.files[: len(part_rows)],
        rows=kept.files[len(part_rows) :],
        part_rows=part_rows,
        assets=tuple(AssetReference(**asset) for asset in value["assets"]),
    )
