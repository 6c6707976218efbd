"""What the index knows of a mirror's past: commits, the states of items, versions, lives of lines, hits of a search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class IndexedCommit:
    """A commit on the first-parent way from the mirror's beginning to HEAD; the first has number 1.

    `is_sync`: a sync made it, which dated it by Coda's clock.
    """

    number: int
    id: str
    when: datetime
    subject: str
    is_sync: bool


@dataclass(frozen=True)
class ItemState:
    """A doc, page, table or view as it was named and placed from the commit `born` until before `died` (None: still).

    `kind` is doc, page, table or view; `item` is Coda's id, of a doc the doc's own. `path` is the first of its files,
    relative to the mirror, of a doc its folder; empty where it has none. `parent` is the page above, `position` its
    place in the order of `metadata.json`.
    """

    doc: str
    item: str
    kind: str
    name: str
    path: str
    parent: str | None
    position: int
    born: int
    died: int | None


@dataclass(frozen=True)
class ItemVersion:
    """A commit by which a person sees that something changed of an item; `what` in words: "2 rows changed".

    `is_gone`: the item is not there from this commit on.
    """

    commit: IndexedCommit
    name: str
    path: str
    what: str
    is_gone: bool


@dataclass(frozen=True)
class LineLife:
    """A line of a page, or the JSONL line of a row, from the commit `born` until before `died` (None: still)."""

    path: str
    text: str
    born: IndexedCommit
    died: IndexedCommit | None


@dataclass(frozen=True)
class Taking:
    """The rows of a large table on their way into the index: how much is read, or `why` that ended before its end."""

    percent: int
    why: str = ""


@dataclass(frozen=True)
class Hit:
    """Where words were found: in the text or the name of an item or row.

    `last` is the last commit that has it, `died` the one that took it (None: it is there in HEAD).
    """

    doc: str
    item: str
    kind: str
    name: str
    text: str
    row: str | None
    born: IndexedCommit
    last: IndexedCommit
    died: IndexedCommit | None
