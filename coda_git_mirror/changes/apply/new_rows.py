"""Rows of a file that have no id: new ones, those that live already, and those that a key finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coda_git_mirror.changes.apply.asked import ChangedCell, NewRow
from coda_git_mirror.changes.apply.merge import Living, Reading, ShutColumns, merged, quoted, row_name
from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.column_kinds import CHOICE_KINDS, FILE_KINDS, SELECT_KIND, is_list
from coda_git_mirror.changes.damage import Verdict, judge, ruin_of
from coda_git_mirror.changes.typed_text import Unread, typed
from coda_git_mirror.changes.writable_columns import unwritable_column
from coda_git_mirror.changes.write_sizes import LARGEST_ROW, row_bytes
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.model.cell_values import EMPTY, CellValue
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.model.plan import Cell, HeldBack, HeldKind, Insert, Update

_MOST_NAMED = 8
Key = tuple[CellValue, ...]


@dataclass(frozen=True)
class _Draft:
    """A row that is to be: what is sent for it, what is held back of it, and whether it can be inserted without that.

    `compared` are its columns with what they are to hold, by which it is known where it lives already.
    """

    row: NewRow
    cells: tuple[Cell, ...]
    held: tuple[HeldBack, ...]
    is_blocked: bool
    compared: Mapping[str, CellValue]


@dataclass(frozen=True)
class NewRows:
    """What becomes of rows without an id. `found` are the ids of living rows that they are, `adopted` how many of them
    were known by their cells.
    """

    inserts: tuple[Insert, ...] = ()
    updates: tuple[Update, ...] = ()
    held: tuple[HeldBack, ...] = ()
    found: frozenset[str] = frozenset()
    adopted: int = 0
    untouched: int = 0


def inserted_rows(
    rows: Iterable[NewRow],
    adoptable: Iterable[Json],
    known: Collection[str],
    living: Living,
    shut: ShutColumns,
    reading: Reading,
) -> NewRows:
    """Inserts for rows that do not live yet. A living row among `adoptable` is taken for one of them only.

    One that the base, whose rows are `known`, does not have and that lacks some cells, as after a first try whose file
    was corrected, gets these.
    """
    drafts = [_draft(row, living, shut, reading) for row in rows]
    adoption = _Adoption(drafts, adoptable, living, known)
    found = {draft.row.key: adoption.equal(draft) for draft in drafts}
    partly = {draft.row.key: adoption.begun(draft) for draft in drafts if found[draft.row.key] is None}
    inserts = [_insert(draft, living) for draft in drafts if not (found[draft.row.key] or partly[draft.row.key])]
    updates = [each for draft in drafts if (row := partly.get(draft.row.key)) for each in _filling(draft, row, living)]
    held = [each for draft in drafts for each in draft.held]
    adopted = frozenset(str(row["id"]) for row in (*found.values(), *partly.values()) if row)
    return NewRows(tuple(filter(None, inserts)), tuple(updates), tuple(held), adopted, len(adopted))


def _draft(row: NewRow, living: Living, shut: ShutColumns, reading: Reading) -> _Draft:
    cells: list[Cell] = []
    held: list[HeldBack] = []
    compared: dict[str, CellValue] = {}
    for column_id, text in row.texts.items():
        column = living.by_id.get(column_id)
        if column is None or shut.why(column_id):
            if text:
                shut.count(column_id)
            continue
        if ruin := ruin_of(text):
            held.append(_held(row, column, f"{quoted(text)}: {ruin}", HeldKind.DAMAGED))
            continue
        sent = reading.cell(text, column, EMPTY)
        if isinstance(sent, str):
            held.append(_held(row, column, sent))
            continue
        compared[column_id] = sent.wanted
        cells += [sent] if text else []
    display = living.display
    is_blocked = not cells or any(display is not None and each.column == display.id for each in held)
    whole = row_bytes({cell.column: cell.sent for cell in cells})
    if whole > LARGEST_ROW:
        held.append(_held(row, None, f"the row has {whole:,} bytes, and Coda takes {LARGEST_ROW:,}"))
    return _Draft(row, tuple(cells), tuple(held), is_blocked or whole > LARGEST_ROW, compared)


def _held(row: NewRow, column: Column | None, reason: str, kind: HeldKind = HeldKind.UNWRITABLE) -> HeldBack:
    column_id, name = (column.id, column.name) if column else (None, "")
    return HeldBack(row.key, column_id, kind, reason, row_name=row.key, column_name=name)


def _insert(draft: _Draft, living: Living) -> Insert | None:
    if draft.is_blocked:
        return None
    display = living.display
    name = draft.row.texts.get(display.id, "") if display else ""
    return Insert(draft.row.key, None, name, draft.cells)


class _Adoption:
    """Finds the living row that a new one is, each once."""

    def __init__(self, drafts: Sequence[_Draft], rows: Iterable[Json], living: Living, known: Collection[str]) -> None:
        self._living, self._known = living, known
        self._found: defaultdict[tuple[tuple[str, ...], Key], list[Json]] = defaultdict(list)
        self._taken: set[str] = set()
        wanted = {each for draft in drafts if draft.cells for each in (self._whole(draft), self._called(draft)) if each}
        column_sets = {columns for columns, _ in wanted}
        for row in rows if wanted else ():
            for columns in column_sets:
                key = columns, tuple(self._value(row, column) for column in columns)
                if key in wanted:
                    self._found[key].append(row)

    def equal(self, draft: _Draft) -> Json | None:
        """A row that holds just what the draft has."""
        return self._take(self._found.get(self._whole(draft), ())) if draft.cells else None

    def begun(self, draft: _Draft) -> Json | None:
        """A row that is called as the draft is, and holds nothing else than it has."""
        called = self._called(draft)
        rows = self._found.get(called, ()) if called and self._known else ()
        return self._take(row for row in rows if row["id"] not in self._known and self._lacks_only(row, draft))

    def _take(self, rows: Iterable[Json]) -> Json | None:
        row = next((row for row in rows if row["id"] not in self._taken), None)
        if row is not None:
            self._taken.add(str(row["id"]))
        return row

    def _whole(self, draft: _Draft) -> tuple[tuple[str, ...], Key]:
        columns = tuple(sorted(draft.compared))
        return columns, tuple(draft.compared[column] for column in columns)

    def _called(self, draft: _Draft) -> tuple[tuple[str, ...], Key] | None:
        display = self._living.display
        if display is None or not draft.row.texts.get(display.id) or display.id not in draft.compared:
            return None
        return (display.id,), (draft.compared[display.id],)

    def _lacks_only(self, row: Json, draft: _Draft) -> bool:
        values = ((self._value(row, column), wanted, column) for column, wanted in draft.compared.items())
        return all(live in (wanted, self._nothing(column)) for live, wanted, column in values)

    def _value(self, row: Json, column_id: str) -> CellValue:
        return canonical(row["values"].get(column_id), self._living.by_id[column_id])

    def _nothing(self, column_id: str) -> CellValue:
        return canonical("", self._living.by_id[column_id])


def _filling(draft: _Draft, row: Json, living: Living) -> Iterator[Update]:
    for cell in draft.cells:
        column = living.by_id[cell.column]
        live = canonical(row["values"].get(cell.column), column)
        if live != cell.wanted:
            yield Update(str(row["id"]), row_name(row), cell, live, "", draft.row.texts[cell.column])


@dataclass(frozen=True)
class KeyColumns:
    """The columns by which rows without an id are found, and what those of the file have there."""

    columns: tuple[Column, ...]
    keys: Mapping[Key, NewRow]

    def key_of(self, row: Json) -> Key:
        """What a living row has there."""
        return tuple(canonical(row["values"].get(column.id), column) for column in self.columns)


def key_columns(columns: Sequence[Column], rows: Sequence[NewRow], reading: Reading) -> KeyColumns:
    """Reads the keys. Raises UsageError where a column can be none, and where a key is blank or is there twice."""
    for column in columns:
        if reason := _no_key(column):
            raise UsageError(f"{column.name!r} cannot be a key: it {reason}; name a plain column with --key.")
    keys: dict[Key, NewRow] = {}
    for row in rows:
        key = tuple(_key_part(row, column, reading) for column in columns)
        if key in keys:
            raise UsageError(
                f"Lines {keys[key].line} and {row.line} of the file have the same key; each row needs one of its own."
            )
        keys[key] = row
    return KeyColumns(tuple(columns), keys)


def _no_key(column: Column) -> str | None:
    if refused := unwritable_column(column):
        return refused[1]
    if is_list(column) or (column.kind in CHOICE_KINDS | FILE_KINDS and column.kind != SELECT_KIND):
        return "may hold several values, or points to something else"
    return None


def _key_part(row: NewRow, column: Column, reading: Reading) -> CellValue:
    text = row.texts.get(column.id, "")
    if not text.strip():
        raise UsageError(f"Line {row.line} of the file has an empty {column.name!r}, which is its key; fill it.")
    value = typed(text, column, EMPTY, reading.directory)
    if isinstance(value, Unread):
        raise UsageError(f"The key in line {row.line} of the file cannot be read: {quoted(text)} {value.reason}.")
    return value


def keyed_rows(
    keys: KeyColumns, present: Iterable[str], living: Living, shut: ShutColumns, reading: Reading
) -> NewRows:
    """Updates for rows that a key finds, and inserts for the others. Raises UsageError where a key finds several."""
    found: defaultdict[Key, list[Json]] = defaultdict(list)
    for row in map(living.rows.row, living.rows.ids()):
        if (key := keys.key_of(row)) in keys.keys:
            found[key].append(row)
    _require_one_each(found, keys, frozenset(present))
    new = [row for key, row in keys.keys.items() if key not in found]
    inserts = inserted_rows(new, (), (), living, shut, reading)
    steps = [step for key, rows in found.items() for step in _upserts(keys.keys[key], rows[0], living, shut, reading)]
    updates = tuple(step for step in steps if isinstance(step, Update))
    held = tuple(step for step in steps if isinstance(step, HeldBack))
    ids = frozenset(str(row["id"]) for rows in found.values() for row in rows)
    untouched = sum(step is None for step in steps)
    return NewRows(inserts.inserts, updates, (*inserts.held, *held), ids, untouched=untouched)


def _require_one_each(found: Mapping[Key, list[Json]], keys: KeyColumns, present: frozenset[str]) -> None:
    for key, rows in found.items():
        ids = [str(row["id"]) for row in rows]
        line = keys.keys[key].line
        if len(ids) > 1:
            raise UsageError(
                f"The key in line {line} of the file finds {len(ids)} rows ({', '.join(ids[:_MOST_NAMED])}); "
                "give their `Coda row id`, or name more columns with --key."
            )
        if ids[0] in present:
            raise UsageError(
                f"Line {line} of the file is the row {ids[0]}, which another line is by its id; take one out."
            )


def _upserts(
    row: NewRow, live: Json, living: Living, shut: ShutColumns, reading: Reading
) -> Iterator[Update | HeldBack | None]:
    """The steps for a row that was found; None for each cell that a program merely wrote otherwise."""
    for column_id, text in row.texts.items():
        column, value = living.by_id.get(column_id), live["values"].get(column_id)
        was = cell_text(value, column.kind if column else "")
        if was == text or column is None:
            continue
        judged = judge(was, text, column.kind)
        if shut.why(column_id):
            if judged.verdict is Verdict.CHANGED:
                shut.count(column_id)
        elif judged.verdict is Verdict.UNTOUCHED:
            yield None
        elif judged.verdict is Verdict.DAMAGED:
            yield HeldBack(str(live["id"]), column_id, HeldKind.DAMAGED, judged.reason, 1, row_name(live), column.name)
        elif step := merged(live, ChangedCell(column_id, canonical(value, column), was, text), column, reading):
            yield step
