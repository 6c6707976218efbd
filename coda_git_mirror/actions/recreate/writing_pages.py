"""Writes on the new pages, a piece after the other, and finds the tables that came of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from coda_git_mirror.actions.recreate.contents import Writing, header_of, pieces_of, resolver, writing
from coda_git_mirror.actions.recreate.flight import Step, Stopped
from coda_git_mirror.actions.recreate.new_doc import NewDoc
from coda_git_mirror.actions.recreate.skeleton import page_key
from coda_git_mirror.actions.recreate.tools import Tools
from coda_git_mirror.errors import CodaError
from coda_git_mirror.model.content import Column, Page, Table
from coda_git_mirror.model.recreation import HostedPicture, NewPage, NotRestored
from coda_git_mirror.state.recreation_journal import Entry

_NO_NAME = re.compile(r"[^A-Za-z0-9]+")
_MOST_LOOKS, _LISTED_AFTER = 4, 10.0
"""How often a new table is looked for, and the seconds between."""
_ENOUGH = 0.5
"""This share of a piece's words has to stand on the page for it to be there: some of them are lost on the way."""


@dataclass(frozen=True)
class _Laid:
    """A page that is there, with what is to be written on it; `keys` are the steps that do."""

    page: NewPage
    new: str
    writings: tuple[Writing, ...]
    keys: tuple[str, ...]

    @property
    def with_tables(self) -> list[int]:
        return [number for number, each in enumerate(self.writings) if each.header]


def table_key(old: str) -> str:
    """Under which the id of a new table is noted."""
    return f"table {old}"


