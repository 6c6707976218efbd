"""How changes are told in words, in a commit message and in `log`: names, kinds and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.model.changes import (
    ColumnChange,
    ColumnChanges,
    DocChange,
    Kind,
    PageChange,
    RowCounts,
    TableChange,
    ViewChange,
)

_LONGEST_NAME = 80
_ALL = 1_000_000
_DOC_KINDS = {Kind.ADDED: "new", Kind.REMOVED: "removed", Kind.MOVED: "moved", Kind.CHANGED: ""}
_COLUMN_KINDS = {Kind.ADDED: "added", Kind.MOVED: "renamed", Kind.CHANGED: "changed", Kind.REMOVED: "removed"}
HIDDEN, SHOWN = "hidden", "shown again"
_PAGE_WORDS = (*(kind.value for kind in Kind), HIDDEN, SHOWN)


def doc_title(doc: DocChange) -> str:
    """Such as `Doc Sales (renamed from CRM), docs/sales`."""
    words = [f"renamed from {shown_name(doc.was)}"] if doc.was else [_DOC_KINDS[doc.kind]]
    return f"Doc {shown_name(doc.name)}{_in_brackets(words)}, {doc.folder}"


def doc_lines(doc: DocChange, most: int = _ALL) -> Iterator[str]:
    """What changed in a doc, a line for each kind of page, for each table, and for each kind of view.

    Of names no more than `most` a line, and of tables as many. No line begins with a name: to git, `---` ends a
    message, and `#` is a comment.
    """
    for word in _PAGE_WORDS:
        pages = [page for page in doc.pages if page_word(page) == word]
        if pages:
            yield f"Pages {word}: {listed((_renamed(page) for page in pages), most)}"
    for table in doc.tables[:most]:
        yield f"Table {_renamed(table)}: {table_words(table, most)}"
    if len(doc.tables) > most:
        yield f"And {counted(len(doc.tables) - most, 'more table')}"
    for kind in Kind:
        views = [view for view in doc.views if view.kind is kind]
        if views:
            yield f"Views {kind.value}: {listed((_renamed(view) for view in views), most)}"
    if doc.assets_added or doc.assets_removed:
        yield file_counts(doc.assets_added, doc.assets_removed)


def page_word(page: PageChange) -> str:
    """The one word for what happened to a page: that it was hidden is more than that it changed."""
    if page.kind is Kind.CHANGED and page.hidden is not None:
        return HIDDEN if page.hidden else SHOWN
    return page.kind.value


def page_counts(pages: Iterable[PageChange]) -> str:
    """Such as `2 pages added, 5 changed`."""
    words = Counter(map(page_word, pages))
    return _joined("page", [(word, words[word]) for word in _PAGE_WORDS])


def kind_counts(noun: str, items: Sequence[TableChange | ViewChange]) -> str:
    """Such as `1 table added, 2 changed`."""
    kinds = Counter(item.kind for item in items)
    return _joined(noun, [(kind.value, kinds[kind]) for kind in Kind])


def row_counts(rows: RowCounts) -> str:
    """Such as `1 row added, 14 changed`."""
    return _joined("row", [("added", rows.added), ("changed", rows.changed), ("removed", rows.removed)])


def file_counts(added: int, removed: int) -> str:
    """Such as `3 files added, 1 removed`."""
    return _joined("file", [("added", added), ("removed", removed)])


def table_words(table: TableChange, most: int = _ALL) -> str:
    """What happened to a table: columns by name, rows by number."""
    words = [] if table.kind is Kind.CHANGED else [table.kind.value]
    words += column_words(table.columns, most)
    if rows := row_counts(table.rows):
        words.append(rows)
    return ", ".join(words) or "details changed"


def column_words(changes: ColumnChanges, most: int = _ALL) -> Iterator[str]:
    """Such as `column Budget added` and `columns A, B removed`."""
    for kind, word in _COLUMN_KINDS.items():
        columns = [column for column in changes.columns if column.kind is kind]
        if columns:
            noun = "column" if len(columns) == 1 else "columns"
            yield f"{noun} {listed(map(_column_name, columns), most)} {word}"
    if changes.order and not changes.columns:
        yield "columns reordered"


def _column_name(column: ColumnChange) -> str:
    if column.kind is not Kind.MOVED or column.before is None:
        return shown_name(column.name)
    return f"{shown_name(column.name)} (was {shown_name(column.before.name)})"


def _renamed(item: PageChange | TableChange | ViewChange) -> str:
    return shown_name(item.name) + _in_brackets([f"was {shown_name(item.was)}"] if item.was else [])


def _in_brackets(words: Iterable[str]) -> str:
    text = ", ".join(filter(None, words))
    return f" ({text})" if text else ""


def shown_name(name: str) -> str:
    """A name on one line and not too long; in quotation marks where its own commas would make two of it."""
    shown = one_line(name) or "(no name)"
    short = shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"
    return f"“{short}”" if "," in short or ";" in short else short


def listed(names: Iterable[str], most: int = _ALL) -> str:
    """Names with commas, a repeated one once with its number; what is more than `most` is counted."""
    numbers = Counter(names)
    shown = [name if number == 1 else f"{name} ({number})" for name, number in list(numbers.items())[:most]]
    more = sum(list(numbers.values())[most:])
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _joined(noun: str, counts: Iterable[tuple[str, int]]) -> str:
    present = [(word, number) for word, number in counts if number]
    first = [f"{counted(number, noun)} {word}" for word, number in present[:1]]
    return ", ".join([*first, *(f"{number} {word}" for word, number in present[1:])])
