"""The commit message: what a sync changed, for people, and what the mirror now holds, for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from coda_git_mirror.format.manifest import Totals
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.model.changes import (
    Changes,
    DocChange,
    Kind,
    PageChange,
    RowCounts,
    TableChange,
    ViewChange,
    count,
)

LONGEST_SUBJECT = 72
LAST_TRAILER = "Coda-Problems: "
"""What a line of every sync's commit begins with, and of no other commit."""
_LONGEST_BODY = 10_000
_MOST_NAMES = 20
_LONGEST_NAME = 80


def commit_message(changes: Changes, totals: Totals, first: bool) -> str:
    """Subject, a paragraph for each changed doc, and trailers as mirror-format.md names them."""
    paragraphs = [subject(changes, first), *_paragraphs(changes.docs), _trailers(totals)]
    return "\n\n".join(paragraphs) + "\n"


def subject(changes: Changes, first: bool) -> str:
    """What changed, in at most 72 characters; what does not fit is left to the body."""
    verb = "Mirror" if first else "Sync"
    if not changes.docs:
        return f"{verb}: the list of problems changed" if changes.problems_changed else f"{verb}: settings and details"
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
        _Clause(_kinds("page", pages), counted(len(pages), "page")) if pages else None,
        _Clause(_kinds("table", tables), counted(len(tables), "table")) if tables else None,
        _Clause(_row_kinds(rows), counted(rows.added + rows.changed + rows.removed, "row")) if rows else None,
        _Clause(_kinds("view", views), counted(len(views), "view")) if views else None,
        _Clause(_file_kinds(files_in, files_out), counted(files_in + files_out, "file"))
        if files_in or files_out
        else None,
    ]
    return [clause for clause in clauses if clause] or [_Clause("details changed", "details")]


def _whole_tables(changes: Changes) -> tuple[TableChange, ...]:
    """Tables of which more than the rows changed: those are told as rows."""
    return tuple(table for table in changes.tables if table.kind is not Kind.CHANGED or table.columns_changed)


def _file_kinds(added: int, removed: int) -> str:
    return _joined("file", [("added", added), ("removed", removed)])


def _kinds(noun: str, items: Sequence[PageChange | TableChange | ViewChange]) -> str:
    counts = [(kind, count(items, kind)) for kind in Kind]
    return _joined(noun, [(kind.value, number) for kind, number in counts])


def _row_kinds(rows: RowCounts) -> str:
    return _joined("row", [("added", rows.added), ("changed", rows.changed), ("removed", rows.removed)])


def _joined(noun: str, counts: Iterable[tuple[str, int]]) -> str:
    """Such as `2 pages added, 5 changed`."""
    present = [(word, number) for word, number in counts if number]
    first = [f"{counted(number, noun)} {word}" for word, number in present[:1]]
    return ", ".join([*first, *(f"{number} {word}" for word, number in present[1:])])


def _paragraphs(docs: Sequence[DocChange]) -> Iterator[str]:
    length = 0
    for told, doc in enumerate(docs):
        if length > _LONGEST_BODY:
            yield f"And {counted(len(docs) - told, 'more doc')}."
            return
        paragraph = "\n".join(_doc_lines(doc))
        length += len(paragraph)
        yield paragraph


def _doc_lines(doc: DocChange) -> Iterator[str]:
    """No line begins with a name: git takes `---` for the end of a message, and `#` for a comment."""
    happened = {Kind.ADDED: " (new)", Kind.REMOVED: " (removed)", Kind.MOVED: " (moved)", Kind.CHANGED: ""}
    yield f"Doc {_name(doc.name)}{happened[doc.kind]}, {doc.folder}"
    for kind in Kind:
        names = [_name(page.name) for page in doc.pages if page.kind is kind]
        if names:
            yield f"  Pages {kind.value}: {_listed(names)}"
    for table in doc.tables[:_MOST_NAMES]:
        yield f"  Table {_name(table.name)}: {_table_words(table)}"
    if len(doc.tables) > _MOST_NAMES:
        yield f"  And {counted(len(doc.tables) - _MOST_NAMES, 'more table')}"
    for kind in Kind:
        views = [_name(view.name) for view in doc.views if view.kind is kind]
        if views:
            yield f"  Views {kind.value}: {_listed(views)}"
    if doc.assets_added or doc.assets_removed:
        yield f"  {_file_kinds(doc.assets_added, doc.assets_removed)}"


def _table_words(table: TableChange) -> str:
    words = [] if table.kind is Kind.CHANGED else [table.kind.value]
    if table.columns_changed:
        words.append("columns changed")
    if rows := _row_kinds(table.rows):
        words.append(rows)
    return ", ".join(words) or "details changed"


def _name(name: str) -> str:
    shown = one_line(name) or "(no name)"
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


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
