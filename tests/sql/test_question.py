"""SQL that is asked: as a stream, ended by signals, with an authority that only reads (browse.md, query)."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from types import FrameType

import pytest

from coda_git_mirror.errors import UsageError
from coda_git_mirror.sql.database import Database
from coda_git_mirror.sql.guard import Guard
from coda_git_mirror.sql.question import NoColumn, NoTable, ask, understand

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"


class Ended(BaseException):
    """What a signal's handler raises here."""


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Ended

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(Database.temporary()) as made:
        made.run("CREATE TABLE t (a)")
        made.fill("INSERT INTO t VALUES (?)", [(1,), (2,)])
        yield made


@pytest.mark.parametrize("sql", [f"{ENDLESS} SELECT count(*) FROM c", f"{ENDLESS} SELECT x FROM c WHERE x < 0"])
def test_a_signal_ends_what_would_never_end(database: Database, sql: str) -> None:
    with alarm(0.1), pytest.raises(Ended):
        list(ask(database, sql).rows)


def test_rows_come_before_the_last_is_known(database: Database) -> None:
    answer = ask(database, f"{ENDLESS} SELECT x FROM c")
    assert answer.columns == ("x",)
    assert list(islice(answer.rows, 3)) == [(1,), (2,), (3,)]


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM t", "INSERT INTO t VALUES (3)", "UPDATE t SET a = 0", "DROP TABLE t", "CREATE TABLE u (a)", "VACUUM"],
)
def test_nothing_is_written_even_where_sqlite_gets_it(database: Database, sql: str) -> None:
    with pytest.raises((UsageError, sqlite3.OperationalError)):
        list(ask(database, sql).rows)
    assert list(ask(database, "SELECT * FROM t").rows) == [(1,), (2,)]


def test_understanding_reads_nothing_and_tells_what_would_be_read(database: Database) -> None:
    with alarm(10):
        guard = understand(database, f"{ENDLESS} SELECT count(*) FROM c, t WHERE a > 0")
    assert ("t", "a") in guard.columns
    assert not guard.reads_schema
    assert understand(database, "SELECT name FROM sqlite_master").reads_schema
    with pytest.raises(NoTable, match="other"):
        understand(database, "SELECT * FROM other")
    with pytest.raises(NoColumn, match="b"):
        understand(database, "SELECT `b` FROM t")


def test_every_action_that_is_no_reading_is_denied() -> None:
    actions = {name: getattr(sqlite3, name) for name in dir(sqlite3) if name.startswith("SQLITE_")}
    asked = [name for name, code in actions.items() if name not in ("SQLITE_OK", "SQLITE_DENY", "SQLITE_IGNORE")]
    codes = {actions[name] for name in asked if isinstance(actions[name], int) and 0 < actions[name] < 34}
    allowed = {code for code in codes if Guard()(code, "a", "b", None, None) == sqlite3.SQLITE_OK}
    named = ("SQLITE_SELECT", "SQLITE_READ", "SQLITE_FUNCTION", "SQLITE_RECURSIVE")
    assert allowed == {actions[name] for name in named}


def test_a_file_that_is_full_is_told_in_one_sentence(database: Database) -> None:
    database.run("PRAGMA max_page_count = 10")
    with pytest.raises(Exception, match="SQLite could not write what it works on"):
        database.fill("INSERT INTO t VALUES (?)", (("x" * 1_000,) for _ in range(1_000)))
    assert database.rows("SELECT count(*) FROM t") == [(2,)]
