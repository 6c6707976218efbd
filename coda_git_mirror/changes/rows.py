"""The rows of a table, compared between two states without holding either in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coda_git_mirror.format.tables import parse_row, row_key
from coda_git_mirror.model.changes import RowCounts

Pair = tuple[bytes | None, bytes | None]
"""The lines of one row before and after; None where the table did not have it or has it no more."""


def compare_rows(old: Iterable[bytes], new: Iterable[bytes]) -> RowCounts:
    """Counts rows added, changed and removed, of two JSONL files in the mirror's order (mirror-format.md, law 3)."""
    added = changed = removed = 0
    for left, right in differing_rows(old, new):
        added += left is None
        removed += right is None
        changed += left is not None and right is not None
    return RowCounts(added, changed, removed)


def differing_rows(old: Iterable[bytes], new: Iterable[bytes]) -> Iterator[Pair]:
    """The rows that differ between two such files, in their order; equal lines are not even parsed.

    Raises DamagedContent where a line is no row.
    """
    olds, news = iter(old), iter(new)
    left, right = next(olds, None), next(news, None)
    while left is not None or right is not None:
        if left == right:
            left, right = next(olds, None), next(news, None)
            continue
        first = _first(left, right)
        yield (left if first <= 0 else None), (right if first >= 0 else None)
        if first <= 0:
            left = next(olds, None)
        if first >= 0:
            right = next(news, None)


def _first(left: bytes | None, right: bytes | None) -> int:
    """Whose row comes first: below 0 the left one's, above 0 the right one's, 0 where both lines are of one row."""
    if left is None or right is None:
        return 1 if left is None else -1
    before, after = _key(left), _key(right)
    return (before > after) - (before < after)


def _key(line: bytes) -> str:
    return row_key(parse_row(line))
