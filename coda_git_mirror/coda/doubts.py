"""What is odd in Coda's answers: fields that are always there by the OpenAPI document, missing or of another kind.

What coda-api.md, Listings calls really missing at times is not odd when it is not there. Each function gives a few
words about the first oddity, or none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from coda_git_mirror.coda.shape import is_item
from coda_git_mirror.model.content import Json, row_count_of

_TABLE_TYPES = ("table", "view")
_COUNTS = ("pageCount", "tableAndViewCount", "totalRowCount")


def doc_doubt(doc: Json) -> str:
    return next(_doc_doubts(doc), "")


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


def _doc_doubts(doc: Json) -> Iterator[str]:
    yield from _common(doc)
    if not all(isinstance(doc.get(name, ""), str) for name in ("owner", "ownerName", "browserLink")):
        yield "its owner or its address is no text"
    if not all(is_item(doc[name]) for name in ("folder", "workspace") if name in doc):
        yield "it is in no folder or workspace"
    size = doc.get("docSize")
    if size is not None and not (isinstance(size, dict) and all(type(size.get(name)) is int for name in _COUNTS)):
        yield "its size is no number of pages, tables and rows"


def _page_doubts(page: Json) -> Iterator[str]:
    yield from _common(page)
    if not _is_filled(page.get("contentType")):
        yield "its type is no text"
    if not (isinstance(page.get("isHidden"), bool) and isinstance(page.get("isEffectivelyHidden", False), bool)):
        yield "it does not say whether it is hidden"
    children = page.get("children")
    if not isinstance(children, list) or not all(map(is_item, children)):
        yield "its subpages are no list of pages"
    if page.get("parent") is not None and not is_item(page["parent"]):
        yield "its parent is no page"


def _table_doubts(table: Json) -> Iterator[str]:
    yield from _common(table)
    if table.get("tableType") not in _TABLE_TYPES:
        yield "its type is neither table nor view"
    if table.get("parent") is not None and not is_item(table["parent"]):
        yield "its parent is no page"
    if "rowCount" in table and table.get("tableType") == "view" and not is_item(table.get("parentTable")):
        yield "it is a view of no table"
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
