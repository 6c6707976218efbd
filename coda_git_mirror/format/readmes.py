"""The `README.md` of a doc's folder: its contents for people, on a git host or in a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from coda_git_mirror.format import layout
from coda_git_mirror.format.metadata import PageFiles, entry_order
from coda_git_mirror.format.table_parts import files_of
from coda_git_mirror.format.text import counted, one_line, text_bytes, writable
from coda_git_mirror.model.content import Doc, Json, Page, name_of
from coda_git_mirror.model.page_tree import PageNode

_MARKUP = re.compile(r"([\\`*_\[\]<>|#~&$])")
_LIST_MARK = re.compile(r"^(\d*)([-+.)])")
_WEB = ("https://", "http://")
_URL_SAFE = ":/?#[]@!$&'*+,;=%"
"""What a URL may hold and Markdown lets stand in the target of a link: not parentheses, white space or `<>`."""
_ICON = re.compile(r"[a-z0-9_+-]+")
_ALWAYS_MISSING = "Comments, automations and the history before the first sync: Coda's API does not give them."
_DENIED = "The {names}: Coda does not give them to the token that made this mirror."
_PLAIN = "The formatting and the images of {count}: the token that made this mirror may not export pages."

_GONE = "The file {name}: the doc still shows it, and Coda has it no more."


@dataclass(frozen=True)
class Contents:
    """What a doc's README tells of. `tables` and `views` are entries of `metadata.json`.

    `gone_files` are the names of hosted files that Coda had no more when they were asked for.
    """

    doc: Doc
    tree: tuple[PageNode, ...]
    pages: Mapping[str, PageFiles]
    tables: tuple[Json, ...]
    views: tuple[Json, ...] = ()
    assets: int = 0
    denied: tuple[str, ...] = ()
    gone_files: tuple[str, ...] = ()


def doc_readme(contents: Contents) -> bytes:
    """The doc's name, its page tree in sidebar order, tables and views with their row counts, all as relative links."""
    parts = [f"# {plain(contents.doc.name)}\n", _origin(contents.doc)]
    if contents.tree:
        parts.append("## Pages\n\n" + "".join(_page_lines(contents.tree, contents.pages, depth=0)))
    if contents.tables:
        parts.append("## Tables\n\n" + _table_lines(contents.tables, ".jsonl"))
    if contents.views:
        parts.append("## Views\n\n" + _table_lines(contents.views, None))
    if contents.assets:
        parts.append(f"## Files\n\n[{counted(contents.assets, 'file')}]({layout.ASSETS}/)\n")
    parts.append("## Not in this folder\n\n" + "".join(f"- {line}\n" for line in _missing(contents)))
    return text_bytes("\n".join(filter(None, parts)))


def _missing(contents: Contents) -> Iterator[str]:
    yield _ALWAYS_MISSING
    if contents.denied:
        yield _DENIED.format(names=", ".join(sorted(contents.denied)))
    if count := sum(page.plain for page in contents.pages.values()):
        yield _PLAIN.format(count=counted(count, "page"))
    for name in contents.gone_files:
        yield _GONE.format(name=plain(name))


def plain(name: str) -> str:
    """A name as Markdown that shows it letter by letter; something to click on even where it is empty."""
    return _MARKUP.sub(r"\\\1", one_line(name)) or "(no name)"


def _origin(doc: Doc) -> str:
    parts = [f"Owner: {plain(str(doc.raw['ownerName']))}"] if doc.raw.get("ownerName") else []
    link = doc.raw.get("browserLink")
    if isinstance(link, str) and link.startswith(_WEB):
        parts.append(f"[Open in Coda]({quote(writable(link), safe=_URL_SAFE)})")
    return " · ".join(parts) + "\n" if parts else ""


def _page_lines(nodes: Iterable[PageNode], pages: Mapping[str, PageFiles], depth: int) -> Iterator[str]:
    for node in nodes:
        page = node.page
        files = pages.get(page.id, PageFiles({})).files
        markdown, html = files.get(".md"), files.get(".html")
        file = markdown or html
        shown = f"[{plain(page.name)}]({file})" if file else f"{_beginning(page.name)} (could not be fetched)"
        also = f" ([HTML]({html}))" if markdown and html else ""
        hidden = " (hidden)" if page.raw.get("isHidden") else ""
        yield f"{'  ' * depth}- {_icon(page)}{shown}{also}{hidden}\n"
        yield from _page_lines(node.subpages, pages, depth + 1)


def _icon(page: Page) -> str:
    """The name of a page's icon as git hosts turn it into a picture, if it is one that can stand so."""
    icon = page.raw.get("icon")
    name = icon.get("name") if isinstance(icon, dict) else None
    return f":{name}: " if isinstance(name, str) and _ICON.fullmatch(name) else ""


def _beginning(name: str) -> str:
    """A name at the beginning of a line, where a number or a hyphen would make it an item of a list."""
    return _LIST_MARK.sub(r"\1\\\2", plain(name))


def _table_lines(entries: Iterable[Json], lossless: str | None) -> str:
    lines = ["| Name | Rows | Files |\n", "| --- | ---: | --- |\n"]
    lines += [_table_line(entry, lossless) for entry in sorted(entries, key=entry_order)]
    return "".join(lines)


def _table_line(entry: Json, lossless: str | None) -> str:
    name, file = plain(name_of(entry)), entry.get("file")
    if not isinstance(file, str):
        return f"| {name} | | could not be fetched |\n"
    rows = f" · {_file_links('JSONL', entry, lossless)}" if lossless else ""
    columns = _file_links("columns", entry, ".json")
    return f"| {name} | {entry['rowCount']} | {_file_links('CSV', entry, '.csv')}{rows} · {columns} |\n"


def _file_links(name: str, entry: Json, suffix: str) -> str:
    """A link to the first file, and to each further one by its number."""
    first, *others = files_of(entry, suffix)
    return f"[{name}]({first})" + "".join(f" [{number}]({file})" for number, file in enumerate(others, 2))
