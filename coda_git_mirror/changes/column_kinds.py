"""The kinds of columns, and what their formats say, as far as values depend on them (coda-api.md, Rows)."""

from __future__ import annotations

import re
from typing import Any

from coda_git_mirror.model.content import Column

CURRENCY_KIND = "currency"
RELATION_KIND = "lookup"
PERSON_KIND = "person"
SELECT_KIND = "select"
BUTTON_KIND = "button"
NUMBER_KINDS = frozenset({"number", "percent", "slider", "scale", CURRENCY_KIND})
FILE_KINDS = frozenset({"image", "imageReference", "attachments"})
CHOICE_KINDS = frozenset({SELECT_KIND, RELATION_KIND, PERSON_KIND, "reaction"})
"""Those in which a text with commas would be taken for several values."""
LIST_KINDS = CHOICE_KINDS | FILE_KINDS
"""Those that can hold several values."""
_PLAIN_KINDS = (
    LIST_KINDS | NUMBER_KINDS | {"date", "dateTime", "time", "duration", "email", "link", "checkbox", BUTTON_KIND}
)


class _Prose:
    """All kinds but those whose text has no formatting, also kinds that nobody knows yet."""

    def __contains__(self, kind: str) -> bool:
        return kind not in _PLAIN_KINDS


PROSE_KINDS = _Prose()
_CODE = re.compile(r"[A-Za-z]{3}")
_SIGNS = {"€": "EUR", "£": "GBP"}
USUAL_CURRENCY = "USD"
"""What Coda takes where nothing is said."""


def format_of(column: Column) -> dict[str, Any]:
    """What Coda says of a column's format; nothing where it says nothing that can be read."""
    about = column.raw.get("format")
    return about if isinstance(about, dict) else {}


def target_of(column: Column) -> str:
    """The id of the table to whose rows a column points; empty where none is named."""
    table = format_of(column).get("table")
    target = table.get("id") if isinstance(table, dict) else table
    return target if isinstance(target, str) else ""


def is_relation(column: Column) -> bool:
    """Whether a column can be given rows."""
    return column.kind == RELATION_KIND or (column.kind != PERSON_KIND and bool(target_of(column)))


def is_list(column: Column) -> bool:
    """Whether the column says that it holds several values, which is a hint and no more."""
    return format_of(column).get("isArray") is True


def currency_of(column: Column) -> str:
    """The code of a currency column, where it states one or a sign that stands for one alone; empty otherwise."""
    stated = format_of(column).get("currencyCode")
    sign = stated.strip() if isinstance(stated, str) else ""
    return sign.upper() if _CODE.fullmatch(sign) else _SIGNS.get(sign, "")


def options_of(column: Column) -> frozenset[str] | None:
    """The options of a select list by name; None where Coda does not list them."""
    listed = format_of(column).get("options")
    if not isinstance(listed, list):
        return None
    names = (each.get("name") if isinstance(each, dict) else each for each in listed)
    return frozenset(name for name in names if isinstance(name, str))
