"""Search in the present and the past: `/KEY/search` (browse.md, browse)."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from coda_git_mirror.actions.browse.search import search
from coda_git_mirror.model.looking import Hit
from coda_git_mirror.web.addresses import to_doc, to_item, to_row
from coda_git_mirror.web.objects import findings_object
from coda_git_mirror.web.shown import shown

search_pages = Blueprint("search_pages", __name__)


@search_pages.get("/search")
def results() -> ResponseReturnValue:
    """What was found for `q`, `when` being `now`, or `ever` for the past as well."""
    when: Literal["now", "ever"] = "now" if request.args.get("when") == "now" else "ever"
    findings = search(g.browsed, request.args.get("q", ""), when)
    return shown("search.html", findings, lambda: findings_object(findings))


@search_pages.app_template_global("to_hit")
def to_hit(hit: Hit) -> str:
    """The address of what was found: as it is, or of what is gone, the last version that had it."""
    at = hit.last if hit.died else None
    if hit.row:
        return to_row(hit.doc, hit.item, hit.row, at)
    return to_doc(hit.doc, at) if hit.item == hit.doc else to_item(hit.doc, hit.item, at)
