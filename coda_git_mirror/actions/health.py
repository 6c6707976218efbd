"""`status --check`: whether somebody should look after a mirror, decided from what this working copy remembers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from coda_git_mirror.actions.status import MirrorStatus
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.model.ledger import Problem, open_problems
from coda_git_mirror.state.runs import LastRun, Runs, read_last_run, read_runs
from coda_git_mirror.state.standing import Standing, read_standing, read_verified

MAX_AGE = timedelta(hours=26)
"""A sync each day, and some hours for one that is late."""
LONGEST_PROBLEM = timedelta(days=7)
LONGEST_UNVERIFIED = timedelta(days=40)
_MOST_NAMES = 5


@dataclass(frozen=True)
class Finding:
    """Something that somebody should look after, by a word for programs and a sentence."""

    kind: str
    text: str


@dataclass(frozen=True)
class Health:
    """`age` is that of the last success, None where none is known."""

    age: timedelta | None
    findings: tuple[Finding, ...]

    @property
    def is_good(self) -> bool:
        return not self.findings


@dataclass(frozen=True)
class Remembered:
    """What the working copy remembers of its runs."""

    runs: Runs
    last_run: LastRun | None
    standing: Standing
    verified: datetime | None


def remembered_in(private_folder: Path) -> Remembered:
    """Whatever of it is there, also in a mirror that is damaged."""
    return Remembered(
        read_runs(private_folder),
        read_last_run(private_folder),
        read_standing(private_folder),
        read_verified(private_folder),
    )


def health(
    known: Remembered, status: MirrorStatus | None, max_age: timedelta, now: datetime, troubles: Iterable[Finding] = ()
) -> Health:
    """What is found; `status` is None where the mirror cannot be read, and `troubles` are what was found elsewhere."""
    findings = [*troubles, *_freshness(known.runs, max_age, now)]
    if status:
        findings += [*_problems(status, known.standing, now), *_left_out(status, known), *_unpushed(status)]
    return Health(known.runs.age(now), (*findings, *_unverified(known, now)))


def _freshness(runs: Runs, max_age: timedelta, now: datetime) -> Iterator[Finding]:
    age, failure = runs.age(now), runs.last_failure
    is_old = age is None or age > max_age
    if age is None:
        said = "no sync of the whole mirror is known to have succeeded here"
        is_ahead = runs.last_success is not None
        yield Finding("age", "the last success is still to come: this machine's clock is wrong" if is_ahead else said)
    elif is_old:
        yield Finding("age", f"the last sync that succeeded is {span(age)} old, more than {span(max_age)}")
    if failure and (runs.failures > 1 or (runs.failures and is_old)):
        many = f"the last {runs.failures} syncs failed" if runs.failures > 1 else "the last sync failed"
        yield Finding(
            "failures",
            f"{many}, lastly with exit code {failure.exit_code}: {one_line(failure.sentence).removesuffix('.')}",
        )


def _problems(status: MirrorStatus, standing: Standing, now: datetime) -> Iterator[Finding]:
    problems = open_problems(status.manifest.problems) if status.manifest else ()
    staying = [it for it in problems if now - standing.problems.get(it.key, now) > LONGEST_PROBLEM]
    if staying:
        named = _named([_problem_name(problem) for problem in staying])
        yield Finding(
            "problems", f"{counted(len(staying), 'problem')} of more than {span(LONGEST_PROBLEM)} that stay: {named}"
        )


def _problem_name(problem: Problem) -> str:
    place = " › ".join(filter(None, (problem.doc, problem.item)))
    return f"{problem.kind} {place} ({problem.reason})"


def _left_out(status: MirrorStatus, known: Remembered) -> Iterator[Finding]:
    """Docs that the settings leave out; what a run left out that was asked for a part tells nothing of others."""
    is_whole = known.last_run is None or known.last_run.is_whole
    ids = status.left_out if is_whole else status.left_out_by_settings
    if ids and status.manifest:
        named = _named([doc.name for doc in status.manifest.docs if doc.id in ids])
        yield Finding("left-out", f"{counted(len(ids), 'doc')} of the mirror that are not synced any more: {named}")


def _unpushed(status: MirrorStatus) -> Iterator[Finding]:
    if status.push is None or status.push.unpushed == 0:
        return
    remote, pending = one_line(status.push.remote), status.push.unpushed
    what = counted(pending, "commit") if pending else "every commit"
    yield Finding("unpushed", f"{remote} lacks {what}, as far as git remembers")


def _unverified(known: Remembered, now: datetime) -> Iterator[Finding]:
    since = known.verified or known.standing.first_sync
    if since and now - since > LONGEST_UNVERIFIED:
        when = "last ran" if known.verified else "has never run, and the first sync was"
        yield Finding("unverified", f"`verify` {when} {span(now - since)} ago")


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(map(one_line, names[:_MOST_NAMES])) + more


def span(time: timedelta) -> str:
    """A span of time in words, rounded down."""
    seconds = int(time.total_seconds())
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (seconds >= size and name == "minute"):
            return counted(seconds // size, name)
    return counted(seconds, "second")
