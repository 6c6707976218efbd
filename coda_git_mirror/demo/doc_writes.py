"""The endpoints that make, name and delete docs."""

from __future__ import annotations

from typing import Any

from coda_git_mirror.demo import page_edits, shapes
from coda_git_mirror.demo.bodies import Shape, read_body
from coda_git_mirror.demo.doc_copies import copy_into
from coda_git_mirror.demo.page_writes import NEW_PAGE
from coda_git_mirror.demo.replies import ErrorReply, Reply, json_reply
from coda_git_mirror.demo.service import Call
from coda_git_mirror.demo.world import Doc, Folder

NEW_DOC = Shape({}, {"title": str, "sourceDoc": str, "timezone": str, "folderId": str, "initialPage": NEW_PAGE})
DOC_CHANGES = Shape({}, {"title": str, "iconName": str})


def create_doc(call: Call) -> Reply:
    """Makes a doc at once; what is in it comes when the write is done."""
    service = call.service
    service.token().require_doc_maker()
    fields = read_body(call.body, NEW_DOC, service.readings.body_limit)
    folder, source = _folder(call, fields.get("folderId")), _source(call, fields.get("sourceDoc"))
    doc = service.world.add_doc(fields.get("title", "Untitled"))
    doc.folder, doc.opened = folder, service.readings.lists_new_docs
    if source is None:
        request = _begin(call, doc, fields.get("initialPage"))
    else:
        keeps_ids = service.readings.copies_keep_ids
        request = service.mutations.submit(doc, "doc", lambda: copy_into(doc, source, keeps_ids=keeps_ids))
    return json_reply({**shapes.doc(doc, service.links), "requestId": request}, 201)


def _begin(call: Call, doc: Doc, initial: dict[str, Any] | None) -> str:
    """Gives the new doc its first page."""
    service = call.service
    page_id = service.world.identifiers.issue("canvas-")

    def apply() -> None:
        fields = initial if initial is not None else {"name": service.readings.blank_page}
        if fields.get("name") is not None:
            page_edits.make_page(doc, page_id, fields, None, service.readings)

    if service.readings.late_initial_page:
        return service.mutations.submit(doc, "page", apply)
    apply()
    return service.mutations.submit(doc, "doc", lambda: None)


def _folder(call: Call, folder_id: str | None) -> Folder:
    folders = call.service.world.folders
    if folder_id is None:
        return folders[0]
    found = next((folder for folder in folders if folder.id == folder_id), None)
    if found is None:
        raise ErrorReply(400, f"Could not find a folder with ID {folder_id}.")
    return found


def _source(call: Call, doc_id: str | None) -> Doc | None:
    if doc_id is None:
        return None
    found = next((doc for doc in call.service.world.docs if doc.id == doc_id and doc.accessible), None)
    if found is None:
        raise ErrorReply(404, "Could not find the source doc.")
    return found


def change_doc(call: Call) -> Reply:
    """Sets the title, at once; the icon of a doc is nowhere to be read."""
    doc = call.live_doc()
    fields = read_body(call.body, DOC_CHANGES, call.service.readings.body_limit)
    call.service.token().require_doc_maker()
    if "title" in fields:
        doc.rename(fields["title"])
    return json_reply({})


def delete_doc(call: Call) -> Reply:
    call.live_doc().delete()
    return json_reply({}, 202)
