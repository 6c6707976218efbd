"""The last commit against Coda: which docs, how much in them, as of when, and samples of their content.

What is sampled follows from ids alone, so that the same mirror is always asked the same questions.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.sync.choose import choose, listed_docs, require_owner
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.outline import stored_page
from coda_git_mirror.actions.verify.report import VerifyReport
from coda_git_mirror.errors import CodaError, NotThere, OutOfPatience, TokenRefused, Unaddressable
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord, Manifest, by_id
from coda_git_mirror.format.metadata import StoredDoc, parse_metadata, stored_page_files
from coda_git_mirror.format.page_files import PAGE_FORMATS
from coda_git_mirror.format.table_parts import files_of
from coda_git_mirror.format.tables import parse_row
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.model.content import Doc, Json
from coda_git_mirror.model.findings import Finding

ROWS_OF_A_DOC = 3
_CATCH_UP = "run `coda-git-mirror sync`"
_READ_ANEW = "run `coda-git-mirror sync --full`"


@dataclass
class _Tally:
    """How much was compared."""

    docs: int = 0
    pages: int = 0
    rows: int = 0
    edited: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


class RemoteCheck:
    """Adds to the report what the mirror and Coda do not agree on. `options` select docs as for a sync."""

    def __init__(self, tree: CommittedTree, source: Source, options: SyncOptions, report: VerifyReport) -> None:
        self._tree, self._source, self._options, self._report = tree, source, options, report
        self._tally = _Tally()

    def run(self, manifest: Manifest) -> None:
        """Raises MirrorError where Coda cannot be asked, or the token is another account's."""
        records = by_id(manifest.docs)
        if not self._options.all_accessible:
            require_owner(manifest.owner, self._source.account())
        choice = choose(self._source, self._options, records, listed_docs(self._source, self._options))
        self._tally.unreadable += [problem.doc for problem in choice.problems]
        self._report.findings += self._doc_findings(choice.docs, records, choice.gone)
        for doc_id, record in records.items():
            if doc_id in choice.docs:
                self._compare(choice.docs[doc_id], record)
        self._tell(len(records) - len(choice.docs.keys() & records.keys()) - len(choice.gone))

    def _doc_findings(
        self, docs: Mapping[str, Doc], records: Mapping[str, DocRecord], gone: Iterable[str]
    ) -> Iterator[Finding]:
        for doc in (doc for doc_id, doc in docs.items() if doc_id not in records):
            yield Finding(layout.DOCS, f"lacks the doc {one_line(doc.name)!r}, which Coda has", _CATCH_UP)
        for doc_id in gone:
            yield Finding(records[doc_id].path, "is of a doc that Coda has no more", _CATCH_UP)

    def _compare(self, doc: Doc, record: DocRecord) -> None:
        if (doc.updated, doc.name) != (record.updated, record.name):
            said = f"is as of {record.updated or 'an unknown time'}, and Coda's doc as of {doc.updated or 'another'}"
            self._report.findings.append(Finding(record.path, said, _CATCH_UP))
            self._tally.edited.append(record.name)
            return
        try:
            stored = parse_metadata(self._tree.read(layout.inside(record.path, layout.METADATA)))
            self._report.findings += self._content_findings(record, stored)
            self._tally.docs += 1
        except (TokenRefused, OutOfPatience):
            raise
        except NotThere:
            self._report.findings.append(Finding(record.path, "has something that Coda has no more", _READ_ANEW))
        except CodaError:
            self._tally.unreadable.append(record.name)
        except (KeyError, ValueError):
            self._tally.unreadable.append(f"{record.name} (damaged in the mirror)")

    def _content_findings(self, record: DocRecord, stored: StoredDoc) -> Iterator[Finding]:
        pages = {page.id: page for page in self._source.pages(record.id)}
        grids = {grid.id: grid for grid in self._source.tables(record.id)}
        yield from _differences(record, "page", stored.pages.keys(), pages.keys())
        yield from _differences(record, "table or view", stored.tables.keys() | stored.views.keys(), grids.keys())
        for page_id in pages.keys() & stored.pages.keys():
            if pages[page_id].raw.get("updatedAt") != stored.pages[page_id].get("updatedAt"):
                yield Finding(record.path, f"has the page {page_id} as of another time than Coda", _READ_ANEW)
        for table_id in sorted(grids.keys() & stored.tables.keys()):
            yield from self._row_count_findings(record, stored.tables[table_id])
        yield from self._row_findings(record, stored)
        yield from self._page_findings(record, stored)

    def _row_count_findings(self, record: DocRecord, entry: Json) -> Iterator[Finding]:
        there = self._source.table(record.id, entry["id"]).row_count
        if entry["file"] and there is not None and there != entry["rowCount"]:
            path = layout.inside(record.path, entry["file"])
            yield Finding(path, f"has {counted(entry['rowCount'], 'row')}, and Coda's table {there}", _READ_ANEW)

    def _row_findings(self, record: DocRecord, stored: StoredDoc) -> Iterator[Finding]:
        tables = [entry for entry in stored.tables.values() if entry["file"] and entry["rowCount"]]
        if not tables:
            return
        table = min(tables, key=lambda entry: _rank(entry["id"]))
        paths = [layout.inside(record.path, file) for file in files_of(table, ".jsonl")]
        rows = (parse_row(line) for path in paths for line in self._tree.lines(path))
        for row in heapq.nsmallest(ROWS_OF_A_DOC, rows, key=_rank_of):
            try:
                fresh = self._source.row(record.id, table["id"], row["id"])
            except Unaddressable:
                continue
            self._tally.rows += 1
            if columns := [name for name in row["values"] if row["values"][name] != fresh["values"].get(name)]:
                said = f"has other values than Coda in the row {row['id']} (columns {', '.join(columns)})"
                yield Finding(paths[0], said, _READ_ANEW)

    def _page_findings(self, record: DocRecord, stored: StoredDoc) -> Iterator[Finding]:
        pages = [entry for entry in stored.pages.values() if _can_be_compared(entry)]
        if not pages:
            return
        entry = min(pages, key=lambda page: _rank(page["id"]))
        files, writer = stored_page_files(entry), PAGE_FORMATS[".md"]
        path = layout.inside(record.path, files.files[".md"])
        export = self._source.export_page(record.id, entry["id"], "markdown")
        self._tally.pages += 1
        held = writer.stored(self._tree.read(path), files.originals.get(".md", {}))
        if held.body != writer.exported(stored_page(entry), export, self._options.asset_hosts).body:
            yield Finding(path, "is not what Coda exports of this page", _READ_ANEW)

    def _tell(self, left: int) -> None:
        tally, unchecked = self._tally, self._report.unchecked
        samples = f"{counted(tally.pages, 'page')} and {counted(tally.rows, 'row')}"
        self._report.checked.append(f"counts and times of {counted(tally.docs, 'doc')} in Coda with {samples}")
        unchecked.append("what else these docs hold in Coda: only samples of their content were compared")
        if tally.edited:
            unchecked.append(f"the content of what was edited since the last sync: {', '.join(tally.edited)}")
        if tally.unreadable:
            unchecked.append(f"what Coda did not give: {', '.join(tally.unreadable)}")
        if left - len(tally.unreadable) > 0:
            unchecked.append("docs that are in the mirror and not in the selection of its settings")


def _differences(record: DocRecord, kind: str, held: Iterable[str], there: Iterable[str]) -> Iterator[Finding]:
    lacking, more = set(there) - set(held), set(held) - set(there)
    if lacking:
        yield Finding(record.path, f"lacks a {kind} that Coda has: {', '.join(sorted(lacking))}", _READ_ANEW)
    if more:
        yield Finding(record.path, f"has a {kind} that Coda does not list: {', '.join(sorted(more))}", _READ_ANEW)


def _can_be_compared(entry: Json) -> bool:
    """Whether it is a page that Coda exports, and of which the mirror has the export."""
    files = stored_page_files(entry)
    return entry.get("contentType", "canvas") == "canvas" and ".md" in files.files and not files.plain


def _rank_of(row: Json) -> str:
    return _rank(row["id"])


def _rank(item_id: str) -> str:
    return hashlib.sha256(item_id.encode("utf-8", "surrogatepass")).hexdigest()
