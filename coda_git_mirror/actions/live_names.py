"""Which doc, table or view of the living account somebody means: by its id, its address or its exact name.

Coda is never asked for anything by name, since several things may share one and it would choose any of them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TypeVar
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.errors import AccessDenied, MirrorError, NotThere, Rejected, UsageError
from coda_git_mirror.format.links import LinkBook, LinkedDoc, LinkedTable
from coda_git_mirror.format.tables import csv_names
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.format.url_ids import markings
from coda_git_mirror.model.content import Column, Doc, Table

_DOC_ID = re.compile(r"[\w-]+", re.ASCII)
_TABLE_ID = re.compile(r"(grid|table)-[\w-]+", re.ASCII)
_MOST_CANDIDATES = 8

Named = TypeVar("Named", Doc, Table, Column)


def find_doc(source: Source, word: str) -> Doc:
    """The doc that is meant. Raises UsageError for none or several, and what `Source` raises."""
    for doc_id in _doc_ids_in(word):
        if doc := _doc_if_there(source, doc_id):
            return doc
    try:
        docs = source.docs(owned_only=False)
    except AccessDenied as error:
        raise UsageError(
            f"No doc that this token can open has the id or address {word!r}, and the token may not list docs; "
            "name the doc by its id or its address in the browser."
        ) from error
    return only_one(called(docs, word), word, "doc", [doc.name for doc in docs])


def find_table(source: Source, doc: Doc, word: str) -> Table:
    """The table or view that is meant, with its details. Raises UsageError for none or several, as above."""
    tables = source.tables(doc.id)
    known = {table.id for table in tables}
    if word in known or (_TABLE_ID.fullmatch(word) and not called(tables, word)):
        return _table_if_there(source, doc, word)
    if _is_address(word):
        return source.table(doc.id, _table_at(doc, tables, word))
    found = only_one(called(tables, word), word, "table or view", [table.name for table in tables], doc.name)
    return source.table(doc.id, found.id)


def base_of(source: Source, doc: Doc, table: Table) -> Table:
    """The table whose rows a view shows, with its details; a base table is its own."""
    if not table.is_view:
        return table
    parent = table.raw.get("parentTable")
    base = parent.get("id") if isinstance(parent, dict) else None
    if not isinstance(base, str) or not base:
        raise MirrorError(
            f"Coda does not say of which table {one_line(table.name)!r} is a view; name that table itself."
        )
    return source.table(doc.id, base)


def find_column(columns: Sequence[Column], word: str, within: str) -> Column:
    """The column that is meant, also by the name that a CSV gives it. Raises UsageError for none or several."""
    names = csv_names(columns)
    found = called(columns, word) or [each for each, name in zip(columns, names, strict=True) if name == word]
    return only_one(found, word, "column", names, within)


def find_columns(columns: Sequence[Column], words: str, within: str) -> list[Column]:
    """The columns whose names stand in `words` with commas between, as a line of CSV; in the table's order."""
    if called(columns, words):
        return [find_column(columns, words, within)]
    parts = next(csv.reader([words], skipinitialspace=True), [])
    named = {find_column(columns, part, within).id for part in parts if part.strip()}
    if not named:
        raise UsageError("--columns names no column; write their names with commas between, such as 'Task,Status'.")
    return [column for column in columns if column.id in named]


def called(things: Sequence[Named], word: str) -> list[Named]:
    """Those with this id; else with exactly this name; else with a name that is written or shown the same way."""
    return (
        [each for each in things if each.id == word]
        or [each for each in things if each.name == word]
        or [each for each in things if is_same_name(each.name, word)]
    )


def is_same_name(one: str, other: str) -> bool:
    """Whether two names look the same: composed of other characters, or with what nobody sees between them."""
    return normalize("NFC", one_line(one)) == normalize("NFC", one_line(other))


def only_one(found: Sequence[Named], word: str, kind: str, names: Sequence[str], within: str = "") -> Named:
    """The only thing that was found. Raises UsageError with the ids of several, or with names that there are."""
    place = f" of {one_line(within)!r}" if within else ""
    if not found:
        raise UsageError(f"No {kind}{place} is called {one_line(word)!r}{_suggested(word, names)}.")
    if len(found) > 1:
        labels = sorted(map(_label, found))[:_MOST_CANDIDATES]
        more = f" and {len(found) - _MOST_CANDIDATES} more" if len(found) > _MOST_CANDIDATES else ""
        raise UsageError(
            f"{one_line(word)!r} may be any of {counted(len(found), 'thing')}{place}: {', '.join(labels)}{more}; "
            "name the one you mean by its id."
        )
    return found[0]


def _label(thing: Doc | Table | Column) -> str:
    kind = "view" if isinstance(thing, Table) and thing.is_view else type(thing).__name__.lower()
    return f"{thing.id} ({kind} {one_line(thing.name)!r})"


def _suggested(word: str, names: Sequence[str]) -> str:
    known = {one_line(name).casefold(): one_line(name) for name in names if one_line(name)}
    close = get_close_matches(one_line(word).casefold(), known, n=3) or list(known)[:_MOST_CANDIDATES]
    return f"; there is {', '.join(repr(known[name]) for name in close)}" if close else ""


def _is_address(word: str) -> bool:
    try:
        return urlsplit(word).scheme in ("http", "https")
    except ValueError:
        return False


def _doc_ids_in(word: str) -> Iterator[str]:
    """What may be the id of a doc in its address, or in a word that may be one; an id may hold the mark itself."""
    if _is_address(word):
        segments = unquote(urlsplit(word).path).split("/")
        segment = segments[segments.index("d") + 1] if "d" in segments[:-1] else ""
        yield from (each for each in markings(f"_{segment}", "_d") if _DOC_ID.fullmatch(each))
    elif _DOC_ID.fullmatch(word):
        yield word


def _doc_if_there(source: Source, doc_id: str) -> Doc | None:
    try:
        return source.doc(doc_id)
    except (NotThere, AccessDenied, Rejected):
        return None


def _table_if_there(source: Source, doc: Doc, table_id: str) -> Table:
    try:
        return source.table(doc.id, table_id)
    except NotThere as error:
        raise UsageError(f"{one_line(doc.name)!r} has no table or view with the id {table_id!r}.") from error


def _table_at(doc: Doc, tables: Sequence[Table], address: str) -> str:
    """The id of the table or view to which an address leads."""
    known = LinkedDoc(doc.id, "", tables=tuple(LinkedTable(table.id, "", table.link) for table in tables))
    target = LinkBook([known]).target(address)
    if target is None or not target.item:
        raise UsageError(
            f"{one_line(address)!r} leads to no table or view of {one_line(doc.name)!r}; give the address that "
            "Coda's menu of the table copies, its exact name, or its id."
        )
    return target.item
