"""The pages of a doc compared down to words: their texts as Coda exported them, whatever the mirror made of links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from coda_git_mirror.changes.compare import hidden_now
from coda_git_mirror.changes.sides import Item, Side
from coda_git_mirror.changes.words import compare_texts
from coda_git_mirror.format import layout
from coda_git_mirror.format.html import body_of
from coda_git_mirror.format.metadata import PageFiles, stored_page_files
from coda_git_mirror.format.page_files import PAGE_FORMATS
from coda_git_mirror.model.changes import Kind
from coda_git_mirror.model.content import Json, name_of
from coda_git_mirror.model.differences import Detail, PageDiff, Passage

_FIELDS = {"subtitle": "subtitle", "icon": "icon", "contentType": "type"}
_NO_FILES = PageFiles({})
_DEEPEST = 200


def compare_pages(
    before: Mapping[str, Json], after: Mapping[str, Json], old: Side, new: Side, only: str | None = None
) -> Iterator[PageDiff]:
    """The pages that differ, in sidebar order, those that went last; or the `only` one that is asked for."""
    for page_id in {**after, **before} if only is None else {only} & {*after, *before}:
        item = Item(before.get(page_id), after.get(page_id), old, new)
        details, hidden = tuple(_details(item)), hidden_now(item)
        kind = item.page_kind or (Kind.CHANGED if details or hidden is not None else None)
        if kind is None:
            continue
        way_before, way_after, texts = _way(before, page_id), _way(after, page_id), _Texts(item)
        renamed = kind is Kind.MOVED or bool(item.former_name)
        yield PageDiff(
            kind=kind,
            id=page_id,
            way=way_after or way_before,
            former_way=way_before if renamed else (),
            hidden=hidden,
            details=details,
            text=texts.passages,
            only_links=texts.only_links and not (details or renamed or hidden is not None),
            other_forms=texts.other_forms,
            file=texts.file,
            newer=texts.newer,
        )


def other_order(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[str]:
    """The names of the pages whose subpages, as far as they were there before, stand in another order now."""
    olds = _by_parents(before)
    for parent, now in _by_parents(after).items():
        was = olds.get(parent, {})
        if [page for page in was if page in now] != [page for page in now if page in was]:
            yield name_of(after.get(str(parent), {}))


def _by_parents(pages: Mapping[str, Json]) -> dict[str | None, dict[str, Json]]:
    """The subpages of each page, in order; of none the top pages."""
    found: dict[str | None, dict[str, Json]] = {}
    for page, entry in pages.items():
        found.setdefault(entry.get("parent"), {})[page] = entry
    return found


@dataclass(frozen=True)
class _Texts:
    """The texts of a page in both states, in the first form that it has: Markdown, else HTML."""

    item: Item

    @cached_property
    def _old(self) -> PageFiles:
        return stored_page_files(self.item.was) if self.item.was else _NO_FILES

    @cached_property
    def _new(self) -> PageFiles:
        return stored_page_files(self.item.now) if self.item.now else _NO_FILES

    @property
    def _shared(self) -> list[str]:
        return [suffix for suffix in PAGE_FORMATS if suffix in self._old.files and suffix in self._new.files]

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """What differs in that form; all of the text of a page that came or went."""
        return compare_texts(*self._both(self._form)) if self._form else ()

    @property
    def newer(self) -> str:
        """The newer one of the texts that are compared."""
        return _body(self.item.new, self._new, self._form) if self._form else ""

    @property
    def _form(self) -> str | None:
        """The form in which they are compared: one of both, but of a page that came or went the first that it has."""
        either = [suffix for suffix in PAGE_FORMATS if suffix in {**self._old.files, **self._new.files}]
        came_or_went = not (self._old.files and self._new.files)
        return next(iter(self._shared or (either if came_or_went else [])), None)

    @property
    def other_forms(self) -> bool:
        """Whether the page has other forms, or only another form than the first one shows a difference."""
        if not (self._old.files and self._new.files):
            return False
        if self._old.files.keys() != self._new.files.keys():
            return True
        return not self.passages and any(before != after for before, after in map(self._both, self._shared[1:]))

    @property
    def only_links(self) -> bool:
        """Whether the files differ in nothing but links, which follow what they lead to."""
        if self.passages or self.other_forms or not self._shared:
            return False
        links = (self._old.originals, self._new.originals)
        return any(links) and any(
            self.item.old.digest(self._old.files[each]) != self.item.new.digest(self._new.files[each])
            for each in self._shared
        )

    @property
    def file(self) -> str:
        """Where the page lies in the mirror, or lay last."""
        side, held = (self.item.new, self._new) if self._new.files else (self.item.old, self._old)
        first = next((held.files[suffix] for suffix in PAGE_FORMATS if suffix in held.files), None)
        return layout.inside(side.place.path, first) if side.place and first else ""

    def _both(self, suffix: str) -> tuple[str, str]:
        return _body(self.item.old, self._old, suffix), _body(self.item.new, self._new, suffix)


def _body(side: Side, held: PageFiles, suffix: str) -> str:
    file = held.files.get(suffix)
    if file is None:
        return ""
    body = PAGE_FORMATS[suffix].stored(side.read(file), held.originals.get(suffix, {})).body
    return body_of(body) if suffix == ".html" else body


def _details(item: Item) -> Iterator[Detail]:
    for name, shown in _FIELDS.items() if item.was and item.now else ():
        before, after = _named((item.was or {}).get(name)), _named((item.now or {}).get(name))
        if before != after:
            yield Detail(shown, before, after)


def _named(value: Any) -> str:
    return str((value.get("name") if isinstance(value, dict) else value) or "")


def _way(pages: Mapping[str, Json], page_id: str) -> tuple[str, ...]:
    """The names of the pages above, and of the page itself."""
    way: list[str] = []
    entry = pages.get(page_id)
    while entry and len(way) < _DEEPEST:
        way.insert(0, name_of(entry))
        entry = pages.get(str(entry.get("parent")))
    return tuple(way)
