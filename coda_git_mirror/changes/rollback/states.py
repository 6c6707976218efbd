"""What a rollback is decided from: the table in the revision, the table as it lives, and what the user asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from coda_git_mirror.model.cell_values import HostedFile, Member
from coda_git_mirror.model.content import Column, Json


@dataclass(frozen=True)
class HeldRows:
    """A table as the mirror holds it: its columns, and its rows in order, read anew each time."""

    columns: Sequence[Column]
    rows: Callable[[], Iterable[Json]]


class LivingRows(Protocol):
    """The rows of a table as Coda has them, which need not be in memory."""

    def __contains__(self, row_id: object, /) -> bool: ...

    def __len__(self) -> int: ...

    def ids(self) -> Sequence[str]:
        """All ids, in the order of creation."""

    def row(self, row_id: str) -> Json:
        """A row that is there."""


@dataclass(frozen=True)
class LivingTable:
    """A base table as it lives."""

    doc: str
    doc_name: str
    id: str
    name: str
    columns: Sequence[Column]
    rows: LivingRows


class Surroundings(Protocol):
    """What a cell may name beyond its own table, as it is in Coda now."""

    def lives(self, table: str, row: str) -> bool:
        """Whether a row of another table is there."""

    def person(self, member: Member) -> str | None:
        """What the doc knows a person by; None where it does not."""

    def public_url(self, file: HostedFile) -> str | None:
        """Where anybody can read a file now; None where it cannot be read."""

    def content_of(self, blob: str) -> str:
        """A mark of the bytes of a hosted file; empty where nobody knows them."""


@dataclass(frozen=True)
class Asked:
    """What the user wants. `columns` and `rows` are words, ids or names and ids; None means all.

    `columns` limits which cells are changed; lost rows are inserted whole.
    """

    delete_added: bool = False
    keep_newer: bool = False
    columns: frozenset[str] | None = None
    rows: frozenset[str] | None = None
