"""Takes up what an earlier run read and could not publish, as long as it is what Coda would give now.

That is so while the doc's `updatedAt` is the same and the content was read late enough after that edit; what was read
earlier counts as long as the doc is not settled now either, for then it will be read again anyway (visits.py). A page
with links into docs shows their names: it is taken up while none of these docs has changed.

What is calculated moves no time: such tables, views, whose filters may be calculated, and formulas are *unsure*. They
are read anew, and a page is taken up only while they are as they were before it was read. A run that ends in time may
be too short for that: it takes them up as well, until the doc is there as a whole, and confirms them then (fetch.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.sync.extras import CONTROLS, FORMULAS, Extras
from coda_git_mirror.actions.sync.headway import Headway
from coda_git_mirror.actions.sync.table_files import TableFiles
from coda_git_mirror.actions.sync.visits import Calendar
from coda_git_mirror.format.assets import AssetReference
from coda_git_mirror.format.links import docs_led_into, may_lead_into_docs
from coda_git_mirror.model.content import Column, Doc, Table
from coda_git_mirror.model.downloads import Download
from coda_git_mirror.state.fetched import HOSTED_FILE, FetchedFiles, KeptItem

EXTRAS = "extras"


class Resumption:
    """Reads an item, or recalls it. Nothing is recalled by a run that is to read everything.

    `docs` are all that the run is about: names in them may stand on any page. `ends_in_time`: what is unsure is taken
    up too.
    """

    def __init__(
        self, files: FetchedFiles, calendar: Calendar, docs: Iterable[Doc], *, ends_in_time: bool = False
    ) -> None:
        self._files, self._calendar, self.ends_in_time = files, calendar, ends_in_time
        self._docs = {doc.id: doc for doc in docs}
        self._headway: dict[str, Headway] = {}
        self._begun = frozenset(tuple(key.split(" ", 2)[:2]) for key in files.kept())

    def headway(self, doc_id: str) -> Headway:
        """That of a doc so far."""
        return self._headway.setdefault(doc_id, Headway())

    def has_begun(self, doc: Doc) -> bool:
        """Whether an earlier run has read anything of the doc as it is now."""
        return (doc.id, doc.updated) in self._begun

    def text(self, doc: Doc, page_id: str, suffix: str, read: Callable[[], str], anew: bool = False) -> Path:
        """The file of a page's text in one format; `anew`, what an earlier run read is not taken up."""
        key, headway = self._key(doc, "text", page_id, suffix), self.headway(doc.id)
        kept = None if anew else self._recalled(doc, key)
        if kept and (kept.value is None or self._knows_names(kept)):
            headway.texts.add((page_id, suffix))
            headway.pages[page_id] = min(kept.run, headway.pages.get(page_id, kept.run))
            return kept.files[0].path
        text = read()
        path = self._files.keep_text(text)
        self._files.keep(key, self._names(text), self._files.summed(path))
        headway.texts.add((page_id, suffix))
        headway.new += not anew
        return path

    def has_text(self, doc: Doc, page_id: str, suffix: str) -> bool:
        """Whether an earlier run read a page's text in this format, as of the doc's present time."""
        return self._recalled(doc, self._key(doc, "text", page_id, suffix)) is not None

    def table(self, doc: Doc, table: Table, read: Callable[[], TableFiles], anew: bool = False) -> TableFiles:
        """The files of a table or view; `anew`, also what may be taken up is read again."""
        key = self._key(doc, "grid", table.id, str(self._calendar.options.max_table_bytes))
        kept = self._recalled(doc, key)
        known = _table_files(kept) if kept else None
        if kept and known and self._is_taken_up(doc, table.id, kept, _is_unsure(table, known), anew):
            files, since = known, int(kept.value["since"])
        else:
            files = read()
            since = self._since(doc, table.id, kept, known is not None and _is_same(known, files))
            value = {**asdict(files), "csv": None, "rows": None, "since": since}
            self._files.keep(key, value, [*files.csv, *files.rows])
        if _is_calculated(table, files):
            self.headway(doc.id).since[table.id] = since
        self.headway(doc.id).grids.add(table.id)
        return files

    def extras(self, doc: Doc, read: Callable[[], Extras], anew: bool = False) -> Extras:
        """Formulas, controls and sharing, of which nothing tells when they change; `anew` as for `table`."""
        key = self._key(doc, EXTRAS)
        kept = self._recalled(doc, key)
        known = _extras(kept) if kept else None
        if kept and known and self._is_taken_up(doc, EXTRAS, kept, True, anew):
            extras, since = known, int(kept.value["since"])
        else:
            extras = read()
            since = self._since(doc, EXTRAS, kept, known is not None and _values(known) == _values(extras))
            if not extras.failed and (self.ends_in_time or any(_values(extras))):
                self._files.keep(key, {**asdict(extras), "since": since}, [])
        if any(_values(extras)):
            self.headway(doc.id).since[EXTRAS] = since
        return extras

    def details(self, doc: Doc, table: Table, read: Callable[[], Table]) -> Table:
        """What Coda says of a table or view by itself; only a run that ends in time takes it up, or keeps it."""
        if not self.ends_in_time:
            return read()
        key = self._key(doc, "details", table.id)
        if kept := self._recalled(doc, key):
            return Table(**kept.value)
        found = read()
        self._files.keep(key, asdict(found), [])
        self.headway(doc.id).new += 1
        return found

    def is_confirmed_in_parts(self, doc: Doc) -> bool:
        """Whether runs since the first in which the doc was whole have confirmed all of it, though none did alone."""
        key = self._key(doc, "whole")
        if kept := self._recalled(doc, key):
            return self.headway(doc.id).is_proved(int(kept.value))
        self._files.keep(key, self._files.run, [])
        return False

    def asset(self, blob_id: str, read: Callable[[], tuple[Download, Path]]) -> tuple[Download, Path]:
        """A hosted file: a blob id is always the same bytes (coda-api.md, Hosted files); one too large stays so."""
        options = self._calendar.options
        whole, too_large = f"{HOSTED_FILE}{blob_id}", f"{HOSTED_FILE}{blob_id} over {options.largest_asset}"
        kept = None if options.full else self._files.recall(whole) or self._files.recall(too_large)
        if kept:
            return Download(**kept.value), kept.files[0].path if kept.files else self._files.new()
        download, path = read()
        if download.taken:
            self._files.keep(whole, asdict(download), self._files.summed(path))
        else:
            self._files.keep(too_large, asdict(download), [])
        return download, path

    def _key(self, doc: Doc, *item: str) -> str:
        return " ".join((doc.id, doc.updated, self._calendar.options.key, *item))

    def _is_taken_up(self, doc: Doc, item_id: str, kept: KeptItem, unsure: bool, anew: bool) -> bool:
        """Whether an item need not be read; notes what that leaves to be confirmed."""
        if not unsure:
            return True
        if anew or not self.ends_in_time:
            return False
        self.headway(doc.id).unconfirmed[item_id] = kept.run
        return True

    def _since(self, doc: Doc, item_id: str, kept: KeptItem | None, same: bool) -> int:
        """As of which run an item that this one has read is as it is now."""
        headway = self.headway(doc.id)
        headway.unconfirmed.pop(item_id, None)
        headway.new += kept is None
        headway.changed |= kept is not None and not same
        return int(kept.value["since"]) if kept and same else self._files.run

    def _recalled(self, doc: Doc, key: str) -> KeptItem | None:
        kept = None if self._calendar.options.full else self._files.recall(key)
        if kept is None or not doc.updated:
            return None
        return kept if self._is_as_settled(doc.updated, kept) else None

    def _names(self, text: str) -> Any:
        """What has to stay as it is for a text to be taken up: None where it leads into no docs."""
        if not may_lead_into_docs(text):
            return None
        docs = docs_led_into(text)
        return {"docs": docs and sorted(docs), "names": self._digest(docs)}

    def _digest(self, docs: Collection[str] | None) -> str:
        known = sorted((doc.id, doc.updated, doc.name) for doc in self._led_into(docs))
        return sha256(json.dumps(known).encode()).hexdigest()

    def _led_into(self, docs: Collection[str] | None) -> list[Doc]:
        """The docs of these ids that the run is about; all of them where nobody can say."""
        return [doc for doc in self._docs.values() if docs is None or doc.id in docs]

    def _knows_names(self, kept: KeptItem) -> bool:
        """Whether what was kept shows the names of all docs, and of all that is in them, as they are now."""
        docs = kept.value["docs"]
        are_settled = all(self._is_as_settled(doc.updated, kept) for doc in self._led_into(docs))
        return kept.value["names"] == self._digest(docs) and are_settled

    def _is_as_settled(self, updated: str, kept: KeptItem) -> bool:
        was_settled = self._calendar.is_settled(updated, kept.read_at)
        return was_settled or not self._calendar.is_settled(updated, self._calendar.now)


