"""The `README.md` of a doc's folder: its contents for people, on a git host or in a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from coda_git_mirror.format.text import one_line, text_bytes, writable
from coda_git_mirror.model.content import Doc, Json
from coda_git_mirror.model.page_tree import PageNode

_MARKUP = re.compile(r"([\\`*_\[\]<>|#~&$])")
_LIST_MARK = re.compile(r"^(\d*)([-+.)])")
_WEB = ("https://", "http://")
_URL_SAFE = ":/?#[]@!$&'*+,;=%"
"""What a URL may hold and Markdown lets stand in the target of a link: not parentheses, white space or `<>`."""
_NOT_HERE = """## Not in this folder

Comments, automations and the history before the first sync: Coda's API does not give them.
"""


def doc_readme(doc: Doc, tree: Iterable[PageNode], page_files: Mapping[str, str], tables: Iterable[Json]) -> bytes:
    """The doc's name, its page tree in sidebar order and its tables with their row counts, all as relative links."""
    nodes = tuple(tree)
    parts = [f"# {plain(doc.name)}\n", _origin(doc)]
    if nodes:
        parts.append("## Pages\n\n" + "".join(_page_lines(nodes, page_files, depth=0)))
    entries = sorted(tables, key=lambda entry: (str(entry.get("file")), str(entry["id"])))
    if entries:
        parts.append("## Tables\n\n" + _table_lines(entries))
    return text_bytes("\n".join([*(part for part in parts if part), _NOT_HERE]))


def plain(name: str) -> str:
    """A name as Markdown that shows it letter by letter; something to click on even where it is empty."""
    return _MARKUP.sub(r"\\\1", one_line(name)) or "(no name)"


def _origin(doc: Doc) -> str:
    parts = [f"Owner: {plain(str(doc.raw['ownerName']))}"] if doc.raw.get("ownerName") else []
    link = doc.raw.get("browserLink")
    if isinstance(link, str) and link.startswith(_WEB):
        parts.append(f"[Open in Coda]({quote(writable(link), safe=_URL_SAFE)})")
    return " · ".join(parts) + "\n" if parts else ""


def _page_lines(nodes: Iterable[PageNode], page_files: Mapping[str, str], depth: int) -> Iterable[str]:
    for node in nodes:
        page = node.page
        file = page_files.get(page.id)
        shown = f"[{plain(page.name)}]({file})" if file else f"{_beginning(page.name)} (could not be fetched)"
        hidden = " (hidden)" if page.raw.get("isHidden") else ""
        yield f"{'  ' * depth}- {shown}{hidden}\n"
        yield from _page_lines(node.subpages, page_files, depth + 1)


def _beginning(name: str) -> str:
    """A name at the beginning of a line, where a number or a hyphen would make it an item of a list."""
    return _LIST_MARK.sub(r"\1\\\2", plain(name))


def _table_lines(entries: Iterable[Json]) -> str:
    lines = ["| Table | Rows | Files |\n", "| --- | ---: | --- |\n"]
    lines += [_table_line(entry) for entry in entries]
    return "".join(lines)


def _table_line(entry: Json) -> str:
    name, file = plain(str(entry.get("name", ""))), entry.get("file")
    if not isinstance(file, str):
        return f"| {name} | | could not be fetched |\n"
    stem = file.removesuffix(".csv")
    return f"| {name} | {entry['rowCount']} | [CSV]({stem}.csv) · [JSONL]({stem}.jsonl) · [columns]({stem}.json) |\n"
