"""A doc made from a folder of Markdown and CSV files: `pages/` is its page tree, `tables/` its tables."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

from coda_git_mirror.demo.cells import Value
from coda_git_mirror.demo.world import Column, Doc, Page, World

JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")


def load_folder(world: World, folder: Path, name: str | None = None) -> Doc:
    """Adds a doc with the folder's pages and tables, named after the folder unless told otherwise.

    A folder beside `x.md` holds the subpages of `x`; one without such a file becomes an empty page.
    """
    doc = world.add_doc(name or folder.name)
    _add_pages(doc, folder / "pages", None)
    for file in sorted((folder / "tables").glob("*.csv")):
        header, *records = _records(file)
        columns = [Column(title) for title in header]
        doc.add_table(file.stem, columns, (dict(zip(header, map(_cell, record), strict=True)) for record in records))
    return doc


def _add_pages(doc: Doc, folder: Path, parent: Page | None) -> None:
    if not folder.is_dir():
        return
    for stem in sorted(set(_stems(folder))):
        text = folder / f"{stem}.md"
        markdown = text.read_text(encoding="utf-8") if text.is_file() else ""
        page = doc.add_page(stem, parent, markdown=markdown)
        _add_pages(doc, folder / stem, page)


def _stems(folder: Path) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield entry.name
        elif entry.suffix == ".md":
            yield entry.stem


def _records(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def _cell(text: str) -> Value:
    """A number where its own text would be the same, else the text."""
    if JSON_NUMBER.fullmatch(text):
        number: int | float = json.loads(text)
        if str(number) == text:
            return number
    return text
