"""A mirror of format 1 with tables too large for one file each is cut as it is written anew (faults.md, row 69)."""

from __future__ import annotations

from pathlib import Path

from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.demo.server import SimulatedCoda
from tests.laws.test_format_upgrade import coda, old, sync
from tests.support import VirtualClock, files, require_sound

__all__ = ["coda", "old"]

BOUND = 700


def test_tables_of_format_1_are_cut_and_not_asked_for(coda: SimulatedCoda, old: Path, clock: VirtualClock) -> None:
    assert max(path.stat().st_size for path in old.rglob("*.jsonl")) > BOUND
    sync(coda, old, clock, max_table_bytes=BOUND)
    assert [request.path for request in coda.requests] == ["/docs", "/whoami"]
    upgraded = files(old)
    assert {"docs/plans-more/tables/tasks.2.csv", "docs/plans-more/tables/tasks.2.jsonl"} <= upgraded.keys()
    require_sound(old)
    assert verify(old).findings == []
    sync(coda, old, clock, max_table_bytes=BOUND, full=True)
    tables = {path: content for path, content in files(old).items() if "/tables/" in path or "/views/" in path}
    assert tables == {path: content for path, content in upgraded.items() if "/tables/" in path or "/views/" in path}
