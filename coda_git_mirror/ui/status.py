"""The state of a mirror as text, readable also with hundreds of docs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from coda_git_mirror.actions.account_changes import AccountChanges
from coda_git_mirror.actions.status import MirrorStatus
from coda_git_mirror.actions.sync.visits import instant
from coda_git_mirror.format.manifest import DocRecord, Manifest
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.format.times import local_time, present_zone
from coda_git_mirror.ui.report import holdings

_MOST_EDITS = 10
_LONGEST_TEXT = 100
_HEADINGS = ("Edited in Coda", "Pages", "Tables", "Rows", "Files", "Doc")
_UNKNOWN = "not read in full"


def status_lines(status: MirrorStatus, next_run: datetime | None = None) -> Iterator[str]:
    """What the mirror holds, how fresh it is, what is unfinished; then a line for each doc.

    `next_run` is when a schedule starts the next sync, None where none does, or it does not tell.
    """
    yield from _holds(status)
    yield from _history(status)
    if next_run:
        yield f"Next run:     {local_time(next_run)}"
    yield from _unfinished(status)
    if status.manifest and status.manifest.docs:
        yield ""
        yield from _docs(status.manifest, status)


def account_lines(changes: AccountChanges) -> Iterator[str]:
    """What Coda has that the mirror has not yet."""
    yield ""
    yield f"In Coda now ({counted(changes.requests, 'request')}): times in {present_zone()}"
    parts = {
        "new": changes.added,
        "edited": changes.edited,
        "not listed any more": changes.unlisted,
        "left out by the settings, and not compared": changes.left_out,
    }
    for title, docs in parts.items():
        if docs:
            yield f"  {counted(len(docs), 'doc')} {title}:"
            yield from (f"    {_moment(doc.updated)}  {one_line(doc.name)}" for doc in docs)
    if not any(parts.values()):
        yield "  no doc was edited since it was mirrored."
    elif changes.unchanged:
        yield f"  {counted(changes.unchanged, 'doc')} as mirrored."


def _holds(status: MirrorStatus) -> Iterator[str]:
    if status.manifest is None:
        yield f"The mirror in {_place(status.folder)} holds nothing yet."
        return
    owner = one_line(status.manifest.owner.login)
    yield f"The mirror in {_place(status.folder)} holds {holdings(status.manifest.totals)} of {owner}."


def _history(status: MirrorStatus) -> Iterator[str]:
    if status.synced:
        named = f"{status.synced.id[:10]} {one_line(status.synced.subject)}"
        yield f"Last change:  {local_time(status.synced.when)}  {named}"
    if status.last_success:
        yield f"Last success: {local_time(status.last_success)}"
    if status.last_run:
        when, _, text = status.last_run.partition(" ")
        ended = instant(when)
        yield f"Last run:     {local_time(ended) if ended else when}  {_shortened(one_line(text))}"


def _unfinished(status: MirrorStatus) -> Iterator[str]:
    if status.running:
        yield f"Running:      process {one_line(status.running)} is at work in this mirror."
    if status.interrupted:
        yield "Interrupted:  the last run was ended while it committed; the next sync completes it."
    if status.edits:
        yield f"Uncommitted:  {_listed(status.edits)}"
    yield f"Remote:       {_pushed(status)}"


def _pushed(status: MirrorStatus) -> str:
    if status.push is None:
        return "none; the README of coda-git-mirror tells how to add a private one."
    remote, pending = one_line(status.push.remote), status.push.unpushed
    if pending is None:
        return f"{remote}, to which nothing has been pushed from here."
    if pending:
        return f"{remote}, which lacks {counted(pending, 'commit')}."
    return f"{remote}, which has every commit, as far as git remembers."


def _docs(manifest: Manifest, status: MirrorStatus) -> Iterator[str]:
    headings = (f"{_HEADINGS[0]} ({present_zone()})", *_HEADINGS[1:])
    cells = [headings, *(_cells(doc, status) for doc in manifest.docs)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADINGS) - 1)]
    yield from (_row(row, widths) for row in cells)


def _cells(doc: DocRecord, status: MirrorStatus) -> Sequence[str]:
    problems = status.problems_of(doc.id)
    notes = [counted(problems, "problem")] if problems else []
    notes += ["not synced: left out by the settings or by the last run"] if doc.id in status.left_out else []
    counts = (doc.pages, doc.tables, doc.rows, doc.assets)
    return (_moment(doc.updated), *map(str, counts), one_line(doc.name) + (f" ({'; '.join(notes)})" if notes else ""))


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    numbers = (cell.rjust(width) for cell, width in zip(cells[1:-1], widths[1:], strict=True))
    return "  ".join([cells[0].ljust(widths[0]), *numbers, cells[-1]])


def _place(folder: Path) -> str:
    """The folder as one would call it from here, if here is still there."""
    try:
        return one_line(str(folder.relative_to(Path.cwd())))
    except (ValueError, FileNotFoundError):
        return one_line(str(folder))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MOST_EDITS} more" if len(paths) > _MOST_EDITS else ""
    return ", ".join(map(one_line, paths[:_MOST_EDITS])) + more


def _moment(text: str) -> str:
    when: datetime | None = instant(text)
    return f"{when.astimezone(present_zone()):%Y-%m-%d %H:%M}" if when else _UNKNOWN
