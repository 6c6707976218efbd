"""The gate before every address: whose request it is, before anything looks at what it asks for."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from flask import Response

from coda_git_mirror.web.addresses import SLASH_IN_NAME
from coda_git_mirror.web.policies import OURS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HIDDEN_SLASH = re.compile("%2f", re.IGNORECASE)
METHODS = ("GET", "HEAD")


class Gate:
    """Lets through what is asked with GET or HEAD, of one of our own hosts, below the key (browse.md, browse).

    The key becomes the SCRIPT_NAME of the request: whatever is behind the gate knows nothing of it.
    """

    def __init__(self, app: WSGIApplication, key: str, hosts: Collection[str]) -> None:
        self._app, self._key, self._hosts = app, key.encode(), hosts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        refusal = self._refusal(environ)
        if refusal is not None:
            return refusal(environ, start_response)
        return self._app(environ, start_response)

    def _refusal(self, environ: WSGIEnvironment) -> Response | None:
        if not self._is_ours(environ):
            return _answer(421, "This server answers to its own address alone.")
        if environ["REQUEST_METHOD"] not in METHODS:
            return _answer(405, "Nothing can be changed here.", Allow=", ".join(METHODS))
        _, key, *rest = _path(environ).split("/", 2)
        if not hmac.compare_digest(key.encode("utf-8"), self._key):
            return _answer(404, "There is nothing here.")
        environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{key}"
        environ["PATH_INFO"] = "".join(f"/{path}" for path in rest)
        if not rest:
            return _answer(308, "", Location=f"{quote(environ['SCRIPT_NAME'])}/")
        return None

    def _is_ours(self, environ: WSGIEnvironment) -> bool:
        """By the Host of the request, and by that in its address, if it is one for a proxy."""
        if environ.get("HTTP_HOST", "").lower() not in self._hosts:
            return False
        asked = environ.get("REQUEST_URI", "/")
        return asked.startswith("/") or asked.partition("://")[2].partition("/")[0].lower() in self._hosts


def _path(environ: WSGIEnvironment) -> str:
    """The path of a request, in which a slash that was written as %2F, and so belongs to a name, is another letter."""
    path: str = environ.get("PATH_INFO", "")
    asked = environ.get("REQUEST_URI", "").partition("?")[0]
    if not _HIDDEN_SLASH.search(asked):
        return path
    if not asked.startswith("/"):
        asked = f"/{asked.partition('://')[2].partition('/')[2]}"
    return unquote_to_bytes(_HIDDEN_SLASH.sub(quote(SLASH_IN_NAME), asked)).decode("latin-1")


def _answer(status: int, text: str, **headers: str) -> Response:
    return Response(f"{text}\n" if text else "", status, {**OURS, **headers}, content_type="text/plain; charset=utf-8")
