"""What is odd in Coda's answers: fields that are always there by the OpenAPI document, missing or of another kind.

What FACTS.md calls really missing at times is not odd when it is not there. Each function gives a few words about the
first oddity, or none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from coda_git_mirror.coda.shape import is_item
from coda_git_mirror.model.content import Json, row_count_of

_TABLE_TYPES = ("table", "view")


def doc_doubt(doc: Json) -> str:
    return next(_common(doc), "")


def page_doubt(page: Json) -> str:
    return next(_page_doubts(page), "")


def table_doubt(table: Json) -> str:
    """Of a table's details as of a reference to it, which has fewer fields."""
    return next(_table_doubts(table), "")


def column_doubt(column: Json) -> str:
    return next(_column_doubts(column), "")


def _common(item: Json) -> Iterator[str]:
    if not isinstance(item.get("name"), str):
        yield "its name is no text"
    if not _is_instant_or_missing(item.get("createdAt")):
        yield "its time of creation is no time"
    if not _is_instant_or_missing(item.get("updatedAt")):
        yield "its time of change is no time"


def _page_doubts(page: Json) -> Iterator[str]:
    yield from _common(page)
    if not _is_filled(page.get("contentType")):
        yield "its type is no text"
    if not isinstance(page.get("isHidden"), bool):
        yield "it does not say whether it is hidden"
    children = page.get("children")
    if not isinstance(children, list) or not all(map(is_item, children)):
        yield "its subpages are no list of pages"
    if "parent" in page and not is_item(page["parent"]):
        yield "its parent is no page"


def _table_doubts(table: Json) -> Iterator[str]:
    yield from _common(table)
    if table.get("tableType") not in _TABLE_TYPES:
        yield "its type is neither table nor view"
    if table.get("parent") is not None and not is_item(table["parent"]):
        yield "its parent is no page"
    if "rowCount" in table and row_count_of(table) is None:
        yield "its row count is no number of rows"


def _column_doubts(column: Json) -> Iterator[str]:
    yield from _common(column)
    kind = column.get("format")
    if not isinstance(kind, dict) or not _is_filled(kind.get("type")):
        yield "its format has no type"


def _is_filled(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_instant_or_missing(value: Any) -> bool:
    if value is None:
        return True
    try:
        return "T" in value and datetime.fromisoformat(value) is not None
    except (TypeError, ValueError):
        return False
