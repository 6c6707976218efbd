"""What carrying out a plan takes, by the tightest rate that Coda has published (coda-api.md, Requests)."""

from __future__ import annotations

from collections.abc import Iterable

from coda_git_mirror.changes.write_sizes import LARGEST_BODY, row_body_bytes
from coda_git_mirror.model.packed_cells import rows_named, sent_values
from coda_git_mirror.model.plan import Cost, Insert, Plan
from coda_git_mirror.model.traffic import content_write_seconds

ROWS_AT_ONCE = 100
"""The most rows of one request that inserts or deletes."""


def cost_of(plan: Plan) -> Cost:
    """The requests that write, each row that changes by one of its own, and how long they take one after the other."""
    filled_later = sum(1 for insert in plan.inserts if insert.later)
    changed = len({update.row for update in plan.updates})
    deleting = -(-len(plan.deletes) // ROWS_AT_ONCE)
    requests = _batches(plan.inserts) + changed + filled_later + deleting
    return Cost(requests, content_write_seconds(requests))


def _batches(inserts: Iterable[Insert]) -> int:
    """A row that points to another one of the plan leaves in a later request than that."""
    batches = rows = size = 0
    at_once: set[str] = set()
    for insert in inserts:
        more = row_body_bytes(sent_values(insert.cells))
        is_full = rows == ROWS_AT_ONCE or size + more > LARGEST_BODY
        if not batches or is_full or not at_once.isdisjoint(rows_named(insert.cells)):
            batches, rows, size, at_once = batches + 1, 0, 0, set()
        rows, size = rows + 1, size + more
        at_once.add(insert.key)
    return batches
