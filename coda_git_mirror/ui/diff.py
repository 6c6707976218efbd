"""The differences between two revisions as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coda_git_mirror.format.text import counted
from coda_git_mirror.format.times import local_time
from coda_git_mirror.model.changes import ColumnChange, Kind, RowCounts
from coda_git_mirror.model.differences import (
    CellChange,
    Detail,
    Differences,
    DocDiff,
    PageDiff,
    Revision,
    RowChange,
    TableDiff,
    ViewDiff,
)
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.ui.paint import come, gone, name, quiet, shown, title
from coda_git_mirror.ui.passages import marked, passage_lines

_LONGEST_CELL = 120
EMPTY = "(empty)"
"""What stands for the text of a cell that has none."""
_SIGNS = {Kind.ADDED: come("+"), Kind.REMOVED: gone("-")}


def diff_lines(differences: Differences) -> Iterator[str]:
    """Line by line, doc by doc, while they are compared."""
    yield quiet(f"{revision(differences.before)} → {revision(differences.after)}")
    told = False
    for doc in differences.docs:
        told = True
        yield ""
        yield from _doc_lines(doc)
    for text, problems in (
        ("Could not be read", differences.new_problems),
        ("Solved", differences.solved_problems),
    ):
        if problems:
            told = True
            yield ""
            yield from _problem_lines(text, problems)
    if not told:
        yield "Nothing differs."


def revision(it: Revision) -> str:
    """Such as `2026-03-31 14:02 +0200 (55b96b45b4)`."""
    if it.id is None or it.when is None:
        return it.name
    return f"{local_time(it.when)} ({it.id[:10]})"


def _problem_lines(text: str, problems: Iterable[Problem]) -> Iterator[str]:
    yield title(f"{text}:")
    for problem in problems:
        yield f"  {problem.kind} {_way(filter(None, (problem.doc, problem.item)))}: {name(problem.reason)}"


def _doc_lines(doc: DocDiff) -> Iterator[str]:
    yield title(f"{name(doc.name)}") + quiet(f" ({doc.folder})")
    if doc.kind in (Kind.ADDED, Kind.REMOVED):
        yield f"  {_SIGNS[doc.kind]} {_happened('Doc', doc.kind)}: {_held(doc)}"
        return
    lines = _changed_doc_lines(doc)
    first = next(lines, None)
    yield f"  {first or 'only what Coda notes beside the content, such as times'}"
    yield from (f"  {line}" for line in lines)


def _held(doc: DocDiff) -> str:
    held = doc.held
    rows = f" with {counted(held.rows, 'row')}" if held.tables else ""
    return (
        f"{counted(held.pages, 'page')}, {counted(held.tables, 'table')}{rows}, "
        f"{counted(held.views, 'view')}, {counted(held.assets, 'file')}"
    )


def _changed_doc_lines(doc: DocDiff) -> Iterator[str]:
    if doc.was:
        yield f"Doc renamed: {_from_to(name(doc.was), name(doc.name))}"
    if doc.former_folder:
        yield f"Doc moved: {_from_to(doc.former_folder, doc.folder)}"
    yield from (f"Doc: {_detail(detail)}" for detail in doc.details)
    for page in doc.pages:
        yield from _page_lines(page)
    for table in doc.tables:
        yield from _table_lines(table)
    for view in doc.views:
        yield f"{_sign(view.kind)}View {name(view.name)}: {_listed(_view_words(view))}"
    yield from (f"{come('+')} File {name(asset)}" for asset in doc.assets_added)
    yield from (f"{gone('-')} File {name(asset)}" for asset in doc.assets_removed)


def _sign(kind: Kind) -> str:
    return f"{_SIGNS[kind]} " if kind in _SIGNS else ""


def _happened(noun: str, kind: Kind) -> str:
    return f"{noun} {kind.value}"


def _way(names: Iterable[str]) -> str:
    return " › ".join(map(name, names))


def _from_to(before: str, after: str) -> str:
    return f"{gone(before)} → {come(after)}"


def _detail(detail: Detail) -> str:
    if not (detail.before or detail.after):
        return f"{name(detail.name)} changed"
    return f"{name(detail.name)} {_values(detail.before, detail.after)}"


def _page_lines(page: PageDiff) -> Iterator[str]:
    yield f"{_sign(page.kind)}Page {_way(page.way)}: {_listed(_page_words(page))}"
    if page.kind not in (Kind.ADDED, Kind.REMOVED):
        for passage in page.text:
            yield from (f"    {line}" for line in passage_lines(passage))


def _page_words(page: PageDiff) -> Iterator[str]:
    if page.kind in (Kind.ADDED, Kind.REMOVED):
        words = sum(len(piece.text.split()) for passage in page.text for piece in passage.pieces)
        yield f"{page.kind.value}, {counted(words, 'word')}"
        return
    if page.former_way:
        yield _moved(page.former_way, page.way)
    if page.hidden is not None:
        yield "hidden" if page.hidden else "shown again"
    yield from map(_detail, page.details)
    if page.text:
        yield "text changed"
    if page.other_forms:
        yield "pictures or formatting changed"
    if page.only_links:
        yield "links lead elsewhere"


def _moved(before: Sequence[str], after: Sequence[str]) -> str:
    if before[:-1] == after[:-1] and before != after:
        return f"renamed, was {gone(name(before[-1]))}"
    return f"moved, was {gone(_way(before))}" if before != after else "moved"


def _table_lines(table: TableDiff) -> Iterator[str]:
    yield f"{_sign(table.kind)}Table {name(table.name)}: {_listed(_table_words(table))}"
    if table.kind in (Kind.ADDED, Kind.REMOVED):
        return
    for column in table.columns.columns:
        yield from (f"    {_way((table.name, column.name))}: {word}" for word in column_words(column))
    for row in table.rows:
        yield from (f"    {line}" for line in row_lines(row, name(table.name)))


def _table_words(table: TableDiff) -> Iterator[str]:
    if table.kind in (Kind.ADDED, Kind.REMOVED):
        yield table.kind.value
    if table.was:
        yield f"renamed, was {gone(name(table.was))}"
    yield from map(_detail, table.details)
    if table.columns.columns:
        yield f"{counted(len(table.columns.columns), 'column')} changed"
    elif table.columns.order:
        yield "columns reordered"
    if table.told:
        yield _row_counts(table.told)


def _row_counts(counts: RowCounts) -> str:
    numbers = [("added", counts.added), ("changed", counts.changed), ("removed", counts.removed)]
    (word, number), *others = [(word, number) for word, number in numbers if number]
    return ", ".join([f"{counted(number, 'row')} {word}", *(f"{other} {word}" for word, other in others)])


def column_words(column: ColumnChange) -> Iterator[str]:
    """What became of a column, a line for each thing."""
    before, after = column.before, column.after
    if before is None or after is None:
        yield come(f"column added ({after.type})") if after else gone("column removed")
        return
    if before.name != after.name:
        yield f"column renamed, was {gone(name(before.name))}"
    if before.type != after.type:
        yield f"type {_from_to(before.type, after.type)}"
    if before.formula != after.formula:
        yield f"formula {_values(before.formula, after.formula)}"
    if before.settings != after.settings and before.type == after.type:
        yield "settings of the column changed"


def row_lines(row: RowChange, table: str) -> Iterator[str]:
    """A new or removed row on one line; of a changed one each cell, as `Tasks › Ship it › Status: To do → Done`."""
    way = f"{table} › {name(row.name) if row.name else row.id}"
    if row.kind is Kind.CHANGED:
        yield from (f"{way} › {name(cell.name)}: {cell_change(cell)}" for cell in row.cells if not cell.by_column)
        return
    paint, sign = (come, "+") if row.kind is Kind.ADDED else (gone, "-")
    yield paint(f"{sign} {way}") + cell_values(row)


def cell_values(row: RowChange) -> str:
    """What a new or removed row holds, in brackets; not its name once more."""
    values = ((cell.name, cell.text_after or cell.text_before) for cell in row.cells)
    told = [f"{name(column)}: {_short(value)}" for column, value in values if value and value != row.name]
    return f" ({', '.join(told)})" if told else ""


def cell_change(cell: CellChange) -> str:
    """`before → after`; of long texts the words that changed."""
    if cell.text_before == cell.text_after:
        return f"{_short(cell.text_after) or EMPTY} (another value that reads the same)"
    return marked(cell.words) if cell.words else _values(cell.text_before, cell.text_after)


def _values(before: str, after: str) -> str:
    return _from_to(_short(before) or EMPTY, _short(after) or EMPTY)


def _short(text: str) -> str:
    line = shown(text)
    return line if len(line) <= _LONGEST_CELL else line[:_LONGEST_CELL] + "…"


def _view_words(view: ViewDiff) -> Iterator[str]:
    if view.kind in (Kind.ADDED, Kind.REMOVED):
        yield view.kind.value
        return
    if view.was:
        yield f"renamed, was {gone(name(view.was))}"
    yield from map(_detail, view.details)
    if view.rows_added:
        yield f"shows {counted(view.rows_added, 'more row')}"
    if view.rows_removed:
        yield f"shows {counted(view.rows_removed, 'row')} no more"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "shows other values"
