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
_LINE = "SELECT l.id, l.thing, l.row, l.born, l.died, l.text FROM "
_KNOWN = " AND (l.row IS NULL OR l.row = '' OR l.thing NOT IN (SELECT id FROM things WHERE pending IS NOT NULL))"
"""Of a table that has become too large nobody knows what is there now."""
_ORDER = " ORDER BY l.id DESC LIMIT ?"


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
    for there in ("IS NULL", "IS NOT NULL")[: 1 if when == "now" else 2]:
        for table in ("names", "words"):
            query = f"{_LINE} {table} w JOIN lines l ON l.id = w.rowid WHERE {table} MATCH ? AND l.died {there}{_KNOWN}{_ORDER}"
            lines = map(Line._make, asking.ask(query, wanted.expression, most * _CANDIDATES))
            yield from sorted(lines, key=lambda line: line.died or 0, reverse=True)


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
    columns = json.loads(asking.ask("SELECT columns FROM things WHERE id = ?", line.thing)[0][0])
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
    return Hit(
        doc, item, ROW, row_name(row), row_words(row, columns).replace(BETWEEN, " · "), line.row, asking.at(lives[first].born),
        asking.at(at), asking.at(died) if died else None,
    )  # fmt: skip


def _has(wanted: Asked, line: Line, columns: list[Any]) -> bool:
    return any(wanted.found_in(row_words(row, columns)) for row in rows_of([line.text]).values())


def _thing(asking: Asking, line: Line) -> tuple[str, str, str, str]:
    """Doc, item, kind and name of what a line is of, as it was when the line was there last."""
    query = "SELECT doc, item, kind, name FROM items WHERE thing = ? AND born < ? ORDER BY born DESC LIMIT 1"
    found: tuple[str, str, str, str] = asking.ask(query, line.thing, line.died or len(asking.commits) + 1)[0]
    return found
