"""What a CSV asks for, told by the state of its table that it was made from; nothing of Coda is looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coda_git_mirror.actions.apply.bases import Base
from coda_git_mirror.changes.apply.asked import (
    Asked,
    BaseRow,
    NewRow,
    base_values,
    changed_cells,
    texts_of,
    unguarded,
)
from coda_git_mirror.changes.apply.headers import columns_named
from coda_git_mirror.changes.apply.sheet_rows import Fingerprints, Texts, rows_by_id
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format.csv_files import Sheet
from coda_git_mirror.format.tables import ROW_ID_HEADER, csv_names
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.cell_values import CellValue
from coda_git_mirror.model.content import Column
from coda_git_mirror.state.conflicts import Conflict, mark_of

_EMPTY = hash("")


@dataclass(frozen=True)
class NamedSheet:
    """A CSV with a column for each place of its header; None where that is the row id, or where nothing stands."""

    sheet: Sheet
    names: tuple[str, ...]
    columns: tuple[Column | None, ...]


def named_sheet(sheet: Sheet, base: Base | None, now: Sequence[Column]) -> NamedSheet:
    """Finds the columns that a header names: those of the base, else those that live.

    Raises UsageError where a name is none of them, or two are the same column.
    """
    living = dict(zip(csv_names(now), now, strict=True))
    known: Mapping[str, Column] = {**living, **(base.by_name if base else {})}
    names, unknown = columns_named(sheet.header, {*known, ROW_ID_HEADER})
    _require_known(sheet, unknown, known)
    columns = tuple(known.get(name) for name in names)
    ids = [column.id for column in columns if column]
    twice = sorted({one_line(column.name) for column in columns if column and ids.count(column.id) > 1})
    if twice or names.count(ROW_ID_HEADER) > 1:
        raise UsageError(f"{sheet.path} has the column {', '.join(twice) or ROW_ID_HEADER} twice; take one out.")
    return NamedSheet(sheet, tuple(names), columns)


def _require_known(sheet: Sheet, unknown: Sequence[str], known: Mapping[str, Column]) -> None:
    """A column without a name may stand beside the others as long as it is empty."""
    named = [one_line(name) or "(no name)" for name in unknown if name or not _is_empty(sheet, name)]
    if named:
        there = ", ".join(map(one_line, known))
        raise UsageError(f"The table has no column called {', '.join(map(repr, named))}; there is {there}.")


def _is_empty(sheet: Sheet, name: str) -> bool:
    places = [place for place, each in enumerate(sheet.header) if each == name]
    return not any(cells[place] for _, cells in sheet.records() for place in places)


def asked_of(named: NamedSheet, prints: Fingerprints, base: Base | None, part: int | None, guard: bool) -> Asked:
    """What the file asks for. `part` is the one of several files of the table that it stands for; None means all.

    Raises DamagedFile where the base is not sound.
    """
    differing, known = _compared(named, prints, base)
    wanted = {row for row in known if row not in prints.rows}
    if part is not None and base and (of_part := base.part_ids(part)) is not None:
        wanted &= of_part
    lines = list(rows_by_id(named.names, named.sheet.records(), {*differing, ""}))
    rows, missing = _base_rows(base, differing, wanted)
    cells = changed_cells(named.columns, (line for line in lines if line[0]), rows, guard)
    new = [NewRow(line, _new_texts(named, texts, guard)) for row_id, (line, texts) in lines if not row_id]
    unknown = tuple(row for row in prints.rows if row not in known)
    columns = {column.id: column for column in named.columns if column}
    then = {column.id: column for column in base.columns} if base else {}
    return Asked(
        {name: then.get(name, column) for name, column in columns.items()},
        cells.rows,
        tuple(new),
        unknown,
        missing,
        known,
        prints.rows.keys(),
        cells.damaged,
        cells.untouched,
    )


def _new_texts(named: NamedSheet, texts: Texts, guard: bool) -> dict[str, str]:
    found = texts_of(named.columns, texts)
    return {name: unguarded(text) for name, text in found.items()} if guard else found


def _compared(named: NamedSheet, prints: Fingerprints, base: Base | None) -> tuple[set[str], frozenset[str]]:
    """The rows of the base that the file has otherwise, and all rows of the base."""
    if base is None:
        return set(), frozenset()
    places = {column.id: place for place, column in enumerate(base.by_name.values())}
    pairs = [(ours, places.get(column.id)) for ours, column in enumerate(named.columns) if column]
    differing: set[str] = set()
    known: list[str] = []
    for row_id, texts in base.rows():
        known.append(row_id)
        found = prints.rows.get(row_id)
        if found and any(
            found[ours] != (hash(texts[theirs]) if theirs is not None else _EMPTY) for ours, theirs in pairs
        ):
            differing.add(row_id)
    return differing, frozenset(known)


def _base_rows(
    base: Base | None, differing: Collection[str], missing: Collection[str]
) -> tuple[dict[str, BaseRow], dict[str, dict[str, CellValue]]]:
    if base is None or not (differing or missing):
        return {}, {}
    texts = dict(base.texts(differing))
    rows: dict[str, BaseRow] = {}
    lost: dict[str, dict[str, CellValue]] = {}
    for row in base.values(lambda row_id: row_id in differing or row_id in missing):
        if row["id"] in differing:
            rows[row["id"]] = BaseRow(texts[row["id"]], row["values"])
        else:
            lost[row["id"]] = base_values(base.columns, row["values"])
    return rows, lost


def asks_again(conflicts: Iterable[Conflict], base: Base, sheet: Sheet, prints: Fingerprints) -> bool:
    """Whether a file asks for something that was held back before, as it was told by this base."""
    known = {column.id: name for name, column in base.by_name.items()}
    places = {column: prints.names.index(name) for column, name in known.items() if name in prints.names}
    wanted = {(each.row, each.column): each.mark for each in conflicts}
    if any(not column and row not in prints.rows for row, column in wanted):
        return True
    lines = rows_by_id(prints.names, sheet.records(), {row for row, column in wanted if column})
    return any(
        row == row_id and column in places and mark_of(cells[places[column]]) == mark
        for row_id, (_, cells) in lines
        for (row, column), mark in wanted.items()
    )


def key_columns_of(words: Sequence[str], named: NamedSheet, now: Sequence[Column]) -> Iterator[Column]:
    """The living columns that are the key, by names of the header or ids. Raises UsageError for any other."""
    living = {column.id: column for column in now}
    for word in words:
        places = [place for place, column in enumerate(named.columns) if column and word in (column.id, column.name)]
        places = [named.names.index(word)] if word in named.names else places
        column = named.columns[places[0]] if len(places) == 1 else None
        if column is None or column.id not in living:
            there = ", ".join(one_line(name) for name, each in zip(named.names, named.columns, strict=True) if each)
            raise UsageError(f"The file has no column called {one_line(word)!r} to be its key; there is {there}.")
        yield living[column.id]
