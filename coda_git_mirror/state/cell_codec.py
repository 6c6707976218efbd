"""What cells mean as JSON, and back: for what this working copy remembers of writes that it began."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any, cast

from coda_git_mirror.model import cell_values
from coda_git_mirror.model.cell_values import CellValue, Many, Single

_KINDS = {name: kind for name, kind in vars(cell_values).items() if is_dataclass(kind) and kind is not Many}
_READ: Mapping[str, Callable[[str], Any]] = {
    "Decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
}
"""How what is not JSON is read again, by its type."""


def stored_value(value: CellValue) -> Any:
    """A cell as JSON: a list of singles where it is `Many`."""
    if isinstance(value, Many):
        return [stored_value(each) for each in value.items]
    return {"": type(value).__name__, **{it.name: _stored(getattr(value, it.name)) for it in fields(value)}}


def value_of(stored: Any) -> CellValue:
    """The cell that was stored. Raises LookupError, TypeError, ValueError or ArithmeticError for anything else."""
    return Many(tuple(map(_single, stored))) if isinstance(stored, list) else _single(stored)


def _stored(content: Any) -> Any:
    if content is None or isinstance(content, bool | str):
        return content
    return [type(content).__name__, content.isoformat() if isinstance(content, datetime | time) else str(content)]


def _single(stored: Any) -> Single:
    parts = {name: _read(content) for name, content in stored.items() if name}
    return cast(Single, cast(Any, _KINDS[stored[""]])(**parts))


def _read(content: Any) -> Any:
    if isinstance(content, list):
        kind, text = content
        return _READ[kind](text)
    if not (content is None or isinstance(content, bool | str)):
        raise TypeError("not a part of a cell")
    return content
