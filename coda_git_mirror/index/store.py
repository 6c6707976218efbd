"""What is written into the index, and what of it is needed to go on from there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from coda_git_mirror.git.history import Commit, FileChange
from coda_git_mirror.index.entries import Entry, Key
from coda_git_mirror.index.words import folded

ITS_NAME = ""
"""Stands in `lines.row` where the line is the name of the thing itself; no row has such an id."""
_MOST_KEPT = 100_000
"""Things, and paths, that are kept in memory while an index is built."""


@dataclass
class Thing:
    """A doc, page, table or view as the last commit has it; `blobs` are those of its files, empty where one lacks.

    `digest` tells one text from another, `columns` are a table's own as JSON. The rows are not known from the commit
    `pending` on; they are, however many, once somebody has `asked` for them.
    """

    id: int
    entry: Entry
    path: str
    position: int
    blobs: tuple[str, ...]
    digest: bytes = b""
    columns: str = "[]"
    pending: int | None = None
    asked: bool = False


class Store:
    """Writes by one connection, in the transaction of the caller."""

    def __init__(self, connection: sqlite3.Connection, searchable: bool) -> None:
        self._connection, self._searchable = connection, searchable
        self._paths: dict[str, int] = {}
        self._docs: dict[str, dict[Key, Thing]] = {}
        self._unsaved: dict[int, Thing] = {}
        self._next_line = self._number("SELECT max(id) FROM lines")
        self._next_thing = self._number("SELECT max(id) FROM things")
        self._next_path = self._number("SELECT max(id) FROM paths")

    def add_commit(self, number: int, commit: Commit, is_sync: bool, cut: bool) -> None:
        row = (number, commit.id, int(commit.when.timestamp()), _plain(commit.subject), is_sync, cut)
        self._connection.execute("INSERT INTO commits VALUES(?, ?, ?, ?, ?, ?)", row)

    def add_versions(self, number: int, files: Mapping[str, FileChange]) -> None:
        """Which blob each of these paths leads to from this commit on."""
        rows = [
            (self._path_id(path), number, bytes.fromhex(change.new) if change.new else None)
            for path, change in files.items()
        ]
        self._connection.executemany("INSERT INTO versions VALUES(?, ?, ?)", rows)

    def blob(self, path: str) -> str:
        """The blob that a path leads to by now; empty where it leads nowhere."""
        found = self._connection.execute(
            "SELECT blob FROM versions WHERE path = (SELECT id FROM paths WHERE path = ?) ORDER BY number DESC LIMIT 1",
            (path,),
        ).fetchone()
        return found[0].hex() if found and found[0] else ""

    def things(self, doc: str) -> dict[Key, Thing]:
        """What a doc has by now, itself included."""
        if doc not in self._docs:
            if sum(map(len, self._docs.values())) > _MOST_KEPT:
                self.flush()
                self._docs.clear()
            self._docs[doc] = {thing.entry.key: thing for thing in self._load(doc)}
        return self._docs[doc]

    def docs(self) -> list[tuple[str, str, str]]:
        """The docs that are there by now: ids, names and folders."""
        return self._connection.execute(
            "SELECT doc, name, path FROM items WHERE kind = 'doc' AND died IS NULL"
        ).fetchall()

    def is_known(self, doc: str, key: Key) -> bool:
        """Whether something was there once."""
        return self._id_of(doc, key) is not None

    def add(self, number: int, doc: str, thing: Thing) -> None:
        """Something that was not there in the commit before."""
        known = self._id_of(doc, thing.entry.key)
        if known is None:
            self._next_thing += 1
            self._connection.execute(
                "INSERT INTO things VALUES(?, ?, ?, ?, '', '', '', '', '', NULL, 0)",
                (self._next_thing, doc, thing.entry.item, thing.entry.kind),
            )
        thing.id = known or self._next_thing
        thing.pending, thing.asked = self._reading_of(thing.id)
        self.things(doc)[thing.entry.key] = thing
        self.save(thing)
        self.state(number, doc, thing)
        self._born_name(number, thing)

    def save(self, thing: Thing) -> None:
        """Remembers what the next commit is compared with, in the file at the next `flush`."""
        self._unsaved[thing.id] = thing

    def flush(self) -> None:
        """Writes what was saved since the last one."""
        rows = [
            (
                _json(thing.entry.files),
                " ".join(thing.blobs),
                _json(thing.entry.details),
                thing.digest,
                thing.columns,
                thing.pending,
                thing.asked,
                thing.id,
            )
            for thing in self._unsaved.values()
        ]
        self._connection.executemany(
            "UPDATE things SET files = ?, blobs = ?, details = ?, digest = ?, columns = ?, pending = ?, asked = ?"
            " WHERE id = ?",
            rows,
        )
        self._unsaved.clear()

    def state(self, number: int, doc: str, thing: Thing) -> None:
        """From this commit on a thing is named and placed as it says."""
        self._end_state(number, thing)
        entry = thing.entry
        row = (thing.id, doc, entry.item, entry.kind, entry.name, thing.path, entry.parent, thing.position, number)
        self._connection.execute("INSERT INTO items VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", row)

    def end(self, number: int, doc: str, thing: Thing) -> None:
        """A thing is not there from this commit on, nor any line of it."""
        self._end_state(number, thing)
        self._connection.execute("UPDATE lines SET died = ? WHERE thing = ? AND died IS NULL", (number, thing.id))
        del self.things(doc)[thing.entry.key]

    def rename(self, number: int, thing: Thing) -> None:
        """A thing has another name from this commit on."""
        self._connection.execute(
            "UPDATE lines SET died = ? WHERE thing = ? AND died IS NULL AND row = ?", (number, thing.id, ITS_NAME)
        )
        self._born_name(number, thing)

    def rows_anew(self, thing: int, number: int) -> None:
        """As if what rows a table has from a commit on were not known, and nothing had been done about them since."""
        self._connection.execute(
            "UPDATE lines SET died = NULL WHERE thing = ? AND row != ? AND born < ? AND died >= ?",
            (thing, ITS_NAME, number, number),
        )

    def all_rows_died(self, number: int, thing: int) -> None:
        """No row of a table is there from this commit on."""
        query = "UPDATE lines SET died = ? WHERE thing = ? AND died IS NULL AND row != ?"
        self._connection.execute(query, (number, thing, ITS_NAME))

    def rows_known(self, thing: int) -> None:
        """Whatever rows a table has had are there, and those to come will be."""
        self._connection.execute("UPDATE things SET pending = NULL, asked = 1 WHERE id = ?", (thing,))

    def change(self, number: int, thing: int, kind: str, what: str) -> None:
        """A commit changed something of a thing."""
        row = (thing, number, kind, what)
        self._connection.execute("INSERT OR REPLACE INTO changes VALUES(?, ?, ?, ?)", row)

    def damaged(self, number: int, doc: str) -> None:
        """What a commit says of a doc, or without one of all docs, cannot be read."""
        self._connection.execute("INSERT INTO damage VALUES(?, ?)", (doc, number))

    def lines(self, thing: Thing) -> dict[str, int]:
        """The lines of a page that are there, with their ids."""
        found = self._connection.execute(
            "SELECT text, id FROM lines WHERE thing = ? AND died IS NULL AND row IS NULL", (thing.id,)
        )
        return dict(found.fetchall())

    def rows(self, thing: Thing) -> dict[str, tuple[int, str]]:
        """The lines of a table's rows that are there, with their ids and the rows' own."""
        found = self._connection.execute(
            "SELECT text, id, row FROM lines WHERE thing = ? AND died IS NULL AND row != ?", (thing.id, ITS_NAME)
        )
        return {text: (number, row) for text, number, row in found}

    def died(self, number: int, ids: Collection[int]) -> None:
        """These lines are not there from this commit on."""
        if ids:
            self._connection.executemany("UPDATE lines SET died = ? WHERE id = ?", [(number, line) for line in ids])

    def rows_died(self, number: int, thing: Thing, rows: Iterable[str]) -> None:
        """The lines of these rows are not there from this commit on."""
        self._connection.executemany(
            "UPDATE lines SET died = ? WHERE thing = ? AND row = ? AND died IS NULL",
            [(number, thing.id, row) for row in rows],
        )

    def born_lines(self, number: int, thing: Thing, lines: Iterable[str]) -> None:
        """Lines of a page, which say what they are found by."""
        self._insert("words", [(thing.id, None, number, line, line) for line in lines])

    def born_rows(self, number: int, thing: Thing, rows: Mapping[str, str], words: Mapping[str, str]) -> None:
        """Lines of rows by the rows' ids, with what they are found by."""
        self._insert("words", [(thing.id, row, number, text, words[row]) for row, text in rows.items()])

    def _born_name(self, number: int, thing: Thing) -> None:
        self._insert("names", [(thing.id, ITS_NAME, number, thing.entry.name, thing.entry.name)])

    def _insert(self, table: str, lines: list[tuple[int, str | None, int, str, str]]) -> None:
        """Into the lines, and into what is searched."""
        if not lines:
            return
        numbered = list(enumerate(lines, self._next_line + 1))
        self._next_line += len(lines)
        self._connection.executemany(
            "INSERT INTO lines VALUES(?, ?, ?, ?, NULL, ?)", [(number, *line[:4]) for number, line in numbered]
        )
        if self._searchable:
            found_by = [(number, line[4] if line[4].isascii() else folded(line[4])) for number, line in numbered]
            self._connection.executemany(f"INSERT INTO {table}(rowid, text) VALUES(?, ?)", found_by)

    def _end_state(self, number: int, thing: Thing) -> None:
        self._connection.execute("UPDATE items SET died = ? WHERE thing = ? AND died IS NULL", (number, thing.id))

    def _load(self, doc: str) -> Iterable[Thing]:
        found = self._connection.execute(
            "SELECT t.id, t.kind, t.item, i.name, i.parent, t.files, t.details, i.path, i.position, t.blobs, t.digest,"
            " t.columns, t.pending, t.asked FROM items i JOIN things t ON t.id = i.thing"
            " WHERE i.doc = ? AND i.died IS NULL",
            (doc,),
        )
        for number, kind, item, name, parent, files, details, path, position, blobs, *rest in found.fetchall():
            entry = Entry(kind, item, name, parent, _tuple(files), _tuple(details))
            yield Thing(number, entry, path, position, tuple(blobs.split(" ") if entry.files else ()), *rest)

    def _reading_of(self, thing: int) -> tuple[int | None, bool]:
        """From which commit on the rows of a table are not known, and whether they have been asked for."""
        if unsaved := self._unsaved.get(thing):
            return unsaved.pending, unsaved.asked
        pending, asked = self._connection.execute("SELECT pending, asked FROM things WHERE id = ?", (thing,)).fetchone()
        return pending, bool(asked)

    def _id_of(self, doc: str, key: Key) -> int | None:
        found = self._connection.execute(
            "SELECT id FROM things WHERE doc = ? AND kind = ? AND item = ?", (doc, *key)
        ).fetchone()
        return found[0] if found else None

    def _path_id(self, path: str) -> int:
        if path not in self._paths:
            if len(self._paths) > _MOST_KEPT:
                self._paths.clear()
            found = self._connection.execute("SELECT id FROM paths WHERE path = ?", (path,)).fetchone()
            if found is None:
                self._next_path += 1
                self._connection.execute("INSERT INTO paths VALUES(?, ?)", (self._next_path, path))
            self._paths[path] = found[0] if found else self._next_path
        return self._paths[path]

    def _number(self, query: str) -> int:
        return int(self._connection.execute(query).fetchone()[0] or 0)


def _json(value: tuple[str, ...]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _tuple(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
