"""The report of a sync as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coda_git_mirror.actions.push import Pushed
from coda_git_mirror.actions.sync.cost import DocPlan
from coda_git_mirror.actions.sync.dry_run import Estimate, PageToRead
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.format.manifest import Totals
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.model.ledger import DENIED, FAILED, GONE, NO_EXPORT, UNREAD, Problem, open_problems
from coda_git_mirror.ui import paint

_MOST_PROBLEMS = 50
_STATES = {
    UNREAD: "that no sync has asked for, or not since a change; one without options reads all",
    DENIED: "that Coda does not give, at least not to the token of this mirror",
    GONE: "that Coda still names, and has no more",
}


def sync_lines(report: SyncReport, verbose: bool = False) -> Iterator[str]:
    """What was done, `verbose` with every change, and what the mirror holds now."""
    totals = report.totals
    if report.commit:
        yield f"Committed {report.commit[:10]}: {report.message if verbose else report.message.splitlines()[0]}"
    else:
        yield "Nothing changed since the last sync."
    yield f"The mirror holds {holdings(totals)} ({counted(report.requests, 'request')}, {report.seconds:.0f} s)."
    told = {problem.key for problem in report.problems}
    if missing := {it.key for it in open_problems(report.ledger)} - told:
        yield f"Still missing: {counted(len(missing), 'item')}; `coda-git-mirror status` lists what the mirror lacks."


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


def estimate_lines(estimate: Estimate, verbose: bool = False) -> Iterator[str]:
    """What a sync would do, a line for each doc that it would read, and if `verbose` for each page."""
    yield f"Would read {len(estimate.plans)} of {counted(estimate.docs, 'doc')}; nothing was written."
    for plan in estimate.plans:
        content = f"{counted(plan.pages, 'page')}, {counted(plan.tables, 'table')} with {counted(plan.rows, 'row')}"
        requests = counted(plan.requests.total(), "request")
        yield f"  {one_line(plan.visit.doc.name)} ({plan.visit.reason}): {content}, {requests}"
        if verbose:
            yield from _page_lines(plan, estimate.pages.get(plan.visit.doc.id, ()))
    for name in estimate.gone:
        yield f"  {one_line(name)}: deleted in Coda, would leave the mirror"
    yield f"About {counted(estimate.requests, 'request')}, about {duration(estimate.seconds)} at Coda's present limits."
    if not estimate.is_pace_known:
        yield "How many exports Coda allows is only known after a first sync: it may take several times as long."


def _page_lines(plan: DocPlan, pages: Sequence[PageToRead]) -> Iterator[str]:
    """The pages of a doc that would be exported, and what is known of those of which the names are not."""
    yield from (f"    {paint.name(page.name)}: {page.reason}" for page in pages)
    unnamed = plan.pages - len(pages)
    if plan.visit.whole and unnamed > 0:
        yield f"    {counted(unnamed, 'page')} whose names only reading tells: {plan.visit.reason}"
    elif plan.pages and not plan.visit.whole:
        which = "and pages that show or name what else changed" if pages else "at least 1 page that shows what changed"
        yield f"    {which}, such as a row: only reading tells which"


def duration(seconds: float) -> str:
    """A length of time in words, no more exact than the guess that it is."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def problem_lines(problems: Iterable[Problem], committed: bool = True) -> Iterator[str]:
    """A line for each item that could not be read, and what becomes of it."""
    kept = "what the mirror held is kept, and the next sync tries again" if committed else "nothing was committed"
    place = "backup_manifest.json" if committed else "the object of --json"
    yield from _listed(problems, f"could not be read; {kept}", place)


def left_lines(left: Iterable[Problem]) -> Iterator[str]:
    """A line for each doc that the time for reading did not allow."""
    yield from _listed(left, "left to the next sync, since the time of --for was up", "the object of --json")


def ledger_lines(problems: Iterable[Problem]) -> Iterator[str]:
    """A line for each item that the mirror lacks, under what became of it."""
    known = list(problems)
    yield from problem_lines(problem for problem in known if problem.state == FAILED)
    for state, what in _STATES.items():
        yield from _listed((problem for problem in known if problem.state == state), what, "backup_manifest.json")


def token_lines(problems: Iterable[Problem]) -> Iterator[str]:
    """What has to be said at each sync: that this is no whole backup, since the token may not have more."""
    pages = {problem.key for problem in problems if problem.reason == NO_EXPORT}
    if pages:
        yield (
            f"This token may not export pages: {counted(len(pages), 'page')} in the mirror "
            f"{'is' if len(pages) == 1 else 'are'} plain text without images, or older than in Coda."
        )


def _listed(problems: Iterable[Problem], what: str, place: str) -> Iterator[str]:
    known = list(problems)
    if not known:
        return
    yield f"{counted(len(known), 'item')} {what}:"
    yield from (f"  {_problem_line(problem)}" for problem in known[:_MOST_PROBLEMS])
    if len(known) > _MOST_PROBLEMS:
        yield f"  and {len(known) - _MOST_PROBLEMS} more; {place} has them all"


def _problem_line(problem: Problem) -> str:
    place = " › ".join(one_line(name) for name in (problem.doc, problem.item) if name)
    return f"{problem.kind} {place}: {one_line(problem.reason)}"
