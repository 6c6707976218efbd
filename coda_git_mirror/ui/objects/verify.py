"""The object of `verify --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from coda_git_mirror.actions.verify.report import VerifyReport
from coda_git_mirror.ui.objects.problems import problem_objects


def verify_object(report: VerifyReport) -> Mapping[str, Any]:
    """What a verification found, and what it looked at."""
    return {
        "revision": report.revision,
        "sound": not report.findings,
        "counts": asdict(report.counts),
        "findings": [asdict(finding) for finding in sorted(set(report.findings))],
        "checked": report.checked,
        "unchecked": report.unchecked,
        "states": problem_objects(report.states),
    }
