"""The account: `/KEY/` (browse.md, browse)."""

from __future__ import annotations

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from coda_git_mirror.actions.browse.account import account_view
from coda_git_mirror.web.objects import account_object
from coda_git_mirror.web.shown import shown

account_pages = Blueprint("account_pages", __name__)


@account_pages.get("/")
def account() -> ResponseReturnValue:
    """All docs, the calendar and the last changes."""
    if g.at is None:
        return shown("unborn.html", None, {"docs": []})
    view = account_view(
        g.browsed,
        g.at,
        with_gone="gone" in request.args,
        every_change="all" in request.args,
        year=request.args.get("year", type=int),
    )
    return shown("account.html", view, lambda: account_object(view))
