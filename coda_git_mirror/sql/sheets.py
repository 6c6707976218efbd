"""The rows of one table as they are shown, in a temporary SQLite file: sorted, searched and told by pages."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from coda_git_mirror.errors import MirrorError

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_BATCH = 5_000
_MOST_CHOICES = 8
"""How many orders and searches are remembered; each costs some bytes a row."""


class SheetRow(NamedTuple):
    """A row with the texts of its cells as the CSV has them; `line` is the one of the JSONL, empty where none is."""

    id: str
    texts: list[str]
    line: bytes = b""


class Choice(NamedTuple):
    """Rows in whose cells `words` stand, whatever their case, sorted by the texts at `column` (None: as they are).

    `by_number`: texts that are numbers are sorted as such, before others. Blank cells are last in either direction.
    """

    words: str = ""
    column: int | None = None
    descending: bool = False
    by_number: bool = False


class Sheet:
    """The rows in a new file at `place`. Threads may share it. Raises MirrorError where the file cannot be written."""

    def __init__(self, place: Path, rows: Iterable[SheetRow]) -> None:
        self.place, self._lock = place, threading.RLock()
        self._choices: dict[Choice, str] = {}
        self._made = 0
        with self._working():
            self._connection = _connected(place)
        try:
            with self._working():
                _fill(self._connection, rows)
        except BaseException:
            self.close()
            raise

    def count(self, choice: Choice) -> int:
        """How many rows there are of a choice."""
        with self._working():
            name = self._chosen(choice)
            found: int = self._connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            return found

    def rows(self, choice: Choice, first: int, most: int) -> list[SheetRow]:
        """At most so many rows of a choice, from the one at `first` on; the first is at 0."""
        with self._working():
            name = self._chosen(choice)
            found = self._connection.execute(
                f"SELECT id, texts, line FROM {name} AS chosen JOIN rows ON rows.place = chosen.place "
                "WHERE chosen.position > ? ORDER BY chosen.position LIMIT ?",
                (first, most),
            )
            return [SheetRow(row_id, json.loads(texts), line) for row_id, texts, line in found]

    def every(self, choice: Choice) -> Iterator[SheetRow]:
        """All rows of a choice, with memory for few at a time."""
        first = 0
        while batch := self.rows(choice, first, _BATCH):
            yield from batch
            first += len(batch)

    def add_lines(self, lines: Iterable[tuple[str, bytes]]) -> None:
        """Gives rows their lines, which come in any order with the ids of their rows; those of other rows are left."""
        with self._working():
            connection, waiting = self._connection, iter(lines)
            connection.execute("CREATE INDEX IF NOT EXISTS ids ON rows (id)")
            connection.execute("BEGIN")
            while batch := list(islice(waiting, _BATCH)):
                connection.executemany("UPDATE rows SET line = ?2 WHERE id = ?1", batch)
            connection.execute("COMMIT")

    def close(self) -> None:
        """Ends the use of the file, and removes it."""
        with self._lock:
            self._connection.close()
            self.place.unlink(missing_ok=True)

    def _chosen(self, choice: Choice) -> str:
        """The table or view with the places of the rows of a choice, at `position` from 1 on."""
        if choice == Choice():
            return "as_they_are"
        name = self._choices.pop(choice, "") or self._choose(choice)
        self._choices[choice] = name
        while len(self._choices) > _MOST_CHOICES:
            self._connection.execute(f"DROP TABLE {self._choices.pop(next(iter(self._choices)))}")
        return name

    def _choose(self, choice: Choice) -> str:
        self._made += 1
        name, connection = f"choice_{self._made}", self._connection
        connection.create_function("is_found", 1, _finder(choice.words), deterministic=True)
        connection.create_function("key_of", 1, _number_key if choice.by_number else _text_key, deterministic=True)
        key = "place" if choice.column is None else f"key_of(json_extract(texts, '$[{choice.column}]'))"
        found = "WHERE is_found(texts)" if choice.words else ""
        way = "DESC" if choice.descending else "ASC"
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(f"CREATE TABLE keys AS SELECT place, {key} AS key FROM rows {found}")
            cursor.execute(f"CREATE TABLE {name} (position INTEGER PRIMARY KEY, place INTEGER)")
            cursor.execute(f"INSERT INTO {name} (place) SELECT place FROM keys ORDER BY key IS NULL, key {way}, place")
            cursor.execute("DROP TABLE keys")
        return name

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise MirrorError(
                    f"The rows of this table cannot be put in order in {self.place.parent}: {error}; "
                    "free some space there, or let TMPDIR name another folder."
                ) from error


def _connected(place: Path) -> sqlite3.Connection:
    """What a crash would leave of the file nobody reads."""
    connection = sqlite3.connect(place, isolation_level=None, check_same_thread=False)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
        connection.execute(f"PRAGMA {setting}")
    return connection


def _fill(connection: sqlite3.Connection, rows: Iterable[SheetRow]) -> None:
    connection.execute("CREATE TABLE rows (place INTEGER PRIMARY KEY, id TEXT, texts TEXT, line BLOB)")
    connection.execute("CREATE VIEW as_they_are AS SELECT place AS position, place FROM rows")
    waiting = iter(rows)
    connection.execute("BEGIN")
    while batch := list(islice(waiting, _BATCH)):
        connection.executemany(
            "INSERT INTO rows (id, texts, line) VALUES (?, ?, ?)",
            [(row.id, json.dumps(row.texts, ensure_ascii=False), row.line) for row in batch],
        )
    connection.execute("COMMIT")


def _finder(words: str) -> Callable[[str], bool]:
    """Whether a cell among texts in JSON has the words. Most rows have not, and are never parsed."""
    sought = words.casefold()
    begun = json.dumps(sought, ensure_ascii=False)[1:-1]

    def is_found(texts: str) -> bool:
        cells: Sequence[str] = json.loads(texts) if begun in texts.casefold() else ()
        return any(sought in cell.casefold() for cell in cells)

    return is_found


def _text_key(text: str | None) -> str | None:
    return text.casefold() if text else None


def _number_key(text: str | None) -> float | str | None:
    """SQLite puts numbers before texts."""
    return float(text) if text and _NUMBER.fullmatch(text) else _text_key(text)
