"""A doc, and whatever is in it: `/KEY/doc/ID` and `/KEY/doc/ID/item/ID` (browse.md, browse)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, g, redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from coda_git_mirror.actions.browse.docs import doc_view
from coda_git_mirror.actions.browse.found import Found, found
from coda_git_mirror.actions.browse.links import Target, Ways
from coda_git_mirror.actions.browse.pages import MARKDOWN, PageView, page_view
from coda_git_mirror.format.text import harmless
from coda_git_mirror.web.addresses import to_diff, to_doc, to_file, to_item
from coda_git_mirror.web.markdown import cleaned_part, rendered
from coda_git_mirror.web.objects import doc_object, page_object
from coda_git_mirror.web.shown import shown
from coda_git_mirror.web.table_pages import table_response

item_pages = Blueprint("item_pages", __name__)


@item_pages.get("/doc/<doc>")
def doc(doc: str) -> ResponseReturnValue:
    """What a doc consists of, and what happened to it."""
    view = doc_view(
        g.browsed,
        doc,
        g.at,
        with_gone="gone" in request.args,
        every_change="all" in request.args,
        year=request.args.get("year", type=int),
    )
    return shown("doc.html", view, lambda: doc_object(view))


@item_pages.get("/doc/<doc>/item/<item>")
def item(doc: str, item: str) -> ResponseReturnValue:
    """A page, table or view; with `a` and `b` the way to the difference between two of its versions."""
    if "a" in request.args and "b" in request.args:
        return _difference(doc, item)
    it = found(g.browsed.index, doc, item, g.at)
    return page_response(it) if it.state.kind == "page" else table_response(it)


@dataclass(frozen=True)
class PageShown:
    """A page with the text that is shown of it as a part of our own; empty where its file stands in a frame."""

    view: PageView
    text: Markup


def page_response(it: Found) -> ResponseReturnValue:
    """A page at a time."""
    markdown = request.args.get("view") == "markdown"
    view = page_view(g.browsed, it, markdown=markdown, with_gone="gone" in request.args)
    return shown("page.html", PageShown(view, _text(view)), lambda: page_object(view))


def _text(view: PageView) -> Markup:
    """Its links lead to our pages at the revision that is shown."""
    if view.body.form != MARKDOWN:
        return cleaned_part(harmless(view.body.text))
    ways = Ways(g.browsed, view.found.at, view.files.markdown or "")
    return rendered(harmless(view.body.text), ways.target, lambda target: to_target(target, view.found))


@item_pages.app_template_global("to_target")
def to_target(target: Target, found: Found) -> str:
    """The address of what a link of a page leads to, at the revision that is shown; the present one stays that."""
    if target.path:
        return to_file(found.at, target.path)
    if target.address:
        return target.address
    at = found.at if found.gone or g.at_given else None
    return to_doc(target.doc, at) if target.doc == target.item else to_item(target.doc, target.item, at)


def _difference(doc: str, item: str) -> ResponseReturnValue:
    """The older of the two comes first, whichever was chosen first."""
    known = [g.browsed.index.commit(request.args[name]) for name in ("a", "b")]
    if None in known:
        abort(404)
    older, newer = sorted(filter(None, known), key=lambda commit: commit.number)
    return redirect(to_diff(older.id, newer.id, doc, item))
