"""The history of a mirror as text."""

from __future__ import annotations

from collections.abc import Iterator

from coda_git_mirror.changes.wording import doc_lines
from coda_git_mirror.format.times import local_time
from coda_git_mirror.model.changes import DocChange, Kind
from coda_git_mirror.model.differences import RowChange
from coda_git_mirror.model.history import Entry, Log
from coda_git_mirror.ui.diff import cell_change, cell_values
from coda_git_mirror.ui.paint import come, gone, name, quiet, shown, title

_EMPTY = "(empty)"
_DOC_WORDS = {Kind.ADDED: "Doc added", Kind.REMOVED: "Doc removed", Kind.MOVED: "Doc moved"}


def log_lines(log: Log) -> Iterator[str]:
    """Newest first: for the account a line a commit; for a doc, page or table what changed; for a cell its values."""
    if log.target.names:
        yield title(" › ".join(map(name, log.target.names)))
    for entry in log.entries:
        yield from _entry_lines(entry, log.target.kind)
    if log.more:
        yield quiet("There are older ones; -n 0 shows them all.")


def _entry_lines(entry: Entry, kind: str) -> Iterator[str]:
    beginning = f"{local_time(entry.when)}  {quiet(entry.commit[:10])}"
    if kind == "cell" and entry.row:
        yield f"{beginning}  {_value(entry)}"
        return
    yield f"{beginning}  {name(entry.subject)}"
    if entry.doc:
        happened = _happened(entry.doc) if kind == "doc" else ()
        yield from (f"    {line}" for line in [*happened, *doc_lines(entry.doc)])
    if entry.row:
        yield from (f"    {line}" for line in _row_lines(entry.row))


def _happened(doc: DocChange) -> Iterator[str]:
    if doc.was:
        yield f"Doc renamed: {gone(name(doc.was))} → {come(name(doc.name))}"
    if word := _DOC_WORDS.get(doc.kind):
        yield word


def _row_lines(row: RowChange) -> Iterator[str]:
    if row.kind is Kind.CHANGED:
        yield from (f"{name(cell.name)}: {cell_change(cell)}" for cell in row.cells)
    elif row.kind is Kind.ADDED:
        yield come("row added") + cell_values(row)
    else:
        yield gone("row removed") + cell_values(row)


def _value(entry: Entry) -> str:
    cell = entry.row.cells[0] if entry.row else None
    if entry.row is None or cell is None or entry.row.kind is Kind.REMOVED:
        return gone("row removed")
    return shown(cell.text_after) or _EMPTY
