"""Two revisions of a mirror side by side: all docs, one, or one page, table or view (browse.md, browse)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from coda_git_mirror.actions.browse.compared_items import ItemDiff, ItemPart, Said, doc_words, item_part
from coda_git_mirror.actions.browse.marks import Room
from coda_git_mirror.actions.browse.mirror import Browsed, NotThere
from coda_git_mirror.actions.diff import between
from coda_git_mirror.actions.entry import sound_revisions, told_of_damage
from coda_git_mirror.changes.differences import LeaveOut
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.model.changes import Kind
from coda_git_mirror.model.differences import Differences, DocDiff
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.model.looking import IndexedCommit

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""What stands in an address for nothing at all, as before the first sync: the id of git's empty tree."""
_ROOM = 400_000
"""Characters of differences that a page shows; how many of what, is told by `_Most`."""
_ROWS = 20_000
"""Once so many rows were compared for a page of all docs, it only names further docs: nobody waits that long."""


@dataclass(frozen=True)
class Compared:
    """What is compared: two commits (None: nothing at all), of a doc and of an item of it, by their ids, if at all."""

    before: IndexedCommit | None
    after: IndexedCommit
    doc: str = ""
    item: str = ""

    @property
    def is_one_step(self) -> bool:
        """Whether it is what one commit did."""
        return self.after.number == (self.before.number if self.before else 0) + 1


@dataclass(frozen=True)
class _Most:
    """How many docs, items of each, and passages or rows of each of those a page shows."""

    docs: int
    items: int
    lines: int


_OF_ALL, _OF_DOC, _OF_ITEM = _Most(20, 30, 25), _Most(1, 150, 100), _Most(1, 1, 400)


@dataclass(frozen=True)
class DocPart:
    """A doc that differs. `rest` is the number of the first item that is not shown."""

    id: str
    name: str
    change: Kind
    said: tuple[Said, ...]
    items: tuple[ItemPart, ...]
    assets_added: tuple[str, ...]
    assets_removed: tuple[str, ...]
    rest: int | None


@dataclass(frozen=True)
class LostDoc:
    """A doc that cannot be compared with the others, and why."""

    id: str
    name: str
    why: str


@dataclass(frozen=True)
class Comparison:
    """`doc_name` and `item_name` are what is compared where that is not all; `rest` is where more docs follow.

    `lost` are docs of these that are damaged in one of the revisions.
    """

    asked: Compared
    doc_name: str
    item_name: str
    docs: tuple[DocPart, ...]
    new_problems: tuple[Problem, ...]
    solved_problems: tuple[Problem, ...]
    start: int
    rest: int | None
    lost: tuple[LostDoc, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.docs or self.new_problems or self.solved_problems or self.lost)


def meant(
    browsed: Browsed, before: IndexedCommit | None, after: IndexedCommit, doc: str = "", item: str = ""
) -> Compared:
    """What an address asks for: an item may be named without its doc. Raises NotThere where neither revision has it."""
    commits = [after, *([before] if before else [])]
    if item and not doc:
        docs = ((each.doc, commit) for commit in commits for each in browsed.index.items_at(commit.number))
        doc = next((it for it, commit in docs if browsed.index.state_of(it, item, commit.number)), item)
    for each in filter(None, (doc, item)):
        if not any(browsed.index.state_of(doc, each, commit.number) for commit in commits):
            raise NotThere("Neither of these revisions has anything by this id.")
    return Compared(before, after, doc, item if item != doc else "")


def differences(browsed: Browsed, asked: Compared, leave_out: LeaveOut | None = None) -> Differences:
    """All of it, which is compared while it is told, as `between` does."""
    old = browsed.tree(asked.before.id) if asked.before else None
    return between(old, browsed.tree(asked.after.id), asked.doc or None, asked.item or None, leave_out)


class _Lost:
    """The docs that are left out since they are damaged; where one alone is asked for, or all are wanted, none is."""

    def __init__(self, leaves_out: bool) -> None:
        self._leaves_out = leaves_out
        self.docs: list[LostDoc] = []

    def __call__(self, doc: DocRecord | DocDiff, error: DamagedContent) -> None:
        if not self._leaves_out:
            raise error
        self.docs.append(LostDoc(doc.id, doc.name, told_of_damage(error)))


def comparison(browsed: Browsed, asked: Compared, start: int = 0, *, whole: bool = False) -> Comparison:
    """What a page shows of it: from the doc, the item, or the passage or row of that number on.

    Raises MirrorError where something is damaged; of all docs, unless they are to be `whole`, that doc is left out.
    """
    lost = _Lost(not (whole or asked.doc))
    told = differences(browsed, asked, lost)
    most = _OF_ITEM if asked.item else _OF_DOC if asked.doc else _OF_ALL
    first = 0 if asked.doc or asked.item else start
    with sound_revisions():
        docs = list(islice(told.docs, first, first + most.docs + 1))
        parts = list(_docs(docs[: most.docs], asked, most, start, lost))
    return Comparison(
        asked,
        _name(browsed, asked, asked.doc),
        _name(browsed, asked, asked.item),
        tuple(part for part in parts if part.items or not asked.item),
        told.new_problems if not first else (),
        told.solved_problems if not first else (),
        start,
        first + most.docs if len(docs) > most.docs else None,
        tuple(lost.docs),
    )


def _name(browsed: Browsed, asked: Compared, item: str) -> str:
    """What an item was called at the end, else at the beginning; empty where it is in neither."""
    commits = [asked.after, *([asked.before] if asked.before else [])]
    states = (browsed.index.state_of(asked.doc, item, commit.number) for commit in commits) if item else iter(())
    return next((state.name or item for state in states if state), "")


def _docs(docs: Iterable[DocDiff], asked: Compared, most: _Most, start: int, lost: _Lost) -> Iterator[DocPart]:
    room, rows = Room(_ROOM), 0
    for doc in docs:
        if rows >= _ROWS:
            yield DocPart(doc.id, doc.name, doc.kind, tuple(doc_words(doc)), (), (), (), 0)
            continue
        try:
            part = _doc(doc, asked, most, start, room)
        except DamagedContent as error:
            lost(doc, error)
            continue
        rows += sum(item.total for item in part.items if item.noun == "table")
        yield part


def _doc(doc: DocDiff, asked: Compared, most: _Most, start: int, room: Room) -> DocPart:
    first, line = (start if asked.doc and not asked.item else 0), (start if asked.item else 0)
    found: Iterable[ItemDiff] = chain(doc.pages, doc.tables, doc.views)
    items = list(islice(found, first, first + most.items + 1))
    return DocPart(
        doc.id,
        doc.name,
        doc.kind,
        tuple(doc_words(doc)) if not asked.item else (),
        tuple(item_part(item, line, most.lines, room) for item in items[: most.items]),
        doc.assets_added,
        doc.assets_removed,
        first + most.items if len(items) > most.items else None,
    )
