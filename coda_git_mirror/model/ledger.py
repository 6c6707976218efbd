"""The ledger of a mirror: every item that it does not hold as Coda has it, by id, and why.

What is not in the ledger was read, and the mirror holds it. An entry leaves the ledger only when its very item was
read, or is gone from Coda (mirror-format.md, law 9). The manifest stores it; everything that keeps score reads it
there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

FAILED = "failed"
"""It could not be read: what the mirror held stays, and the next sync tries again."""
UNREAD = "unread"
"""No sync has asked for it since it came, or since it changed."""
DENIED = "denied"
"""Coda does not give it to this token, or to nobody: a state, and no failure."""
GONE = "gone"
"""Coda still names it and has it no more, such as a picture whose file was removed: a state, and no failure."""
STATES = (FAILED, UNREAD, DENIED, GONE)

NO_EXPORT = "the token may not export pages"
"""The reason where a page is kept as plain text, or as it was exported once."""

DOC, PAGE, TABLE, VIEW, ASSET = "doc", "page", "table", "view", "asset"
"""Kinds of items; formulas, controls and sharing are items of the kind `doc` with their name for an id."""


@dataclass(frozen=True, order=True)
class Problem:
    """An entry of the ledger. `item` is the name of the item, empty for the doc itself; `reason` tells no time.

    `formats` are the suffixes of a page's files that are concerned. `url` is the whole address of a hosted file.
    Entries of mirrors that were written before items were known by id have neither ids nor a state of their own.
    """

    kind: str
    doc: str
    item: str
    reason: str
    state: str = FAILED
    doc_id: str = ""
    item_id: str = ""
    formats: tuple[str, ...] = ()
    url: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What the entry is about, whatever it is called now."""
        return self.doc_id or self.doc, self.kind, self.item_id or self.item

    @property
    def is_open(self) -> bool:
        """Whether the mirror lacks something that a later sync may bring."""
        return self.state in (FAILED, UNREAD)

    @property
    def is_of_whole_doc(self) -> bool:
        """Whether it is not known which item of the doc is concerned, or all of them are."""
        return not self.item_id


class Ledger:
    """The entries by doc."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        by_doc: dict[str, list[Problem]] = defaultdict(list)
        for problem in problems:
            by_doc[problem.doc_id].append(problem)
        self._by_doc: Mapping[str, tuple[Problem, ...]] = {doc: tuple(sorted(them)) for doc, them in by_doc.items()}

    def __iter__(self) -> Iterator[Problem]:
        return (problem for problems in self._by_doc.values() for problem in problems)

    @property
    def docs(self) -> frozenset[str]:
        """The ids of the docs of which something is missing."""
        return frozenset(self._by_doc)

    def of(self, doc_id: str) -> tuple[Problem, ...]:
        """What is missing of a doc."""
        return self._by_doc.get(doc_id, ())


def open_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those of the entries that a later sync may bring to an end by itself."""
    return tuple(problem for problem in problems if problem.is_open)
