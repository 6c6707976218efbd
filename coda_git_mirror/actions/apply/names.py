"""What names in a CSV may mean: rows of the tables that relations point to, people, options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.tables.living_rows import RowsOnDisk
from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.column_kinds import PERSON_KIND, SELECT_KIND
from coda_git_mirror.changes.typed_text import Directory, KnownPeople, RowNames, target_of
from coda_git_mirror.errors import NotThere, Rejected
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.model.cell_values import Member, Text, singles
from coda_git_mirror.model.content import Column, Json


class _Names:
    """Takes the names of rows as they arrive, by id."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def restart(self) -> None:
        self.found.clear()

    def take(self, items: list[Json]) -> None:
        self.found.update((str(item["id"]), cell_text(item.get("name"))) for item in items)


@dataclass
class LivingNames:
    """The names of a doc, as its living rows show them; rows of other tables are listed when they are first needed."""

    source: Source
    doc: str
    table: str
    columns: Sequence[Column]
    rows: RowsOnDisk
    _tables: dict[str, RowNames] = field(default_factory=dict)
    _options: dict[str, frozenset[str]] = field(default_factory=dict)

    def directory(self, knows: Callable[[Member], bool]) -> Directory:
        """These names; `knows` tells of whom else the doc knows."""
        return Directory(self.rows_of, lambda: self._people, knows, self.options_of)

    def rows_of(self, column: Column) -> RowNames:
        """The rows that a relation may point to."""
        table = target_of(column)
        if table not in self._tables:
            self._tables[table] = RowNames(self._listed(table))
        return self._tables[table]

    def _listed(self, table: str) -> Mapping[str, str]:
        if table == self.table:
            return {str(row["id"]): cell_text(row.get("name")) for row in self.rows}
        names = _Names()
        try:
            self.source.rows(self.doc, table, names)
        except (NotThere, Rejected):
            return {}
        return names.found

    @cached_property
    def _people(self) -> KnownPeople:
        columns = [column for column in self.columns if column.kind == PERSON_KIND]
        members = {member.key: member for column in columns for member in self._members(column)}
        return KnownPeople(list(members.values()))

    def _members(self, column: Column) -> Iterator[Member]:
        for row in self.rows:
            for value in singles(canonical(row["values"].get(column.id), column)):
                if isinstance(value, Member):
                    yield value

    def options_of(self, column: Column) -> frozenset[str]:
        """What the cells of a select list hold."""
        if column.kind == SELECT_KIND and column.id not in self._options:
            cells = (canonical(row["values"].get(column.id), column) for row in self.rows)
            texts = (each.text for cell in cells for each in singles(cell) if isinstance(each, Text))
            self._options[column.id] = frozenset(texts)
        return self._options.get(column.id, frozenset())
