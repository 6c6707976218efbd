"""`rows`: rows of a table or view as Coda has them at this moment; nothing of the mirror is needed or changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from coda_git_mirror.actions.live_names import base_of, find_columns, find_doc, find_table, is_same_name
from coda_git_mirror.actions.log.rows import ROW_ID
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.row_conditions import Condition, conditions_of
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import (
    CodaError,
    MirrorError,
    NotThere,
    NotYetFresh,
    OutOfPatience,
    Rejected,
    TokenRefused,
    UsageError,
)
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.tables import csv_names, row_key
from coda_git_mirror.format.text import json_line, one_line
from coda_git_mirror.model.content import Column, Doc, Json, Table

FRESH_SECONDS = 60.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 8.0
_MOST_IDS = 20
Holds = Callable[[Json], bool]
Question = tuple[str, Any]
"""The id of a column and the value that Coda is asked to find in it."""


@dataclass(frozen=True)
class AskedRows:
    """What somebody wants to see, in their own words; `row` is an id or a name, `columns` are names with commas."""

    doc: str
    table: str
    where: tuple[str, ...] = ()
    row: str | None = None
    columns: str | None = None
    fresh: bool = False


@dataclass(frozen=True)
class LiveRows:
    """Rows in the order of the mirror's files, each a line of JSON; `names` are what a CSV calls the columns.

    `is_part`: only these columns are to be shown of the rows.
    """

    doc: Doc
    table: Table
    columns: tuple[Column, ...]
    names: tuple[str, ...]
    lines: tuple[bytes, ...]
    is_part: bool = False

    def rows(self) -> Iterator[Json]:
        """Each row; where `is_part`, with values of these columns only."""
        shown = {column.id for column in self.columns}
        for row in map(json.loads, self.lines):
            values = row["values"]
            yield {**row, "values": {each: values[each] for each in values if each in shown}} if self.is_part else row


def live_rows(source: Source, asked: AskedRows, clock: Clock) -> LiveRows:
    """Reads what is asked for. Raises UsageError for names that mean nothing or several things.

    Raises MirrorError where rows have to be fresh and Coda does not have them so within a minute.
    """
    source.account()
    try:
        return _live_rows(source, asked, clock)
    except (TokenRefused, OutOfPatience):
        raise
    except CodaError as error:
        raise MirrorError(f"{one_line(asked.table)!r} of {one_line(asked.doc)!r} cannot be read: {error}.") from error


def _live_rows(source: Source, asked: AskedRows, clock: Clock) -> LiveRows:
    doc = find_doc(source, asked.doc)
    table = find_table(source, doc, asked.table)
    columns = source.columns(doc.id, table.id)
    chosen = None if asked.columns is None else tuple(find_columns(columns, asked.columns, table.name))
    reader = _Reader(source, doc, table, columns, asked.fresh)
    conditions = reader.conditions(asked.where)
    kept = _when_fresh(clock, lambda: reader.read(asked.row, conditions))
    if chosen is None:
        shown = tuple(kept.shown(columns))
        return LiveRows(doc, table, shown, tuple(csv_names(shown)), kept.lines())
    if hidden := [one_line(column.name) for column in chosen if column not in kept.shown(columns)]:
        raise UsageError(
            f"The view {one_line(table.name)!r} does not show {', '.join(hidden)}; name its table instead."
        )
    names = dict(zip((column.id for column in columns), csv_names(columns), strict=True))
    return LiveRows(doc, table, chosen, tuple(names[each.id] for each in chosen), kept.lines(), is_part=True)


def _when_fresh(clock: Clock, read: Callable[[], _Kept]) -> _Kept:
    """Reads again as long as the answer has to show all that Coda has accepted and does not."""
    until, wait = clock.now() + FRESH_SECONDS, _FIRST_WAIT
    while True:
        try:
            return read()
        except NotYetFresh as error:
            left = until - clock.now()
            if left <= 0:
                raise MirrorError(
                    f"Coda has been working on changes of this doc for {FRESH_SECONDS:.0f} seconds, and what it would "
                    "show does not have them all; try again later, or leave out --fresh."
                ) from error
            clock.sleep(min(wait, left))
            wait = min(2 * wait, _LONGEST_WAIT)


@dataclass(frozen=True)
class _Reader:
    """Reads rows of one table or view."""

    source: Source
    doc: Doc
    table: Table
    columns: Sequence[Column]
    fresh: bool

    def conditions(self, texts: Sequence[str]) -> list[Condition]:
        """Conditions as they are typed; those on a view may also be on what only its table has."""
        try:
            return conditions_of(texts, self.columns, self.table.name)
        except UsageError:
            if not self.table.is_view:
                raise
            base = base_of(self.source, self.doc, self.table)
            return conditions_of(texts, self.source.columns(self.doc.id, base.id), base.name)

    def read(self, row: str | None, conditions: Sequence[Condition]) -> _Kept:
        """The rows for which all conditions hold; of a view those that it shows, with what it shows of them."""
        if row is not None:
            return self._satisfying(self._called(row), conditions)
        if not self.table.is_view:
            return self._asked(_all_hold(conditions), _questions(conditions))
        return self._satisfying(self._asked(_any_row, _questions(conditions)), conditions)

    def _called(self, word: str) -> _Kept:
        """The one row with this id or name. Raises UsageError for none or several."""
        kept = self._with_id(word) or self._named(word)
        if not kept.rows:
            raise UsageError(f"No row of {one_line(self.table.name)!r} has the name or id {one_line(word)!r}.")
        if len(kept.rows) > 1:
            more = f" and {len(kept.rows) - _MOST_IDS} more" if len(kept.rows) > _MOST_IDS else ""
            raise UsageError(
                f"{len(kept.rows)} rows of {one_line(self.table.name)!r} are called {one_line(word)!r}: "
                f"{', '.join(sorted(kept.rows)[:_MOST_IDS])}{more}; name the one you mean by its id."
            )
        return kept

    def _with_id(self, word: str) -> _Kept | None:
        if not ROW_ID.fullmatch(word):
            return None
        if self.table.is_view:
            kept = self._asked(lambda row: bool(row["id"] == word), [])
            return kept if kept.rows else None
        kept = _Kept(_any_row, is_sorted=True)
        try:
            row = self.source.row(self.doc.id, self.table.id, word, fresh=self.fresh)
        except NotYetFresh:
            raise
        except (NotThere, Rejected):
            return None
        row.pop("parent", None)
        kept.take([row])
        return kept

    def _named(self, word: str) -> _Kept:
        """By the column that names rows: asked for a row by its name, Coda would choose any of several."""
        display = next((column for column in self.columns if column.raw.get("display") is True), None)
        questions = _questions([Condition(display, word)] if display and word else [])

        def is_called(row: Json) -> bool:
            return bool(row["id"] == word) or is_same_name(_name_of(row, display), word)

        kept = self._asked(is_called, questions)
        exact = {row_id: each for row_id, each in kept.rows.items() if _name_of(json.loads(each[1]), display) == word}
        kept.rows = exact or kept.rows
        return kept

    def _satisfying(self, kept: _Kept, conditions: Sequence[Condition]) -> _Kept:
        """Of rows that were read already; of what a view hides only its table tells."""
        visible = [each for each in conditions if each.column.id in kept.seen or not self.table.is_view]
        hidden = [each for each in conditions if each not in visible]
        holds = _all_hold(visible)
        kept.rows = {row_id: each for row_id, each in kept.rows.items() if holds(json.loads(each[1]))}
        if hidden and kept.rows:
            base = base_of(self.source, self.doc, self.table)
            table = _Reader(self.source, self.doc, base, self.columns, self.fresh)
            there = table.read(None, hidden).rows
            kept.rows = {row_id: each for row_id, each in kept.rows.items() if row_id in there}
        return kept

    def _asked(self, holds: Holds, questions: Sequence[Question]) -> _Kept:
        """Rows that Coda finds for the first question, else all, as far as they are wanted."""
        kept = _Kept(holds, is_sorted=not self.table.is_view)
        read = self.source.shown_rows if self.table.is_view else self.source.rows
        if not any(self._answers(read, kept, question) for question in questions[:1]):
            read(self.doc.id, self.table.id, kept, fresh=self.fresh)
        return kept

    def _answers(self, read: Callable[..., None], kept: _Kept, question: Question) -> bool:
        """Whether Coda can be asked this: of some columns it cannot."""
        try:
            read(self.doc.id, self.table.id, kept, fresh=self.fresh, where=question)
        except NotYetFresh:
            raise
        except Rejected:
            return False
        return True


class _Kept:
    """Takes the rows that are wanted, each once, as a line of JSON with what puts them in order."""

    def __init__(self, holds: Holds, is_sorted: bool) -> None:
        self._holds, self._is_sorted = holds, is_sorted
        self.rows: dict[str, tuple[str, bytes]] = {}
        self.seen: set[str] = set()
        """Columns of which rows have values."""

    def restart(self) -> None:
        self.rows.clear()
        self.seen.clear()

    def take(self, items: list[Json]) -> None:
        for row in items:
            self.seen |= row["values"].keys()
            if row["id"] not in self.rows and self._holds(row):
                self.rows[row["id"]] = (row_key(row), json_line(row))

    def shown(self, columns: Sequence[Column]) -> Iterator[Column]:
        """The columns of a table, or those that a view shows: the listing may name hidden ones too."""
        return (column for column in columns if self._is_sorted or column.id in self.seen or not self.seen)

    def lines(self) -> tuple[bytes, ...]:
        """The rows by creation time and id, or as a view shows them."""
        rows = sorted(self.rows.values()) if self._is_sorted else self.rows.values()
        return tuple(line for _, line in rows)


def _any_row(_: Json) -> bool:
    return True


def _all_hold(conditions: Sequence[Condition]) -> Holds:
    return lambda row: all(condition.holds(row) for condition in conditions)


def _questions(conditions: Sequence[Condition]) -> list[Question]:
    return [question for condition in conditions if (question := condition.question)]


def _name_of(row: Json, display: Column | None) -> str:
    name = row.get("name")
    return name if isinstance(name, str) else cell_text(row["values"].get(display.id)) if display else ""
