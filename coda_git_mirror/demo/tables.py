"""Tables, views, columns and rows of the simulated account and what can be done to them."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coda_git_mirror.demo.cells import Bare, Markdown, Omitted, Reference, Value, simple
from coda_git_mirror.demo.pages import slug

if TYPE_CHECKING:
    from coda_git_mirror.demo.pages import Page
    from coda_git_mirror.demo.world import Doc

RowFilter = Callable[["Row"], bool]


@dataclass(eq=False, repr=False)
class Column:
    """A column; `options` are the further keys of its format, `compute` gives calculated values.

    `table` names the table that a lookup points to. A hidden column is left out by `visibleOnly`. `pushes` counts how
    often a button of it was pushed.
    """

    name: str
    type: str = "text"
    many: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    formula: str | None = None
    compute: Callable[[Row], Value] | None = None
    default: str | None = None
    table: Table | None = None
    hidden: bool = False
    id: str = ""
    pushes: int = 0

    @property
    def writable(self) -> bool:
        return self.formula is None and self.compute is None and self.type != "button"

    def recalculate(self, compute: Callable[[Row], Value]) -> None:
        """Gives the cells other values, as `Now()` does by itself: moves no time, not even a row's."""
        self.compute = compute


@dataclass(eq=False, repr=False, slots=True)
class Row:
    """A row; `values` is keyed by column id, and a column that it lacks reads as empty."""

    table: Table
    id: str
    created_at: str
    updated_at: str
    values: dict[str, Value] = field(default_factory=dict)

    @property
    def doc(self) -> Doc:
        return self.table.doc

    @property
    def name(self) -> str:
        """The plain text of the display column."""
        return str(simple(self.value(self.table.display_column)))

    @property
    def link(self) -> str:
        """The row's address in a browser."""
        return f"https://coda.io/d/_d{self.doc.id}#_tu{self.table.id}/_ru{self.id}"

    def value(self, column: Column) -> Value:
        """The present value, calculated where the column has a formula."""
        if column.compute is not None:
            return column.compute(self)
        return self.values.get(column.id, "")

    def get(self, name: str) -> Any:
        """The value in the first column of this name; text without its wrapper."""
        value = self.value(self.table.column(name))
        return value.text if isinstance(value, (Bare, Markdown)) else value

    def set(self, name: str, value: Value) -> None:
        """Edits one cell: moves the times of row, table and doc, and not of any page (coda-api.md, Freshness)."""
        self.updated_at = self.table.edited()
        self.values[self.table.column(name).id] = value

    def rename(self, name: str) -> None:
        """Edits the cell by which the row is called."""
        self.set(self.table.display_column.name, name)

    def move(self, index: int) -> None:
        """Moves the row on screen; creation order stays."""
        self.table.edited()
        self.table.display_order.remove(self)
        self.table.display_order.insert(index, self)

    def delete(self) -> None:
        self.table.remove_rows([self])


