"""`metadata.json` of a doc: the doc, its page tree in sidebar order, tables, views and the rest, as Coda has them.

It is also where a later sync finds which file belongs to which item, and what the links in a page were before they
became relative.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from coda_git_mirror.format import layout
from coda_git_mirror.format.damage import telling_damage
from coda_git_mirror.format.table_parts import PARTS
from coda_git_mirror.format.text import json_document
from coda_git_mirror.model.content import Doc, Json
from coda_git_mirror.model.page_tree import PageNode
from coda_git_mirror.model.plain_json import DEEPEST, is_count, is_shallow, parse_json

_TREE_FIELDS = frozenset({"children", "parent"})
_LINKS = "links"
_CONTENT, _PLAIN = "content", "plain text"
_CODAS = "coda:"
_OURS_OF_PAGES = frozenset({"file", "files", _LINKS, _CONTENT})
OURS_OF_TABLES = frozenset({"file", PARTS})
"""What `metadata.json` adds to a table or view."""

Originals = Mapping[int, str]
"""What stood in a page in place of its relative links, by the ordinal of the link."""


@dataclass(frozen=True)
class PageFiles:
    """The files of a page by suffix, with the original links of each. `plain`: Coda gave no more than plain text."""

    files: Mapping[str, str]
    originals: Mapping[str, Originals] = field(default_factory=dict)
    plain: bool = False


@dataclass(frozen=True)
class Metadata:
    """All that goes into a doc's `metadata.json`. Entries of tables, views and assets are made by this module."""

    doc: Doc
    tree: tuple[PageNode, ...]
    pages: Mapping[str, PageFiles]
    tables: tuple[Json, ...]
    views: tuple[Json, ...] = ()
    assets: tuple[Json, ...] = ()
    extras: Mapping[str, Any] = field(default_factory=dict)
    denied: tuple[str, ...] = ()


def metadata_document(metadata: Metadata) -> bytes:
    return json_document(
        {
            **metadata.extras,
            "doc": metadata.doc.raw,
            "pages": [_page_entry(node, metadata.pages) for node in metadata.tree],
            "tables": _by_file(metadata.tables),
            "views": _by_file(metadata.views),
            "assets": _by_file(metadata.assets),
            "denied": sorted(metadata.denied),
        }
    )


def _by_file(entries: Iterable[Json]) -> list[Json]:
    return sorted(entries, key=entry_order)


def entry_order(entry: Json) -> tuple[str, str]:
    """Tables, views and assets stand in the order of their files."""
    return str(entry.get("file")), str(entry["id"])


def _page_entry(node: PageNode, pages: Mapping[str, PageFiles]) -> Json:
    page = node.page
    entry = foreign({name: value for name, value in page.raw.items() if name not in _TREE_FIELDS}, _OURS_OF_PAGES)
    held = pages.get(page.id, PageFiles({}))
    entry["file"] = held.files.get(".md") or held.files.get(".html")
    entry["files"] = dict(held.files)
    if links := {suffix: originals for suffix, originals in held.originals.items() if originals}:
        entry[_LINKS] = links
    if held.plain:
        entry[_CONTENT] = _PLAIN
    return {**entry, "children": [_page_entry(subpage, pages) for subpage in node.subpages]}


def stored_page_files(entry: Json) -> PageFiles:
    """The files of a page that an entry names."""
    links = entry.get(_LINKS, {})
    originals = {suffix: {int(ordinal): link for ordinal, link in links[suffix].items()} for suffix in links}
    return PageFiles(entry["files"], originals, entry.get(_CONTENT) == _PLAIN)


def table_entry(raw: Json, file: str | None, row_count: int | None, parts: int = 1) -> Json:
    """A table or view: its CSV file and row count are None where the mirror could never read it.

    `parts` is how many files hold its rows, of which `file` is the first.
    """
    lying = {"file": file, **({PARTS: parts} if parts > 1 else {})}
    return {**foreign(raw, OURS_OF_TABLES), **lying, "rowCount": row_count}


def foreign(raw: Json, ours: frozenset[str]) -> Json:
    """Fields as Coda gives them; those that would be taken for this program's own under another name."""
    return {f"{_CODAS}{name}" if name in ours else name: value for name, value in raw.items()}


def codas_fields(entry: Json) -> Json:
    """The fields of an entry, without this program's own, by the names that Coda gives them."""
    return {name.removeprefix(_CODAS): value for name, value in entry.items()}


@dataclass(frozen=True)
class StoredDoc:
    """What a doc's `metadata.json` says that the mirror holds. Entries are by id; pages are flat again."""

    pages: Mapping[str, Json]
    tables: Mapping[str, Json]
    views: Mapping[str, Json] = field(default_factory=dict)
    assets: Mapping[str, Json] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)
    denied: tuple[str, ...] = ()
    doc: Json = field(default_factory=dict)


