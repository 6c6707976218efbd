"""A view of Coda's as a view of SQL: what its table has of the rows and columns that it shows, in its order."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from coda_git_mirror.format.asset_cells import LARGEST_CELL
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.tables import ROW_ID_HEADER
from coda_git_mirror.model.answer import SqlValue
from coda_git_mirror.sql.database import Database
from coda_git_mirror.sql.names import quoted
from coda_git_mirror.sql.tables import Layout, fill_plain


def make_alias(database: Database, name: str, of: str, for_now: bool = False) -> None:
    """Another name of a table or view; `for_now` one that no file keeps."""
    database.run(f"CREATE {'TEMP ' if for_now else ''}VIEW {quoted(name)} AS SELECT * FROM {quoted(of)}")


def shows_all_of(layout: Layout, base: Layout) -> bool:
    """Whether each column of a view is one of its table's, which has it as a column of its own."""
    known = {column.id for _, column in base.columns}
    return not layout.rest and all(column.id in known for _, column in layout.columns)


def fill_view(database: Database, name: str, layout: Layout, base: tuple[str, Layout], sheet: Iterable[bytes]) -> bool:
    """Makes the view `name` of a table that is there, by the ids of the rows in the view's CSV.

    False, and nothing made, where it shows rows that the table lacks. Raises DamagedContent for what is no CSV.
    """
    rows = f"{name}/rows"
    with database.whole():
        database.run(f"CREATE TABLE {quoted(rows)} (position INTEGER PRIMARY KEY, row TEXT)")
        database.fill(f"INSERT INTO {quoted(rows)} (row) VALUES (?)", ((cells[-1],) for cells in _cells(sheet)))
        known = f"SELECT {quoted(ROW_ID_HEADER)} FROM {quoted(base[0])}"
        if database.rows(f"SELECT 1 FROM {quoted(rows)} WHERE row NOT IN ({known}) LIMIT 1"):
            database.run(f"DROP TABLE {quoted(rows)}")
            return False
        database.run(_view(name, rows, layout, base))
    return True


def _view(name: str, rows: str, layout: Layout, base: tuple[str, Layout]) -> str:
    names = {column.id: column_name for column_name, column in base[1].columns}
    shown = [f"t.{quoted(names[column.id])} AS {quoted(column_name)}" for column_name, column in layout.columns]
    return (
        f"CREATE VIEW {quoted(name)} AS SELECT {', '.join([*shown, f't.{quoted(ROW_ID_HEADER)}'])} "
        f"FROM {quoted(rows)} AS s JOIN {quoted(base[0])} AS t ON t.{quoted(ROW_ID_HEADER)} = s.row ORDER BY s.position"
    )


def fill_with_texts(database: Database, name: str, layout: Layout, sheet: Iterable[bytes]) -> None:
    """Makes the table `name` of a view's CSV alone, as texts. Raises DamagedContent for what is no CSV."""
    width = len(layout.columns)
    fill_plain(database, name, layout.names, (_texts(cells, width, bool(layout.rest)) for cells in _cells(sheet)))


def _texts(cells: Sequence[str], width: int, has_rest: bool) -> list[SqlValue]:
    return [*(cell or None for cell in cells[:width]), *([None] if has_rest else []), cells[-1]]


def _cells(lines: Iterable[bytes]) -> Iterator[list[str]]:
    """The cells of each row of a CSV."""
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader((line.decode() for line in lines), strict=True)
    try:
        header = next(reader, [])
        for cells in reader:
            if len(cells) != len(header):
                raise DamagedContent("a row of a CSV with other columns than its first line")
            yield cells
    except (csv.Error, UnicodeDecodeError) as error:
        raise DamagedContent(f"not the CSV of a view: {error}") from error
