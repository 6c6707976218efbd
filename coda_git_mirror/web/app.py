"""The application: every page of ours and every file of the mirror, below one key."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from flask import Blueprint, Flask, Response, g, redirect, request
from jinja2 import StrictUndefined
from werkzeug.routing import UnicodeConverter

from coda_git_mirror.templates import template_folder
from coda_git_mirror.web import addresses
from coda_git_mirror.web.account_pages import account_pages
from coda_git_mirror.web.compare_pages import compare_pages
from coda_git_mirror.web.errors import ErrorPages
from coda_git_mirror.web.gate import Gate
from coda_git_mirror.web.item_pages import item_pages
from coda_git_mirror.web.policies import OURS
from coda_git_mirror.web.raw import raw
from coda_git_mirror.web.search_pages import search_pages
from coda_git_mirror.web.table_pages import table_pages
from coda_git_mirror.web.wording import seen, wording

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from coda_git_mirror.actions.browse.mirror import Browsed

BLUEPRINTS: Sequence[Blueprint] = (raw, wording, account_pages, item_pages, table_pages, search_pages, compare_pages)
"""One a module, each with addresses below the key."""
_TIMELESS = ("static", f"{raw.name}.")
"""What is the same whatever time is shown, by the beginning of its endpoint."""
_ALLOWED_BODY = 64 * 1024


class _Id(UnicodeConverter):
    """An id, in which a slash may be."""

    def to_python(self, value: str) -> str:
        return value.replace(addresses.SLASH_IN_NAME, "/")


def create_app(
    browsed: Browsed,
    key: str,
    hosts: Collection[str],
    complain: Callable[[str], None] | None = None,
    exported: str = "",
) -> Flask:
    """The application for one mirror, which answers to these hosts (`127.0.0.1:8000`) alone.

    `complain` is told of each failure that is not expected, in one line; else standard error is. `exported` is
    `revision` or `history` for pages that lack what needs a server, such as the search, or what such an export has not.
    """
    folder = template_folder("browse")
    app = Flask(__name__, template_folder=folder, static_folder=folder / "static", static_url_path="/static")
    app.config.update(PROVIDE_AUTOMATIC_OPTIONS=False, MAX_CONTENT_LENGTH=_ALLOWED_BODY)
    app.url_map.merge_slashes = False
    app.url_map.converters["default"] = _Id
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.finalize = seen
    app.jinja_env.globals.update({make.__name__: make for make in addresses.FOR_TEMPLATES})
    app.jinja_env.globals["exported"] = exported
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.before_request(lambda: _look_at(browsed))
    app.after_request(_with_policy)
    ErrorPages(complain or _to_standard_error, key).register(app)
    app.wsgi_app = Gate(app.wsgi_app, key, hosts)  # type: ignore[method-assign]
    return app


def _look_at(browsed: Browsed) -> AnyResponse | None:
    """Tells the views what they look at; a day or the beginning of an id in `at` leads to the full id."""
    g.browsed, g.at, g.at_given = browsed, None, False
    if request.endpoint is None or request.endpoint.startswith(_TIMELESS):
        return None
    asked = request.args.get("at", "")
    if not asked:
        g.at = browsed.head()
        return None
    g.at, g.at_given = browsed.revision(asked), True
    return None if g.at.id == asked else redirect(_with_at(g.at.id))


def _with_at(commit: str) -> str:
    """The address of the request, with another `at`."""
    given = [(name, commit if name == "at" else value) for name, value in request.args.items(multi=True)]
    return f"{quote(request.script_root + request.path)}?{urlencode(given, errors='replace')}"


def _with_policy(response: Response) -> Response:
    """A view that gives a file of the mirror has set the one for those."""
    for name, value in OURS.items():
        response.headers.setdefault(name, value)
    response.headers["Cache-Control"] = OURS["Cache-Control"]
    return response


def _to_standard_error(line: str) -> None:
    sys.stderr.write(f"{line}\n")
