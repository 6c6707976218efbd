"""The whole account as it was: its docs, what is missing, and what changed (browse.md, browse)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from coda_git_mirror.actions.browse.calendar import Calendar, calendar, local_day
from coda_git_mirror.actions.browse.docs import LATEST, Change, Changes
from coda_git_mirror.actions.browse.found import commit_numbered
from coda_git_mirror.format.manifest import DocRecord, Totals
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.model.looking import IndexedCommit, ItemState

if TYPE_CHECKING:
    from coda_git_mirror.actions.browse.mirror import Browsed


@dataclass(frozen=True)
class DocLine:
    """A doc in the list; `lacks` is how many entries the ledger has of it, `gone` the commit that took it."""

    id: str
    name: str
    record: DocRecord | None
    changed: IndexedCommit | None
    lacks: int
    gone: IndexedCommit | None


@dataclass(frozen=True)
class AccountView:
    """The account at a time; `gone` is how many docs it had before, and has no more."""

    owner: str
    docs: tuple[DocLine, ...]
    gone: int
    with_gone: bool
    totals: Totals
    lacks: tuple[Problem, ...]
    calendar: Calendar
    changes: Changes


def account_view(
    browsed: Browsed, at: IndexedCommit, *, with_gone: bool, every_change: bool, year: int | None
) -> AccountView:
    """The account as of a commit."""
    index = browsed.index
    held = browsed.held(at.id)
    gone = index.gone_before(at.number)
    lines = [_line(browsed, state, at) for state in index.items_at(at.number)]
    if with_gone:
        lines += [_line(browsed, state, at) for state in gone]
    return AccountView(
        held.manifest.owner.name if held.manifest else "",
        tuple(sorted(lines, key=lambda line: (line.gone is not None, line.name.casefold(), line.id))),
        len(gone),
        with_gone,
        held.manifest.totals if held.manifest else Totals(),
        tuple(held.ledger),
        calendar(index.changes_by_commit(), local_day(at), year),
        _changes(index.commits(), at, every_change),
    )


def _line(browsed: Browsed, state: ItemState, at: IndexedCommit) -> DocLine:
    index = browsed.index
    is_gone = state.died is not None and state.died <= at.number
    last = commit_numbered(index, state.died - 1) if is_gone and state.died else at
    held = browsed.held(at.id)
    changed = next((each.commit for each in index.versions(state.doc, None) if each.commit.number <= last.number), None)
    gone = commit_numbered(index, state.died) if is_gone and state.died else None
    return DocLine(state.doc, state.name, held.docs.get(state.doc), changed, len(held.ledger.of(state.doc)), gone)


def _changes(commits: Sequence[IndexedCommit], at: IndexedCommit, every_change: bool) -> Changes:
    known = commits[len(commits) - at.number :]
    shown = known if every_change else known[:LATEST]
    older = {newer.number: older for newer, older in pairwise(known)}
    return Changes(tuple(Change(each, older.get(each.number), each.subject) for each in shown), len(known))
