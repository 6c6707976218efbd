"""Words looked for in all that the mirror holds or ever held."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from coda_git_mirror.index.asking import Asking
from coda_git_mirror.index.store import ITS_NAME
from coda_git_mirror.index.texts import BETWEEN, row_name, row_words, rows_of
from coda_git_mirror.index.words import Asked, asked
from coda_git_mirror.model.looking import Hit

ROW = "row"
_CANDIDATES = 5
"""For each hit that is wanted: of what is found, much is the same row at another time."""
_AT_ONCE = 10_000
_LINE = "SELECT l.id, l.thing, l.row, l.born, l.died, l.text FROM "
_KNOWN = " AND (l.row IS NULL OR l.row = '' OR l.thing NOT IN (SELECT id FROM things WHERE pending IS NOT NULL))"
"""Of a table that has become too large nobody knows what is there now."""
_ORDER = " ORDER BY w.rowid DESC LIMIT ?"


class Line(NamedTuple):
    id: int
    thing: int
    row: str | None
    born: int
    died: int | None
    text: str


def search(asking: Asking, words: str, when: Literal["now", "ever"], most: int) -> list[Hit]:
    wanted = asked(words)
    if not wanted:
        return []
    found: dict[tuple[Any, ...], Hit] = {}
    for line in _lines(asking, wanted, when, most):
        if len(found) >= most:
            break
        hit = _row_hit(asking, wanted, line) if line.row else _hit(asking, line)
        found.setdefault((hit.doc, hit.item, hit.row, hit.text, hit.born.number), hit)
    return list(found.values())


def _lines(asking: Asking, wanted: Asked, when: str, most: int) -> Iterator[Line]:
    """Names first, then what is there, then what is gone."""
    if not asking.has_search:
        yield from _read_lines(asking, wanted, when)
        return
    for there in ("IS NULL", "IS NOT NULL")[: 1 if when == "now" else 2]:
        for table in ("names", "words"):
            found = f"{table} w JOIN lines l ON l.id = w.rowid WHERE {table} MATCH ?"
            query = f"{_LINE} {found} AND l.died {there}{_KNOWN}{_ORDER}"
            lines = map(Line._make, asking.ask(query, wanted.expression, most * _CANDIDATES))
            yield from sorted(lines, key=lambda line: line.died or 0, reverse=True)


def _read_lines(asking: Asking, wanted: Asked, when: str) -> Iterator[Line]:
    """The same found without FTS5: what may have the longest of the words, or is not plain ASCII, is read."""
    found: list[Line] = []
    last = 0
    query = (
        f"{_LINE} lines l WHERE l.id > ? AND (l.text LIKE ? OR l.text GLOB '*[^ -~]*')"
        f"{' AND l.died IS NULL' if when == 'now' else ''}{_KNOWN} ORDER BY l.id LIMIT ?"
    )
    while lines := [Line._make(each) for each in asking.ask(query, last, f"%{wanted.longest()}%", _AT_ONCE)]:
        last = lines[-1].id
        found += (line for line in lines if _is_found(asking, wanted, line))
    yield from sorted(
        found, key=lambda line: (line.died is not None, line.row != ITS_NAME, -(line.died or 0), -line.id)
    )


def _is_found(asking: Asking, wanted: Asked, line: Line) -> bool:
    return _has(wanted, line, _columns(asking, line)) if line.row else wanted.found_in(line.text)


def _columns(asking: Asking, line: Line) -> list[Any]:
    columns: list[Any] = json.loads(asking.ask("SELECT columns FROM things WHERE id = ?", line.thing)[0][0])
    return columns


def _hit(asking: Asking, line: Line) -> Hit:
    """A line of a page, or a name."""
    doc, item, kind, name = _thing(asking, line)
    shown = line.text if line.row == ITS_NAME else name
    last = (line.died or len(asking.commits) + 1) - 1
    died = asking.at(line.died) if line.died else None
    return Hit(doc, item, kind, shown, line.text.strip(), None, asking.at(line.born), asking.at(last), died)


def _row_hit(asking: Asking, wanted: Asked, line: Line) -> Hit:
    """A row as long as the words were in it, whatever else changed in it."""
    doc, item, _, _ = _thing(asking, line)
    columns = _columns(asking, line)
    lives = [Line._make(each) for each in asking.ask(
        "SELECT id, thing, row, born, died, text FROM lines WHERE thing = ? AND row = ? ORDER BY born",
        line.thing, line.row,
    )]  # fmt: skip
    place = next(number for number, life in enumerate(lives) if life.id == line.id)
    first = last = place
    while first > 0 and lives[first - 1].died == lives[first].born and _has(wanted, lives[first - 1], columns):
        first -= 1
    while last + 1 < len(lives) and lives[last].died == lives[last + 1].born and _has(wanted, lives[last + 1], columns):
        last += 1
    died = lives[last].died
    row = next(iter(rows_of([lives[last].text]).values()))
    at = (died or len(asking.commits) + 1) - 1
    shown = row_words(row, columns).replace(BETWEEN, " · ")
    return Hit(
        doc, item, ROW, row_name(row), shown, line.row, asking.at(lives[first].born),
        asking.at(at), asking.at(died) if died else None,
    )  # fmt: skip


def _has(wanted: Asked, line: Line, columns: list[Any]) -> bool:
    return any(wanted.found_in(row_words(row, columns)) for row in rows_of([line.text]).values())


def _thing(asking: Asking, line: Line) -> tuple[str, str, str, str]:
    """Doc, item, kind and name of what a line is of, as it was when the line was there last."""
    query = "SELECT doc, item, kind, name FROM items WHERE thing = ? AND born < ? ORDER BY born DESC LIMIT 1"
    found: tuple[str, str, str, str] = asking.ask(query, line.thing, line.died or len(asking.commits) + 1)[0]
    return found
