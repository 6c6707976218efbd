"""The rows of a table, compared between two states without holding either in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from coda_git_mirror.format.tables import row_key
from coda_git_mirror.model.changes import RowCounts

Keyed = tuple[str, bytes]


def compare_rows(old: Iterable[bytes], new: Iterable[bytes]) -> RowCounts:
    """Counts rows added, changed and removed, of two JSONL files in the order of the mirror format (law 3)."""
    added = changed = removed = 0
    olds, news = _keyed(old), _keyed(new)
    left, right = next(olds, None), next(news, None)
    while left or right:
        if right is None or (left is not None and left[0] < right[0]):
            removed += 1
            left = next(olds, None)
        elif left is None or right[0] < left[0]:
            added += 1
            right = next(news, None)
        else:
            changed += left[1] != right[1]
            left, right = next(olds, None), next(news, None)
    return RowCounts(added, changed, removed)


def _keyed(lines: Iterable[bytes]) -> Iterator[Keyed]:
    for line in lines:
        yield row_key(json.loads(line)), line
