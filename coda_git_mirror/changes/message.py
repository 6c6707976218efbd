"""The commit message: what a sync changed, for people, and what the mirror now holds, for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from coda_git_mirror.changes.wording import (
    doc_lines,
    doc_title,
    file_counts,
    kind_counts,
    page_counts,
    row_counts,
    shown_name,
)
from coda_git_mirror.format.manifest import Totals
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.model.changes import Changes, DocChange, Kind, TableChange, count
from coda_git_mirror.model.ledger import DENIED, FAILED, GONE, UNREAD, Problem, open_problems

LONGEST_SUBJECT = 72
LAST_TRAILER = "Coda-Problems: "
"""What a line of every sync's commit begins with, and of no other commit."""
NOT_ALL = "Not all was asked for."
"""A line in the commit of a sync that left something out which the mirror is about."""
_UNSETTLED = "To be read once more, since edited just before: "
_MOST_UNSETTLED = 500
ALL_DOCS = "*"
"""Stands for the ids of very many docs."""
_LONGEST_BODY = 10_000
_MOST_NAMES = (20, 5, 2)
"""How many names a line has; fewer where the message would be too long."""
_MOST_PROBLEMS = 10
_LONGEST_REASON = 160


@dataclass(frozen=True)
class Scope:
    """What a fresh clone cannot see in the tree: whether a sync left something out, and which docs it read too early.

    `unsettled` are ids of docs that were read so soon after an edit that Coda may have given older content.
    """

    is_partial: bool = False
    unsettled: frozenset[str] = frozenset()


WHOLE = Scope()
_TITLES = {
    FAILED: "Could not be read",
    UNREAD: "Not read yet",
    DENIED: "Not given by Coda",
    GONE: "Gone from Coda",
}


def commit_message(
    changes: Changes,
    totals: Totals,
    first: bool,
    scope: Scope = WHOLE,
    taken_back: Sequence[str] = (),
    trailers: Sequence[str] = (),
) -> str:
    """Subject, a paragraph for each changed doc, and trailers (mirror-format.md, The commit).

    `taken_back` are files of docs that did not change, which somebody's commit had made other than Coda has them.
    `trailers` are those of a verb that writes into Coda.
    """
    new = [(title, [it for it in changes.new_problems if it.state == state]) for state, title in _TITLES.items()]
    problems = [part for title, them in (*new, ("Solved", changes.solved_problems)) for part in _problems(title, them)]
    told = [*_body(changes.docs), *_taken_back(taken_back), *problems]
    last = "\n".join([_trailers(totals), *trailers])
    parts = [subject(changes, first, len(taken_back), len(trailers)), *told, *_scope(scope), last]
    return "\n\n".join(parts) + "\n"


def upgrade_message(version: str, totals: Totals, before: str) -> str:
    """The message of a commit that writes the mirror anew in another version of the format.

    It takes over what the last sync's message, `before`, tells a fresh clone.
    """
    scope = Scope(NOT_ALL in before.splitlines(), unsettled_docs(before))
    parts = (f"Write the mirror anew in format {version}", "Nothing was asked of Coda.", *_scope(scope))
    return "\n\n".join((*parts, _trailers(totals))) + "\n"


def _scope(scope: Scope) -> Iterator[str]:
    unsettled = [quote(doc_id, safe="") for doc_id in sorted(scope.unsettled)]
    if scope.is_partial:
        yield NOT_ALL
    if unsettled:
        yield _UNSETTLED + (ALL_DOCS if len(unsettled) > _MOST_UNSETTLED else " ".join(unsettled))


def unsettled_docs(message: str) -> frozenset[str]:
    """The ids of the docs that a sync's commit message calls unsettled; `ALL_DOCS` for more than it can name."""
    lines = (line for line in message.splitlines() if line.startswith(_UNSETTLED))
    return frozenset(unquote(word) for line in lines for word in line.removeprefix(_UNSETTLED).split())


def _taken_back(paths: Sequence[str]) -> Iterator[str]:
    if paths:
        more = [f"and {len(paths) - _MOST_PROBLEMS} more"] if len(paths) > _MOST_PROBLEMS else []
        yield "\n  ".join(["Edited here, and as in Coda again:", *map(one_line, paths[:_MOST_PROBLEMS]), *more])


