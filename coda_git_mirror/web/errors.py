"""What is answered where a page cannot be."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, render_template, request
from flask import Response as FlaskResponse
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from coda_git_mirror.actions.browse.mirror import NotThere, StillReading
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.looking import ItemVersion
from coda_git_mirror.redact import redacted
from coda_git_mirror.web.shown import html_response, json_response

_SENTENCES = {
    404: "There is nothing at this address.",
    405: "Nothing can be changed here.",
    416: "The file has no such part.",
}
_LAST = 10
"""So many other times are offered for what cannot be shown at one."""
_AGAIN = "3"
"""Seconds until a browser asks again by itself."""
_FAILED = "This page could not be made; the terminal in which `coda-git-mirror browse` runs says where that arose."


class ErrorPages:
    """Answers every exception with a page of ours, without a traceback; `complain` gets a line for the unexpected."""

    def __init__(self, complain: Callable[[str], None], key: str) -> None:
        self._complain, self._key = complain, key

    def register(self, app: Flask) -> None:
        app.register_error_handler(Exception, self._answer)
        app.after_request(self._watch)

    def _watch(self, answer: FlaskResponse) -> FlaskResponse:
        """Of what fails while it is sent, too late for a page, there is a line as well; the client sees it cut off."""
        if answer.is_streamed and not answer.direct_passthrough:
            answer.response = self._watched(answer.response, _asked())
        return answer

    def _watched(self, pieces: Iterable[Any], asked: str) -> Iterator[Any]:
        try:
            yield from pieces
        except Exception as error:
            self._tell(_described(error), asked)
            raise

    def _answer(self, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            return self._of_http(error)
        if isinstance(error, NotThere):
            return self._page(404, str(error))
        if isinstance(error, StillReading):
            page = self._page(503, str(error), "reading.html")
            page.headers.update({"Retry-After": _AGAIN, "Refresh": _AGAIN})
            return page
        if isinstance(error, MirrorError):
            self._tell(str(error))
            return self._page(500, str(error), others=_other_times)
        self._tell(_described(error))
        return self._page(500, _FAILED)

    def _of_http(self, error: HTTPException) -> Response:
        """A redirection goes on; of a refusal its headers stay."""
        if error.code is None or error.code < 400:
            return error.get_response()
        page = self._page(error.code, _SENTENCES.get(error.code, error.name))
        kept = ("Allow", "Content-Range")
        page.headers.extend([header for header in error.get_headers() if header[0] in kept])
        return page

    def _page(
        self,
        status: int,
        sentence: str,
        template: str = "error.html",
        others: Callable[[], Sequence[ItemVersion]] = tuple,
    ) -> Response:
        """A template that fails as well must not hide what failed first."""
        if request.args.get("format") == "json":
            answer = json_response({"error": sentence})
            answer.status_code = status
            return answer
        g.setdefault("at", None)
        g.setdefault("at_given", False)
        try:
            page = render_template(template, shown=sentence, others=others(), styles=(), **_asked_for())
            return html_response(page, status)
        except Exception as error:
            self._tell(_described(error))
            return Response(f"{sentence}\n", status, content_type="text/plain; charset=utf-8")

    def _tell(self, text: str, asked: str = "") -> None:
        self._complain(redacted(one_line(f"{asked or _asked()}: {text}")).replace(self._key, "KEY"))


def _asked_for() -> dict[str, str]:
    """The doc and the item that the address names, a doc for its own item; empty texts where it names none."""
    named = request.view_args or {}
    doc = str(named.get("doc", ""))
    return {"doc": doc, "item": str(named.get("item", doc))}


def _other_times() -> Sequence[ItemVersion]:
    """The last versions of the thing that cannot be shown as it was asked for."""
    asked = _asked_for()
    if not asked["doc"] or current_app.jinja_env.globals["exported"]:
        return ()
    versions = g.browsed.index.versions(asked["doc"], asked["item"])
    return [each for each in versions if each.commit != g.at and not each.is_gone][:_LAST]


def _asked() -> str:
    return f"{request.method} {request.path}"


def _described(error: Exception) -> str:
    """What an exception is, and the line of the program at which it arose."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(frame.filename).name}, line {frame.lineno})"
