"""Takes up what a run has begun to write and did not end: nothing is sent before it is known what that one sent."""

from __future__ import annotations

from collections.abc import Mapping

from coda_git_mirror.actions.ports import Source, Writer
from coda_git_mirror.actions.writing.live import LiveRows, LiveTable
from coda_git_mirror.actions.writing.readback import QUEUE_SECONDS
from coda_git_mirror.actions.writing.settling import Queue
from coda_git_mirror.actions.writing.verdicts import recognised
from coda_git_mirror.changes.trailers import RestoredRow
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import CodaError, MirrorError, NotThere
from coda_git_mirror.state.write_journal import Begun, Change, Sending, WriteJournal


def take_up(
    begun: Begun, journal: WriteJournal, source: Source, writer: Writer, clock: Clock
) -> tuple[RestoredRow, ...]:
    """Waits until Coda shows what has become of it; the rows that live again, of those that have another id now.

    Raises MirrorError where Coda does not show which rows it has made.
    """
    try:
        return _Interrupted(begun, journal, source, writer, clock).restored()
    except NotThere:
        return ()
    except CodaError as error:
        raise MirrorError(
            f"What an interrupted run has written cannot be looked at ({error}), so nothing was written; "
            "run the command again."
        ) from error


class _Interrupted:
    def __init__(self, begun: Begun, journal: WriteJournal, source: Source, writer: Writer, clock: Clock) -> None:
        columns = source.columns(begun.doc, begun.table)
        self._live = LiveTable(source, begun.doc, begun.table, columns, clock)
        self._begun, self._journal, self._writer, self._clock = begun, journal, writer, clock
        self._sent = [sending for sending in begun.sendings if not sending.refused]

    def restored(self) -> tuple[RestoredRow, ...]:
        is_open = self._settle() or any(it.is_doubtful for it in self._sent)
        began = self._clock.now()
        seen = self._live.surely(None, self._shows_all)
        late = began + QUEUE_SECONDS - self._clock.now()
        if seen.is_sure and late > 0 and is_open and not self._shows_all(seen.rows):
            self._clock.sleep(late)
            seen = self._live.surely(None, self._shows_all)
        if not seen.is_sure and not self._shows_inserts(seen.rows):
            raise MirrorError(
                "Coda does not show yet which rows it made for an interrupted run, so nothing was written; "
                "wait some minutes and run the command again."
            )
        return tuple(self._restored(seen.rows))

    def _settle(self) -> bool:
        """Waits for Coda's queue; whether there is something that it may not be asked about."""
        queue = Queue(self._writer, self._clock, self._journal.settle)
        for number, sending in enumerate(self._begun.sendings, start=1):
            if sending.request and not (sending.settled or sending.refused):
                queue.add(number, sending.request)
        queue.wait_for()
        return bool(queue.unasked)

    def _restored(self, rows: LiveRows) -> list[RestoredRow]:
        ids = self._ids(rows)
        inserted = (row for sending in self._inserts for row in sending.rows if row.key in ids)
        return [RestoredRow(self._begun.table, row.old, ids[row.key]) for row in inserted if row.old is not None]

    @property
    def _inserts(self) -> list[Sending]:
        return [sending for sending in self._sent if sending.change is Change.INSERT]

    def _ids(self, rows: LiveRows) -> dict[str, str]:
        """The ids of inserted rows that are there, by their keys."""
        told: Mapping[str, str] = {key: row for it in self._inserts for key, row in it.ids.items()}
        own = {*self._begun.known, *told.values()}
        missing = [row for sending in self._inserts for row in sending.missing if row.key not in told]
        found = recognised(missing, {row: live for row, live in rows.items() if row not in own})
        return {**{key: row for key, row in told.items() if row in rows}, **found}

    def _shows_inserts(self, rows: LiveRows) -> bool:
        ids = self._ids(rows)
        return all(row.key in ids for sending in self._inserts for row in sending.rows)

    def _shows_all(self, rows: LiveRows) -> bool:
        return self._shows_inserts(rows) and all(_is_shown(it, rows) for it in self._sent)


def _is_shown(sending: Sending, rows: LiveRows) -> bool:
    """Whether rows that were changed or deleted are as that was to make them."""
    if sending.change is Change.DELETE:
        return rows.keys().isdisjoint(row.key for row in sending.rows)
    if sending.change is Change.INSERT:
        return True
    return all(
        row.key in rows and all(rows[row.key].cell(column) == value for column, value in row.cells.items())
        for row in sending.rows
    )
