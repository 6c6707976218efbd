"""Sends requests that change rows, one by one, each noted down before it leaves (into-coda.md, rules 9 to 11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from coda_git_mirror.actions.ports import Source, Writer
from coda_git_mirror.actions.writing.hand import Hand
from coda_git_mirror.actions.writing.live import LiveRow, LiveRows, LiveTable
from coda_git_mirror.actions.writing.parcels import (
    DeleteRows,
    InsertRows,
    Parcel,
    UpdateRow,
    names_of,
    pointing,
    sent,
)
from coda_git_mirror.actions.writing.settling import Queue
from coda_git_mirror.actions.writing.tally import Tally
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import CodaError, NotThere, Postponed, Rejected, TooLargeToWrite, Unanswered
from coda_git_mirror.model.cell_values import references
from coda_git_mirror.model.plan import Cell, Delete, HeldKind, Plan
from coda_git_mirror.model.writes import Accepted
from coda_git_mirror.progress import Progress
from coda_git_mirror.state.write_journal import Change, WriteJournal

_MOMENT = 0.01
"""Seconds that nobody needs to wait for a turn."""
_MOST_REJECTED = 5
"""So many rows that Coda calls malformed, and none that it takes: then it is not the rows."""
_EDITED, _DELETED = "it was edited in Coda meanwhile", "the row was deleted in Coda meanwhile"
_NO_TARGET = "the row that it points to could not be inserted"


class Stopped(Exception):
    """Nothing further can be written; the text is a sentence that says why."""


@dataclass(frozen=True)
class Doubt:
    """Rows that Coda may have inserted or not, since its answer got lost; sent at an instant of the clock."""

    number: int
    parcel: InsertRows
    since: float


class Sender:
    """Knows what was sent, what Coda is still at work on, and what nobody knows."""

    def __init__(
        self, plan: Plan, live: LiveTable, journal: WriteJournal, source: Source, writer: Writer, clock: Clock,
        progress: Progress, hand: Hand,
    ) -> None:  # fmt: skip
        self._plan, self._live, self._journal, self._source = plan, live, journal, source
        self._writer, self._clock, self._progress, self._hand = writer, clock, progress, hand
        self._inserted = {name for insert in plan.inserts for name in names_of(insert)}
        self.tally = Tally()
        self.queue = Queue(writer, clock, journal.settle)
        self.doubts: list[Doubt] = []
        """Inserts whose answer got lost."""
        self.unanswered: dict[int, float] = {}
        """Numbers of other requests whose answer got lost, and when they were sent."""
        self._rejected = self._accepted = 0

    def send(self, parcel: Parcel) -> None:
        """Sends what of it is still as the plan has it. Raises Stopped, and whatever ends the command."""
        while not self._is_sent(parcel):
            pass

    def _is_sent(self, parcel: Parcel) -> bool:
        """Whether nothing of it is left to be sent: not where it has to wait, for its rows may change meanwhile."""
        reads = 0 if isinstance(parcel, InsertRows) else self._live.cost([row.key for row in parcel.rows])
        self._await_turn(reads)
        checked = self._checked(parcel)
        if checked is None:
            return True
        number = self._journal.intend(checked.change, checked.rows)
        self.tally.begin(checked, number)
        is_sent = self._carry(checked, number)
        if self._hand.interruption:
            raise self._hand.interruption
        return is_sent

    def _await_turn(self, reads: int) -> None:
        """Returns when the request could leave as soon as its rows are read again."""
        latency = self._source.traffic().latency
        while (left := self._writer.backlog() - latency * reads) > _MOMENT:
            self.queue.poll_within(left, latency)

    def _carry(self, parcel: Parcel, number: int) -> bool:
        """Sends it; false where it has to wait."""
        rows = 0 if isinstance(parcel, UpdateRow) and parcel.insert else parcel.size
        try:
            accepted = self._hand.carry(lambda: self._request(parcel))
        except Unanswered:
            self._progress.written(rows, 1)
            self._doubt(parcel, number)
        except CodaError as error:
            self._journal.refuse(number)
            self.tally.refuse(parcel)
            if isinstance(error, Postponed):
                return False
            self._progress.written(0, 1)
            self._take_refusal(parcel, error)
        else:
            self._accepted += 1
            self._progress.written(rows, 1)
            self._take(parcel, number, accepted)
        return True

    def _request(self, parcel: Parcel) -> Accepted:
        doc, table = self._plan.doc, self._plan.table
        match parcel:
            case InsertRows():
                return self._writer.insert_rows(doc, table, parcel.bodies)
            case UpdateRow(row, _, cells):
                return self._writer.update_row(doc, table, row, sent(cells), at_once=True)
            case DeleteRows(deletes):
                return self._writer.delete_rows(doc, table, [each.row for each in deletes], at_once=True)

    def _doubt(self, parcel: Parcel, number: int) -> None:
        if isinstance(parcel, InsertRows):
            self.doubts.append(Doubt(number, parcel, self._clock.now()))
        else:
            self.unanswered[number] = self._clock.now()

    def _take(self, parcel: Parcel, number: int, accepted: Accepted) -> None:
        """Where Coda does not say which rows it made, they have to be looked for."""
        self.queue.add(number, accepted.request)
        self.tally.answer(parcel)
        if isinstance(parcel, InsertRows):
            if len(set(accepted.ids)) != parcel.size:
                self.doubts.append(Doubt(number, parcel, self._clock.now()))
                self._journal.accept(number, accepted.request, {})
                return
            self.found(number, parcel, {it.key: row for it, row in zip(parcel.inserts, accepted.ids, strict=True)},
                       accepted.request)  # fmt: skip
        else:
            self._journal.accept(number, accepted.request, {})

    def found(self, number: int, parcel: InsertRows, ids: Mapping[str, str], request: str = "") -> None:
        """Notes which rows a request has made, by the inserts' keys."""
        for insert in parcel.inserts:
            if insert.key in ids:
                self.tally.made(insert, ids[insert.key])
        self._journal.accept(number, request, ids)

    def _take_refusal(self, parcel: Parcel, error: CodaError) -> None:
        match error:
            case NotThere() if isinstance(parcel, UpdateRow):
                self._hold(parcel, HeldKind.CONFLICT, _DELETED)
            case Rejected() if parcel.size > 1:
                for half in parcel.halves():
                    self.send(half)
            case TooLargeToWrite():
                self._hold(parcel, HeldKind.UNWRITABLE, str(error))
            case Rejected():
                self._rejected += 1
                if self._rejected >= _MOST_REJECTED and not self._accepted:
                    raise Stopped(f"Coda takes none of these changes: {error}.") from error
                self._hold(parcel, HeldKind.UNWRITABLE, str(error))
            case _:
                raise Stopped(f"Coda takes no further changes: {error}.") from error

    def _hold(self, parcel: Parcel, kind: HeldKind, reason: str) -> None:
        match parcel:
            case InsertRows(inserts):
                for insert in inserts:
                    self.tally.hold_row(kind, reason, insert.key, insert.name)
            case DeleteRows(deletes):
                for delete in deletes:
                    self.tally.hold_row(kind, reason, delete.row, delete.name)
            case UpdateRow(row, name, cells):
                self.tally.hold_cells(kind, reason, (row, name), cells)

    def _checked(self, parcel: Parcel) -> Parcel | None:
        """What of it is to be sent, with the new ids of rows; the rest is held, or done already."""
        match parcel:
            case InsertRows(inserts):
                return InsertRows(
                    tuple(replace(it, cells=self._pointing((it.key, it.name), it.cells)) for it in inserts)
                )
            case DeleteRows(deletes):
                rows = self._read([delete.row for delete in deletes])
                staying = tuple(delete for delete in deletes if self._is_to_go(delete, rows.get(delete.row)))
                return DeleteRows(staying) if staying else None
            case UpdateRow():
                return self._checked_update(parcel)

    def _checked_update(self, parcel: UpdateRow) -> UpdateRow | None:
        """New rows are not read again: nobody knows them yet."""
        cells = self._pointing((parcel.insert or parcel.row, parcel.name), parcel.cells)
        if not parcel.insert:
            live = self._read([parcel.row]).get(parcel.row)
            if live is None:
                self._hold(parcel, HeldKind.CONFLICT, _DELETED)
                return None
            cells = self._still_planned(parcel, cells, live)
        return replace(parcel, cells=cells) if cells else None

    def _still_planned(self, parcel: UpdateRow, cells: Iterable[Cell], live: LiveRow) -> tuple[Cell, ...]:
        """The cells that hold what the plan, or the last reading back, found in them."""
        before = {step.cell.column: step.live for step in parcel.updates}
        left = list[Cell]()
        for cell in cells:
            got = live.cell(cell.column)
            if got == cell.wanted:
                self.tally.find_done((Change.UPDATE, parcel.row, cell.column))
            elif got in (before[cell.column], self.tally.got.get((parcel.row, cell.column))):
                left.append(cell)
            else:
                self.tally.hold_cells(HeldKind.CONFLICT, _EDITED, (parcel.row, parcel.name), [cell])
        return tuple(left)

    def _is_to_go(self, delete: Delete, live: LiveRow | None) -> bool:
        if live is None:
            self.tally.find_done((Change.DELETE, delete.row, ""))
        elif all(live.cell(column) == value for column, value in delete.live):
            return True
        else:
            self.tally.hold_row(HeldKind.CONFLICT, _EDITED, delete.row, delete.name)
        return False

    def _pointing(self, row: tuple[str, str], cells: Iterable[Cell]) -> tuple[Cell, ...]:
        """The cells with the ids of now; one that would point to a row which could not be inserted is held."""
        new = self.tally.new
        lost = [cell for cell in cells if any(self._is_missing(each.row) for each in references(cell.wanted))]
        self.tally.hold_cells(HeldKind.UNWRITABLE, _NO_TARGET, row, lost)
        return pointing((cell for cell in cells if cell not in lost), new)

    def _is_missing(self, row: str) -> bool:
        """Whether this is a row that the plan inserts, and that is not there."""
        return row in self._inserted and row not in self.tally.new

    def _read(self, ids: list[str]) -> LiveRows:
        try:
            return self._live.some(ids)
        except CodaError as error:
            raise Stopped(f"The rows that are to be written cannot be read: {error}.") from error
