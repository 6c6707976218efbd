"""The report of a verification as text."""

from __future__ import annotations

from collections.abc import Iterator

from coda_git_mirror.actions.verify.report import VerifyReport
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.ui.report import ledger_lines

_SHORT = 10


def finding_lines(report: VerifyReport) -> Iterator[str]:
    """A line for each finding: path, what is wrong, what to do."""
    for finding in sorted(set(report.findings)):
        yield f"{one_line(finding.path)}: {one_line(finding.fault)}; {one_line(finding.remedy)}"


def verification_lines(report: VerifyReport) -> Iterator[str]:
    """What was looked at, and what was not."""
    found, counts = len(set(report.findings)), report.counts
    if not report.is_readable:
        yield f"The mirror cannot be read: {counted(found, 'finding')}."
        return
    verdict = counted(found, "finding") if found else "Sound"
    yield (
        f"{verdict}: {report.revision[:_SHORT]} with {counted(counts.docs, 'doc')}, {counted(counts.files, 'file')}, "
        f"{counted(counts.rows, 'row')}, {counted(counts.links, 'link')}; {', '.join(report.checked)}."
    )
    for what in report.unchecked:
        yield f"Not checked: {what}."
    yield from ledger_lines(report.states)