class PageWriter:
    """Knows what is to stand on which page. `lost` cannot be brought back after all, `unmet` Coda did not take."""

    def __init__(self, tools: Tools, doc: NewDoc, doc_link: str, pages: Sequence[Page]) -> None:
        self._tools, self._doc = tools, doc
        self.lost: list[NotRestored] = []
        self.unmet: list[NotRestored] = []
        links = {page.id: page.link for page in pages}
        made = {it.old: tools.journal.made(page_key(it.old)) for it in tools.what.pages}
        final = partial(_finally, doc.id, tools.what.title if tools.what.page is None else tools.what.doc_name)
        new_links = {old: final(links[new]) for old, new in made.items() if new in links}
        new_doc = final(doc_link) if tools.what.page is None else None
        self._resolve = resolver(tools.what, tools.stored, new_doc, new_links, tools.hosts)
        self._tables = {table.old: table for table in tools.what.tables}
        self._laid = [self._lay(page, new) for page in tools.what.pages if (new := made[page.old]) in links and new]

    def write(self) -> None:
        """Writes everything; what got lost on the way once more, at the end of its page."""
        steps = [step for laid in self._laid for step in self._steps(laid)]
        self._fly(steps)
        lost = [key for laid in self._laid for key in self._missing(laid)]
        if lost:
            for key in lost:
                self._tools.journal.forget(key)
            self._fly([step for step in steps if step.key in lost])
        for laid in self._laid:
            self._note_tables(laid)

    def _fly(self, steps: Sequence[Step]) -> None:
        """Sends them, and returns when Coda shows what came of it."""
        self._tools.flight.run(steps)
        refused = self._tools.flight.refused
        names = {key: laid.page.name for laid in self._laid for key in laid.keys}
        self.unmet += [NotRestored(f"a part of the page {names[key]}", reason) for key, reason in refused.items()]
        self._doc.pages_surely()

    def _lay(self, page: NewPage, new: str) -> _Laid:
        kept = [piece for piece in pieces_of(page) if not isinstance(piece, HostedPicture) or self._lives(page, piece)]
        writings = tuple(writing(piece, self._tables, self._resolve) for piece in kept)
        keys = tuple(f"content {page.old} {number}" for number in range(len(writings)))
        return _Laid(page, new, writings, keys)

    def _lives(self, page: NewPage, file: HostedPicture) -> bool:
        """Whether anybody can still read the file, so that Coda can take it over."""
        try:
            if file.url:
                self._tools.source.download(file.url, _Nowhere(), 0, file.name, "")
                return True
        except CodaError:
            pass
        reason = "Coda does not serve the file any more; the mirror has it under assets/"
        self.lost.append(NotRestored(f"{file.name} on the page {page.name}", reason))
        return False

    def _steps(self, laid: _Laid) -> Iterator[Step]:
        before: tuple[str, ...] = ()
        for number, key in enumerate(laid.keys):
            yield self._step(laid, number, before)
            before = (key,)

    def _step(self, laid: _Laid, number: int, after: tuple[str, ...]) -> Step:
        each = laid.writings[number]

        def find(_: Entry) -> str | None:
            self._doc.pages_surely()
            return "" if self._is_there(laid, number) else None

        return Step(
            laid.keys[number],
            after,
            lambda: self._tools.writer.append_content(self._doc.id, laid.new, each.form, each.content),
            find,
        )

    def _is_there(self, laid: _Laid, number: int) -> bool:
        """Whether the last piece that may have been written is on the page, after those that are."""
        each = laid.writings[number]
        if each.header:
            before = [at for at in laid.with_tables if at <= number]
            return len(self._new_tables(laid)) >= len(before)
        readings = list(self._readings(laid))
        if not readings:
            raise Stopped(f"What is on the new page {laid.page.name!r} cannot be read; wait some minutes.")
        return any(self._holds(laid, number, words) for words in readings)

    def _holds(self, laid: _Laid, number: int, words: Counter[str]) -> bool:
        left = Counter(words)
        for earlier in laid.writings[:number]:
            left -= earlier.words
        return _share(laid.writings[number].words, left) >= _ENOUGH

    def _readings(self, laid: _Laid) -> Iterator[Counter[str]]:
        """The words on a page, one way to read them after the other."""
        for read in (self._doc.words, self._doc.exported_words):
            if (words := read(laid.new)) is not None:
                yield words

    def _missing(self, laid: _Laid) -> list[str]:
        """The steps of which Coda says that they are done, and shows nothing however the page is read."""
        done = [number for number, key in enumerate(laid.keys) if self._tools.journal.is_done(key)]
        lost = {number for number in done if not laid.writings[number].header}
        readings = self._readings(laid) if lost else iter(())
        is_read = False
        while lost and (words := next(readings, None)) is not None:
            lost &= set(_absent(laid, done, words))
            is_read = True
        lost = lost if is_read else set()
        if laid.with_tables:
            tables = self._matched_at_last(laid)
            lost |= {number for number in laid.with_tables if number in done and number not in tables}
        return [laid.keys[number] for number in sorted(lost)]

    def _matched_at_last(self, laid: _Laid) -> Mapping[int, Table]:
        """The same as `_matched`, once new tables are listed, which takes some seconds."""
        for _ in range(_MOST_LOOKS):
            tables = self._matched(laid)
            if len(tables) == len(laid.with_tables):
                break
            self._tools.clock.sleep(_LISTED_AFTER)
        return tables

    def _matched(self, laid: _Laid) -> Mapping[int, Table]:
        """The new tables of a page by the pieces that made them: by their headers, else by their order and width."""
        free = [(table, header_of(self._columns(table))) for table in self._new_tables(laid)]
        found: dict[int, Table] = {}
        for is_same in (_is_header, _is_as_wide):
            for number in laid.with_tables:
                wanted = laid.writings[number].header
                match = next((it for it in free if number not in found and is_same(it[1], wanted)), None)
                if match is not None:
                    found[number] = match[0]
                    free.remove(match)
        return found

    def _new_tables(self, laid: _Laid) -> list[Table]:
        """The tables of a page that were not there before."""
        copied = self._tools.what.copy.tables if self._tools.what.copy else ()
        known = {self._tools.journal.made(table_key(table.old)) for table in copied}
        return [table for table in self._doc.tables_on(laid.new) if table.id not in known]

    def _columns(self, table: Table) -> tuple[Column, ...]:
        return tuple(self._tools.source.columns(self._doc.id, table.id))

    def _note_tables(self, laid: _Laid) -> None:
        """Notes which table is which."""
        wanted = {number: old for number, each in enumerate(laid.writings) if (old := each.table)}
        if not any(self._tools.journal.made(table_key(old)) is None for old in wanted.values()):
            return
        for number, table in self._matched(laid).items():
            if old := wanted.get(number):
                self._tools.journal.settle(table_key(old), table.id)


def _absent(laid: _Laid, numbers: Iterable[int], words: Counter[str]) -> Iterator[int]:
    """The pieces of prose that are not among the words of a page, each word counted for one piece only."""
    left = Counter(words)
    for number in numbers:
        each = laid.writings[number]
        if not each.header and _share(each.words, left) < _ENOUGH:
            yield number
        else:
            left -= each.words


def _is_header(there: Sequence[str], wanted: Sequence[str]) -> bool:
    return there == wanted


def _is_as_wide(there: Sequence[str], wanted: Sequence[str]) -> bool:
    return len(there) == len(wanted)


def _share(wanted: Counter[str], there: Counter[str]) -> float:
    """How much of some words is among others; all of it where there are none."""
    total = wanted.total()
    return (wanted & there).total() / total if total else 1.0


def _finally(doc_id: str, title: str, link: str) -> str:
    """An address in the new doc as it is once the doc has its name, which Coda writes before the id."""
    name = _NO_NAME.sub("-", title).strip("-")
    return re.sub(f"/d/[^/#]*?_d{re.escape(doc_id)}", lambda _: f"/d/{name}_d{doc_id}", link, count=1)


class _Nowhere:
    """Takes a file and keeps nothing."""

    def restart(self) -> None:
        pass

    def write(self, content: bytes, /) -> object:
        return len(content)
