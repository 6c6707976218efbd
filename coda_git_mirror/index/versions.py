"""The versions of an item that a person can tell apart, and how much each commit changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from coda_git_mirror.format.text import counted
from coda_git_mirror.index.asking import Asking
from coda_git_mirror.index.build import ADDED, CHANGED, MAYBE, MOVED, REMOVED, UNSEEN
from coda_git_mirror.index.doubts import Changed, seen
from coda_git_mirror.index.entries import DOC, PAGE, TABLE, VIEW
from coda_git_mirror.model.looking import IndexedCommit, ItemVersion

_STATE_THEN = "i.born = (SELECT max(born) FROM items s WHERE s.thing = c.thing AND s.born <= c.number)"
_CHANGES = (
    "SELECT c.number, c.thing, c.kind, c.what, t.kind, t.item, i.name, i.path FROM changes c"
    f" JOIN things t ON t.id = c.thing JOIN items i ON i.thing = c.thing AND {_STATE_THEN} "
)
_NAMELESS = (
    "SELECT c.number, c.thing, c.kind, c.what, t.kind, t.item, '', '' FROM changes c JOIN things t ON t.id = c.thing "
)
"""The same without what things were called and where they lay, which takes as long as all the rest."""
_KINDS = (ADDED, CHANGED, MOVED, REMOVED)


def versions(asking: Asking, doc: str, item: str | None) -> list[ItemVersion]:
    if item is None or item == doc:
        return _of_doc(asking, doc, _changes(asking, doc))
    return [
        ItemVersion(asking.at(each.number), each.name, each.path, each.what, each.did == REMOVED)
        for each in _changes(asking, doc, item)
    ]


def changes_of_each(asking: Asking, doc: str, items: Iterable[str]) -> Iterator[tuple[str, IndexedCommit, str]]:
    changes = list(_changes(asking, doc, select=_NAMELESS))
    by_item: defaultdict[str, list[Changed]] = defaultdict(list)
    for change in changes:
        by_item[change.item].append(change)
    for item in items:
        if item == doc:
            yield from ((doc, version.commit, version.what) for version in _of_doc(asking, doc, changes))
        else:
            yield from ((item, asking.at(change.number), change.what) for change in by_item[item])


def _changes(asking: Asking, doc: str, item: str | None = None, select: str = _CHANGES) -> Iterator[Changed]:
    """What a person sees of an item, or of all that a doc has, newest first."""
    within, values = ("", (doc,)) if item is None else ("AND t.item = ?", (doc, item))
    query = f"{select} WHERE t.doc = ? {within} AND c.kind != ? ORDER BY c.number DESC"
    return seen(asking, doc, map(Changed._make, asking.ask(query, *values, UNSEEN)))


def changes_by_commit(asking: Asking, doc: str | None) -> list[tuple[IndexedCommit, int]]:
    within, values = ("AND t.doc = ?", (doc,)) if doc is not None else ("", ())
    query = (
        "SELECT c.number, count(*) FROM changes c JOIN things t ON t.id = c.thing"
        f" WHERE c.kind NOT IN (?, ?) {within} GROUP BY c.number ORDER BY c.number"
    )
    return [(asking.at(number), count) for number, count in asking.ask(query, UNSEEN, MAYBE, *values)]


def touching(asking: Asking, doc: str, item: str | None) -> list[int] | None:
    if asking.ask("SELECT 1 FROM damage WHERE doc IN (?, '') LIMIT 1", doc):
        return None
    query = (
        "SELECT born FROM items WHERE doc = ? UNION SELECT died FROM items WHERE doc = ? AND died IS NOT NULL"
        " UNION SELECT c.number FROM changes c JOIN things t ON t.id = c.thing WHERE t.doc = ? AND t.item = ?"
    )
    if item is not None:
        query = "SELECT c.number FROM changes c JOIN things t ON t.id = c.thing WHERE t.doc = ? AND t.item = ?"
    values = (doc, item) if item is not None else (doc, doc, doc, doc)
    return sorted({number for (number,) in asking.ask(query, *values)}, reverse=True)


def _of_doc(asking: Asking, doc: str, changes: Iterable[Changed]) -> list[ItemVersion]:
    states = {
        born: (name, path)
        for born, name, path in asking.ask(
            "SELECT born, name, path FROM items WHERE doc = ? AND kind = 'doc' ORDER BY born", doc
        )
    }
    found: list[ItemVersion] = []
    for number, group in groupby(changes, itemgetter(0)):
        name, path = states[max(born for born in states if born <= number)]
        every = list(group)
        of_doc = next((each for each in every if each.kind == DOC), None)
        is_gone = of_doc is not None and of_doc.did == REMOVED
        found.append(ItemVersion(asking.at(number), name, path, _summary(every, of_doc), is_gone))
    return found


def _summary(changes: Sequence[Changed], of_doc: Changed | None) -> str:
    """Such as `2 pages added, 1 changed; 1 table changed`."""
    if of_doc and of_doc.did in (ADDED, REMOVED):
        return of_doc.what
    words = [of_doc.what] if of_doc else []
    for kind in (PAGE, TABLE, VIEW):
        counts = Counter(each.did for each in changes if each.kind == kind)
        present = [(did, counts[did]) for did in _KINDS if counts[did]]
        first = [f"{counted(count, kind)} {did}" for did, count in present[:1]]
        if present:
            words.append(", ".join([*first, *(f"{count} {did}" for did, count in present[1:])]))
    return "; ".join(words)
