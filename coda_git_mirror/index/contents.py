"""What is inside a page, table or view, compared with what was: lines and rows come, go, or live on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from coda_git_mirror.changes.columns import compare_columns
from coda_git_mirror.changes.wording import column_words, row_counts
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.table_parts import CSV, JSONL
from coda_git_mirror.format.tables import stored_columns
from coda_git_mirror.format.text import counted
from coda_git_mirror.index.blobs import LARGEST_ROWS
from coda_git_mirror.index.entries import PAGE, TABLE, VIEW
from coda_git_mirror.index.many_rows import change_many_rows
from coda_git_mirror.index.store import Store, Thing
from coda_git_mirror.index.texts import page_body, page_lines, row_words, rows_of
from coda_git_mirror.model.changes import RowCounts
from coda_git_mirror.model.content import Json

ROWS_CHANGED = "rows changed"
"""What is said of a table whose rows are not known; it is the last of what is said."""
_SUFFIX = ".json"
_MANY = 1_000_000


class Contents(Protocol):
    """Reads blobs of the repository."""

    def read(self, oid: str) -> bytes: ...
    def size(self, oid: str) -> int: ...
    def lines(self, oid: str) -> Iterator[bytes]: ...


@dataclass
class Inside:
    """What a person sees to have changed, in words; `maybe`: another file than was looked at is another one."""

    words: list[str] = field(default_factory=list)
    maybe: bool = False


def changes_inside(store: Store, contents: Contents, number: int, thing: Thing, before: Thing | None) -> Inside:
    """Compares what a thing holds from this commit on with what it held, and notes down the lines that came and went.

    Sets what `thing` has to remember of it.
    """
    if before and (before.blobs, before.entry.files) == (thing.blobs, thing.entry.files):
        return Inside()
    if thing.entry.kind == PAGE:
        return _page(store, contents, number, thing, before)
    if thing.entry.kind == TABLE:
        return Inside([*_table(store, contents, number, thing, before)])
    if thing.entry.kind == VIEW:
        return _view(thing, before)
    return Inside()


def _page(store: Store, contents: Contents, number: int, thing: Thing, before: Thing | None) -> Inside:
    suffix, blob = _first(thing)
    changed = before is None or _first(before) != (suffix, blob)
    if not changed:
        return Inside(maybe=True)
    body = page_body(contents.read(blob), suffix, thing.entry.originals.get(suffix, {})) if blob else ""
    digest = hashlib.sha256(body.encode()).digest()[:16]
    if digest == thing.digest:
        return Inside(maybe=len(thing.blobs) > 1)
    thing.digest = digest
    lines, there = page_lines(body, suffix), store.lines(thing) if before else {}
    born = [line for line in lines if line not in there]
    died = [there[line] for line in there if line not in lines]
    store.died(number, died)
    store.born_lines(number, thing, born)
    return Inside([line_counts(len(born), len(died))])


def line_counts(born: int, died: int) -> str:
    """Such as `1 line added, 2 changed`: of lines that went as many as came in their places count as changed."""
    both = min(born, died)
    counts = [(word, count) for word, count in (("added", born - both), ("changed", both), ("removed", died - both))]
    first, *rest = [(word, count) for word, count in counts if count] or [("", 0)]
    if not first[1]:
        return "text moved"
    return ", ".join([f"{counted(first[1], 'line')} {first[0]}", *(f"{count} {word}" for word, count in rest)])


def _first(thing: Thing) -> tuple[str, str]:
    """The suffix and blob of the form of a page that counts; its Markdown, else its HTML."""
    if not thing.entry.files:
        return ".md", ""
    file = thing.entry.files[0]
    return file[file.rindex(".") :], thing.blobs[0]


def _table(store: Store, contents: Contents, number: int, thing: Thing, before: Thing | None) -> Iterator[str]:
    yield from column_changes(contents, thing, before)
    blobs = row_blobs(thing)
    if before is None or row_blobs(before) != blobs:
        is_new = thing.pending is None and not thing.asked
        if is_new and sum(map(contents.size, filter(None, blobs))) > LARGEST_ROWS:
            thing.pending = number
        if thing.pending is not None:
            yield ROWS_CHANGED
        elif words := row_counts(_row_changes(store, contents, number, thing, before)):
            yield words


def column_changes(contents: Contents, thing: Thing, before: Thing | None) -> Iterator[str]:
    """What became of the columns of a table, which `thing` remembers from then on."""
    description = _blobs(thing, _SUFFIX)
    if before is None or _blobs(before, _SUFFIX) != description:
        columns = _columns(contents, description)
        if before and columns is not None:
            yield from column_words(compare_columns(json.loads(thing.columns), columns), _MANY)
        thing.columns = thing.columns if columns is None else json.dumps(columns)


def row_blobs(thing: Thing | None) -> tuple[str, ...]:
    """The blobs that hold the rows of a table, empty where one lacks; none of no table."""
    return _blobs(thing, JSONL) if thing else ()


def _row_changes(store: Store, contents: Contents, number: int, thing: Thing, before: Thing | None) -> RowCounts:
    if thing.asked:
        return change_many_rows(store, contents, number, thing, row_blobs(before), row_blobs(thing))
    return change_rows(store, contents, number, thing, row_blobs(thing))


def change_rows(store: Store, contents: Contents, number: int, thing: Thing, blobs: tuple[str, ...]) -> RowCounts:
    """Notes down the rows of a table that came and went, and counts them."""
    there = store.rows(thing)
    text = b"".join(map(contents.read, filter(None, blobs))).decode("utf-8", "replace")
    lines = dict.fromkeys(text.split("\n"))
    born = rows_of(line for line in lines if line and line not in there)
    died = {row: line for text, (line, row) in there.items() if text not in lines}
    columns: list[Json] = json.loads(thing.columns)
    texts = {row["id"]: line for line, row in born.items()}
    store.died(number, list(died.values()))
    store.born_rows(number, thing, texts, {row["id"]: row_words(row, columns) for row in born.values()})
    both = len(texts.keys() & died.keys())
    return RowCounts(len(texts) - both, both, len(died) - both)


def _columns(contents: Contents, blobs: tuple[str, ...]) -> list[Json] | None:
    """The columns of a table; None where they cannot be read."""
    try:
        return stored_columns(contents.read(blobs[0])) if blobs and blobs[0] else []
    except DamagedContent:
        return None


def _view(thing: Thing, before: Thing | None) -> Inside:
    """A view has what its table has; of itself it shows other rows, or is defined otherwise."""
    if before and _blobs(before, CSV) == _blobs(thing, CSV):
        return Inside(maybe=True)
    return Inside(["shows something else"])


def _blobs(thing: Thing, suffix: str) -> tuple[str, ...]:
    files: Mapping[str, str] = dict(zip(thing.entry.files, thing.blobs, strict=True))
    return tuple(files[file] for file in thing.entry.with_suffix(suffix))
