"""A doc as it was: its tree of pages, tables and views, what is missing of it, and what changed (browse.md, browse)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coda_git_mirror.actions.browse.calendar import Calendar, calendar, local_day
from coda_git_mirror.actions.browse.found import Found, before, commit_numbered, found
from coda_git_mirror.actions.browse.versions import Commands, commands
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.format.metadata import NOTHING_STORED, StoredDoc
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.model.looking import IndexedCommit, ItemState

if TYPE_CHECKING:
    from coda_git_mirror.actions.browse.mirror import Browsed

LATEST = 10
"""So many of the last changes are shown, unless all are asked for."""


@dataclass(frozen=True)
class TreePage:
    """A page in the tree; `gone` is the commit that took it."""

    id: str
    name: str
    is_hidden: bool
    gone: IndexedCommit | None
    subpages: tuple[TreePage, ...]


@dataclass(frozen=True)
class Grid:
    """A table or view; `rows` is None where the mirror could never read it."""

    id: str
    name: str
    rows: int | None
    gone: IndexedCommit | None


@dataclass(frozen=True)
class Contents:
    """What a doc consists of at a time; `gone` is the number of what it had before, and has no more."""

    pages: tuple[TreePage, ...]
    tables: tuple[Grid, ...]
    views: tuple[Grid, ...]
    gone: int
    with_gone: bool


@dataclass(frozen=True)
class Change:
    """A commit with what it did; `before` is the one before it, None of the first."""

    commit: IndexedCommit
    before: IndexedCommit | None
    what: str


@dataclass(frozen=True)
class Changes:
    """The last changes, newest first, and how many there are in all."""

    shown: tuple[Change, ...]
    all: int


@dataclass(frozen=True)
class DocView:
    """A doc at a time; `record` has its counts, None where the mirror's manifest does not know it."""

    found: Found
    record: DocRecord | None
    contents: Contents
    lacks: tuple[Problem, ...]
    calendar: Calendar
    changes: Changes
    commands: Commands


def doc_view(
    browsed: Browsed, doc: str, at: IndexedCommit | None, *, with_gone: bool, every_change: bool, year: int | None
) -> DocView:
    """Raises NotThere where the mirror had no such doc up to then."""
    index = browsed.index
    it = found(index, doc, doc, at)
    held = browsed.held(it.at.id)
    return DocView(
        it,
        held.docs.get(doc),
        contents(browsed, doc, it.at, with_gone),
        held.ledger.of(doc),
        calendar(index.changes_by_commit(doc), local_day(it.at), year),
        _changes(browsed, doc, it, every_change),
        commands(browsed.folder, it),
    )


def contents(browsed: Browsed, doc: str, at: IndexedCommit, with_gone: bool) -> Contents:
    """What a doc consists of at a commit that has it, with what is gone where that is wanted."""
    index = browsed.index
    states = [each for each in index.items_at(at.number, doc) if each.kind != "doc"]
    gone = [each for each in index.gone_before(at.number, doc) if each.kind != "doc"]
    stored = stored_doc(browsed, doc, at)
    shown = [*states, *(gone if with_gone else ())]
    took = {each.item: commit_numbered(index, each.died) for each in gone if each.died}
    grids = {
        kind: tuple(_grid(each, stored, took) for each in shown if each.kind == kind) for kind in ("table", "view")
    }
    tree = page_tree([each for each in shown if each.kind == "page"], stored, took)
    return Contents(tree, grids["table"], grids["view"], len(gone), with_gone)


def stored_doc(browsed: Browsed, doc: str, at: IndexedCommit) -> StoredDoc:
    """What a doc's metadata says at a commit; nothing where that does not hold the doc."""
    held = browsed.held(at.id)
    return held.doc(doc).stored if doc in held.docs else NOTHING_STORED


def page_tree(
    states: Sequence[ItemState], stored: StoredDoc, took: Mapping[str, IndexedCommit]
) -> tuple[TreePage, ...]:
    """Pages below their parents in their order; one whose parent is not among them stands at the top."""
    ids = {state.item for state in states}
    below: defaultdict[str | None, list[ItemState]] = defaultdict(list)
    for state in states:
        below[state.parent if state.parent in ids and state.parent != state.item else None].append(state)
    made: dict[str, TreePage] = {}
    for state in _subpages_first(below):
        subpages = tuple(made[each.item] for each in _in_order(below[state.item]))
        hidden = stored.pages.get(state.item, {}).get("isHidden") is True
        made[state.item] = TreePage(state.item, state.name, hidden, took.get(state.item), subpages)
    return tuple(made[each.item] for each in _in_order(below[None]))


def _subpages_first(below: Mapping[str | None, Sequence[ItemState]]) -> Iterable[ItemState]:
    waiting, way = list(below[None]), []
    while waiting:
        state = waiting.pop()
        way.append(state)
        waiting.extend(below.get(state.item, ()))
    return reversed(way)


def _in_order(states: Iterable[ItemState]) -> list[ItemState]:
    """What is there in its order, what is gone where it was."""
    return sorted(states, key=lambda each: (each.position, each.died is not None))


def _grid(state: ItemState, stored: StoredDoc, took: Mapping[str, IndexedCommit]) -> Grid:
    entry = (stored.tables if state.kind == "table" else stored.views).get(state.item, {})
    return Grid(state.item, state.name, entry.get("rowCount"), took.get(state.item))


def _changes(browsed: Browsed, doc: str, it: Found, every_change: bool) -> Changes:
    index = browsed.index
    until = (it.gone or it.at).number
    known = [each for each in index.versions(doc, None) if each.commit.number <= until]
    shown = known if every_change else known[:LATEST]
    changes = (Change(each.commit, before(index, each.commit), _of_doc(each.what)) for each in shown)
    return Changes(tuple(changes), len(known))


def _of_doc(what: str) -> str:
    """What happened to a doc itself says that it is the doc."""
    return f"doc {what}" if what.startswith(("added", "removed", "renamed", "moved")) else what
