"""Which table of the mirror somebody means: by id, address or exact name, also one that it had before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from coda_git_mirror.actions.log.docs import doc_states
from coda_git_mirror.actions.log.names import Names
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.format.links import LinkBook, LinkedDoc, LinkedTable
from coda_git_mirror.format.metadata import StoredDoc
from coda_git_mirror.format.text import one_line
from coda_git_mirror.git.history import History
from coda_git_mirror.model.content import Json, name_of
from coda_git_mirror.model.history import Target


@dataclass(frozen=True)
class MeantTable:
    """A base table, by the names under which it was found; `view` is that of it which was named, if one was."""

    doc: str
    doc_name: str
    id: str
    name: str
    view: str = ""
    view_id: str = ""


def meant_table(history: History, tips: Sequence[str], doc: str, table: str) -> MeantTable:
    """The table that words mean in the mirror as of any of these commits, or before.

    Raises UsageError where they mean none, or several, which are named with their ids.
    """
    doc_target = _meant_doc(history, tips, doc)
    found: dict[str, MeantTable] = {}
    for tip in tips:
        for each in _in_doc(history, tip, doc_target, table):
            found.setdefault(each.id, each)
    if not found:
        raise UsageError(
            f"{one_line(doc_target.names[0])!r} has no table or view called {one_line(table)!r}, and had none; "
            f"`coda-git-mirror log {doc_target.doc}` shows what it had."
        )
    if len(found) > 1:
        raise UsageError(f"{one_line(table)!r} may be any of {_listed(found.values())}; name the one by its id.")
    return next(iter(found.values()))


def _listed(tables: Iterable[MeantTable]) -> str:
    return ", ".join(f"{table.id} ({one_line(table.name)})" for table in tables)


def _meant_doc(history: History, tips: Sequence[str], word: str) -> Target:
    found: dict[str, Target] = {}
    failure: UsageError | None = None
    for tip in tips:
        try:
            target = Names(history, tip).find([word])
        except UsageError as error:
            failure = failure or error
            continue
        if target.kind == "doc":
            found.setdefault(str(target.doc), target)
    if len(found) > 1:
        ids = ", ".join(f"{doc} ({one_line(target.names[0])})" for doc, target in found.items())
        raise UsageError(f"{one_line(word)!r} may be any of the docs {ids}; name the one by its id.")
    if not found:
        raise failure or UsageError(f"No doc of the mirror is called {one_line(word)!r}.")
    return next(iter(found.values()))


def _in_doc(history: History, tip: str, doc: Target, word: str) -> list[MeantTable]:
    """What the word means in the latest state of the doc in which it means anything."""
    for side in doc_states(history, str(doc.doc), tip):
        if side.place is None:
            continue
        stored = side.stored()
        if found := list(_called(stored, str(doc.doc), word)):
            return [_base(stored, doc, entry) for entry in found]
    return []


def _called(stored: StoredDoc, doc: str, word: str) -> Iterator[Json]:
    """The tables and views with this id or address, else with this name."""
    entries = {**stored.tables, **stored.views}
    at_address = _at_address(entries.values(), doc, word)
    if entry := entries.get(at_address or word):
        yield entry
        return
    yield from (entry for entry in entries.values() if word in (name_of(entry), one_line(name_of(entry))))


def _at_address(entries: Iterable[Json], doc: str, word: str) -> str | None:
    tables = tuple(LinkedTable(entry["id"], "", str(entry.get("browserLink") or "")) for entry in entries)
    target = LinkBook([LinkedDoc(doc, "", tables=tables)]).target(word)
    return target.item if target and target.item else None


def _base(stored: StoredDoc, doc: Target, entry: Json) -> MeantTable:
    """A table itself, or that of which a view shows rows."""
    names = (str(doc.doc), doc.names[0])
    if entry["id"] in stored.tables:
        return MeantTable(*names, entry["id"], name_of(entry))
    parent = entry.get("parentTable")
    base = parent.get("id") if isinstance(parent, dict) else None
    if not isinstance(parent, dict) or not isinstance(base, str):
        raise MirrorError(
            f"{one_line(name_of(entry))!r} is a view, and the mirror does not say of which table; name that itself."
        )
    return MeantTable(*names, base, name_of(stored.tables.get(base, parent)), name_of(entry), entry["id"])