NOTHING_STORED = StoredDoc({}, {})
_DEEPEST_ENTRY = DEEPEST + 10
"""What the mirror puts around an object of Coda's is not deep."""
_LISTED = ("formulas", "controls")
_OWN = frozenset({"doc", "pages", "tables", "views", "assets", "denied"})


def parse_metadata(content: bytes) -> StoredDoc:
    """Reads `metadata.json` back. Raises DamagedContent where it is not as this program writes it."""
    with telling_damage("not the metadata of a doc"):
        metadata = parse_json(content)
        stored = StoredDoc(
            pages=dict(_flat(metadata["pages"], None)),
            tables=_by_id(metadata["tables"]),
            views=_by_id(metadata["views"]),
            assets=_by_id(metadata["assets"]),
            extras={name: value for name, value in metadata.items() if name not in _OWN},
            denied=tuple(metadata["denied"]),
            doc=dict(metadata["doc"]),
        )
        _require_counts((*stored.tables.values(), *stored.views.values()))
        _require_files(stored.pages.values())
        _require_assets(stored.assets.values())
        _require_rest(stored)
        return stored


def _flat(entries: Any, parent: str | None) -> Iterator[tuple[str, Json]]:
    for entry in _entries(entries):
        yield entry["id"], {**entry, "parent": parent}
        yield from _flat(entry["children"], entry["id"])


def _by_id(entries: Any) -> dict[str, Json]:
    return {entry["id"]: entry for entry in _entries(entries)}


def _entries(stored: Any) -> list[Json]:
    """Entries, once it is certain that each has an id and its file or none."""
    if not isinstance(stored, list):
        raise TypeError(f"{type(stored).__name__} instead of a list")
    for entry in stored:
        if not isinstance(entry["id"], str) or not _is_file(entry["file"]):
            raise TypeError("an entry without its id or file")
        own = {name: value for name, value in entry.items() if name != "children"}
        if not is_shallow(own, _DEEPEST_ENTRY):
            raise TypeError("an entry that is nested too deeply")
    return stored


def _is_file(file: object) -> bool:
    """Whether this is null, or the path of a file within the doc's folder."""
    return file is None or (isinstance(file, str) and layout.is_within(file))


def _require_counts(tables: Iterable[Json]) -> None:
    for entry in tables:
        if not is_count(entry["rowCount"]) and (entry["file"] is not None or entry["rowCount"] is not None):
            raise TypeError("a table without its row count")
        if entry["file"] is not None and not entry["file"].endswith(layout.TABLE_SUFFIXES[0]):
            raise TypeError("a table without its file")
        parts = entry.get(PARTS)
        if PARTS in entry and not (type(parts) is int and entry["file"] and 1 < parts <= entry["rowCount"]):
            raise TypeError("a table in a number of files that cannot be")


def _require_files(pages: Iterable[Json]) -> None:
    for entry in pages:
        originals = stored_page_files(entry).originals if _LINKS in entry else {}
        links = [link for links in originals.values() for link in links.values()]
        files = entry["files"].items()
        if not all(suffix in layout.PAGE_SUFFIXES and file and _is_file(file) for suffix, file in files):
            raise TypeError("a page without its files")
        if not all(isinstance(link, str) for link in links):
            raise TypeError("a page without its links")


def _require_assets(assets: Iterable[Json]) -> None:
    """What is said of hosted files: texts, but for the size, which like the digest may not be known."""
    for entry in assets:
        texts = (entry["file"] or "", *(entry.get(name, "") for name in ("name", "mime", "url")))
        size, sha256, stub = entry.get("size"), entry.get("sha256"), entry.get("stub", False)
        known = (size is None or is_count(size)) and isinstance(sha256, str | None) and isinstance(stub, bool)
        if not (known and all(isinstance(text, str) for text in texts)):
            raise TypeError("a hosted file that is not described")


def _has_id(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("id"), str)


def _require_rest(stored: StoredDoc) -> None:
    lists = (stored.extras.get(name, []) for name in _LISTED)
    if not all(isinstance(each, list) and all(map(_has_id, each)) for each in lists):
        raise TypeError("formulas or controls that are none")
    if (
        not isinstance(stored.extras.get("sharing", {}), dict)
        or not is_shallow(stored.extras, _DEEPEST_ENTRY)
        or not is_shallow(stored.doc, _DEEPEST_ENTRY)
    ):
        raise TypeError("a doc that is not described")
    if not all(isinstance(name, str) for name in stored.denied):
        raise TypeError("names that are none")
