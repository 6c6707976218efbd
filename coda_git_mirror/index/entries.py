"""What a commit says that it holds: the docs of its manifest, and the items of a doc's `metadata.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from coda_git_mirror.format import layout
from coda_git_mirror.format.metadata import Originals
from coda_git_mirror.format.table_parts import CSV, JSONL, files_of
from coda_git_mirror.model.content import Json, name_of

DOC, PAGE, TABLE, VIEW = "doc", "page", "table", "view"
_ROOMS = (("tables", TABLE), ("views", VIEW))
_DETAILS = {"subtitle": "subtitle", "icon": "icon", "contentType": "type"}
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

    @property
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
        return {doc.id: doc for doc in docs if layout.is_within(doc.path)}
    except _WRONG as error:
        raise Unreadable(layout.MANIFEST) from error


def listed_items(content: bytes) -> list[Entry]:
    """Pages in sidebar order, tables and views of a doc's metadata. Raises Unreadable."""
    try:
        metadata = json.loads(content)
        entries = [*_pages(metadata["pages"])]
        for room, kind in _ROOMS:
            entries += (_grid(kind, entry) for entry in metadata[room])
        return list({entry.key: entry for entry in entries}.values())
    except _WRONG as error:
        raise Unreadable(layout.METADATA) from error


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
