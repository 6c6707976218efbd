"""The lives of the rows of a table."""

from __future__ import annotations

from typing import Any

from coda_git_mirror.index.asking import Asking
from coda_git_mirror.index.store import ITS_NAME
from coda_git_mirror.model.looking import LineLife

_PATH = (
    "(SELECT path FROM items i WHERE i.thing = l.thing AND i.born < coalesce(l.died, ?) ORDER BY i.born DESC LIMIT 1)"
)
_LIFE = f"SELECT {_PATH}, l.text, l.born, l.died FROM lines l JOIN things t ON t.id = l.thing "
_TABLE = "t.doc = ? AND t.item = ? AND t.kind = 'table' "


def row_lives(asking: Asking, doc: str, item: str, row: str) -> list[LineLife]:
    query = f"{_LIFE} WHERE {_TABLE} AND l.row = ? AND l.row != ? ORDER BY l.born DESC"
    return _lives(asking, asking.ask(query, _beyond(asking), doc, item, row, ITS_NAME))


def rows_gone(asking: Asking, doc: str, item: str, number: int, most: int) -> tuple[list[LineLife], int]:
    gone = (
        "l.row != ? AND l.died <= ? AND NOT EXISTS (SELECT 1 FROM lines n WHERE n.thing = l.thing AND n.row = l.row"
        " AND n.born <= ? AND n.born >= l.died)"
    )
    query = f"SELECT l.id FROM lines l JOIN things t ON t.id = l.thing WHERE {_TABLE} AND {gone}"
    ids = asking.ask(f"{query} ORDER BY l.died DESC, l.id", doc, item, ITS_NAME, number, number)
    lives = [_lives(asking, asking.ask(f"{_LIFE} WHERE l.id = ?", _beyond(asking), line)) for (line,) in ids[:most]]
    return [life for each in lives for life in each], len(ids)


def _beyond(asking: Asking) -> int:
    return len(asking.commits) + 1


def _lives(asking: Asking, rows: list[Any]) -> list[LineLife]:
    return [
        LineLife(path or "", text, asking.at(born), asking.at(died) if died else None)
        for path, text, born, died in rows
    ]
