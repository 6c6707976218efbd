"""A doc that was made anew compared with the one that it was made after, page by page and table by table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.changes.writable_columns import unwritable_column
from coda_git_mirror.format.fences import FenceScanner
from coda_git_mirror.format.metadata import StoredDoc, stored_page_files
from coda_git_mirror.format.page_files import PAGE_FORMATS
from coda_git_mirror.format.table_parts import files_of
from coda_git_mirror.format.tables import columns_of, parse_row
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.model.recreation import (
    HostedPicture,
    NewPage,
    NewTable,
    PageFate,
    RealTable,
    Recreation,
    Restored,
    ShownTable,
    TableFate,
    Text,
)

_LINK = re.compile(r"!?\[((?:[^\[\]\\]|\\.)*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\))")
_MARKS = re.compile(r"(?:\s*(?:#{1,6}|>|[-*+]|\d+[.)])(?=\s|$))*\s*(?:\[[ xX]\]\s)?")
_FENCE = re.compile(r"[\s>]*(?:`{3,}|~{3,})")
_RULE = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*")
_DELIMITERS = re.compile(r"[\s|:-]+")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_TAG = re.compile(r"<[^>]*>")


def page_fates(
    what: Recreation, ids: Mapping[str, Sequence[str]], side: Side, stored: StoredDoc, has_views: bool
) -> Iterator[PageFate]:
    """What became of each page, by the new doc as it was mirrored.

    `ids` are the new pages by old ones: of one that stands beside another as well, that comes last.
    """
    for page in what.whole_pages:
        entries = [stored.pages[each] for each in ids.get(page.old, ()) if each in stored.pages]
        if not entries:
            yield PageFate(page.old, page.name, None, Restored.MISSING)
            continue
        lost = tuple(_lost_lines(page, "\n".join(_text(side, entry) for entry in entries)))
        is_copied = what.copy is not None and page.old in what.copy.pages
        changed = len(entries) > 1 if is_copied else _is_changed(page, has_views)
        restored = Restored.TEXT if lost or changed else Restored.WHOLE
        if page.lacks_content and not is_copied:
            restored = Restored.MISSING
        yield PageFate(page.old, page.name, entries[0]["id"], restored, lost)


def _is_changed(page: NewPage, has_views: bool) -> bool:
    """Whether something of a page came back as something else: a view as a table, a picture at another place."""
    return any(isinstance(it, HostedPicture) or (has_views and isinstance(it, ShownTable)) for it in page.pieces)


def _text(side: Side, entry: Json) -> str:
    files = stored_page_files(entry)
    for suffix in (".md", ".html"):
        if (file := files.files.get(suffix)) and side.digest(file):
            return PAGE_FORMATS[suffix].stored(side.read(file), files.originals.get(suffix, {})).body
    return ""


def _lost_lines(page: NewPage, text: str) -> Iterator[str]:
    """The lines of a page that stand on the new one neither as lines nor within one."""
    there = list(shown_lines(text))
    left, everything = Counter(there), "\n".join(there).replace("\n", " ")
    for piece in page.pieces:
        if isinstance(piece, RealTable | HostedPicture):
            continue
        for line in _lines_of(piece):
            if left[line]:
                left[line] -= 1
            elif line not in everything:
                yield line


def _lines_of(piece: Text | ShownTable) -> Iterator[str]:
    if isinstance(piece, ShownTable):
        yield from filter(None, (_plain(" ".join(row)) for row in (piece.header, *piece.rows)))
    elif piece.form == "html":
        yield from filter(None, map(_plain, _TAG.sub("\n", piece.content).split("\n")))
    else:
        yield from shown_lines(piece.content)


def shown_lines(markdown: str) -> Iterator[str]:
    """The lines that a reader sees, without what Coda does not keep: levels, numbers, rules, places of links."""
    fences = FenceScanner()
    for line in markdown.split("\n"):
        inside = fences.inside(line)
        text = line if inside else _unmarked(line)
        if plain := _plain(text):
            yield plain


def _unmarked(line: str) -> str:
    if _RULE.fullmatch(line):
        return ""
    if fence := _FENCE.match(line):
        return line[fence.end() :]
    if line.lstrip().startswith("|"):
        return "" if _DELIMITERS.fullmatch(line) else re.sub(r"(?<!\\)\|", " ", line)
    return _MARKS.sub("", line, count=1)


def _plain(line: str) -> str:
    """A line without the addresses of its links, and with single spaces."""
    without = _LINK.sub(lambda it: it[1], line)
    without = _LINK.sub(lambda it: it[1], without)
    return " ".join(_ESCAPED.sub(r"\1", without.replace("<br/>", " ").replace("<br>", " ")).split())


def table_fates(
    tables: Iterable[NewTable], ids: Mapping[str, str], old: Side, new: Side, stored: StoredDoc
) -> Iterator[TableFate]:
    """What became of each table, likewise."""
    before = old.stored()
    for table in tables:
        entry = stored.tables.get(ids.get(table.old, ""))
        if entry is None or not entry["file"]:
            new_id = None if entry is None else str(entry["id"])
            yield TableFate(table.old, table.name, new_id, Restored.MISSING, 0, table.row_count)
            continue
        columns = _columns(new, entry)
        pairs = [pair for pair in _pairs(table.columns, columns) if not unwritable_column(pair[1])]
        wanted = _rows(old, before.tables[table.old], [pair[0] for pair in pairs])
        there = _rows(new, entry, [pair[1] for pair in pairs])
        lost = (wanted - there).total()
        alike = len(pairs) == len(table.columns) == len(columns) and all(_is_alike(*pair) for pair in pairs)
        restored = Restored.WHOLE if alike and not lost else Restored.TEXT
        yield TableFate(table.old, table.name, entry["id"], restored, (wanted & there).total(), lost)


def _pairs(old: Iterable[Column], new: Iterable[Column]) -> Iterator[tuple[Column, Column]]:
    """The columns that both tables have, by their names, of one name in their order."""
    free = list(new)
    for column in old:
        match = next((each for each in free if each.name.split() == column.name.split()), None)
        if match is not None:
            free.remove(match)
            yield column, match


def _is_alike(old: Column, new: Column) -> bool:
    return old.kind == new.kind and not unwritable_column(old)


def _columns(side: Side, entry: Json) -> tuple[Column, ...]:
    return columns_of(side.read(next(iter(files_of(entry, ".json")))))


def _rows(side: Side, entry: Json, columns: Iterable[Column]) -> Counter[tuple[str, ...]]:
    """The rows as somebody reads them, in no order; of a formatted cell the Markdown counts."""
    kept = list(columns)
    lines = side.lines(*files_of(entry, ".jsonl"))
    return Counter(tuple(_cell(parse_row(line), column) for column in kept) for line in lines)


def _cell(row: Json, column: Column) -> str:
    return shown(canonical(row["values"].get(column.id), column))
