"""A cell that names a row of a table which the mirror never had is no link: there is nothing that it could lead to.

It is faults.md, row 130.
"""

from __future__ import annotations

from pathlib import Path

from tests.sql.made import MadeDoc, MadeTable, column, commit_states, mirror_files
from tests.web.sites import KEY, served


def row_of(table: str, name: str) -> dict[str, str]:
    return {"@type": "StructuredValue", "additionalType": "row", "name": name, "tableId": table, "rowId": "i-0"}


def test_only_rows_that_are_somewhere_are_links(tmp_path: Path) -> None:
    cells = [{"c-Name": "one", "c-To": row_of("t-Tasks", "Here")}, {"c-Name": "two", "c-To": row_of("grid-x", "Away")}]
    tasks = MadeTable("Tasks", [column("Name"), column("To", "lookup")], cells)
    folder = commit_states(tmp_path / "mirror", [mirror_files([MadeDoc("Plans", [tasks])])])
    with served(folder) as site:
        for path in ("/doc/d-Plans/item/t-Tasks", "/doc/d-Plans/item/t-Tasks/row/i-1"):
            text = site.get(path).text
            assert "Away" in text
            assert "grid-x" not in text
        here = f'<a href="/{KEY}/doc/d-Plans/item/t-Tasks/row/i-0"><bdi>Here</bdi></a>'
        assert here in site.get("/doc/d-Plans/item/t-Tasks").text
