"""The tables of the index, and by what a file is known to be one of this very kind (browse.md, The index).

Commits bear numbers along the first parents, the first has 1. Whatever has `born` and `died` is there from the commit
`born` until before the commit `died`, which is NULL while it is there.
"""

from __future__ import annotations

import sqlite3

APPLICATION = 0x436F6469
"""Tells a file of ours from any other database."""
VERSION = 4
"""Raised whenever these tables, or what is written into them, become other ones."""

_TABLES = """
CREATE TABLE commits(
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, seconds INTEGER NOT NULL, subject TEXT NOT NULL,
    is_sync INTEGER NOT NULL, cut INTEGER NOT NULL);
CREATE TABLE paths(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
CREATE TABLE versions(
    path INTEGER NOT NULL, number INTEGER NOT NULL, blob BLOB, PRIMARY KEY(path, number)) WITHOUT ROWID;
CREATE TABLE things(
    id INTEGER PRIMARY KEY, doc TEXT NOT NULL, item TEXT NOT NULL, kind TEXT NOT NULL, files TEXT NOT NULL,
    blobs TEXT NOT NULL, details TEXT NOT NULL, digest BLOB NOT NULL, columns TEXT NOT NULL, pending INTEGER,
    asked INTEGER NOT NULL,    UNIQUE(doc, item, kind));
CREATE TABLE items(
    thing INTEGER NOT NULL, doc TEXT NOT NULL, item TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    path TEXT NOT NULL, parent TEXT, position INTEGER NOT NULL, born INTEGER NOT NULL, died INTEGER,
    PRIMARY KEY(thing, born)) WITHOUT ROWID;
CREATE INDEX items_of_doc ON items(doc, born);
CREATE INDEX items_of_kind ON items(kind, doc);
CREATE INDEX items_by_path ON items(path);
CREATE TABLE changes(
    thing INTEGER NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL,
    PRIMARY KEY(thing, number)) WITHOUT ROWID;
CREATE TABLE damage(doc TEXT NOT NULL, number INTEGER NOT NULL);
CREATE TABLE lines(
    id INTEGER PRIMARY KEY, thing INTEGER NOT NULL, row TEXT, born INTEGER NOT NULL, died INTEGER, text TEXT NOT NULL);
CREATE INDEX lines_there ON lines(thing) WHERE died IS NULL;
CREATE INDEX lines_of_row ON lines(thing, row) WHERE row IS NOT NULL;
"""
_SEARCHED = ("words", "names")
"""What is found by its text, and by being called so; what is there has the id that it has in `lines`."""
_WORDS = "USING fts5(text, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2')"


def make_tables(connection: sqlite3.Connection) -> None:
    """Makes the tables in an empty database, those of the search only where this SQLite has FTS5."""
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
    for name in _SEARCHED if has_search(connection) else ():
        connection.execute(f"CREATE VIRTUAL TABLE {name} {_WORDS}")
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def drop_tables(connection: sqlite3.Connection) -> None:
    """Empties a database of whatever it holds."""
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'").fetchall():
        connection.execute(f"DROP TABLE {_quoted(name)}")
    rest = "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'"
    for kind, name in connection.execute(rest).fetchall():
        connection.execute(f"DROP {kind} {_quoted(name)}")


def is_ours(connection: sqlite3.Connection) -> bool:
    """Whether a database has the tables of this version, with a search where this SQLite can have one."""
    marks = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    return [*marks] == [APPLICATION, VERSION] and has_search(connection) == _has_words(connection)


def has_search(connection: sqlite3.Connection) -> bool:
    """Whether this SQLite has FTS5."""
    return connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone() is not None


def _has_words(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'words'").fetchone() is not None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
