"""The columns of a revision against those that live: by their ids, whatever they are called."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.changes.writable_columns import is_made_by_coda, retyped, unwritable_column
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.cell_values import CellValue
from coda_git_mirror.model.content import Column
from coda_git_mirror.model.plan import HeldKind

_PLAIN = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True)
class SharedColumn:
    """A column of the revision and what became of it; `now` is None where it is gone.

    `kind` and `reason` tell why nothing is written into it, None where it can be written.
    """

    past: Column
    now: Column | None
    kind: HeldKind | None = None
    reason: str = ""

    @property
    def id(self) -> str:
        return self.past.id

    @property
    def name(self) -> str:
        """What it is called now, or was called last."""
        return (self.now or self.past).name

    @property
    def is_made_by_coda(self) -> bool:
        """Whether Coda made itself what its cells showed, and does so now."""
        return self.now is not None and is_made_by_coda(self.past) and is_made_by_coda(self.now)

    @cached_property
    def nothing(self) -> CellValue:
        """What an empty living cell means."""
        return self.live("")

    @cached_property
    def has_default(self) -> bool:
        """Whether Coda fills a new cell for which nothing is sent."""
        return self.now is not None and bool(self.now.raw.get("defaultValue"))

    def wanted(self, value: Any) -> CellValue:
        """What a value of the revision means."""
        return canonical(value, self.past)

    def live(self, value: Any) -> CellValue:
        """What a living value means; nothing in a column that is gone."""
        return canonical(value, self.now or self.past)


@dataclass(frozen=True)
class SharedColumns:
    """All columns of the revision. New columns are none of a rollback's business."""

    all: tuple[SharedColumn, ...]
    display: str
    """The id of the living column by which rows are called; empty where it is calculated or not known."""

    @cached_property
    def open(self) -> tuple[SharedColumn, ...]:
        """Those that can be written."""
        return tuple(column for column in self.all if column.kind is None)

    @cached_property
    def open_ids(self) -> tuple[str, ...]:
        """The ids of those."""
        return tuple(column.id for column in self.open)

    @cached_property
    def open_then(self) -> tuple[Column, ...]:
        """Those as the revision has them."""
        return tuple(column.past for column in self.open)

    @cached_property
    def open_now(self) -> tuple[Column, ...]:
        """Those as they live."""
        return tuple(column.now for column in self.open if column.now is not None)

    @cached_property
    def shut(self) -> tuple[SharedColumn, ...]:
        """Those that cannot."""
        return tuple(column for column in self.all if column.kind is not None)


def shared_columns(past: Sequence[Column], now: Sequence[Column]) -> SharedColumns:
    """What became of the columns of a revision."""
    living = {column.id: column for column in now}
    display = next((column for column in now if column.raw.get("display") is True), None)
    is_filled = display is not None and unwritable_column(display) is None
    return SharedColumns(
        tuple(_shared(column, living.get(column.id)) for column in past),
        display.id if display is not None and is_filled else "",
    )


def _shared(past: Column, now: Column | None) -> SharedColumn:
    if now is None:
        return SharedColumn(past, now, HeldKind.COLUMN_GONE, "is not in the table any more")
    if refused := unwritable_column(now):
        return SharedColumn(past, now, *refused)
    if reason := retyped(past, now):
        return SharedColumn(past, now, HeldKind.RETYPED, reason)
    return SharedColumn(past, now)


def is_untouched(before: Any, after: Any) -> bool:
    """Whether two values are plainly the same, and point to nothing; False says nothing."""
    return type(before) is type(after) and type(before) in _PLAIN and bool(before == after)


def reads_alike(wanted: CellValue, live: CellValue) -> bool:
    """Whether values of columns of different types say the same."""
    return wanted == live or shown(wanted) == shown(live)


def columns_asked(words: Collection[str], past: Sequence[Column], now: Sequence[Column]) -> frozenset[str]:
    """The ids of the columns that are meant: by id, by the name now, else by the name in the revision.

    Raises UsageError where a word means none or several.
    """
    return frozenset(_column_asked(word, past, now) for word in words)


def _column_asked(word: str, past: Sequence[Column], now: Sequence[Column]) -> str:
    found = next(filter(None, _meanings(word, past, now)), set[str]())
    if len(found) > 1:
        raise UsageError(f"{one_line(word)!r} may be any of the columns {', '.join(sorted(found))}; give an id.")
    if not found:
        names = ", ".join(one_line(column.name) for column in now)
        raise UsageError(f"The table has no column called {one_line(word)!r}; there is {names}.")
    return found.pop()


def _meanings(word: str, past: Sequence[Column], now: Sequence[Column]) -> Iterator[set[str]]:
    yield {column.id for column in (*now, *past) if column.id == word}
    for columns in (now, past):
        yield {column.id for column in columns if column.name == word}
    for columns in (now, past):
        yield {column.id for column in columns if one_line(column.name) == one_line(word)}
