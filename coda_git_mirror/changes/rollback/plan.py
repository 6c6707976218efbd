"""The steps that bring the rows of a table back to a revision, and what of it is held back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.encode import Known
from coda_git_mirror.changes.own_tables import require_own_rows
from coda_git_mirror.changes.rollback.adoption import Adoption
from coda_git_mirror.changes.rollback.columns import SharedColumn, columns_asked, shared_columns
from coda_git_mirror.changes.rollback.inserts import Inserting
from coda_git_mirror.changes.rollback.lost_rows import LostRow, in_order, lost_row
from coda_git_mirror.changes.rollback.matching import rows_now
from coda_git_mirror.changes.rollback.newer import mark_newer, newer_deletes
from coda_git_mirror.changes.rollback.restored_rows import RestoredRows
from coda_git_mirror.changes.rollback.states import Asked, HeldRows, LivingTable, Surroundings
from coda_git_mirror.changes.rollback.tally import Tally
from coda_git_mirror.changes.rollback.updates import Updating, is_other, row_name
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.changes.writable_columns import unwritable_column
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format.text import counted
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.model.plan import Delete, HeldBack, Plan, Update


@dataclass(frozen=True)
class Rollback:
    """What a rollback is decided from. `base` is the last commit that no write of ours made, None where none is."""

    held: HeldRows
    base: HeldRows | None
    table: LivingTable
    asked: Asked
    restored: RestoredRows
    surroundings: Surroundings


def plan_rollback(rollback: Rollback) -> Plan:
    """The plan, which is the same for the same values. Raises UsageError for rows or columns that are nowhere."""
    return _Planning(rollback).plan()


def made_otherwise(rollback: Rollback) -> tuple[HeldBack, ...]:
    """What Coda makes itself and the revision has otherwise, such as values of a formula: so many cells of a column.

    Of rows that live; those that came back are looked at in all columns.
    """
    return tuple(_Planning(rollback).made_otherwise())


class _Planning:
    """Decides one rollback."""

    def __init__(self, about: Rollback) -> None:
        self._about, self._table = about, about.table
        self._columns = shared_columns(about.held.columns, about.table.columns)
        self._scope = self._asked_columns()
        past = (row["id"] for row in about.held.rows())
        self._now = rows_now(past, about.table.rows, about.restored, about.surroundings)
        require_own_rows(about.table.id, about.table.name, chain(about.table.rows.ids(), self._now.past))
        ask = about.surroundings
        self._known = Known(lives=self._now.lives, person=ask.person, public_url=ask.public_url)
        self._tally = Tally()

    def plan(self) -> Plan:
        self._require_rows()
        lost, strangers = in_order(list(self._lost_rows())), self._strangers()
        inserting = Inserting(self._columns, self._now, self._known, self._tally)
        inserting.settle(lost)
        adopted = Adoption(self._columns, self._now, self._known).adopt(lost, strangers)
        left_to_come = deque(row for row in lost if self._now.id_of(row.id) is None)
        del lost
        if adopted:
            inserting.settle(left_to_come)
        inserts = tuple(inserting.steps(left_to_come))
        updates, left = self._left_newer(mark_newer(list(self._updates()), self._about.base))
        taken = {new for _, new in adopted}
        added = [row for row in strangers if row not in taken and self._is_asked(row)]
        deletes = self._deletes(added)
        return Plan(
            self._table.doc,
            self._table.doc_name,
            self._table.id,
            self._table.name,
            tuple(updates),
            inserts,
            deletes,
            tuple(self._tally.held(self._columns.shut)),
            adopted,
            len(self._table.rows),
            tuple(self._notes(len(adopted), left, len(added) - len(deletes), bool(inserts))),
        )

    def made_otherwise(self) -> Iterator[HeldBack]:
        columns = tuple(column for column in self._columns.shut if column.is_made_by_coda)
        for row in self._about.held.rows() if columns else ():
            row_id = self._now.id_of(row["id"])
            if row_id is not None and self._is_asked(row["id"]):
                live = self._table.rows.row(row_id)["values"]
                looked_at = self._in_scope(columns) if row_id == row["id"] else columns
                self._tally.shut(each.id for each in looked_at if is_other(each, self._now, row["values"], live))
        yield from self._tally.held(columns)

    def _asked_columns(self) -> frozenset[str] | None:
        words = self._about.asked.columns
        return None if words is None else columns_asked(words, self._about.held.columns, self._table.columns)

    def _in_scope(self, columns: Iterable[SharedColumn]) -> tuple[SharedColumn, ...]:
        return tuple(column for column in columns if self._scope is None or column.id in self._scope)

    def _is_asked(self, row: str) -> bool:
        """Whether a row is asked for by this id, that of the revision or that of now."""
        rows = self._about.asked.rows
        return rows is None or row in rows or self._now.found.get(row) in rows

    def _require_rows(self) -> None:
        known = (self._now.past, self._table.rows)
        for row in sorted(self._about.asked.rows or ()):
            if not any(row in rows for rows in known):
                raise UsageError(f"Neither the revision nor Coda has a row with the id {row!r} in this table.")

    def _lost_rows(self) -> Iterator[LostRow]:
        if all(self._now.id_of(row) for row in self._now.past):
            return
        for row in self._about.held.rows():
            if self._now.id_of(row["id"]) is None and self._is_asked(row["id"]):
                yield self._lost_row(row)

    def _lost_row(self, row: Json) -> LostRow:
        values = row["values"]
        means = [canonical(values.get(column.id), column) for column in self._columns.open_then]
        shut = [column.id for column in self._columns.shut if shown(column.wanted(values.get(column.id)))]
        return lost_row(row["id"], row_name(row), self._columns.open_ids, means, shut)

    def _strangers(self) -> list[str]:
        """The rows that live and that the revision does not know."""
        known = {self._now.id_of(row) for row in self._now.past}
        return [row for row in self._table.rows.ids() if row not in known]

    def _updates(self) -> Iterator[Update]:
        if not any(map(self._now.id_of, self._now.past)):
            return iter(())
        open_columns, shut = self._in_scope(self._columns.open), self._in_scope(self._columns.shut)
        asked = (row for row in self._about.held.rows() if self._is_asked(row["id"]))
        return Updating(open_columns, shut, self._now, self._known, self._tally).steps(asked)

    def _left_newer(self, updates: Sequence[Update]) -> tuple[Sequence[Update], int]:
        """The cells to change, and how many are left as somebody made them since the last sync."""
        if not self._about.asked.keep_newer:
            return updates, 0
        kept = [update for update in updates if not update.newer]
        return kept, len(updates) - len(kept)

    def _deletes(self, added: Iterable[str]) -> tuple[Delete, ...]:
        asked = self._about.asked
        if not asked.delete_added:
            return ()
        columns = [column for column in self._table.columns if unwritable_column(column) is None]
        deletes = [_delete(self._table.rows.row(row), columns) for row in added]
        newer = newer_deletes(deletes, self._about.base) if asked.keep_newer else frozenset()
        return tuple(delete for delete in deletes if delete.row not in newer)

    def _notes(self, adopted: int, left: int, kept: int, inserting: bool) -> Iterator[str]:
        if adopted:
            yield f"{counted(adopted, 'row')} of the revision live under other ids already, and are not inserted again."
        if left:
            yield f"{counted(left, 'cell')} edited in Coda since the last sync stay as they are."
        if kept:
            way = "since the last sync" if self._about.asked.delete_added else "since; --delete-added deletes them"
            yield f"{counted(kept, 'row')} that the revision does not know stay: they came {way}."
        if inserting:
            yield "Inserted rows get new ids and times, and stand last in the table."


def _delete(row: Json, columns: Sequence[Column]) -> Delete:
    live = tuple((column.id, canonical(row["values"].get(column.id), column)) for column in columns)
    return Delete(row["id"], row_name(row), live)
