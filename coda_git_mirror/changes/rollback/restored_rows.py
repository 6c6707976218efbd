"""Rows that were inserted again before, and are known by other ids since."""

from __future__ import annotations

from collections.abc import Callable, Iterable


class RestoredRows:
    """The rows that took the place of others, as commits have noted them: (table, old id, new id), oldest first.

    It is asked of ids of a revision only, never of living ones: a reference to a row that is not there any more has
    to differ from one to the row that took its place.
    """

    def __init__(self, noted: Iterable[tuple[str, str, str]] = ()) -> None:
        self._successors: dict[str, list[str]] = {}
        for _, old, new in noted:
            self._successors.setdefault(old, []).append(new)

    def __bool__(self) -> bool:
        return bool(self._successors)

    def later(self, row: str) -> list[str]:
        """The ids that a row had afterwards, the last one first."""
        found: dict[str, None] = {}
        waiting = [*self._successors.get(row, ())]
        while waiting:
            successor = waiting.pop(0)
            if successor != row and successor not in found:
                found[successor] = None
                waiting += self._successors.get(successor, ())
        return list(found)[::-1]

    def living(self, row: str, lives: Callable[[str], bool]) -> str | None:
        """The id by which a row lives: its own, else the last one that it had; None where it lives by none."""
        return next((each for each in (row, *self.later(row)) if lives(each)), None)
