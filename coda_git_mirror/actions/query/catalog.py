"""Which tables and views a revision of the mirror has, and the names under which SQL can ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from coda_git_mirror.actions.held import Held, HeldDoc
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.format.table_parts import stem_of
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.content import Json, name_of
from coda_git_mirror.model.ledger import TABLE, VIEW, Problem
from coda_git_mirror.model.selectors import selects
from coda_git_mirror.sql.names import folded, own_names


@dataclass(frozen=True)
class Grid:
    """A table or view with files: `name` as `doc-slug/table-slug`, `own` as it is called, where that is its alone.

    `problem` is why the files are not as Coda has them now, where the ledger says so.
    """

    doc: HeldDoc
    entry: Json
    is_view: bool
    name: str
    own: str | None = None
    problem: Problem | None = None

    @property
    def id(self) -> str:
        return str(self.entry["id"])

    @property
    def names(self) -> tuple[str, ...]:
        """All by which SQL can ask for it."""
        return (self.name,) if self.own is None else (self.name, self.own)

    @property
    def title(self) -> str:
        """What people call it."""
        return one_line(name_of(self.entry)) or self.name

    @property
    def base(self) -> str:
        """The id of the table of which a view shows rows; empty where the mirror does not say so."""
        parent = self.entry.get("parentTable")
        base = parent.get("id") if isinstance(parent, dict) else None
        return base if isinstance(base, str) else ""


@dataclass(frozen=True)
class LostDoc:
    """A doc of which a revision does not tell what it consists of, and why."""

    record: DocRecord
    why: str

    @property
    def name(self) -> str:
        return one_line(self.record.name) or self.record.path


@dataclass(frozen=True)
class Catalog:
    """The docs that were chosen, by their folders, their tables and views, and what the ledger says of them.

    `lost` are those that are damaged, of which nothing else is there.
    """

    docs: tuple[HeldDoc, ...]
    grids: tuple[Grid, ...]
    problems: tuple[Problem, ...]
    lost: tuple[LostDoc, ...] = ()

    @property
    def left_out(self) -> list[str]:
        """Each doc that is damaged, in a sentence."""
        return [f"The doc {each.name!r} is left out: {each.why}" for each in self.lost]

    @property
    def missing(self) -> list[Problem]:
        """The tables and views of which the mirror has no rows."""
        known = {(grid.doc.doc.id, grid.id) for grid in self.grids}
        return [it for it in self.problems if it.kind in (TABLE, VIEW) and (it.doc_id, it.item_id) not in known]

    def find(self, name: str) -> Grid | None:
        """What a name of SQL means, without regard to case."""
        wanted = folded(name)
        return next((grid for grid in self.grids if wanted in map(folded, grid.names)), None)

    def called(self, name: str) -> list[Grid]:
        """All that are called so, be the name theirs alone or not."""
        return [grid for grid in self.grids if folded(grid.title) == folded(one_line(name))]

    def table_of(self, view: Grid) -> Grid | None:
        """The table of which a view shows rows, where the mirror holds it."""
        tables = (grid for grid in self.grids if not grid.is_view and grid.doc is view.doc)
        return next((grid for grid in tables if grid.id == view.base), None)


def catalog_of(held: Held, selectors: Sequence[str]) -> Catalog:
    """What a revision has of the docs that are chosen, of all without selectors.

    Raises UsageError where one chooses nothing.
    """
    records = sorted(chosen(held.docs.values(), selectors), key=lambda record: record.path)
    lost: list[LostDoc] = []
    docs = tuple(
        held.each_sound(
            [record.id for record in records], lambda record, error: lost.append(LostDoc(record, str(error)))
        )
    )
    grids = [grid for doc in docs for grid in _grids(doc, held)]
    names = own_names([name_of(grid.entry) for grid in grids], [grid.name for grid in grids])
    named = tuple(replace(grid, own=own) for grid, own in zip(grids, names, strict=True))
    problems = tuple(problem for doc in docs for problem in held.ledger.of(doc.doc.id))
    return Catalog(docs, named, problems, tuple(lost))


def chosen(records: Iterable[DocRecord], selectors: Sequence[str]) -> list[DocRecord]:
    """The docs that any of the selectors names; all where there is none."""
    records = list(records)
    for selector in selectors:
        if not any(selects(selector, record.id, record.name) for record in records):
            names = ", ".join(one_line(record.name) for record in records) or "none"
            raise UsageError(f"No doc of that revision answers to {selector!r}; it has: {names}.")
    if not selectors:
        return records
    return [record for record in records if any(selects(each, record.id, record.name) for each in selectors)]


def _grids(doc: HeldDoc, held: Held) -> Iterator[Grid]:
    """A view whose file is called as a table's has `views` in its name."""
    problems = {problem.item_id: problem for problem in held.ledger.of(doc.doc.id)}
    slug = (doc.record.path if doc.record else "").rpartition("/")[2]
    taken: set[str] = set()
    for entries, is_view in ((doc.stored.tables, False), (doc.stored.views, True)):
        for entry in entries.values():
            if not (stem := stem_of(entry)):
                continue
            name = f"{slug}/{stem.rpartition('/')[2]}"
            name = f"{slug}/{layout.VIEWS}/{stem.rpartition('/')[2]}" if name in taken else name
            taken.add(name)
            yield Grid(doc, entry, is_view, name, None, problems.get(str(entry["id"])))
