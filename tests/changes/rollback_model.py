"""A table as a value that plans can be carried out on: what Coda would hold afterwards, without Coda."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coda_git_mirror.changes.rollback.plan import Rollback, plan_rollback
from coda_git_mirror.changes.rollback.restored_rows import RestoredRows
from coda_git_mirror.changes.rollback.states import Asked, HeldRows, LivingTable
from coda_git_mirror.model.cell_values import HostedFile, Member, references
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.model.plan import Cell, Plan

TABLE, OTHER = "grid-own", "grid-other"
NAME = Column("c-name", "Name", "text", {"display": True})
NOTE = Column("c-note", "Note", "text")
POINTS = Column("c-points", "Points", "number")
WAITS = Column("c-waits", "Waits for", "lookup", {"format": {"isArray": True, "table": {"id": TABLE}}})
CITY = Column("c-city", "City", "lookup", {"format": {"table": {"id": OTHER}}})
TWICE = Column("c-twice", "Twice", "number", {"calculated": True, "formula": "thisRow.Points * 2"})
EVERYTHING = Asked()
COLUMNS = (NAME, NOTE, POINTS, WAITS, CITY, TWICE)


def reference(row: str, table: str = TABLE, name: str = "") -> Json:
    """A relation's value as Coda gives it."""
    return {"@type": "StructuredValue", "rowId": row, "tableId": table, "name": name}


@dataclass
class Around:
    """What lives beyond the table."""

    rows: frozenset[str] = frozenset({"i-oslo", "i-rome"})
    people: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    contents: Mapping[str, str] = field(default_factory=dict)

    def lives(self, table: str, row: str) -> bool:
        return table == OTHER and row in self.rows

    def person(self, member: Member) -> str | None:
        return self.people.get(member.key)

    def public_url(self, file: HostedFile) -> str | None:
        return self.files.get(file.blob)

    def content_of(self, blob: str) -> str:
        return self.contents.get(blob, "")


@dataclass
class Model:
    """The rows of a table in the order of creation; `restored` are those that came back, as commits would note them."""

    columns: Sequence[Column] = COLUMNS
    rows: dict[str, Json] = field(default_factory=dict)
    restored: list[tuple[str, str, str]] = field(default_factory=list)
    made: int = 0

    def add(self, row_id: str = "", **values: Any) -> str:
        """A new row; values by the names of columns."""
        self.made += 1
        new = row_id or f"i-new{self.made}"
        by_name = {column.name.replace(" ", "_"): column.id for column in self.columns}
        self.rows[new] = self._row(new, {by_name[name]: value for name, value in values.items()})
        return new

    def _row(self, row_id: str, values: Json) -> Json:
        row = {"id": row_id, "createdAt": f"2026-01-01T00:00:{self.made:02}.000Z", "values": values}
        return self._calculated(row)

    def _calculated(self, row: Json) -> Json:
        row["name"] = row["values"].get(NAME.id, "")
        points = row["values"].get(POINTS.id, "")
        row["values"][TWICE.id] = points * 2 if isinstance(points, int) else ""
        return row

    def set(self, row: str, column: Column, value: Any) -> None:
        self.rows[row]["values"][column.id] = value
        self._calculated(self.rows[row])

    def copy(self) -> Model:
        return copy.deepcopy(self)

    # as LivingRows

    def __contains__(self, row_id: object, /) -> bool:
        return row_id in self.rows

    def __len__(self) -> int:
        return len(self.rows)

    def ids(self) -> Sequence[str]:
        return list(self.rows)

    def row(self, row_id: str) -> Json:
        return self.rows[row_id]

    # what plans are made from, and what they do

    def held(self) -> HeldRows:
        rows = copy.deepcopy(list(self.rows.values()))
        return HeldRows(self.columns, lambda: rows)

    def plan_to(
        self, past: Model, asked: Asked = EVERYTHING, base: Model | None = None, around: Around | None = None
    ) -> Plan:
        table = LivingTable("dDoc", "Plans", TABLE, "Tasks", self.columns, self)
        synced = (base or self).held()
        about = Rollback(past.held(), synced, table, asked, RestoredRows(self.restored), around or Around())
        return plan_rollback(about)

    def carry_out(self, plan: Plan, most: int = 10**6) -> dict[str, str]:
        """Does the first steps of a plan, each insert only once that to which it points is there; the new ids."""
        new: dict[str, str] = {}
        for step in plan.inserts[:most]:
            assert all(target not in _coming(plan, new) for target in _targets(step.cells)), "leaves come first"
            self.made += 1
            new[step.key] = f"i-again{self.made}"
            values = {cell.column: _value(cell, new) for cell in step.cells}
            self.rows[new[step.key]] = self._row(new[step.key], values)
            self.restored.append((TABLE, str(step.old), new[step.key]))
        for step in plan.inserts[:most]:
            for cell in step.later:
                self.set(new[step.key], Column(cell.column, ""), _value(cell, new))
        if most < len(plan.inserts):
            return new
        for update in plan.updates:
            assert update.row in self.rows
            self.set(update.row, Column(update.cell.column, ""), _value(update.cell, new))
        for delete in plan.deletes:
            del self.rows[delete.row]
        return new


def _coming(plan: Plan, new: Mapping[str, str]) -> set[str]:
    return {step.key for step in plan.inserts if step.key not in new}


def _targets(cells: Iterable[Cell]) -> Iterable[str]:
    return (each.row for cell in cells for each in references(cell.wanted))


def _value(cell: Cell, new: Mapping[str, str]) -> Any:
    """What Coda holds after a cell is written."""
    sent = cell.sent if isinstance(cell.sent, list) else [cell.sent]
    if next(references(cell.wanted), None):
        tables = {each.row: each.table for each in references(cell.wanted)}
        return [reference(new.get(row, row), tables[row]) for row in sent]
    return cell.sent


def told(model: Model, past: Model) -> dict[str, dict[str, Any]]:
    """The rows of a model by the ids that they have in another one, with what can be written, in comparable form."""
    names = {row: row for row in past.rows}
    restored = RestoredRows(model.restored)
    for row in past.rows:
        if row not in model.rows:
            names[restored.living(row, lambda each: each in model.rows) or row] = row
    return {
        names.get(row_id, row_id): {
            column.id: _comparable(row["values"].get(column.id, ""), names)
            for column in model.columns
            if column.id != TWICE.id
        }
        for row_id, row in model.rows.items()
    }


def _comparable(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        each = [_comparable(one, names) for one in value]
        return each[0] if len(each) == 1 else each or ""
    if isinstance(value, dict):
        return names.get(value["rowId"], value["rowId"])
    return value
