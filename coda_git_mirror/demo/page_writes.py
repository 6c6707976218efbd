"""The endpoints that write pages and what is on them."""

from __future__ import annotations

from collections.abc import Mapping

from coda_git_mirror.demo import page_edits
from coda_git_mirror.demo.bodies import Kind, OneOf, Shape, read_body
from coda_git_mirror.demo.replies import ErrorReply, Reply, json_reply
from coda_git_mirror.demo.service import Call
from coda_git_mirror.demo.world import Doc, Page

CANVAS = Shape({"format": ("html", "markdown"), "content": str})
SYNCED: Mapping[str, Kind] = {"type": ("syncPage",), "sourceDocId": str}
CONTENT = OneOf(
    (
        Shape({"type": ("canvas",), "canvasContent": CANVAS}),
        Shape({"type": ("embed",), "url": str}, {"renderMethod": ("compatibility", "standard")}),
        Shape({**SYNCED, "mode": ("page",), "includeSubpages": bool, "sourcePageId": str}),
        Shape({**SYNCED, "mode": ("document",)}),
    )
)
LOOKS = {"name": str, "subtitle": str, "iconName": str, "imageUrl": str}
NEW_PAGE = Shape({}, {**LOOKS, "parentPageId": str, "pageContent": CONTENT})
UPDATE = Shape({"insertionMode": ("append", "replace"), "canvasContent": CANVAS})
CHANGES = Shape({}, {**LOOKS, "isHidden": bool, "contentUpdate": UPDATE})
ELEMENTS = Shape({}, {"elementIds": list})
FOR_DOC_MAKERS = {"name", "iconName"}


def create_page(call: Call) -> Reply:
    """Makes a page, of which nothing is to be seen before the write is done."""
    service, doc = call.service, call.live_doc()
    service.token().require_doc_maker()
    fields = read_body(call.body, NEW_PAGE, service.readings.body_limit)
    parent_id = fields.get("parentPageId")
    if parent_id is not None and _find(doc, parent_id) is None:
        raise ErrorReply(400, f"Invalid parentPageId: could not find a page with id {parent_id}")
    page_id = service.world.identifiers.issue("canvas-")

    def apply() -> None:
        parent = None if parent_id is None else _find(doc, parent_id)
        if parent is not None or parent_id is None:
            page_edits.make_page(doc, page_id, fields, parent, service.readings)

    return _accepted(page_id, service.mutations.submit(doc, "page", apply, touches=[page_id]))


def update_page(call: Call) -> Reply:
    """Changes how a page is called and looks, and its content."""
    page = _live_page(call)
    fields = read_body(call.body, CHANGES, call.service.readings.body_limit)
    if FOR_DOC_MAKERS & fields.keys():
        call.service.token().require_doc_maker()
    if "contentUpdate" in fields and page.content_type != "canvas":
        raise ErrorReply(400, "Only canvas pages can be updated.")

    def apply(page: Page) -> None:
        page_edits.change_page(page, fields)
        if "contentUpdate" in fields:
            page_edits.update_content(page, fields["contentUpdate"], call.service.readings)

    return _later(call, page, apply)


def delete_page(call: Call) -> Reply:
    """Deletes a page with its subpages; its tables live on."""
    return _later(call, _live_page(call), Page.delete)


def delete_content(call: Call) -> Reply:
    """Takes the lines that are named off a page, or everything where none is."""
    page = _live_page(call)
    elements = read_body(call.body, ELEMENTS, call.service.readings.body_limit).get("elementIds")
    return _later(call, page, lambda it: page_edits.remove_lines(it, set(elements or ())))


def _later(call: Call, page: Page, apply: page_edits.Edit) -> Reply:
    """Accepts a write to a page that may be gone when its time comes."""

    def apply_if_there() -> None:
        if _find(page.doc, page.id) is page:
            apply(page)

    request = call.service.mutations.submit(page.doc, "content", apply_if_there, touches=[page.id])
    return _accepted(page.id, request)


def _live_page(call: Call) -> Page:
    doc, wanted = call.live_doc(), call.ids["page"]
    if wanted in doc.deleted_pages:
        raise ErrorReply(410, "The page has been deleted.")
    page = _find(doc, wanted) or next((page for page in doc.pages() if page.name == wanted), None)
    if page is None:
        raise ErrorReply(404, "Could not find a page with the specified ID or name.")
    return page


def _find(doc: Doc, page_id: str) -> Page | None:
    return next((page for page in doc.pages() if page.id == page_id), None)


def _accepted(page_id: str, request: str) -> Reply:
    return json_reply({"id": page_id, "requestId": request}, 202)