def _is_calculated(table: Table, files: TableFiles) -> bool:
    """Whether it may become another one while no time moves."""
    return table.is_view or files.is_calculated


def _is_unsure(table: Table, files: TableFiles) -> bool:
    return bool(_is_calculated(table, files) or files.lacks or files.doubt)


def _is_same(one: TableFiles, other: TableFiles) -> bool:
    return [it.oid for it in (*one.csv, *one.rows)] == [it.oid for it in (*other.csv, *other.rows)]


def _values(extras: Extras) -> list[Any]:
    return [extras.given.get(name) for name in (FORMULAS, CONTROLS)]


def _extras(kept: KeptItem) -> Extras:
    value: Mapping[str, Any] = kept.value
    return Extras(value["given"], tuple(value["denied"]))


def _table_files(kept: KeptItem) -> TableFiles:
    value: dict[str, Any] = kept.value
    part_rows = tuple(value["part_rows"])
    return TableFiles(
        columns=tuple(Column(**column) for column in value["columns"]),
        csv=kept.files[: len(part_rows)],
        rows=kept.files[len(part_rows) :],
        part_rows=part_rows,
        assets=tuple(AssetReference(**asset) for asset in value["assets"]),
        lacks=value["lacks"],
        doubt=value["doubt"],
    )
