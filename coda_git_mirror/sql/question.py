"""A user's SQL asked: understood first, by tables that have columns and no rows, then answered row by row."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from coda_git_mirror.errors import UsageError
from coda_git_mirror.model.answer import Answer, Row
from coda_git_mirror.sql.database import Database, telling_disk
from coda_git_mirror.sql.guard import Guard
from coda_git_mirror.sql.statement import is_explained

_NO_TABLE, _NO_COLUMN = "no such table: ", "no such column: "
_INTERRUPTED = "interrupted"
_FUNCTIONS_IN_FROM = (
    "json_each('[]')", "json_tree('[]')", "pragma_table_info('')", "pragma_table_xinfo('')", "pragma_table_list",
    "pragma_index_list('')", "pragma_index_info('')", "pragma_function_list", "pragma_compile_options",
)  # fmt: skip
"""What SQLite declares at its first use, as if somebody made a table, which the guard would refuse."""
_STEPS = 20_000
"""So many of SQLite's own steps, a few milliseconds, lie between two looks at whether to end."""


class NoTable(Exception):
    """The SQL names a table that is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NoColumn(Exception):
    """The SQL names a column that none of its tables has."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def understand(database: Database, statement: str) -> Guard:
    """Lets SQLite read a statement without carrying it out; returns what it would read.

    Raises NoTable, NoColumn, or UsageError where it is not SQL or does more than to read.
    """
    guard = Guard()
    connection = database.connection
    _declare_functions(connection)
    connection.set_authorizer(guard)
    try:
        with _telling(guard):
            connection.execute(statement if is_explained(statement) else f"EXPLAIN {statement}").close()
    finally:
        connection.set_authorizer(None)
    return guard


def ask(database: Database, statement: str) -> Answer:
    """Carries a statement out. From now on the database cannot be changed; signals end what takes long.

    Raises UsageError, also while rows are read, where SQLite cannot answer.
    """
    connection, guard, ticks = database.connection, Guard(), _Ticks()
    connection.set_authorizer(None)
    _declare_functions(connection)
    connection.execute("PRAGMA query_only = ON").close()
    connection.set_authorizer(guard)
    connection.set_progress_handler(ticks.handler, _STEPS)
    with _telling(guard), ticks.ending(), telling_disk():
        cursor = connection.execute(statement)
    columns = tuple(str(column[0]) for column in cursor.description or ())
    return Answer(columns, _rows(cursor, guard, ticks))


def _declare_functions(connection: sqlite3.Connection) -> None:
    """Those of them that this SQLite has."""
    for function in _FUNCTIONS_IN_FROM:
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute(f"SELECT 1 FROM {function} LIMIT 0").close()


def _rows(cursor: sqlite3.Cursor, guard: Guard, ticks: _Ticks) -> Iterator[Row]:
    while True:
        with _telling(guard), ticks.ending(), telling_disk():
            row: Row | None = cursor.fetchone()
        if row is None:
            return
        yield row


class _Ticks:
    """Lets the handlers of signals run while SQLite works, and what they raise end that work.

    SQLite's module for Python drops an exception that its callback raises. A generator is asked instead, which
    is within its `try` when it goes on, as a signal's handler runs at the very first step of a function.
    """

    def __init__(self) -> None:
        self._raised: BaseException | None = None
        ticking = self._tick()
        next(ticking)
        self.handler = functools.partial(next, ticking)

    def _tick(self) -> Generator[int, None, None]:
        ends = 0
        while True:
            try:
                yield ends
            except GeneratorExit:
                raise
            except BaseException as error:
                self._raised, ends = error, 1

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Raises what a signal's handler raised, once SQLite has ended for it."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if _INTERRUPTED in str(error) and self._raised:
                raise self._raised from None
            raise


@contextmanager
def _telling(guard: Guard) -> Iterator[None]:
    """Says in a user's terms why SQLite does not take a statement."""
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _told(str(error), guard) from error


def _told(text: str, guard: Guard) -> Exception:
    if text.startswith(_NO_TABLE):
        return NoTable(text.removeprefix(_NO_TABLE))
    if text.startswith(_NO_COLUMN):
        return NoColumn(text.removeprefix(_NO_COLUMN))
    if guard.refused:
        return UsageError(f"The SQL can only read, and {guard.refused!r} is refused.")
    if "bindings" in text:
        return UsageError("The SQL has a parameter (?, :name, @name or $name); write the value in its place.")
    hint = ". (Names with other characters than letters, digits and _ stand in double quotes.)"
    return UsageError(f"SQLite does not take the SQL: {text}{hint if 'syntax error' in text else '.'}")
