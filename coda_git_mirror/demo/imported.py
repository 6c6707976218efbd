"""What content is once it has been read: blocks, and tables that do not exist yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from coda_git_mirror.demo.blocks import Block


@dataclass(frozen=True)
class NewColumn:
    """A column of a table that is about to be made; `format` is Coda's own, where content named it."""

    name: str
    format: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class NewTable:
    """A table that content makes; its name is not its own to choose. All its cells are text."""

    columns: tuple[NewColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    titled: bool = True


@dataclass(frozen=True)
class NewPicture:
    """A picture by the address that content gave."""

    url: str
    name: str


Imported: TypeAlias = "Block | NewTable | NewPicture"
Content: TypeAlias = Sequence[Imported]


def unnamed_columns(count: int) -> tuple[NewColumn, ...]:
    """What Coda calls columns that nobody named."""
    return tuple(NewColumn(f"Column {number}") for number in range(1, count + 1))
