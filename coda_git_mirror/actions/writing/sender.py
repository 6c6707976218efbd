"""Sends requests that change rows, one after the other, each noted down before it leaves (into-coda rules 9 to 11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from coda_git_mirror.actions.ports import Source, Writer
from coda_git_mirror.actions.writing.hand import Hand
from coda_git_mirror.actions.writing.live import LiveRow, LiveRows, LiveTable
from coda_git_mirror.actions.writing.parcels import DeleteRows, InsertRows, Parcel, UpdateRow, pointing, sent
from coda_git_mirror.actions.writing.settling import Queue
from coda_git_mirror.actions.writing.tally import Tally
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import CodaError, NotThere, Rejected, TooLargeToWrite, Unanswered
from coda_git_mirror.model.plan import Cell, Delete, HeldKind, Plan
from coda_git_mirror.model.writes import Accepted
from coda_git_mirror.progress import Progress
from coda_git_mirror.state.write_journal import WriteJournal

_MOST_REJECTED = 5
"""So many rows that Coda calls malformed, and none that it takes: then it is not the rows."""
_EDITED, _DELETED = "it was edited in Coda meanwhile", "the row was deleted in Coda meanwhile"


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
        self.tally = Tally()
        self.queue = Queue(writer, clock, journal.settle)
        self.doubts: list[Doubt] = []
        """Inserts whose answer got lost."""
        self.unanswered: dict[int, float] = {}
        """Numbers of other requests whose answer got lost, and when they were sent."""
        self._rejected = self._accepted = 0

    def send(self, parcel: Parcel) -> None:
        """Sends what of it is still as the plan has it. Raises Stopped, and whatever ends the command."""
        self._await_turn(self._live.cost([row.key for row in parcel.rows]) if not isinstance(parcel, InsertRows) else 0)
        checked = self._checked(parcel)
        if checked is None:
            return
        number = self._journal.intend(checked.change, checked.rows)
        self.tally.begin(checked, number)
        self._progress.written(checked.size, 1)
        self._carry(checked, number)
        if self._hand.interruption:
            raise self._hand.interruption

    def _await_turn(self, reads: int) -> None:
        """Returns when the request could leave as soon as its rows are read again."""
        latency = self._source.traffic().latency
        while (left := self._writer.backlog() - latency * reads) > 0:
            self.queue.poll_within(left, latency)

    def _carry(self, parcel: Parcel, number: int) -> None:
        try:
            accepted = self._hand.carry(lambda: self._request(parcel))
        except Unanswered:
            self._doubt(parcel, number)
        except CodaError as error:
            self._journal.refuse(number)
            self.tally.refuse(parcel)
            self._take_refusal(parcel, error)
        else:
            self._accepted += 1
            self._take(parcel, number, accepted)

    def _request(self, parcel: Parcel) -> Accepted:
        doc, table = self._plan.doc, self._plan.table
        match parcel:
            case InsertRows():
                return self._writer.insert_rows(doc, table, parcel.bodies)
            case UpdateRow(row, cells):
                return self._writer.update_row(doc, table, row, sent(cells))
            case DeleteRows(deletes):
                return self._writer.delete_rows(doc, table, [each.row for each in deletes])

    def _doubt(self, parcel: Parcel, number: int) -> None:
        if isinstance(parcel, InsertRows):
            self.doubts.append(Doubt(number, parcel, self._clock.now()))
        else:
            self.unanswered[number] = self._clock.now()

    def _take(self, parcel: Parcel, number: int, accepted: Accepted) -> None:
        """Where Coda does not say which rows it made, they have to be looked for."""
        self.queue.add(number, accepted.request)
        if isinstance(parcel, InsertRows):
            if len(set(accepted.ids)) != parcel.size:
                self._journal.accept(number, accepted.request, {})
                self.doubts.append(Doubt(number, parcel, self._clock.now()))
                return
            self.found(number, parcel, {it.key: row for it, row in zip(parcel.inserts, accepted.ids, strict=True)},
                       accepted.request)  # fmt: skip
        else:
            self._journal.accept(number, accepted.request, {})
        self.tally.answer(parcel)

    def found(self, number: int, parcel: InsertRows, ids: Mapping[str, str], request: str = "") -> None:
        """Notes which rows a request has made, by the inserts' keys."""
        self._journal.accept(number, request, ids)
        for insert in parcel.inserts:
            if insert.key in ids:
                self.tally.made(insert, ids[insert.key])

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
                    self.tally.hold(kind, reason, insert.key, [None])
            case DeleteRows(deletes):
                for delete in deletes:
                    self.tally.hold(kind, reason, delete.row, [None])
            case UpdateRow(row, cells):
                self.tally.hold(kind, reason, row, [cell.column for cell in cells])

    def _checked(self, parcel: Parcel) -> Parcel | None:
        """What of it is to be sent, with the new ids of rows; the rest is held, or there already."""
        match parcel:
            case InsertRows(inserts):
                return InsertRows(tuple(replace(it, cells=self._pointing(it.key, it.cells)) for it in inserts))
            case DeleteRows(deletes):
                rows = self._read([delete.row for delete in deletes])
                left = tuple(delete for delete in deletes if self._is_to_go(delete, rows))
                return DeleteRows(left) if left else None
            case UpdateRow():
                return self._checked_update(parcel)

    def _checked_update(self, parcel: UpdateRow) -> UpdateRow | None:
        if parcel.insert:
            cells = self._pointing(parcel.insert, parcel.cells)
            return replace(parcel, cells=cells) if cells else None
        live = self._read([parcel.row]).get(parcel.row)
        if live is None:
            self._hold(parcel, HeldKind.CONFLICT, _DELETED)
            return None
        cells = self._pointing(parcel.row, parcel.cells)
        before = {step.cell.column: step.live for step in parcel.updates}
        self.tally.hold(
            HeldKind.CONFLICT, _EDITED, parcel.row,
            [it.column for it in cells if live.cell(it.column) not in (before[it.column], it.wanted)],
        )  # fmt: skip
        left = tuple(it for it in cells if live.cell(it.column) == before[it.column] != it.wanted)
        return replace(parcel, cells=left) if left else None

    def _is_to_go(self, delete: Delete, rows: LiveRows) -> bool:
        live = rows.get(delete.row)
        if live is None:
            return False
        if is_as(live, delete.live):
            return True
        self.tally.hold(HeldKind.CONFLICT, _EDITED, delete.row, [None])
        return False

    def _pointing(self, row: str, cells: Iterable[Cell]) -> tuple[Cell, ...]:
        """The cells with the ids of now; one that would point to a row which could not be inserted is held."""
        moved = pointing(cells, self.tally.new)
        lost = [it for it in moved if any(each.row in self._awaited for each in _rows_of(it))]
        reason = "the row that it points to could not be inserted"
        self.tally.hold(HeldKind.UNWRITABLE, reason, row, [it.column for it in lost])
        return tuple(it for it in moved if it not in lost)

    @property
    def _awaited(self) -> set[str]:
        raise NotImplementedError

    def _read(self, ids: list[str]) -> LiveRows:
        try:
            return self._live.some(ids)
        except CodaError as error:
            raise Stopped(f"The rows that are to be written cannot be read: {error}.") from error


def is_as(live: LiveRow, cells: Iterable[tuple[str, object]]) -> bool:
    """Whether a row holds these values by column."""
    return all(live.cell(column) == value for column, value in cells)
