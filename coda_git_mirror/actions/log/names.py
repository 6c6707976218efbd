"""What the words of a user mean in a mirror: a doc, a page, table or view of it, a row, a cell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from itertools import islice

from coda_git_mirror.actions.log.docs import manifest_at, present
from coda_git_mirror.actions.log.past import Past, WalkedPast
from coda_git_mirror.actions.log.rows import ROW_ID, column_names, columns_called, held_table, rows_called
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format import layout
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.format.table_parts import files_of
from coda_git_mirror.format.text import json_document, one_line
from coda_git_mirror.git.history import BlobTree, History
from coda_git_mirror.model.content import Json, name_of
from coda_git_mirror.model.history import Target
from coda_git_mirror.model.selectors import selects

BETWEEN = " › "
"""What stands between names where `diff` prints the way to something."""
_MOST_CANDIDATES = 8
_DEEPEST = 200
_MOST_ROWS = 10_000
"""Rows among which a similar name is looked for."""
Same = Callable[[str, str], bool]


@dataclass(frozen=True)
class _Found:
    """Something that words may mean, what it is for whom they mean too much, and the words that go on from there."""

    target: Target
    label: str
    rest: tuple[str, ...] = ()


class Names:
    """Finds what is meant in the mirror as it is at `tip`, else as it last was before that."""

    def __init__(self, history: History, tip: str, past: Past | None = None) -> None:
        self._history, self._tip, self._past = history, tip, past or WalkedPast(history, tip)
        listed = manifest_at(history, tip, listed=True)
        self._listed = listed.docs if listed else ()
        self._docs = present(history, tip, self._listed)

    def find(self, words: Sequence[str], column: str | None = None) -> Target:
        """Raises UsageError, naming candidates, where the words mean nothing or more than one thing."""
        parts = [part.strip() for word in words for part in word.split(BETWEEN)]
        if column is not None:
            parts.append(column)
        if not parts:
            return Target()
        first, *rest = parts
        docs = self._matching_docs(first)
        if docs:
            return self._in_doc(_only(docs, first), rest)
        found = _first_found(lambda same: [each for doc in self._docs for each in self._items(doc, parts, same)])
        found = found or list(self._rows_by_id(parts)) or list(self._former_docs(parts)) or self._former_items(parts)
        if not found:
            raise UsageError(self._unknown(first))
        return self._descend(_only(found, BETWEEN.join(parts)))

    def _matching_docs(self, word: str) -> list[_Found]:
        exact = [
            _of_doc(doc) for doc in self._listed if selects(word, doc.id, doc.name) or word in (doc.path, doc.name)
        ]
        return exact or [_of_doc(doc) for doc in self._listed if _alike(doc.name, word)]

    def _in_doc(self, found: _Found, parts: Sequence[str]) -> Target:
        """What is meant within a doc: in its latest state that knows the words."""
        if not parts:
            return found.target
        for side in self._states(found.target):
            stored = side.stored()
            inside = _first_found(partial(_all_matching, found.target, stored, parts))
            if inside:
                return self._descend(_only(inside, BETWEEN.join(parts)))
        latest = next(self._states(found.target)).stored()
        known = [_name(entry) for room in (latest.pages, latest.tables, latest.views) for entry in room.values()]
        raise UsageError(
            f"No page, table or view of {found.target.names[0]!r} is called {parts[0]!r}{_suggested(parts[0], known)}."
        )

    def _descend(self, found: _Found) -> Target:
        if not found.rest:
            return found.target
        if found.target.kind == "doc":
            return self._in_doc(found, found.rest)
        if found.target.kind == "item":
            row = self._row(found.target, found.rest[0])
            return self._descend(_Found(row, "", found.rest[1:]))
        if found.target.kind == "row":
            cell = self._cell(found.target, found.rest[0])
            return self._descend(_Found(cell, "", found.rest[1:]))
        raise UsageError(f"{BETWEEN.join(found.target.names)!r} is one cell; {found.rest[0]!r} is too much.")

    def _states(self, target: Target) -> Iterator[Side]:
        return (side for side in self._past.states(str(target.doc), target.item) if side.place)

    def _items(self, doc: DocRecord, parts: Sequence[str], same: Same) -> Iterator[_Found]:
        return _matching(_of_doc(doc).target, _stored(self._history, self._tip, doc), parts, same)

    def _row(self, table: Target, word: str) -> Target:
        for side in self._states(table):
            rows = rows_called(held_table(side, str(table.item)), word)
            if rows:
                found = [_Found(_inside(table, name or row, row=row), f"{name} ({row})") for row, name in rows.items()]
                return _only(found, word).target
        names = [name for side in islice(self._states(table), 1) for name in _row_names(side, table)]
        raise UsageError(f"No row of {table.names[-1]!r} is called {word!r}{_suggested(word, names)}.")

    def _cell(self, row: Target, word: str) -> Target:
        for side in self._states(row):
            columns = columns_called(held_table(side, str(row.item)), word)
            if columns:
                found = [_Found(_inside(row, name, column=each), f"{name} ({each})") for each, name in columns.items()]
                return _only(found, word).target
        sides = islice(self._states(row), 1)
        names = [name for side in sides for name in column_names(held_table(side, str(row.item))).values()]
        raise UsageError(f"{row.names[-2]!r} has no column called {word!r}{_suggested(word, names)}.")

    def _rows_by_id(self, parts: Sequence[str]) -> Iterator[_Found]:
        """A row by its id alone, in whatever table it is or was last."""
        if not ROW_ID.fullmatch(parts[0]):
            return
        text = f'"id":{json.dumps(parts[0])}'
        change = self._history.last_change_of(text, layout.DOCS, self._tip)
        for commit in (self._tip, change.parent if change else None):
            paths = self._history.files_with(text, commit, layout.DOCS) if commit else []
            tables = [each for path in paths for each in self._table_of(commit or "", path)]
            found = [table for table in tables if self._has_row(table, parts[0])]
            if found:
                for table in found:
                    yield _Found(self._row(table, parts[0]), BETWEEN.join(table.names), tuple(parts[1:]))
                return

    def _table_of(self, commit: str, path: str) -> Iterator[Target]:
        """The table whose rows are in a file of a commit."""
        manifest = manifest_at(self._history, commit)
        for doc in manifest.docs if manifest else ():
            if path.startswith(f"{doc.path}/"):
                for table_id, entry in _stored(self._history, commit, doc).tables.items():
                    if path in (layout.inside(doc.path, file) for file in files_of(entry, ".jsonl")):
                        yield Target((doc.name, _name(entry)), doc.id, table_id)

    def _has_row(self, table: Target, row_id: str) -> bool:
        return any(held_table(side, str(table.item)).row(row_id) for side in self._states(table))

    def _former_docs(self, parts: Sequence[str]) -> Iterator[_Found]:
        """A doc that had this name or id once."""
        for field in ("name", "id"):
            text = f'"{field}": {json_document(parts[0]).decode().strip()}'
            change = self._history.last_change_of(text, layout.MANIFEST, self._tip)
            manifest = manifest_at(self._history, change.parent) if change and change.parent else None
            for doc in manifest.docs if manifest else ():
                if parts[0] in (doc.name, doc.id):
                    yield replace(_of_doc(doc), rest=tuple(parts[1:]))
                    return

    def _former_items(self, parts: Sequence[str]) -> list[_Found]:
        """Pages, tables and views that were called so before they were renamed or removed."""
        text = f'"name": {json_document(parts[0]).decode().strip()}'
        change = self._history.last_change_of(text, layout.DOCS, self._tip)
        if change is None or change.parent is None:
            return []
        manifest = manifest_at(self._history, change.parent)
        docs = manifest.docs if manifest else ()
        stored = ((doc, _stored(self._history, change.parent, doc)) for doc in docs)
        return [each for doc, held in stored for each in _matching(_of_doc(doc).target, held, parts, _exactly)]

    def _unknown(self, word: str) -> str:
        suggested = _suggested(word, [doc.name for doc in self._docs])
        return f"No doc, page, table or view of the mirror is called {word!r}{suggested}."


def _stored(history: History, commit: str, doc: DocRecord) -> StoredDoc:
    tree = BlobTree(history, history.files(commit, layout.inside(doc.path, layout.METADATA)))
    return Side(tree, doc).stored()


def _of_doc(doc: DocRecord) -> _Found:
    return _Found(Target((doc.name,), doc.id), f"{doc.name} ({doc.id})")


def _inside(target: Target, name: str, **more: str) -> Target:
    return replace(target, names=(*target.names, name), **more)


def _all_matching(doc: Target, stored: StoredDoc, parts: Sequence[str], same: Same) -> list[_Found]:
    return list(_matching(doc, stored, parts, same))


def _matching(doc: Target, stored: StoredDoc, parts: Sequence[str], same: Same) -> Iterator[_Found]:
    """Pages whose way ends in these names, views, and tables followed by a row and a column."""
    first, *rest = parts
    for page_id, entry in stored.pages.items():
        way = _way(stored, entry)
        by_name = len(way) >= len(parts) and all(map(same, way[-len(parts) :], parts))
        if by_name or [*parts] == [page_id]:
            target = replace(doc, names=(*doc.names, *way), item=page_id)
            yield _Found(target, f"page {BETWEEN.join(target.names)} ({page_id})")
    for kind, entries in (("table", stored.tables), ("view", stored.views)):
        for item_id, entry in entries.items():
            if (kind == "table" or not rest) and (first == item_id or same(_name(entry), first)):
                target = _inside(doc, _name(entry), item=item_id)
                yield _Found(target, f"{kind} {BETWEEN.join(target.names)} ({item_id})", tuple(rest))


def _row_names(side: Side, table: Target) -> Iterator[str]:
    rows = islice(held_table(side, str(table.item)).rows(), _MOST_ROWS)
    return (cell_text(row.get("name")) for row in rows)


def _way(stored: StoredDoc, entry: Json) -> list[str]:
    way: list[str] = []
    above: Json | None = entry
    while above and len(way) < _DEEPEST:
        way.insert(0, _name(above))
        above = stored.pages.get(str(above.get("parent")))
    return way


def _name(entry: Json) -> str:
    return name_of(entry)


def _exactly(name: str, word: str) -> bool:
    return word in (name, one_line(name))


def _alike(name: str, word: str) -> bool:
    return one_line(name).casefold() == one_line(word).casefold()


def _first_found(find: Callable[[Same], list[_Found]]) -> list[_Found]:
    """What is found by the exact name, else regardless of case."""
    return find(_exactly) or find(_alike)


def _only(found: Sequence[_Found], words: str) -> _Found:
    if len(found) == 1:
        return found[0]
    labels = [one_line(each.label) for each in found]
    more = f" and {len(found) - _MOST_CANDIDATES} more" if len(found) > _MOST_CANDIDATES else ""
    raise UsageError(
        f"{words!r} may be any of {len(found)}: {', '.join(labels[:_MOST_CANDIDATES])}{more}; "
        f"{_which(found)}name it by the id in brackets."
    )


def _which(found: Sequence[_Found]) -> str:
    """That the doc tells them apart, where it does."""
    docs = Counter(each.target.names[:1] for each in found)
    return "put its doc before it, or " if len(docs) == len(found) and found[0].target.item else ""


def _suggested(word: str, names: Sequence[str]) -> str:
    known = {one_line(name).casefold(): one_line(name) for name in names if one_line(name)}
    close = get_close_matches(word.casefold(), known, n=3) or list(known)[:_MOST_CANDIDATES]
    return f"; there is {', '.join(known[name] for name in close)}" if close else ""
