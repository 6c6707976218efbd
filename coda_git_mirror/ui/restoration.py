"""The report of a restoration as text."""

from __future__ import annotations

from collections.abc import Iterator

from coda_git_mirror.actions.restore import RestoreReport
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.format.times import local_time

_SHORT = 10
_MOST_HEADINGS = 20


def restoration_lines(report: RestoreReport) -> Iterator[str]:
    """What was written, by folder, and from which revision."""
    for heading, count in sorted(report.files.items())[:_MOST_HEADINGS]:
        yield f"  {one_line(heading)}" + (f"  {counted(count, 'file')}" if heading.count("/") else "")
    if len(report.files) > _MOST_HEADINGS:
        yield f"  and {len(report.files) - _MOST_HEADINGS} more"
    yield (
        f"Restored {counted(report.count, 'file')} ({report.size / 1e6:.1f} MB) into "
        f"{one_line(str(report.folder))}, as of {_revision(report)}."
    )


def _revision(report: RestoreReport) -> str:
    """A sync by its time; a commit that somebody made by the sync before it, for it may bear any date."""
    commit, synced = report.commit, report.synced
    named = f"{commit.id[:_SHORT]}: {one_line(commit.subject)}"
    if synced is None:
        return f"a commit before the first sync ({named})"
    when = local_time(synced.when)
    return f"{when} ({named})" if synced.id == commit.id else f"a commit after the sync of {when} ({named})"


def left_out_lines(report: RestoreReport) -> Iterator[str]:
    """A line for each file that was not written."""
    for finding in sorted(report.left_out):
        yield f"Not restored: {one_line(finding.path)}: {one_line(finding.fault)}; {one_line(finding.remedy)}"
