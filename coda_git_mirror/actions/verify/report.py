"""What a verification found, and what it looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from coda_git_mirror.model.findings import Finding
from coda_git_mirror.model.ledger import Problem, problem_object


@dataclass
class Counts:
    """How much was looked at. `links` are those between files of the mirror."""

    docs: int = 0
    pages: int = 0
    tables: int = 0
    rows: int = 0
    files: int = 0
    links: int = 0


@dataclass
class VerifyReport:
    """`unchecked` says what was not looked at, and why; `is_readable` is false where the revision could not be read.

    `states` is what the revision lacks by its own word, and that is no finding.
    """

    revision: str
    counts: Counts = field(default_factory=Counts)
    findings: list[Finding] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    is_readable: bool = True
    states: list[Problem] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The JSON object of the command line."""
        return {
            "revision": self.revision,
            "sound": not self.findings,
            "counts": asdict(self.counts),
            "findings": [asdict(finding) for finding in sorted(set(self.findings))],
            "checked": self.checked,
            "unchecked": self.unchecked,
            "states": [problem_object(problem) for problem in self.states],
        }