@dataclass(eq=False, repr=False)
class Table:
    """A base table: `rows` in creation order, `display_order` as on screen.

    `heavy_above` makes a row listing with a larger limit answer 504 (coda-api.md, Requests). What `synced` tables hold
    comes from elsewhere and cannot be written.
    """

    doc: Doc
    id: str
    name: str
    created_at: str
    updated_at: str
    page: Page | None = None
    columns: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    display_order: list[Row] = field(default_factory=list)
    layout: str = "default"
    display: str = ""
    filter: RowFilter | None = None
    heavy_above: int | None = None
    synced: bool = False

    @property
    def link(self) -> str:
        """The table's address in a browser."""
        return _link(self)

    @property
    def base(self) -> Table:
        return self

    @property
    def sorts(self) -> Sequence[tuple[Column, str]]:
        return ()

    @property
    def display_column(self) -> Column:
        return next((column for column in self.columns if column.id == self.display), self.columns[0])

    def column(self, name: str) -> Column:
        """The first column of this name."""
        return next(column for column in self.columns if column.name == name)

    def visible_columns(self) -> list[Column]:
        return [column for column in self.columns if not column.hidden]

    def visible_rows(self) -> list[Row]:
        """The rows that pass the filter, in the order on screen."""
        return [row for row in self.display_order if self.filter is None or self.filter(row)]

    def add_column(self, column: Column) -> Column:
        self.edited()
        column.id = column.id or self.doc.world.identifiers.issue("c-")
        self.columns.append(column)
        return column

    def delete_column(self, name: str) -> None:
        self.edited()
        self.columns.remove(self.column(name))

    def rename_column(self, name: str, new_name: str) -> None:
        self.edited()
        self.column(name).name = new_name

    def add_row(self, values: Mapping[str, Any], *, id: str | None = None) -> Row:  # noqa: A002
        """Appends a row; `values` is keyed by column name."""
        now = self.edited()
        cells = {self.column(name).id: value for name, value in values.items()}
        row = Row(self, id or self.doc.world.identifiers.issue("i-"), now, now, cells)
        self.rows.append(row)
        self.display_order.append(row)
        return row

    def remove_rows(self, gone: Sequence[Row]) -> None:
        """Deletes these rows; what refers to them goes on doing so, or is cleared where the account does that."""
        self.edited()
        lost = set(gone)
        self.rows[:] = [row for row in self.rows if row not in lost]
        self.display_order[:] = [row for row in self.display_order if row not in lost]
        if self.doc.world.clears_references:
            for row in (row for table in self.doc.tables for row in table.rows):
                row.values = {column: _without(value, lost) for column, value in row.values.items()}

    def rename(self, name: str) -> None:
        self.edited()
        self.name = name

    def delete(self) -> None:
        """Deletes the table with its views and every place that shows them."""
        self.doc.edited()
        self.doc.remove_tables([self, *(view for view in self.doc.views if view.table is self)])

    def edited(self) -> str:
        """Notes an edit of this table; returns its instant."""
        self.updated_at = self.doc.edited()
        return self.updated_at


@dataclass(eq=False, repr=False)
class View:
    """A view of a table with its own filter, order (column name, direction) and visible columns (names)."""

    doc: Doc
    id: str
    name: str
    table: Table
    created_at: str
    updated_at: str
    page: Page | None = None
    filter: RowFilter | None = None
    sort: tuple[str, str] | None = None
    shown: Sequence[str] | None = None
    layout: str = "default"

    @property
    def link(self) -> str:
        """The view's address in a browser."""
        return _link(self)

    @property
    def base(self) -> Table:
        return self.table

    @property
    def sorts(self) -> Sequence[tuple[Column, str]]:
        return () if self.sort is None else ((self.table.column(self.sort[0]), self.sort[1]),)

    def visible_columns(self) -> list[Column]:
        if self.shown is None:
            return self.table.visible_columns()
        return [self.table.column(name) for name in self.shown]

    def visible_rows(self) -> list[Row]:
        """The rows that pass the filter, in the view's order."""
        rows = [row for row in self.table.display_order if self.filter is None or self.filter(row)]
        for column, direction in self.sorts:
            rows.sort(key=lambda row: _sort_key(row, column), reverse=direction == "descending")
        return rows

    def rename(self, name: str) -> None:
        self.updated_at = self.doc.edited()
        self.name = name

    def delete(self) -> None:
        self.doc.edited()
        self.doc.remove_tables([self])


def _without(value: Value, lost: Container[Row]) -> Value:
    """A cell without its references to lost rows."""
    members = value if isinstance(value, list) else [value]
    left = [it for it in members if not (isinstance(it, Reference) and it.row in lost)]
    return value if len(left) == len(members) else left or ""


def _link(grid: Table | View) -> str:
    return f"https://coda.io/d/_d{grid.doc.id}#{slug(grid.name)}_tu{grid.id}"


def _sort_key(row: Row, column: Column) -> tuple[bool, float, str]:
    value = row.value(column)
    if isinstance(value, Omitted):
        return True, 0.0, ""
    if isinstance(value, (int, float)):
        return False, float(value), ""
    return False, 0.0, str(simple(value))
