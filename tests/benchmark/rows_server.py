"""A table of any size, served from a process of its own: what it costs to serve it is no part of any measurement.

`python -m tests.benchmark.rows_server ROWS wide|narrow [prepared]` prints its base URL and serves until its input
ends; `prepared` renders every page before the first request.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

DOC, TABLE = "bench-doc", "grid-bench"
PAGE = 500
COLUMNS = {
    "wide": (
        *("text", "text", "person", "lookup", "select", "date"),
        *("currency", "number", "number", "link", "checkbox", "image"),
    ),
    "narrow": ("text", "number", "select"),
}
_BEGIN = datetime(2023, 1, 1, tzinfo=UTC)
_TAGS = ("```urgent```", "```later```", "```größer```", "```waiting, perhaps```")
_WORDS = ("quick", "brown", "fox", "jumps", "over", "lazy", "dog", "while", "nobody", "looks", "at", "it")


def _thing(kind: str, **fields: Any) -> dict[str, Any]:
    return {"@context": "http://schema.org/", "@type": kind, **fields}


def _reference(number: int) -> dict[str, Any]:
    table = f"https://coda.io/d/_d{DOC}#_tugrid-projects"
    return _thing(
        "StructuredValue",
        name=f"Project {number % 400}",
        url=f"{table}/_rui-project{number % 400}",
        tableId="grid-projects",
        rowId=f"i-project{number % 400}",
        tableUrl=table,
        additionalType="row",
    )


def _picture(number: int) -> Any:
    if number % 20:
        return ""
    url = f"https://codahosted.io/docs/{DOC}/blobs/bl-{number:010}/{'0123456789abcdef' * 8}"
    return _thing("ImageObject", name=f"photo {number}.png", width=640, height=480, status="live", url=url)


def _wide(number: int) -> list[Any]:
    note = " ".join(_WORDS[(number + step) % len(_WORDS)] for step in range(10 + number % 20))
    person = _thing("Person", name=f"Ada Lovelace {number % 50}", email=f"ada{number % 50}@example.com")
    return [
        f"```Task {number}, the one with \\`ticks\\````",
        f"{note}\n\n**{number}** “so to say”",
        person if number % 3 else [person, _thing("Person", name="Grace", email="grace@example.com")],
        _reference(number),
        [_TAGS[number % 4], _TAGS[(number + 1) % 4]] if number % 2 else _TAGS[number % 4],
        f"20{10 + number % 20}-03-10T00:00:00.000-08:00",
        _thing("MonetaryAmount", currency="USD", amount=number % 977 + 0.5),
        number * 0.25,
        number,
        _thing("WebPage", name="Look", url=f"https://example.com/items/{number}?q=a&b"),
        number % 2 == 0,
        _picture(number),
    ]


def _narrow(number: int) -> list[Any]:
    return [f"```Item {number}```", number * 0.5, _TAGS[number % 4]]


_VALUES: dict[str, Callable[[int], list[Any]]] = {"wide": _wide, "narrow": _narrow}


def row(kind: str, number: int, changed: bool = False) -> dict[str, Any]:
    """A row as Coda sends it; `changed` makes its first number another one."""
    created = f"{_BEGIN + timedelta(seconds=37 * number):%Y-%m-%dT%H:%M:%S}.123Z"
    values = _VALUES[kind](number)
    if changed:
        values[COLUMNS[kind].index("number")] = -1
    row_id = f"i-{number:08x}"
    return {
        "id": row_id,
        "type": "row",
        "href": f"https://coda.io/apis/v1/docs/{DOC}/tables/{TABLE}/rows/{row_id}",
        "name": f"Task {number}",
        "index": number,
        "createdAt": created,
        "updatedAt": created,
        "browserLink": f"https://coda.io/d/_d{DOC}#_tu{TABLE}/_ru{row_id}",
        "values": {f"c-{place:06}": value for place, value in enumerate(values)},
    }


def page(kind: str, rows: int, begin: int) -> bytes:
    """The page of the listing that begins with a row."""
    end = min(begin + PAGE, rows)
    following = {"nextPageToken": f"page-{end}"} if end < rows else {}
    items = [row(kind, number) for number in range(begin, end)]
    return json.dumps({"items": items, "href": "https://coda.io/apis/v1/whatever", **following}).encode()


def columns(kind: str) -> bytes:
    items = [
        {"id": f"c-{place:06}", "type": "column", "name": f"{name} {place}", "format": {"type": name}}
        for place, name in enumerate(COLUMNS[kind])
    ]
    return json.dumps({"items": items}).encode()


def _handler(kind: str, render: Callable[[int], bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            token = parse_qs(address.query).get("pageToken", ["page-0"])[0]
            body = columns(kind) if address.path.endswith("/columns") else render(int(token.removeprefix("page-")))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name that it has there)
            pass

    return Handler


def main(rows: int, kind: str, prepared: bool) -> None:
    render = cache(lambda begin: page(kind, rows, begin)) if prepared else lambda begin: page(kind, rows, begin)
    for begin in range(0, rows if prepared else 0, PAGE):
        render(begin)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(kind, render))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}/apis/v1\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], "prepared" in sys.argv[3:])
