"""What a sync did, as the contract of `sync --json` names it (cli.md, sync)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from coda_git_mirror.format.manifest import Totals
from coda_git_mirror.model.changes import Changes, Kind, count
from coda_git_mirror.model.ledger import NO_EXPORT, Problem, problem_object


@dataclass(frozen=True)
class SyncReport:
    """`totals` is what the mirror holds now; `commit` is None where nothing changed, `message` what it says else.

    `problems` are what this run found out, `ledger` is all that the mirror lacks.

    `pushed` is None where nobody asked for a push, false where it failed. `unfinished` says what of the commit the
    working copy does not show yet, in a sentence; empty where it shows all.
    """

    changes: Changes
    totals: Totals
    problems: tuple[Problem, ...]
    requests: int
    seconds: float
    commit: str | None
    message: str
    pushed: bool | None = None
    ledger: tuple[Problem, ...] = ()
    unfinished: str = ""

    def as_json(self) -> dict[str, Any]:
        """The JSON object of the command line."""
        return {
            "docs": self._docs(),
            "pages": self._items(tuple(self.changes.pages), self.totals.pages, "page"),
            "tables": self._items(tuple(self.changes.tables), self.totals.tables, "table"),
            "rows": asdict(self.changes.rows),
            "assets": {"added": self.changes.assets_added},
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
            "commit": self.commit,
            "pushed": self.pushed,
            "problems": [problem_object(problem) for problem in self._problems()],
            "states": [problem_object(problem) for problem in self.ledger if problem not in self._problems()],
        }

    def _problems(self) -> list[Problem]:
        """What this run found out, and what Coda does not give to this token: a backup without it is no whole one."""
        denied = (problem for problem in self.ledger if problem.reason == NO_EXPORT)
        return sorted({*self.problems, *denied})

    def _docs(self) -> dict[str, int]:
        removed = count(self.changes.docs, Kind.REMOVED)
        changed = len(self.changes.docs) - removed
        return {
            "total": self.totals.docs,
            "changed": changed,
            "unchanged": self.totals.docs - changed,
            "removed": removed,
            "failed": self._failed("doc"),
        }

    def _items(self, changes: tuple[Any, ...], total: int, kind: str) -> dict[str, int]:
        counts = {each.value: count(changes, each) for each in Kind}
        touched = sum(counts.values()) - counts[Kind.REMOVED.value]
        return {**counts, "unchanged": total - touched, "failed": self._failed(kind)}

    def _failed(self, kind: str) -> int:
        return sum(problem.kind == kind for problem in self.problems)
