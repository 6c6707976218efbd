"""What is told above a table or view in words: how a view shows its table, and what the ledger says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coda_git_mirror.actions.browse.grids import Grid
from coda_git_mirror.model.content import Json, name_of
from coda_git_mirror.model.ledger import DENIED, DOC, FAILED, GONE, TABLE, UNREAD, VIEW, Problem

_STATES = {
    FAILED: "could not be read by the last sync",
    UNREAD: "has not been read since it came or changed",
    DENIED: "is not given to this token",
    GONE: "is named by Coda, which has it no more",
}
_ENTRIES_OF_ALL_TABLES = ("", "tables")


def view_words(grid: Grid) -> Iterator[str]:
    """The layout, order and filter of a view, as far as Coda tells them."""
    layout = str(grid.entry.get("layout") or "default")
    if layout != "default":
        yield f"In Coda it is a {_spaced(layout)}."
    if order := ", then ".join(_orders(grid)):
        yield f"Sorted by {order}."
    yield from _filtered(grid.entry.get("filter"))


def _orders(grid: Grid) -> Iterator[str]:
    sorts = grid.entry.get("sorts")
    names = {column.id: column.name for column in (grid.base or grid).columns}
    for sort in sorts if isinstance(sorts, list) else ():
        column = sort.get("column") if isinstance(sort, dict) else None
        if isinstance(column, dict):
            name = names.get(str(column.get("id"))) or name_of(column) or str(column.get("id") or "a column")
            way = (
                "from the last to the first" if sort.get("direction") == "descending" else "from the first to the last"
            )
            yield f"{name} ({way})"


def _filtered(filter_: object) -> Iterator[str]:
    if not isinstance(filter_, dict):
        return
    if filter_.get("valid") is False:
        yield "It has a filter that is not valid in Coda."
        return
    follows = list(_followed(filter_))
    yield (
        "It has a filter, whose formula Coda does not tell"
        f"{'; what it shows depends on ' + ' and '.join(follows) if follows else ''}."
    )


def _followed(filter_: Json) -> Iterator[str]:
    if filter_.get("hasUserFormula"):
        yield "who looks"
    if filter_.get("hasTodayFormula") or filter_.get("hasNowFormula"):
        yield "when one looks"


def _spaced(layout: str) -> str:
    """`barChart` as people write it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", layout).lower()


def ledger_notes(grid: Grid) -> Iterator[str]:
    """What the mirror says of a table or view that it does not hold as Coda has it."""
    for problem in grid.held.ledger.of(str(grid.doc.doc.id)):
        if _concerns(problem, grid):
            whose = "It" if problem.item_id == grid.id else "Its doc"
            since = "" if grid.row_count is None else "; what is shown is what was read before"
            yield f"{whose} {_STATES[problem.state]} ({problem.reason}){since}."
    if grid.row_count is None:
        yield "Its rows have never been read."


def _concerns(problem: Problem, grid: Grid) -> bool:
    if problem.kind == DOC:
        return problem.item_id in _ENTRIES_OF_ALL_TABLES
    return problem.kind == (VIEW if grid.is_view else TABLE) and problem.item_id in ("", grid.id)
