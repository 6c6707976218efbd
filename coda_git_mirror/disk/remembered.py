"""What a working copy remembers in small files of JSON: of one that is not as it was written, nothing is believed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from coda_git_mirror.model.plain_json import parse_json

T = TypeVar("T")


def remembered(file: Path, read: Callable[[Any], T], nothing: T) -> T:
    """What `read` makes of the JSON in a file; `nothing` where there is no such file, or another shape in it."""
    with contextlib.suppress(OSError):
        return read_value(file.read_bytes(), read, nothing)
    return nothing


def read_value(content: bytes, read: Callable[[Any], T], nothing: T) -> T:
    """The same of JSON that was read before. `read` may stumble over a wrong shape in any way that Python has."""
    try:
        return read(parse_json(content))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
        return nothing
