"""Which tables are written into at all, and how much may go from them at once."""

from __future__ import annotations

import re
from collections.abc import Iterable

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.plan import Plan

_SYNCED_TABLE = "grid-sync-"
_SYNCED_ROW = re.compile(r"i-[0-9a-fA-F]{64}")
_MOST_DELETES = 10
_LARGEST_SHARE = 0.1


def require_own_rows(table: str, name: str, rows: Iterable[str]) -> None:
    """Raises MirrorError for a table that Coda fills from elsewhere, as far as ids tell (coda-api.md, Listings)."""
    if table.startswith(_SYNCED_TABLE) or any(map(_SYNCED_ROW.fullmatch, rows)):
        raise MirrorError(
            f"{one_line(name)!r} is a table that Coda fills from elsewhere, a Pack or another doc, and does not let "
            "anybody write into; nothing was written. Change it where its rows come from."
        )


def require_allowed_deletes(plan: Plan, allowed: bool) -> None:
    """Raises MirrorError where a plan deletes more than 10 rows and more than 10 % of the table, unless allowed."""
    if not allowed and deletes_many(plan):
        raise MirrorError(
            f"{len(plan.deletes)} of {plan.row_count} rows would be deleted; if they are to go, allow it with "
            "--allow-mass-delete. Nothing was written."
        )


def deletes_many(plan: Plan) -> bool:
    """Whether so many rows would go that somebody has to say so."""
    return len(plan.deletes) > _MOST_DELETES and len(plan.deletes) > _LARGEST_SHARE * plan.row_count
