"""How large what is sent is, as Coda counts it (coda-api.md, Writing): a row has at most 85 KB, a body 2 MB."""

from __future__ import annotations

import json
from typing import Any

from coda_git_mirror.model.writes import RowCells

LARGEST_ROW = 84_000
"""Bytes of a row: 85 KB less what counts of Coda's and of ours may differ by."""
LARGEST_BODY = 1_000_000
"""Bytes of a body that is asked for: half of what Coda takes."""


def row_bytes(cells: RowCells) -> int:
    """The UTF-8 bytes of all values of a row, and one more for each newline."""
    return sum(map(value_bytes, cells.values()))


def value_bytes(value: Any) -> int:
    """The same of one value as it is sent."""
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass")) + value.count("\n")
    if isinstance(value, list):
        return sum(value_bytes(each) + 1 for each in value)
    return len(json.dumps(value))


def row_body_bytes(cells: RowCells) -> int:
    """The bytes that a row takes in a body, with letters beyond ASCII escaped, which is the longest way to write it."""
    return len(json.dumps({"cells": [{"column": column, "value": value} for column, value in cells.items()]})) + 2
