"""What a commit says that it holds: the docs of its manifest, and the items of a doc's `metadata.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import compress
from operator import ne
from typing import Any

from coda_git_mirror.format import layout
from coda_git_mirror.format.metadata import Originals
from coda_git_mirror.format.table_parts import CSV, JSONL, files_of
from coda_git_mirror.model.content import Json, name_of

DOC, PAGE, TABLE, VIEW = "doc", "page", "table", "view"
_PAGES = "pages"
_ROOMS = {_PAGES: PAGE, "tables": TABLE, "views": VIEW}
_GRIDS = tuple(_ROOMS.items())[1:]
_DETAILS = {"subtitle": "subtitle", "icon": "icon", "contentType": "type"}
_MEMBER_END = b"\n    }"
_LIST_END = _MEMBER_END + b"\n  ]"
Key = tuple[str, str]
"""The kind and id of an item, by which it is known within its doc."""


@dataclass(frozen=True)
class Entry:
    """An item as a commit lists it; `files` are below the doc's folder, the first is the one that `path` names."""

    kind: str
    item: str
    name: str
    parent: str | None = None
    files: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    originals: Mapping[str, Originals] = field(default_factory=dict, compare=False)

    @cached_property
    def key(self) -> Key:
        return self.kind, self.item

    def with_suffix(self, suffix: str) -> tuple[str, ...]:
        """Those of its files that have a suffix."""
        return tuple(file for file in self.files if file.endswith(suffix))


@dataclass(frozen=True)
class ListedDoc:
    """A doc as the manifest names it."""

    id: str
    name: str
    path: str


class Unreadable(Exception):
    """A file is not as this program writes it."""


def listed_docs(content: bytes) -> dict[str, ListedDoc]:
    """The docs of a manifest by id. Raises Unreadable."""
    try:
        docs = [ListedDoc(_plain(doc["id"]), _plain(doc["name"]), doc["path"]) for doc in json.loads(content)["docs"]]
        return {doc.id: doc for doc in docs if _is_folder(doc.path)}
    except _WRONG as error:
        raise Unreadable(layout.MANIFEST) from error


@lru_cache(10_000)
def _is_folder(path: str) -> bool:
    """Whether a doc can lie there; the same few are asked for again and again."""
    return layout.is_within(path)


@dataclass(frozen=True)
class _Room:
    """A list of a doc's metadata: the text of each of its members, and the entries that it holds."""

    kind: str
    texts: list[bytes]
    entries: list[list[Entry]]


class Listing:
    """The items that the metadata of one doc lists, now and before.

    Of a file that is as this program writes it, each top page, table and view stands in lines of its own: those that
    are as they were before are not read again.
    """

    def __init__(self) -> None:
        self._rooms: list[_Room] = []
        self._by_file: dict[str, Key] = {}
        self._by_key: dict[Key, Entry] = {}
        self.folder = ""
        """Where the doc lay when its items were listed last; empty while nothing is to be relied on."""

    def update(self, content: bytes) -> list[Entry] | None:
        """Reads the pages in sidebar order, tables and views of a doc's metadata. Raises Unreadable.

        Gives the entries that are other ones now; None where there are other items, or in another order.
        """
        try:
            texts = _texts_of(content)
            changed = self._in_place(texts)
            if changed is None:
                return self._anew(self._read(texts) or _every(json.loads(content)))
        except _WRONG as error:
            raise Unreadable(layout.METADATA) from error
        self._by_key |= {entry.key: entry for entry in changed}
        self._by_file |= {file: entry.key for entry in changed for file in entry.files}
        return changed

    @property
    def entries(self) -> list[Entry]:
        """All that are listed."""
        return list(self._by_key.values())

    def holding(self, files: Iterable[str]) -> list[Entry]:
        """The entries to which files below the doc's folder belong, or belonged once."""
        keys = filter(None, map(self._by_file.get, files))
        return [self._by_key[key] for key in keys if key in self._by_key]

    def _in_place(self, texts: Sequence[Sequence[bytes]]) -> list[Entry] | None:
        """The entries whose text is another one; None unless all lists have the items that they had, in place."""
        known = [room.texts for room in self._rooms]
        if not known or list(map(len, known)) != list(map(len, texts)):
            return None
        found: list[tuple[_Room, int, bytes, list[Entry]]] = []
        for room, now in zip(self._rooms, texts, strict=True):
            for place in compress(range(len(now)), map(ne, room.texts, now)):
                entries = _entries_in(room.kind, now[place])
                if [entry.key for entry in entries] != [entry.key for entry in room.entries[place]]:
                    return None
                found.append((room, place, now[place], entries))
        for room, place, text, entries in found:
            room.texts[place], room.entries[place] = text, entries
        return [entry for *_, entries in found for entry in entries]

    def _read(self, texts: Sequence[list[bytes]]) -> list[Entry]:
        """All entries, of which those whose text is known already are not read again."""
        known = {room.kind: dict(zip(room.texts, room.entries, strict=True)) for room in self._rooms}
        self._rooms = []
        rooms = [
            _Room(kind, some, [known.get(kind, {}).get(text) or _entries_in(kind, text) for text in some])
            for kind, some in zip(_ROOMS.values(), texts, strict=bool(texts))
        ]
        every = [entry for room in rooms for entries in room.entries for entry in entries]
        if len({entry.key for entry in every}) == len(every):
            self._rooms = rooms
        return every

    def _anew(self, every: Iterable[Entry]) -> list[Entry] | None:
        entries = {entry.key: entry for entry in every}
        is_alike = list(entries) == list(self._by_key)
        changed = [entry for key, entry in entries.items() if entry is not self._by_key.get(key)]
        self._by_key = entries
        self._by_file |= {file: entry.key for entry in changed for file in entry.files}
        return changed if is_alike else None


