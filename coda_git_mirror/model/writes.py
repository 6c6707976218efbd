"""What Coda answers to a request that changes something (coda-api.md, Writing)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RowCells = Mapping[str, Any]
"""The values for a row by the ids of their columns, as they are sent."""


@dataclass(frozen=True)
class Accepted:
    """A change that Coda has taken into its queue; `request` is empty where it was made at once.

    `ids` are those of what was made, where Coda tells them: rows in the order of the request, a page, a doc.
    """

    request: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mutation:
    """How a change stands: `completed` says that the queue is done with it, not that anything changed."""

    completed: bool
    warning: str = ""
