"""What tables and columns are called in SQL, where names that differ only in their case are the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from coda_git_mirror.format.tables import ROW_ID_HEADER
from coda_git_mirror.format.text import writable

PAGES_TABLE, HISTORY_TABLE = "pages", "history"
_OWN_OF_SQLITE = "sqlite_"


def quoted(name: str) -> str:
    """A name as it stands in SQL, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def folded(name: str) -> str:
    """The same for all names that are equal without regard to case."""
    return name.casefold()


def column_names(csv_names: Sequence[str], taken: Iterable[str] = (ROW_ID_HEADER,)) -> list[str]:
    """The names of a CSV's columns, of which those that are equal without case to one before get a number.

    The number makes no name that another column has, as in the CSV (browse.md, Exactly).
    """
    used = set(map(folded, taken))
    reserved = {folded(name) for name in csv_names}
    return [_free(name, used, reserved) for name in csv_names]


def _free(name: str, used: set[str], reserved: set[str]) -> str:
    candidate, number = name, 1
    while folded(candidate) in used or (number > 1 and folded(candidate) in reserved):
        number += 1
        candidate = f"{name} ({number})"
    used.add(folded(candidate))
    return candidate


def own_names(names: Sequence[str], full_names: Iterable[str]) -> list[str | None]:
    """The own name of each table under which it can be asked for; None where it is not that table's alone.

    Nor is one a name that is empty or kept for something else (browse.md, Exactly).
    """
    written = [writable(name) for name in names]
    taken = Counter(map(folded, written))
    kept = {PAGES_TABLE, HISTORY_TABLE, *map(folded, full_names)}
    return [name if taken[folded(name)] == 1 and _may_be_own(name, kept) else None for name in written]


def _may_be_own(name: str, kept: set[str]) -> bool:
    return bool(name) and folded(name) not in kept and not folded(name).startswith(_OWN_OF_SQLITE)
