"""What of a doc is to be made anew, and what became of it, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.model.plan import Cost
from coda_git_mirror.model.recreation import NotRestored, PageFate, Recreated, Restored, TableFate
from coda_git_mirror.ui.paint import name, quiet, title
from coda_git_mirror.ui.report import duration

_MOST = 40
"""Lines of a kind."""
_MOST_SAMPLES = 3
_LONGEST_SAMPLE = 70


def foreseen_lines(made: Recreated, cost: Cost) -> Iterator[str]:
    """What would be made, and what will not come back."""
    what = made.what
    yield title(f"{name(what.doc_name)} as of {what.commit[:10]}") + quiet(f" (plan {what.id})")
    if made.is_known:
        yield from _known_lines(made)
        return
    if what.copy is not None:
        yield f"A copy {name(what.title)} of the living doc, made what it was: {_counts(made)}."
    elif what.page is None:
        yield f"A new doc {name(what.title)} with {_counts(made)}, called {name(what.marked_title)} until it is whole."
    else:
        yield f"A new page {name(what.title)} in the living doc: {_counts(made)}."
    depths = _depths(made)
    yield from _first((f"  {'  ' * depths[page.old]}{name(page.name)}" for page in made.pages), "pages")
    yield from _first((f"  {name(it.name)}: {counted(it.rows, 'row')}" for it in made.tables), "tables")
    yield from _not_restored(made.not_restored)
    more = ", and those for rows that are other ones now" if what.copy else ""
    yield f"{counted(cost.requests, 'request')}{more}, about {duration(cost.seconds)} at Coda's tightest rate."


def _depths(made: Recreated) -> dict[str, int]:
    depths: dict[str, int] = {}
    for page in made.what.whole_pages:
        depths[page.old] = depths.get(page.parent, -1) + 1 if page.parent is not None else 0
    return depths


def recreated_lines(made: Recreated) -> Iterator[str]:
    """What became of it, page by page and table by table."""
    if made.is_known:
        yield from _known_lines(made)
        return
    if made.doc:
        yield f"{name(made.what.title)}: {made.url or made.doc}"
    if made.after:
        yield from _first(map(_page_line, made.pages), "pages")
        yield from _first(map(_table_line, made.tables), "tables")
    yield from _unmet_lines(made)
    yield from _not_restored(made.not_restored)
    for note in made.notes:
        yield f"Note: {one_line(note)}"
    yield f"{counted(made.requests, 'request')}, {made.seconds:.0f} s."
    if made.after:
        yield f"Committed: {made.after[:10]}"


def _known_lines(made: Recreated) -> Iterator[str]:
    yield f"That was done before: {made.url or made.doc}. Nothing is to be written."


def _counts(made: Recreated) -> str:
    return f"{counted(len(made.pages), 'page')} and {counted(len(made.tables), 'table')}"


def _page_line(page: PageFate) -> str:
    line = f"  {name(page.name)}: {_outcome(page.restored)}"
    if not page.lines:
        return line
    samples = "; ".join(name(_short(text)) for text in page.lines[:_MOST_SAMPLES])
    more = ", …" if len(page.lines) > _MOST_SAMPLES else ""
    return f"{line}, but {counted(len(page.lines), 'line')} not as they were: {samples}{more}"


def _table_line(table: TableFate) -> str:
    lost = f", {counted(table.lost, 'row')} not as they were" if table.lost else ""
    return f"  {name(table.name)}: {_outcome(table.restored)}, {counted(table.rows, 'row')}{lost}"


def _outcome(restored: Restored | None) -> str:
    return {None: "unknown", Restored.WHOLE: "whole", Restored.TEXT: "text", Restored.MISSING: "missing"}[restored]


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST_SAMPLE else f"{line[:_LONGEST_SAMPLE]}…"


def _unmet_lines(made: Recreated) -> Iterator[str]:
    if made.unmet:
        yield "Not taken by Coda:"
        yield from _first((f"  {_told(each)}" for each in made.unmet), "things")


def _not_restored(lost: Iterable[NotRestored]) -> Iterator[str]:
    yield "What does not come back:"
    yield from _first((f"  {_told(each)}" for each in lost), "things")


def _told(each: NotRestored) -> str:
    return f"{one_line(each.item)}: {one_line(each.reason)}"


def _first(lines: Iterator[str] | Iterable[str], what: str) -> Iterator[str]:
    each = iter(lines)
    yield from islice(each, _MOST)
    if left := sum(1 for _ in each):
        yield f"  and {left} more {what}; --json has them all"
