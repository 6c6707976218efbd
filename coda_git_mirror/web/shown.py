"""A page of ours, or the same as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from json import dumps

from flask import Response, render_template, request

Json = Mapping[str, object] | Callable[[], Mapping[str, object]]
"""An object, or what makes it once it is asked for."""


def shown(template: str, value: object, json: Json, styles: Sequence[str] = ()) -> Response:
    """The answer to a request: a template that gets `shown` and `styles`, or with `?format=json` the object."""
    if request.args.get("format") == "json":
        return json_response(json() if callable(json) else json)
    return html_response(render_template(template, shown=value, styles=styles))


def html_response(text: str, status: int = 200) -> Response:
    """What is no Unicode in a text becomes a question mark."""
    return Response(text.encode("utf-8", "replace"), status, content_type="text/html; charset=utf-8")


def json_response(value: Mapping[str, object]) -> Response:
    return Response(f"{dumps(value)}\n", content_type="application/json")
