"""Two revisions side by side: `/KEY/diff/A..B` (browse.md, browse)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from urllib.parse import quote

from flask import Blueprint, Response, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from coda_git_mirror.actions.browse.compare import EMPTY_TREE, Compared, comparison, differences, meant
from coda_git_mirror.actions.browse.mirror import NotThere
from coda_git_mirror.actions.entry import read_soundly
from coda_git_mirror.changes.difference_objects import diff_object
from coda_git_mirror.format.json_pieces import json_pieces
from coda_git_mirror.model.looking import IndexedCommit
from coda_git_mirror.web.shown import html_response

compare_pages = Blueprint("compare_pages", __name__)
_STYLES = ("compare.css",)
_FARTHEST = 10**9


@compare_pages.get("/diff/<ends>")
def compare(ends: str) -> ResponseReturnValue:
    """What lies between A and B; a day, HEAD or the beginning of an id leads to the full ids."""
    first, dots, second = ends.partition("..")
    if not dots:
        raise NotThere("Two revisions have two dots between them, as in A..B.")
    before = None if first == EMPTY_TREE else _revision(first)
    after = _revision(second)
    full = f"{before.id if before else EMPTY_TREE}..{after.id}"
    if full != ends:
        return redirect(_with_ends(full))
    asked = meant(g.browsed, before, after, request.args.get("doc", ""), request.args.get("item", ""))
    if request.args.get("format") == "json":
        return Response(_json(asked), content_type="application/json")
    start = request.args.get("from", default=0, type=int)
    is_exported = bool(current_app.jinja_env.globals["exported"])
    shown = comparison(g.browsed, asked, max(0, min(start, _FARTHEST)), whole=is_exported)
    return html_response(render_template("compare.html", shown=shown, styles=_STYLES))


def _revision(text: str) -> IndexedCommit:
    """An end that is left out is the present one, as in git."""
    revision: IndexedCommit | None = g.browsed.revision(text) if text else g.at
    if revision is None:
        raise NotThere("The mirror has no revision yet.")
    return revision


def _with_ends(ends: str) -> str:
    query = request.query_string.decode("ascii", "replace")
    return f"{quote(request.script_root)}/diff/{ends}{f'?{query}' if query else ''}"


def _json(asked: Compared) -> Iterator[str]:
    """The object of `diff --json`, written while it is compared; what is unknown is told before the first byte."""
    found = diff_object(differences(g.browsed, asked))
    return chain(read_soundly(json_pieces(found)), "\n")
