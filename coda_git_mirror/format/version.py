"""The version of the mirror format: the minor number rises with whatever changes the bytes of the same content."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_WRITTEN = re.compile(r"(\d+)(?:\.(\d+))?")


class Version(NamedTuple):
    """A program reads every version up to its own, and writes its own."""

    major: int
    minor: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}" if self.minor else str(self.major)

    @property
    def number(self) -> int | float:
        """As the manifest stores it: 1 or 1.1."""
        return float(str(self)) if self.minor else self.major


FIRST, CURRENT = Version(1), Version(1, 1)


def version_of(stored: Any) -> Version:
    """The version that a manifest names. Raises TypeError where that is none."""
    found = _WRITTEN.fullmatch(repr(stored)) if type(stored) in (int, float) else None
    if found is None:
        raise TypeError(f"format version {stored!r}")
    return Version(int(found[1]), int(found[2] or 0))