def _texts_of(content: bytes) -> list[list[bytes]]:
    """The text of each top page, table and view, all but the last of a list without its end; empty where one lacks."""
    found: list[list[bytes]] = []
    end = 0
    for room in _ROOMS:
        name = b'\n  "%s": [' % room.encode()
        begin = content.find(name, end)
        if begin < 0:
            return []
        begin += len(name)
        is_empty = content.startswith(b"]", begin)
        end = begin if is_empty else content.find(_LIST_END, begin) + len(_MEMBER_END)
        if end < begin:
            return []
        found.append([] if is_empty else content[begin:end].split(_MEMBER_END + b","))
    return found


def _entries_in(kind: str, text: bytes) -> list[Entry]:
    entry = json.loads(text if text.endswith(_MEMBER_END) else text + b"}")
    return [*_pages([entry])] if kind == PAGE else [_grid(kind, entry)]


def _every(metadata: Json) -> list[Entry]:
    pages = _pages(metadata[_PAGES])
    return [*pages, *(_grid(kind, entry) for room, kind in _GRIDS for entry in metadata[room])]


_WRONG = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


def _pages(listed: list[Json]) -> Iterator[Entry]:
    waiting: list[tuple[Json, str | None]] = [(entry, None) for entry in reversed(listed)]
    while waiting:
        entry, parent = waiting.pop()
        page = _page(entry, parent)
        yield page
        if children := entry["children"]:
            waiting += [(child, page.item) for child in reversed(children)]


def _page(entry: Json, parent: str | None) -> Entry:
    files = entry["files"]
    ordered = tuple(files[suffix] for suffix in layout.PAGE_SUFFIXES if suffix in files)
    links = entry.get("links")
    originals = {suffix: _originals(links[suffix]) for suffix in links} if links else {}
    return Entry(PAGE, _plain(entry["id"]), _plain(name_of(entry)), parent, ordered, _details(entry), originals)


def _originals(links: Mapping[str, str]) -> Originals:
    return {int(ordinal): link for ordinal, link in links.items()}


def _details(entry: Json) -> tuple[str, ...]:
    """What a person sees of a page beside its name and text; the last is whether it is hidden."""
    shown = (f"{word}\t{_detail(entry.get(name))}" for name, word in _DETAILS.items())
    return (*shown, "hidden" if entry.get("isHidden") else "")


def _detail(value: Any) -> str:
    return _plain(str((value.get("name") if isinstance(value, dict) else value) or ""))


def _grid(kind: str, entry: Json) -> Entry:
    suffixes = (CSV, ".json", JSONL) if kind == TABLE else (CSV, ".json")
    files = tuple(file for suffix in suffixes for file in files_of(entry, suffix))
    return Entry(kind, _plain(entry["id"]), _plain(name_of(entry)), None, files)


def _plain(text: str) -> str:
    """Text as a database can hold it: without lone surrogates."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode() if any("\ud800" <= each <= "\udfff" for each in text) else text
