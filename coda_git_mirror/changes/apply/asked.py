"""What a CSV asks for: its cells that are not as the table had them when the file was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.damage import Verdict, judge
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.changes.spreadsheet_dates import EVERY_ORDER, Order, best_orders, orders_of
from coda_git_mirror.format.csv_files import Line
from coda_git_mirror.format.tables import guarded
from coda_git_mirror.model.cell_values import CellValue, with_rows
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.model.plan import HeldBack, HeldKind

_DATED = frozenset({"date", "dateTime"})


@dataclass(frozen=True)
class ChangedCell:
    """A cell with another text than it had: what it held, as value and as text, and what it is to be."""

    column: str
    was: CellValue
    was_text: str
    text: str


@dataclass(frozen=True)
class ChangedRow:
    """A row of the base with the cells that the file changes."""

    row: str
    cells: tuple[ChangedCell, ...]


@dataclass(frozen=True)
class NewRow:
    """A row without an id: the texts of its cells by column, and the line of the file where it ends."""

    line: int
    texts: Mapping[str, str]

    @property
    def key(self) -> str:
        """What it is called as long as it has no id."""
        return f"line {self.line}"


@dataclass(frozen=True)
class Asked:
    """All that a file asks for. `columns` are those that it names, as the base has them.

    `known` are the rows of the base, `present` those of the file; `missing` are rows of the base that the file lacks,
    with what they held. `untouched` counts cells that a program wrote otherwise, and nobody changed.
    """

    columns: Mapping[str, Column]
    changed: tuple[ChangedRow, ...] = ()
    new: tuple[NewRow, ...] = ()
    unknown: tuple[str, ...] = ()
    missing: Mapping[str, Mapping[str, CellValue]] = field(default_factory=dict)
    known: Collection[str] = ()
    present: Collection[str] = ()
    damaged: tuple[HeldBack, ...] = ()
    untouched: int = 0


def with_living_rows(asked: Asked, row_now: Callable[[str], str]) -> Asked:
    """The same, of rows by the ids that they have now, where they were lost and inserted again since."""
    changed = tuple(
        ChangedRow(row_now(row.row), tuple(replace(cell, was=with_rows(cell.was, row_now)) for cell in row.cells))
        for row in asked.changed
    )
    missing = {
        row_now(row): {column: with_rows(value, row_now) for column, value in cells.items()}
        for row, cells in asked.missing.items()
    }
    known = {*asked.known, *map(row_now, asked.known)}
    present = {*asked.present, *map(row_now, asked.present)}
    return replace(asked, changed=changed, missing=missing, known=known, present=present)


@dataclass(frozen=True)
class BaseRow:
    """A row of the base: its texts by column as its CSV has them, and its values as Coda gave them."""

    texts: Mapping[str, str]
    values: Json = field(default_factory=dict)


@dataclass(frozen=True)
class _Pair:
    """A cell whose text is another one."""

    row: str
    column: Column
    was_text: str
    text: str


@dataclass(frozen=True)
class ChangedCells:
    """The rows with changed cells, what was held of them, and how many cells merely look otherwise."""

    rows: tuple[ChangedRow, ...]
    damaged: tuple[HeldBack, ...]
    untouched: int


def texts_of(columns: Sequence[Column | None], cells: Sequence[str]) -> dict[str, str]:
    """The cells of a record by the ids of their columns; None stands where a cell is of none."""
    return {column.id: cell for column, cell in zip(columns, cells, strict=True) if column}


def changed_cells(
    columns: Sequence[Column | None],
    lines: Iterable[tuple[str, Line]],
    base: Mapping[str, BaseRow],
    formula_guard: bool = False,
) -> ChangedCells:
    """What the file changes in rows of the base. A column that the base lacks held nothing."""
    pairs = list(_differing(columns, lines, base))
    orders = _orders(pairs)
    rows: defaultdict[str, list[ChangedCell]] = defaultdict(list)
    damaged: list[HeldBack] = []
    untouched = 0
    for pair in pairs:
        judged = judge(pair.was_text, pair.text, pair.column.kind, orders.get(pair.column.id, EVERY_ORDER))
        if judged.verdict is Verdict.UNTOUCHED:
            untouched += 1
        elif judged.verdict is Verdict.DAMAGED:
            damaged.append(_held(pair, judged.reason))
        else:
            rows[pair.row].append(_changed(pair, base[pair.row], formula_guard))
    return ChangedCells(tuple(ChangedRow(row, tuple(cells)) for row, cells in rows.items()), tuple(damaged), untouched)


def _differing(
    columns: Sequence[Column | None], lines: Iterable[tuple[str, Line]], base: Mapping[str, BaseRow]
) -> Iterator[_Pair]:
    for row_id, (_, cells) in lines:
        known = base.get(row_id)
        if known is None:
            continue
        for column, text in zip(columns, cells, strict=True):
            was = known.texts.get(column.id, "") if column else text
            if column and was != text:
                yield _Pair(row_id, column, was, text)


def _orders(pairs: Iterable[_Pair]) -> dict[str, frozenset[Order]]:
    """In which order the file writes the dates of each column."""
    found: defaultdict[str, list[frozenset[Order]]] = defaultdict(list)
    for pair in pairs:
        if pair.column.kind in _DATED:
            found[pair.column.id].append(orders_of(pair.was_text, pair.text))
    return {column: best_orders(each) for column, each in found.items()}


def _changed(pair: _Pair, row: BaseRow, formula_guard: bool) -> ChangedCell:
    was = canonical(row.values.get(pair.column.id), pair.column)
    is_guarded = formula_guard or pair.was_text == guarded(shown(was)) != shown(was)
    return ChangedCell(pair.column.id, was, pair.was_text, unguarded(pair.text) if is_guarded else pair.text)


def unguarded(text: str) -> str:
    """The text without the mark that keeps a spreadsheet from taking it for a formula."""
    bare = text.removeprefix("'")
    return bare if bare is not text and guarded(bare) == text else text


def _held(pair: _Pair, reason: str) -> HeldBack:
    return HeldBack(pair.row, pair.column.id, HeldKind.DAMAGED, reason, column_name=pair.column.name)


def base_values(columns: Iterable[Column], values: Json) -> dict[str, CellValue]:
    """What each cell of a row held."""
    return {column.id: canonical(values.get(column.id), column) for column in columns}