def subject(changes: Changes, first: bool, taken_back: int = 0, told: int = 0) -> str:
    """What changed, in at most 72 characters; what does not fit is left to the body, `told` things to trailers."""
    verb = "Mirror" if first else "Sync"
    if not changes.docs:
        edits = f"edits of {counted(taken_back, 'file')} taken back" if taken_back else ""
        parts = [edits, _problem_counts(changes)]
        nothing_else = "what was written into Coda" if told else "settings and details"
        return f"{verb}: {', '.join(filter(None, parts)) or nothing_else}"
    beginning = f"{verb} {counted(len(changes.docs), 'doc')}"
    clauses = _clauses(changes)
    for shortened in range(len(clauses) + 1):
        in_full = len(clauses) - shortened
        text = "; ".join(
            [*(clause.full for clause in clauses[:in_full]), *(clause.short for clause in clauses[in_full:])]
        )
        if len(f"{beginning}: {text}") <= LONGEST_SUBJECT:
            return f"{beginning}: {text}"
    return beginning


def _problem_counts(changes: Changes) -> str:
    new, solved = len(open_problems(changes.new_problems)), len(changes.solved_problems)
    parts = [f"{counted(new, 'new problem')}" if new else "", f"{counted(solved, 'problem')} solved" if solved else ""]
    return ", ".join(filter(None, parts))


@dataclass(frozen=True)
class _Clause:
    """A part of the subject, and the same in fewer words for when there is no room."""

    full: str
    short: str


def _clauses(changes: Changes) -> list[_Clause]:
    removed = count(changes.docs, Kind.REMOVED)
    pages, tables, rows = tuple(changes.pages), _whole_tables(changes), changes.rows
    views = tuple(view for doc in changes.docs for view in doc.views)
    files_in, files_out = changes.assets_added, sum(doc.assets_removed for doc in changes.docs)
    clauses = [
        _Clause(f"{counted(removed, 'doc')} removed", f"{removed} removed") if removed else None,
        _Clause(page_counts(pages), counted(len(pages), "page")) if pages else None,
        _Clause(kind_counts("table", tables), counted(len(tables), "table")) if tables else None,
        _Clause(row_counts(rows), counted(rows.added + rows.changed + rows.removed, "row")) if rows else None,
        _Clause(kind_counts("view", views), counted(len(views), "view")) if views else None,
        _Clause(file_counts(files_in, files_out), counted(files_in + files_out, "file"))
        if files_in or files_out
        else None,
    ]
    return [clause for clause in clauses if clause] or [_Clause("details changed", "details")]


def _whole_tables(changes: Changes) -> tuple[TableChange, ...]:
    """Tables of which more than the rows changed: those are told as rows."""
    return tuple(table for table in changes.tables if table.kind is not Kind.CHANGED or table.columns)


def _body(docs: Sequence[DocChange]) -> list[str]:
    """A paragraph for each doc with as many names as there is room for; a line for each doc where there are many."""
    for most in _MOST_NAMES:
        if (paragraphs := _short_enough(docs, most)) is not None:
            return paragraphs
    return ["\n".join(_capped(docs))]


def _short_enough(docs: Sequence[DocChange], most: int) -> list[str] | None:
    """A paragraph for each doc, with at most so many names a line; None as soon as they are too long together."""
    paragraphs, length = [], 0
    for doc in docs:
        paragraphs.append("\n  ".join([doc_title(doc), *doc_lines(doc, most)]))
        length += len(paragraphs[-1])
        if length > _LONGEST_BODY:
            return None
    return paragraphs


def _doc_line(doc: DocChange) -> str:
    clauses = _clauses(Changes((replace(doc, kind=Kind.CHANGED),)))
    return f"{doc_title(doc)}: {'; '.join(clause.full for clause in clauses)}"


def _capped(docs: Sequence[DocChange]) -> Iterator[str]:
    length = 0
    for told, doc in enumerate(docs):
        line = _doc_line(doc)
        length += len(line)
        if length > _LONGEST_BODY:
            yield f"And {counted(len(docs) - told, 'more doc')}."
            return
        yield line


def _problems(title: str, problems: Iterable[Problem]) -> Iterator[str]:
    known = list(problems)
    if not known:
        return
    lines = [f"{title}:", *map(_problem_line, known[:_MOST_PROBLEMS])]
    if len(known) > _MOST_PROBLEMS:
        lines.append(f"and {len(known) - _MOST_PROBLEMS} more")
    yield "\n  ".join(lines)


def _problem_line(problem: Problem) -> str:
    place = " › ".join(shown_name(name) for name in (problem.doc, problem.item) if name)
    reason = one_line(problem.reason)
    short = reason if len(reason) <= _LONGEST_REASON else reason[: _LONGEST_REASON - 1] + "…"
    return f"{problem.kind} {place}: {short}"


def _trailers(totals: Totals) -> str:
    held = {
        "Docs": totals.docs,
        "Pages": totals.pages,
        "Tables": totals.tables,
        "Rows": totals.rows,
        "Assets": totals.assets,
        "Problems": totals.problems,
    }
    return "\n".join(f"Coda-{name}: {number}" for name, number in held.items())
