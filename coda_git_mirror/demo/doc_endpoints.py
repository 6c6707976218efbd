"""The endpoints of the account, of docs, pages, formulas, controls and sharing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from coda_git_mirror.demo import shapes
from coda_git_mirror.demo.listings import Source
from coda_git_mirror.demo.render_html import render_html
from coda_git_mirror.demo.render_lines import render_lines
from coda_git_mirror.demo.render_markdown import render_markdown
from coda_git_mirror.demo.replies import ErrorReply, Reply, json_reply
from coda_git_mirror.demo.service import Call, Service
from coda_git_mirror.demo.world import Control, Doc, Formula, Page


def whoami(call: Call) -> Reply:
    token = call.service.token()
    return json_reply(shapes.user(call.service.world, call.service.links, scoped=token.scoped, token_name=token.name))


def get_mutation_status(call: Call) -> Reply:
    return call.service.mutations.status(call.ids["request"])


def list_docs(call: Call) -> Reply:
    """Docs the user has access to and has opened, most recently touched first."""
    owned, text = call.flag("isOwner"), call.query.get("query", "").lower()

    def items() -> list[Doc]:
        found = [
            doc
            for doc in call.service.world.docs
            if doc.opened and doc.accessible and text in doc.name.lower() and (not owned or _owned(call, doc))
        ]
        recent = sorted(found, key=lambda doc: doc.updated_at, reverse=True)
        return call.service.shuffled(recent, "docs")

    return call.listing("docs", lambda: Source(items, lambda doc: shapes.doc(doc, call.service.links)))


def _owned(call: Call, doc: Doc) -> bool:
    return doc.owner.email == call.service.world.user.email


def get_doc(call: Call) -> Reply:
    return json_reply(shapes.doc(call.doc(content=False), call.service.links))


def list_pages(call: Call) -> Reply:
    """All pages, flat, in sidebar order."""
    doc = call.doc()
    return call.listing("pages", lambda: Source(lambda: list(doc.pages()), lambda it: _page(it, call.service)))


def get_page(call: Call) -> Reply:
    return json_reply(_page(call.page(), call.service))


def _page(page: Page, service: Service) -> dict[str, Any]:
    return shapes.page(page, service.links)


def list_content(call: Call) -> Reply:
    """The page as plain-text lines."""
    page = _canvas(call.page(), "Only canvas pages have content.")
    return call.listing("content", lambda: Source(lambda: render_lines(page, call.service.snapshots.served), dict))


def begin_export(call: Call) -> Reply:
    """Renders the page as reads show it now and begins a job."""
    page = _canvas(call.page(), "Only canvas pages can be exported.")
    served = call.service.snapshots.served
    if _output_format(call.body) == "html":
        return call.service.exports.begin(page, render_html(page, call.blob_address(page.doc), served), call.url)
    return call.service.exports.begin(page, render_markdown(page, served), call.url)


def _output_format(body: bytes) -> str:
    try:
        found = json.loads(body)["outputFormat"]
    except (ValueError, KeyError, TypeError):
        found = None
    if found not in ("html", "markdown"):
        raise ErrorReply(400, "Validation Error: outputFormat must be html or markdown.")
    return str(found)


def _canvas(page: Page, message: str) -> Page:
    if page.content_type != "canvas":
        raise ErrorReply(400, message)
    return page


def get_export(call: Call) -> Reply:
    page = call.page()
    return call.service.exports.status(call.ids["request"], (page.doc.id, page.id), call.url)


def list_formulas(call: Call) -> Reply:
    return _references(call, "formulas", lambda doc: doc.formulas)


def get_formula(call: Call) -> Reply:
    return json_reply(shapes.formula(call.find(call.doc().formulas, "formula"), call.service.links))


def list_controls(call: Call) -> Reply:
    return _references(call, "controls", lambda doc: doc.controls)


def get_control(call: Call) -> Reply:
    return json_reply(shapes.control(call.find(call.doc().controls, "control"), call.service.links))


def _references(call: Call, kind: str, of: Callable[[Doc], list[Any]]) -> Reply:
    doc = call.doc()

    def items() -> list[Formula | Control]:
        return call.service.shuffled(of(doc), kind + doc.id)

    return call.listing(kind, lambda: Source(items, lambda it: shapes.formula_reference(it, call.service.links)))


def list_permissions(call: Call) -> Reply:
    doc = call.doc(content=False)
    return call.listing("permissions", lambda: Source(lambda: doc.permissions, shapes.permission))


def get_sharing_settings(call: Call) -> Reply:
    call.doc(content=False)
    return json_reply(
        {"allowEditorsToChangePermissions": True, "allowCopying": True, "allowViewersToRequestEditing": False}
    )


def get_sharing_metadata(call: Call) -> Reply:
    owned = _owned(call, call.doc(content=False))
    rights = {"canShare": owned, "canShareWithWorkspace": owned, "canShareWithOrg": False, "canCopy": True}
    return json_reply(rights)


def list_folders(call: Call) -> Reply:
    """All folders; the published schema has none, so their shape is that of the reference."""
    folders, links = call.service.world.folders, call.service.links
    return call.listing("docs", lambda: Source(lambda: folders, lambda it: shapes.folder(it, links)))
