"""One statement that reads, in which no wrong name is taken for a text (browse.md, query)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.errors import UsageError
from coda_git_mirror.sql.statement import is_explained, one_statement


@pytest.mark.parametrize(
    ("sql", "statement"),
    [
        ("SELECT 1", "SELECT 1"),
        ("SELECT 1 ; ; ", "SELECT 1"),
        ("SELECT 1; -- done; really", "SELECT 1; -- done; really"),
        ("/* ; */ SELECT ';'", "/* ; */ SELECT ';'"),
        ("SELECT 'it''s; \"x\"'", "SELECT 'it''s; \"x\"'"),
        ('SELECT "a;b" FROM "x""y"', 'SELECT `a;b` FROM `x"y`'),
        ('SELECT "a`b", `c``d`, [e;f]', "SELECT `a``b`, `c``d`, [e;f]"),
        ("WITH t AS (VALUES (1)) SELECT * FROM t", "WITH t AS (VALUES (1)) SELECT * FROM t"),
    ],
)
def test_a_statement_is_taken_as_it_is_but_for_quotes_of_names(sql: str, statement: str) -> None:
    assert one_statement(sql) == statement


@pytest.mark.parametrize(
    "sql", ["", "  ", ";", "-- nothing", "/* nothing", "SELECT 1; SELECT 2", "SELECT 1;;VALUES(1)"]
)
def test_none_and_several_are_refused(sql: str) -> None:
    with pytest.raises(UsageError):
        one_statement(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (1)", "update t set a = 1", "DELETE FROM t", "DROP TABLE t", "CREATE TABLE x (a)",
        "ATTACH 'x' AS y", "VACUUM INTO 'x'", "BEGIN", "REINDEX", "/* SELECT */ ALTER TABLE t RENAME TO u",
        "\0SELECT 1", "EXPLAIN VACUUM", "EXPLAIN QUERY PLAN DELETE FROM t",
    ],
)  # fmt: skip
def test_what_does_not_read_is_refused(sql: str) -> None:
    with pytest.raises(UsageError):
        one_statement(sql)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20))
def test_any_name_stays_the_same_name(name: str) -> None:
    sql = 'SELECT 1 AS "' + name.replace('"', '""') + '"'
    with closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute(one_statement(sql)).description[0][0] == name


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20))
def test_any_text_stays_the_same_text(text: str) -> None:
    sql = "SELECT '" + text.replace("'", "''") + "'"
    with closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute(one_statement(sql)).fetchone() == (text,)


def test_explaining_is_known() -> None:
    assert is_explained("-- why\nEXPLAIN QUERY PLAN SELECT 1")
    assert not is_explained("SELECT 'explain'")
