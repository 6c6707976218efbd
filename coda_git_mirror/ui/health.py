"""Whether a mirror is well, as lines, as an object, and as metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from coda_git_mirror.actions.health import Health, Remembered, span
from coda_git_mirror.actions.status import MirrorStatus
from coda_git_mirror.format.text import one_line


def health_lines(health: Health) -> Iterator[str]:
    """A line a finding; one that says so where there is none."""
    yield from (f"{finding.kind}: {one_line(finding.text)}." for finding in health.findings)
    if health.is_good and health.age is not None:
        yield f"Nothing found; the last sync that succeeded is {span(health.age)} old."


def health_object(health: Health) -> Mapping[str, Any]:
    """The object of `status --check --json`; `age` in whole seconds."""
    return {
        "ok": health.is_good,
        "age": int(health.age.total_seconds()) if health.age is not None else None,
        "findings": [{"kind": finding.kind, "text": finding.text} for finding in health.findings],
    }


def metric_lines(status: MirrorStatus, known: Remembered, age: float | None) -> Iterator[str]:
    """Gauges in Prometheus' text format, all with the mirror's folder; what is not known has no sample."""
    label = f'{{mirror="{_escaped(str(status.folder))}"}}'
    for name, (meaning, value) in _gauges(status, known, age).items():
        yield f"# HELP coda_mirror_{name} {meaning}"
        yield f"# TYPE coda_mirror_{name} gauge"
        if value is not None:
            yield f"coda_mirror_{name}{label} {value}"


def _gauges(status: MirrorStatus, known: Remembered, age: float | None) -> Mapping[str, tuple[str, int | float | None]]:
    totals, run = status.manifest.totals if status.manifest else None, known.last_run
    return {
        "last_success_age_seconds": ("Seconds since the last sync that succeeded.", age),
        "last_exit_code": ("Exit code of the last sync.", run.exit_code if run else None),
        "failures": ("Syncs that failed since the last one that succeeded.", known.runs.failures),
        "docs": ("Docs in the mirror.", totals.docs if totals else 0),
        "pages": ("Pages in the mirror.", totals.pages if totals else 0),
        "tables": ("Tables in the mirror.", totals.tables if totals else 0),
        "rows": ("Rows in the mirror.", totals.rows if totals else 0),
        "problems": ("Items that the mirror lacks and a sync may still bring.", totals.problems if totals else 0),
        "last_requests": ("Requests that the last sync sent.", run.requests if run else None),
        "last_seconds": ("Seconds that the last sync took.", round(run.seconds, 3) if run else None),
        "unpushed_commits": ("Commits that the remote lacks.", status.push.unpushed if status.push else None),
    }


def _escaped(text: str) -> str:
    """A label's value: what is no text of UTF-8 becomes U+FFFD."""
    sound = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return sound.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
