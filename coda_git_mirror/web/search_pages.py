"""Search in the present and the past: `/KEY/search` (browse.md, browse)."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from coda_git_mirror.actions.browse.search import search
from coda_git_mirror.web.objects import findings_object
from coda_git_mirror.web.shown import shown

search_pages = Blueprint("search_pages", __name__)


@search_pages.get("/search")
def results() -> ResponseReturnValue:
    """What was found for `q`, `when` being `now`, or `ever` for the past as well."""
    when: Literal["now", "ever"] = "now" if request.args.get("when") == "now" else "ever"
    findings = search(g.browsed.index, request.args.get("q", ""), when)
    return shown("search.html", findings, lambda: findings_object(findings))
