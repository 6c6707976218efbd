"""Which docs and items there were as of a commit, and how they were named and placed."""

from __future__ import annotations

import re
from typing import Any

from coda_git_mirror.format import layout
from coda_git_mirror.format.table_parts import CSV
from coda_git_mirror.index.asking import Asking
from coda_git_mirror.model.looking import ItemState

_STATE = "SELECT doc, item, kind, name, path, parent, position, born, died FROM items "
_THERE = "born <= ? AND (died IS NULL OR died > ?) "
_OF_GRID = re.compile(r"(/(?:tables|views)/[^/]+?)(?:\.[1-9][0-9]*)?\.(?:csv|jsonl|json)$")
_DOC_FIRST = "CASE WHEN kind = 'doc' THEN 0 ELSE 1 END, kind"


def items_at(asking: Asking, number: int, doc: str | None) -> list[ItemState]:
    if doc is None:
        return _states(asking.ask(f"{_STATE} WHERE kind = 'doc' AND {_THERE} ORDER BY path", number, number))
    query = f"{_STATE} WHERE doc = ? AND {_THERE} AND kind != 'doc' ORDER BY position"
    return _states(asking.ask(query, doc, number, number))


def gone_before(asking: Asking, number: int, doc: str | None) -> list[ItemState]:
    last = (
        "born = (SELECT max(born) FROM items last WHERE last.thing = items.thing AND last.born < ?) AND died <= ?"
        " AND NOT EXISTS (SELECT 1 FROM items now WHERE now.thing = items.thing AND now.born = ?)"
    )
    if doc is None:
        query = f"{_STATE} WHERE kind = 'doc' AND {last} ORDER BY died DESC, path"
        return _states(asking.ask(query, number, number, number))
    query = f"{_STATE} WHERE doc = ? AND kind != 'doc' AND {last} ORDER BY position"
    return _states(asking.ask(query, doc, number, number, number))


def state_of(asking: Asking, doc: str, item: str, number: int) -> ItemState | None:
    query = f"{_STATE} WHERE doc = ? AND item = ? AND {_THERE} ORDER BY {_DOC_FIRST} LIMIT 1"
    return _first(asking.ask(query, doc, item, number, number))


def last_state(asking: Asking, doc: str, item: str) -> ItemState | None:
    query = f"{_STATE} WHERE doc = ? AND item = ? ORDER BY born DESC, {_DOC_FIRST} LIMIT 1"
    return _first(asking.ask(query, doc, item))


def item_of_path(asking: Asking, path: str, number: int) -> ItemState | None:
    query = f"{_STATE} WHERE path IN (?, ?) AND {_THERE} LIMIT 1"
    return _first(asking.ask(query, path, _first_file(path), number, number))


def _first_file(path: str) -> str:
    """The file by which the item of another one is known: a page's Markdown, or the first CSV of a table or view."""
    folder, _, file = path.partition("/pages/")
    if file.endswith(layout.PAGE_SUFFIXES[1]):
        return f"{folder}/pages/{file.removesuffix(layout.PAGE_SUFFIXES[1])}{layout.PAGE_SUFFIXES[0]}"
    return _OF_GRID.sub(rf"\1{CSV}", path)


def pending(asking: Asking, now: bool) -> list[ItemState]:
    last = "died IS NULL" if now else "born = (SELECT max(born) FROM items last WHERE last.thing = items.thing)"
    query = f"{_STATE} WHERE {last} AND thing IN (SELECT id FROM things WHERE pending IS NOT NULL) ORDER BY path"
    return _states(asking.ask(query))


def is_pending(asking: Asking, doc: str, table: str) -> bool:
    query = "SELECT 1 FROM things WHERE doc = ? AND item = ? AND kind = 'table' AND pending IS NOT NULL"
    return bool(asking.ask(query, doc, table))


def _states(rows: list[Any]) -> list[ItemState]:
    return [ItemState(*row) for row in rows]


def _first(rows: list[Any]) -> ItemState | None:
    return ItemState(*rows[0]) if rows else None
