"""What SQL gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

SqlValue: TypeAlias = "str | int | float | bytes | None"
Row: TypeAlias = tuple[SqlValue, ...]


@dataclass(frozen=True)
class Answer:
    """The names of the columns, which may repeat, and the rows, to be read once."""

    columns: tuple[str, ...]
    rows: Iterator[Row]
