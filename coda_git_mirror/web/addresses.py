"""The addresses of everything that is served, below the key of the request (browse.md, browse)."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import g, request

from coda_git_mirror.model.looking import IndexedCommit

SLASH_IN_NAME = "\ufdd0"
"""Stands for a slash in an id until the address is taken apart; Unicode has it for such uses, and no text."""
At = IndexedCommit | str | None
"""The revision that a link keeps: one, its full id, or none, which is the present one."""


def kept_at() -> str | None:
    """The full id of the revision that the request asked for; None where it shows the present one."""
    return g.at.id if g.at_given and g.at else None


def to_account(at: At = None) -> str:
    return _made("", at=_id(at))


def to_doc(doc: str, at: At = None) -> str:
    return _made("doc", doc, at=_id(at))


def to_item(doc: str, item: str, at: At = None) -> str:
    return _made("doc", doc, "item", item, at=_id(at))


def to_row(doc: str, item: str, row: str, at: At = None) -> str:
    return _made("doc", doc, "item", item, "row", row, at=_id(at))


def to_cell(doc: str, item: str, row: str, column: str, at: At = None) -> str:
    return _made("doc", doc, "item", item, "row", row, "column", column, at=_id(at))


def to_file(rev: At, path: str) -> str:
    """A file of the mirror as a page shows it."""
    return _made("at", _id(rev), *path.split("/"))


def to_download(rev: At, path: str) -> str:
    """The same file to be kept."""
    return _made("get", _id(rev), *path.split("/"))


def to_zip(rev: At, doc: str) -> str:
    return _made("zip", _id(rev), doc)


def to_diff(before: At, after: At, doc: str = "", item: str = "") -> str:
    return _made("diff", f"{_id(before)}..{_id(after)}", doc=doc, item=item)


def to_search(q: str = "", when: str = "", at: At = None) -> str:
    return _made("search", q=q, when=when, at=_id(at))


def to_head() -> str:
    """Where an open page asks whether there is something newer."""
    return _made("head")


def static(name: str) -> str:
    """A file of `templates/browse/static/`."""
    return _made("static", *name.split("/"))


FOR_TEMPLATES = (
    kept_at, to_account, to_doc, to_item, to_row, to_cell, to_file, to_download, to_zip, to_diff, to_search, to_head,
    static,
)  # fmt: skip


def _id(at: At) -> str:
    return at.id if isinstance(at, IndexedCommit) else at or ""


def _made(*names: str, **parameters: str) -> str:
    """Names that came from bytes which are no UTF-8 lead back to these very bytes."""
    given = {name: value for name, value in parameters.items() if value}
    query = f"?{urlencode(given, errors='replace')}" if given else ""
    return f"{request.script_root}/{'/'.join(map(_quoted, names))}{query}"


def _quoted(name: str) -> str:
    try:
        return quote(name.encode("utf-8", "surrogateescape"), safe="")
    except UnicodeEncodeError:
        return quote(name.encode("utf-8", "replace"), safe="")
