"""The report of a sync as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coda_git_mirror.actions.push import Pushed
from coda_git_mirror.actions.sync.estimate import Estimate
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.format.manifest import Totals
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.model.outcome import Problem

_MOST_PROBLEMS = 50


def sync_lines(report: SyncReport, verbose: bool = False) -> Iterator[str]:
    """What was done, `verbose` with every change, and what the mirror holds now."""
    totals = report.totals
    if report.commit:
        yield f"Committed {report.commit[:10]}: {report.message if verbose else report.message.splitlines()[0]}"
    else:
        yield "Nothing changed since the last sync."
    yield f"The mirror holds {holdings(totals)} ({counted(report.requests, 'request')}, {report.seconds:.0f} s)."


def holdings(totals: Totals) -> str:
    """What a mirror holds, in numbers."""
    return (
        f"{counted(totals.docs, 'doc')}, {counted(totals.pages, 'page')}, "
        f"{counted(totals.tables, 'table')} with {counted(totals.rows, 'row')}, {counted(totals.assets, 'file')}"
    )


def push_line(pushed: Pushed) -> str:
    """What a push did."""
    if not pushed.commits:
        return f"Nothing to push: {one_line(pushed.remote)} has every commit."
    return f"Pushed {counted(pushed.commits, 'commit')} to {one_line(pushed.remote)}."


def estimate_lines(estimate: Estimate) -> Iterator[str]:
    """What a sync would do, a line for each doc that it would read."""
    yield f"Would read {len(estimate.plans)} of {counted(estimate.docs, 'doc')}; nothing was written."
    for plan in estimate.plans:
        content = f"{counted(plan.pages, 'page')}, {counted(plan.tables, 'table')} with {counted(plan.rows, 'row')}"
        requests = counted(plan.requests.total(), "request")
        yield f"  {one_line(plan.visit.doc.name)} ({plan.visit.reason}): {content}, {requests}"
    for name in estimate.gone:
        yield f"  {one_line(name)}: deleted in Coda, would leave the mirror"
    yield f"About {counted(estimate.requests, 'request')}, about {duration(estimate.seconds)} at Coda's present limits."
    if not estimate.is_pace_known:
        yield "How many exports Coda allows is only known after a first sync: it may take several times as long."


def duration(seconds: float) -> str:
    """A length of time in words, no more exact than the guess that it is."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def problem_lines(problems: Iterable[Problem], committed: bool = True) -> Iterator[str]:
    """A line for each problem, and what becomes of it."""
    known = list(problems)
    if not known:
        return
    number = counted(len(known), "item")
    kept = "what the mirror held is kept, and the next sync tries again" if committed else "nothing was committed"
    yield f"{number} could not be read; {kept}:"
    yield from (f"  {_problem_line(problem)}" for problem in known[:_MOST_PROBLEMS])
    if len(known) > _MOST_PROBLEMS:
        place = "backup_manifest.json" if committed else "the object of --json"
        yield f"  and {len(known) - _MOST_PROBLEMS} more; {place} has them all"


def _problem_line(problem: Problem) -> str:
    place = " › ".join(one_line(name) for name in (problem.doc, problem.item) if name)
    return f"{problem.kind} {place}: {one_line(problem.reason)}"
