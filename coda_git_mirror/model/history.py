"""What `log` tells: the commits that touched something, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coda_git_mirror.model.changes import DocChange
from coda_git_mirror.model.differences import RowChange


@dataclass(frozen=True)
class Target:
    """What is asked for: a doc, something in it, or with no doc the whole account. `names` lead to it."""

    names: tuple[str, ...] = ()
    doc: str | None = None
    item: str | None = None
    row: str | None = None
    column: str | None = None

    @property
    def kind(self) -> str:
        """Account, doc, item, row or cell."""
        named = {"cell": self.column, "row": self.row, "item": self.item, "doc": self.doc}
        return next((kind for kind, value in named.items() if value is not None), "account")


@dataclass(frozen=True)
class Entry:
    """A commit, with what it changed of a doc or one item of it, or of a row or one cell of it."""

    commit: str
    when: datetime
    message: str
    doc: DocChange | None = None
    row: RowChange | None = None

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


@dataclass(frozen=True)
class Log:
    """`more`: there are older entries than these."""

    target: Target
    entries: tuple[Entry, ...]
    more: bool
