"""What a doc lacks once it was read: the entries of the ledger, and those of them that are news of this run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coda_git_mirror.actions.held import HeldDoc
from coda_git_mirror.actions.sync.assets import DocAssets
from coda_git_mirror.actions.sync.doc_content import DocContent, PageContent
from coda_git_mirror.actions.sync.extras import EXTRAS
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.format.metadata import stored_page_files
from coda_git_mirror.model.content import Doc, Outline, Page, Table
from coda_git_mirror.model.ledger import (
    ASSET,
    DENIED,
    DOC,
    FAILED,
    GONE,
    NO_EXPORT,
    PAGE,
    TABLE,
    UNREAD,
    VIEW,
    Problem,
)
from coda_git_mirror.model.outcome import Denied, Failed, Fetched, Gone, Kept

_NOT_ASKED_FOR = "no sync has asked for it yet"
_CHANGED_SINCE = "no sync has asked for it since it changed"
_NOT_GIVEN = "Coda does not give it to this token"


@dataclass(frozen=True)
class Missing:
    """What a doc lacks now: `entries` are all of the ledger, `told` those that this very run found out."""

    entries: tuple[Problem, ...]
    told: tuple[Problem, ...] = ()


def missing_in(
    outline: Outline,
    held: HeldDoc,
    content: DocContent,
    assets: DocAssets,
    before: Sequence[Problem],
    options: SyncOptions,
) -> Missing:
    """What is missing of a doc that was read; `before` is what the ledger said of it until now.

    An entry stays as it was where nobody asked for its item, and is no more where the item was read, or is gone.
    """
    reckoning = _Reckoning(outline.doc, held, before, options.kept_formats)
    found = [
        *reckoning.whole(options),
        *(entry for page in outline.pages for entry in reckoning.page(page, content.pages[page.id])),
        *(entry for table in outline.tables for entry in reckoning.grid(TABLE, table, content.tables[table.id])),
        *(entry for view in outline.views for entry in reckoning.grid(VIEW, view, content.tables[view.id])),
        *reckoning.extras(content),
        *reckoning.assets(assets),
    ]
    return Missing(tuple(found), tuple(entry for entry in found if _is_news(entry, content, assets, before)))


def missing_files(doc: Doc, held: HeldDoc, assets: DocAssets, before: Sequence[Problem]) -> Missing:
    """The same for a doc of which only hosted files were asked for."""
    found = tuple(_Reckoning(doc, held, before).assets(assets))
    told = tuple(entry for entry in found if _is_news_of_file(entry, assets, before))
    return Missing((*(entry for entry in before if entry.kind != ASSET), *found), told)


def gone_files(problems: Iterable[Problem]) -> tuple[str, ...]:
    """The names of the hosted files that Coda still names and has no more."""
    return tuple(sorted(problem.item for problem in problems if problem.kind == ASSET and problem.state == GONE))


class _Reckoning:
    """Makes the entries of one doc, whose pages the mirror keeps in some formats."""

    def __init__(self, doc: Doc, held: HeldDoc, before: Iterable[Problem], formats: Sequence[str] = ()) -> None:
        self._doc, self._held, self._formats = doc, held, formats
        self._before: Mapping[tuple[str, str], list[Problem]] = defaultdict(list)
        for problem in before:
            self._before[problem.kind, problem.item_id].append(problem)

    def whole(self, options: SyncOptions) -> Iterator[Problem]:
        """What concerns all of the doc stays until all of it was asked for; so do pages or tables of a new doc."""
        if options.pages and options.tables:
            return
        yield from (it for them in self._before.values() for it in them if it.is_of_whole_doc)
        left_out = "tables" if options.pages else "pages"
        if self._held.record is None or self._before[DOC, left_out]:
            yield self._entry(DOC, left_out, left_out, UNREAD, _NOT_ASKED_FOR)

    def page(self, page: Page, content: PageContent) -> Iterator[Problem]:
        """An entry for each reason why formats of the page are missing."""
        formats: dict[tuple[str, str], list[str]] = defaultdict(list)
        for suffix, outcome in content.texts.items():
            if found := self._page_format(page, suffix, outcome):
                formats[found].append(suffix)
        if content.plain:
            formats[DENIED, NO_EXPORT] = sorted({*formats[DENIED, NO_EXPORT], ".md"})
        if not (formats or self._has_file(page, content)):
            formats[UNREAD, _NOT_ASKED_FOR] = []
        for (state, reason), suffixes in formats.items():
            yield self._entry(PAGE, page.id, page.name, state, reason, tuple(sorted(suffixes)))

    def grid(self, kind: str, grid: Table, outcome: object) -> Iterator[Problem]:
        match outcome:
            case Failed(reason):
                yield self._entry(kind, grid.id, grid.name, FAILED, reason)
            case Denied(reason):
                yield self._entry(kind, grid.id, grid.name, DENIED, reason)
            case Fetched(files) if files.lacks:
                yield self._entry(kind, grid.id, grid.name, FAILED, files.lacks)
            case Kept():
                known = self._renamed(kind, grid.id, grid.name)
                yield from known
                stored = self._held.stored.views if kind == VIEW else self._held.stored.tables
                if not known and not stored.get(grid.id, {}).get("file"):
                    yield self._entry(kind, grid.id, grid.name, UNREAD, _NOT_ASKED_FOR)

    def extras(self, content: DocContent) -> Iterator[Problem]:
        extras = content.extras
        if not extras.were_asked_for:
            yield from (it for name in EXTRAS for it in self._before[DOC, name])
        for name, reason in extras.failed.items():
            yield self._entry(DOC, name, name, FAILED, reason)
        for name in extras.denied:
            if name not in self._held.stored.extras:
                yield self._entry(DOC, name, name, DENIED, _NOT_GIVEN)

    def assets(self, assets: DocAssets) -> Iterator[Problem]:
        for blob_id, outcome in assets.missing.items():
            reference = assets.references[blob_id]
            entry = self._entry(ASSET, blob_id, reference.name or blob_id, *_asset_state(outcome))
            known = self._before[ASSET, blob_id]
            if isinstance(outcome, Kept) and known:
                entry = replace(known[0], doc=self._doc.name, item=entry.item)
            url = max(reference.address, *(problem.url for problem in known), reference.url, key=len)
            yield replace(entry, url=url)

    def _page_format(self, page: Page, suffix: str, outcome: object) -> tuple[str, str] | None:
        """The state of one format, and the reason; None where the mirror has what Coda has."""
        match outcome:
            case Failed(reason):
                return FAILED, reason
            case Denied(reason):
                return DENIED, reason
            case Fetched() | Gone():
                return None
        if suffix not in self._formats:
            return None
        known = next((it for it in self._before[PAGE, page.id] if not it.formats or suffix in it.formats), None)
        if known:
            return known.state, known.reason
        return (UNREAD, _CHANGED_SINCE) if outcome == Kept(changed=True) and self._holds(page, suffix) else None

    def _has_file(self, page: Page, content: PageContent) -> bool:
        fetched = any(isinstance(outcome, Fetched) for outcome in content.texts.values())
        return fetched or any(self._holds(page, suffix) for suffix in content.texts)

    def _holds(self, page: Page, suffix: str) -> bool:
        entry = self._held.stored.pages.get(page.id)
        return entry is not None and self._held.path(stored_page_files(entry).files.get(suffix, "")) is not None

    def _renamed(self, kind: str, item_id: str, name: str) -> list[Problem]:
        return [replace(problem, doc=self._doc.name, item=name) for problem in self._before[kind, item_id]]

    def _entry(
        self, kind: str, item_id: str, name: str, state: str, reason: str, formats: tuple[str, ...] = ()
    ) -> Problem:
        return Problem(kind, self._doc.name, name, reason, state, self._doc.id, item_id, formats)


def _asset_state(outcome: Any) -> tuple[str, str]:
    match outcome:
        case Failed(reason):
            return FAILED, reason
        case Denied(reason):
            return DENIED, reason
        case Gone():
            return GONE, "Coda names it and has it no more"
        case _:
            return UNREAD, _NOT_ASKED_FOR


def _is_news(entry: Problem, content: DocContent, assets: DocAssets, before: Iterable[Problem]) -> bool:
    """Whether this run asked for it in vain; that Coda does not give it, or has it no more, is news but once.

    Plain text stands for a page that may not be exported; what only an owner may see is in no guest's mirror.
    """
    if entry.is_of_whole_doc:
        return False
    outcomes: list[object]
    match entry.kind:
        case "asset":
            return _is_news_of_file(entry, assets, before)
        case "page":
            page = content.pages[entry.item_id]
            outcomes, excused = list(page.texts.values()), page.plain
        case "table" | "view":
            outcomes, excused = [content.tables[entry.item_id]], False
        case _:
            return entry.state == FAILED and entry.item_id in content.extras.failed
    asked = any(isinstance(outcome, Failed | Denied | Fetched) for outcome in outcomes)
    return asked and (entry.state == FAILED or (entry.state == DENIED and not excused and not was_known(entry, before)))


def _is_news_of_file(entry: Problem, assets: DocAssets, before: Iterable[Problem]) -> bool:
    if isinstance(assets.missing[entry.item_id], Kept):
        return False
    return entry.state == FAILED or not was_known(entry, before)


def was_known(entry: Problem, before: Iterable[Problem]) -> bool:
    """Whether the ledger has said the same before."""
    return any((it.key, it.state) == (entry.key, entry.state) for it in before)
