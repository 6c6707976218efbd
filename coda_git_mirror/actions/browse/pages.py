"""A page as it was: what of it is shown, in which form, and why not where there is nothing (browse.md, browse)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coda_git_mirror.actions.browse.docs import Contents, contents, stored_doc
from coda_git_mirror.actions.browse.found import Found, doc_name
from coda_git_mirror.actions.browse.links import PageLink, Ways, links_of_html
from coda_git_mirror.actions.browse.versions import Commands, Versions, commands, versions
from coda_git_mirror.format import layout
from coda_git_mirror.format.attachments import MARKER
from coda_git_mirror.format.metadata import stored_page_files
from coda_git_mirror.model.content import Json, is_exportable
from coda_git_mirror.model.ledger import DENIED, FAILED, GONE, UNREAD, Problem

if TYPE_CHECKING:
    from coda_git_mirror.actions.browse.mirror import Browsed

MARKDOWN, HTML = ".md", ".html"
LARGEST_FRAMED = 5_000_000
"""In bytes; of a larger page the first part is shown."""
FIRST_PART = 250_000
"""How many bytes of a text are shown."""
_SHORT = 1_000
"""Characters of a page that a low frame shows."""
_TALL = re.compile("<(img|table|pre|h1)", re.IGNORECASE)
_STATES = {
    FAILED: "could not be read so far",
    UNREAD: "was not read so far",
    DENIED: "is not given by Coda",
    GONE: "is gone",
}
_FENCE = b"---\n"


@dataclass(frozen=True)
class About:
    """What a page's metadata says; times are Coda's instants, empty where Coda sends none, as is all else."""

    subtitle: str
    icon: str
    authors: tuple[str, ...]
    created: str
    updated: str
    link: str
    is_hidden: bool


@dataclass(frozen=True)
class Files:
    """Where a page's files lie in the mirror, None for a form that it does not have."""

    html: str | None
    markdown: str | None


@dataclass(frozen=True)
class Body:
    """How a page is shown: its HTML file in a frame, or a `text` of the `form`, the first part if not `is_whole`.

    `is_short`: a low frame shows all of it. `links` are those of the framed file that lead away from it. With neither
    a frame nor a text, `why` says why there is nothing.
    """

    framed: str | None = None
    is_short: bool = False
    form: str = ""
    text: str = ""
    is_whole: bool = True
    links: tuple[PageLink, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class PageView:
    """A page at a time. `note` says what the mirror has of it, where that is not all."""

    found: Found
    doc_name: str
    about: About
    files: Files
    body: Body
    note: str
    contents: Contents
    versions: Versions
    commands: Commands


def page_view(browsed: Browsed, found: Found, *, markdown: bool, with_gone: bool) -> PageView:
    """What was found, a page, with its HTML in a frame unless the Markdown is wanted, or all there is."""
    state = found.state
    entry = stored_doc(browsed, state.doc, found.at).pages.get(state.item, {})
    files = _files(browsed, found, entry)
    problems = [each for each in browsed.held(found.at.id).ledger.of(state.doc) if each.item_id == state.item]
    why = _why(entry, files, problems)
    return PageView(
        found,
        doc_name(browsed.index, state.doc, found.at),
        _about(entry),
        files,
        Body(why=why) if why else _body(browsed, found, files, markdown),
        "" if why else _note(entry, problems),
        contents(browsed, state.doc, found.at, with_gone),
        versions(browsed.index, found),
        commands(browsed.folder, found),
    )


def _files(browsed: Browsed, found: Found, entry: Json) -> Files:
    """Those of a page's files that are there."""
    tree, record = browsed.tree(found.at.id), browsed.held(found.at.id).docs.get(found.state.doc)
    named = stored_page_files(entry).files if entry and record else {}
    paths = {form: layout.inside(record.path, file) for form, file in named.items()} if record else {}
    there = {form: path for form, path in paths.items() if tree.digest(path)}
    return Files(there.get(HTML), there.get(MARKDOWN))


def _why(entry: Json, files: Files, problems: Sequence[Problem]) -> str:
    kind = entry.get("contentType")
    if isinstance(kind, str) and not is_exportable(kind):
        return f"Coda cannot export pages of this kind ({kind}), so the mirror has its place and name, and no content."
    if files.html or files.markdown:
        return ""
    if problems:
        return f"The content {_STATES[problems[0].state]}: {problems[0].reason}."
    return "The mirror holds no file of this page."


def _note(entry: Json, problems: Sequence[Problem]) -> str:
    if stored_page_files(entry).plain if entry else False:
        return "Coda gave this page as plain text only."
    return f"The latest content {_STATES[problems[0].state]}: {problems[0].reason}." if problems else ""


def _body(browsed: Browsed, found: Found, files: Files, markdown: bool) -> Body:
    size = _size(browsed, found, files.html) if files.html else 0
    if files.html and size <= LARGEST_FRAMED and not (markdown and files.markdown):
        text = browsed.tree(found.at.id).read(files.html).decode("utf-8", "replace")
        is_short = len(text) < _SHORT and not _TALL.search(text)
        links = links_of_html(text, Ways(browsed, found.at, files.html))
        return Body(framed=files.html, is_short=is_short, links=links)
    path = files.markdown or files.html or ""
    content, is_whole = _beginning(browsed, found, path)
    if files.markdown:
        return Body(form=MARKDOWN, text=_without_head(content), is_whole=is_whole)
    return Body(form=HTML, text=content.decode("utf-8", "replace"), is_whole=is_whole)


def _size(browsed: Browsed, found: Found, path: str) -> int:
    tree = browsed.tree(found.at.id)
    return tree.repository.sizes([tree.blobs[path].oid])[0]


def _beginning(browsed: Browsed, found: Found, path: str) -> tuple[bytes, bool]:
    """The lines of a file up to the bound, and whether these are all."""
    lines: list[bytes] = []
    size = 0
    for line in browsed.tree(found.at.id).lines(path):
        if size + len(line) > FIRST_PART:
            return b"".join(lines) or line[:FIRST_PART], False
        lines.append(line)
        size += len(line)
    return b"".join(lines), True


def _without_head(content: bytes) -> str:
    """A page's Markdown without its front matter, and without the remark that ends a list of attachments."""
    end = content.find(b"\n" + _FENCE, len(_FENCE)) if content.startswith(_FENCE) else -1
    text = content[end + 1 + len(_FENCE) if end >= 0 else 0 :].decode("utf-8", "replace")
    return text.removesuffix(MARKER)


def _about(entry: Json) -> About:
    authors = entry.get("authors")
    return About(
        _text(entry.get("subtitle")),
        _name(entry.get("icon")),
        tuple(filter(None, map(_name, authors))) if isinstance(authors, list) else (),
        _text(entry.get("createdAt")),
        _text(entry.get("updatedAt")),
        _text(entry.get("browserLink")),
        entry.get("isHidden") is True,
    )


def _name(value: Any) -> str:
    return _text(value.get("name") if isinstance(value, dict) else value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
