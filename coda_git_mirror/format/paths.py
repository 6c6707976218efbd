"""Names of docs, pages and tables as lawful file names (mirror-format.md, law 2).

A path is a pure function of names, ids and creation times, and never depends on anything younger than the item
itself: a newcomer cannot move an old file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from slugify import slugify

from coda_git_mirror.format import layout
from coda_git_mirror.model.content import Doc, Outline, Table
from coda_git_mirror.model.page_tree import PageNode, page_tree, walk_pages

LONGEST_NAME = 80
LONGEST_PATH = 199
_SHORTEST_NAME = 12
_LONGEST_SUFFIX = len(".jsonl")
_UNNAMED = "untitled"
_NO_INSTANT = "~"
_CODAS_NOTATION = re.compile(r"\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
"""Of which the key can be read off."""
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin", "conout", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)


class Named(Protocol):
    """Whatever gets a file name: its id never changes, its name may."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def created(self) -> str: ...


def instant_key(instant: str) -> str:
    """An instant as text that sorts by time whatever its notation; whatever is no instant sorts last, as one."""
    try:
        moment = datetime.fromisoformat(instant)
        if _CODAS_NOTATION.fullmatch(instant):
            return f"{instant[:-1]}000"
        universal = moment if moment.tzinfo is None or moment.tzinfo is UTC else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return _NO_INSTANT
    return universal.isoformat(timespec="microseconds").removesuffix("+00:00")


def slug(name: str, longest: int = LONGEST_NAME) -> str:
    """The name in lower-case ASCII letters, digits and hyphens; never empty, never a name of a Windows device.

    The transliteration is named, because slugify would prefer another one on machines that happen to have it.
    """
    plain = slugify(name, max_length=longest, backend="text-unidecode").strip("-") or _UNNAMED[:longest]
    return f"{plain}-{_UNNAMED}"[:longest].strip("-") if plain in _DEVICES else plain


def file_names(items: Iterable[Named], longest: int = LONGEST_NAME) -> dict[str, str]:
    """The file name of each sibling by its id; where names meet, the oldest keeps the plain one."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for item in sorted(items, key=lambda each: (instant_key(each.created), each.id)):
        free = next(name for name in _candidates(item, longest) if name not in taken)
        names[item.id] = free
        taken.add(free)
    return names


def _candidates(item: Named, longest: int) -> Iterator[str]:
    plain = slug(item.name, longest)
    yield plain
    digest = _digest(item.id)
    for length in range(6, min(longest, len(digest)) + 1):
        ending = digest[:length]
        yield f"{plain[: max(0, longest - length - 1)].strip('-')}-{ending}".strip("-")


def _digest(item_id: str) -> str:
    return hashlib.sha256(item_id.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class DocAddresses:
    """Where everything of one doc lies: stems below its folder, to which a suffix such as `.md` is added."""

    folder: str
    pages: Mapping[str, str]
    tables: Mapping[str, str]
    """Of tables and views alike."""

    def page(self, page_id: str, suffix: str) -> str:
        return self.pages[page_id] + suffix

    def table(self, table_id: str, suffix: str) -> str:
        return self.tables[table_id] + suffix


def doc_folders(docs: Iterable[Doc]) -> dict[str, str]:
    """The folder of each doc of the mirror, by its id."""
    return {doc_id: layout.inside(layout.DOCS, name) for doc_id, name in file_names(docs).items()}


def doc_addresses(folder: str, outline: Outline) -> DocAddresses:
    """The place of every page and table of a doc."""
    tables = {**_stems(layout.TABLES, outline.tables), **_stems(layout.VIEWS, outline.views)}
    return DocAddresses(folder, _page_stems(folder, outline), tables)


def _stems(room: str, tables: Iterable[Table]) -> dict[str, str]:
    return {table_id: layout.inside(room, name) for table_id, name in file_names(tables).items()}


def _page_stems(folder: str, outline: Outline) -> dict[str, str]:
    stems: dict[str, str] = {}
    hoisted: list[PageNode] = []

    def place(siblings: Iterable[PageNode], room: str) -> None:
        nodes = tuple(siblings)
        available = LONGEST_PATH - len(folder) - len(room) - 2 - _LONGEST_SUFFIX
        if available < _SHORTEST_NAME:
            hoisted.extend(nodes)
            return
        longest = min(LONGEST_NAME, max(_SHORTEST_NAME, available // 2))
        names = file_names((node.page for node in nodes), longest)
        for node in nodes:
            stems[node.page.id] = layout.inside(room, names[node.page.id])
            place(node.subpages, stems[node.page.id])

    place(page_tree(outline.pages), layout.PAGES)
    _place_hoisted(hoisted, stems)
    return stems


def _place_hoisted(nodes: Iterable[PageNode], stems: dict[str, str]) -> None:
    """Pages nested too deeply for a lawful path lie beside the top pages, named by the digest of their id.

    No slug has an underscore, so that no other page's file can be in the way.
    """
    for node in walk_pages(nodes):
        stems[node.page.id] = layout.inside(layout.PAGES, f"deep_{_digest(node.page.id)[:24]}")
