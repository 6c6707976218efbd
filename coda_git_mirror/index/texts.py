"""The lines of a page as a person reads them, and the rows of a table with the words that are in their cells."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence

from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.html import body_of
from coda_git_mirror.format.metadata import Originals
from coda_git_mirror.format.page_files import PAGE_FORMATS
from coda_git_mirror.format.tables import parse_row
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.content import Json, name_of

_ENDS = re.compile(r"<(?:/(?:p|div|li|h[1-6]|tr|td|th|blockquote|pre|figure)|br)\b[^>]*>", re.IGNORECASE)
_UNREAD = re.compile(r"<(style|script|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
BETWEEN = "\n"
"""What stands between the cells of a row, none of which has one in it."""
_FRONT = b"---\n"


def page_body(content: bytes, suffix: str, originals: Originals) -> str:
    """What Coda exported of a page, by its file in the mirror; of one that is no text, what can be read of it."""
    if suffix == ".md" and not originals and content.startswith(_FRONT):
        end = content.find(b"\n" + _FRONT, len(_FRONT))
        if end >= 0 and not content.endswith(b" -->\n"):
            return content[end + 1 + len(_FRONT) :].decode("utf-8", "replace").removeprefix("\n")
    body = PAGE_FORMATS[suffix].stored(content.decode("utf-8", "replace").encode(), originals).body
    return body_of(body) if suffix == ".html" else body


def page_lines(body: str, suffix: str) -> dict[str, None]:
    """The lines of a page, each once, in order; of HTML what a browser shows of it."""
    if suffix == ".html":
        body = html.unescape(_TAG.sub("", _ENDS.sub("\n", _UNREAD.sub("", body))))
    lines = dict.fromkeys(body.split("\n"))
    return lines if all(map(str.strip, lines)) else {line: None for line in lines if line.strip()}


def row_words(row: Json, columns: Sequence[Json]) -> str:
    """The name of a row and what its cells say, in the order of the columns."""
    values: Mapping[str, object] = row["values"]
    kinds = {str(column.get("id")): _kind(column) for column in columns}
    ordered = [*(each for each in kinds if each in values), *(each for each in values if each not in kinds)]
    texts = [one_line(cell_text(values[each], kinds.get(each, ""))) for each in ordered]
    name = row_name(row)
    return BETWEEN.join(filter(None, texts if name in texts else [name, *texts]))


def row_name(row: Json) -> str:
    """What a row is called, on one line."""
    return one_line(cell_text(row.get("name")))


def rows_of(lines: Iterable[str]) -> dict[str, Json]:
    """The rows in lines of a JSONL, by line; a line that is no row is left out."""
    found: dict[str, Json] = {}
    for line in lines:
        try:
            row = parse_row(line.encode())
            row["id"].encode()
        except ValueError:
            continue
        found[line] = row
    return found


def _kind(column: Json) -> str:
    described = column.get("format")
    return str(described.get("type", "")) if isinstance(described, dict) else ""


def column_names(columns: Sequence[Json]) -> dict[str, str]:
    """The names of columns by id."""
    return {str(column.get("id")): name_of(column) for column in columns}
