"""What a verification found, and what it looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

from coda_git_mirror.model.findings import Finding
from coda_git_mirror.model.ledger import Problem


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
