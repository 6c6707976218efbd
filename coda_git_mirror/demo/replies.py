"""An HTTP answer as a value, and the forms that Coda's refusals take (coda-api.md, Requests)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True)
class Reply:
    """Status, body and headers, before any fault."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class ErrorReply(Exception):
    """Ends a request with this status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def json_reply(content: Any, status: int = 200) -> Reply:
    body = json.dumps(content, ensure_ascii=False, check_circular=False).encode("utf-8", "surrogatepass")
    return Reply(status, body, {"Content-Type": "application/json; charset=utf-8"})


def error_reply(status: int, message: str | None = None) -> Reply:
    """A refusal: JSON, or the HTML page that stands before the API for 502, 503 and 504."""
    phrase = HTTPStatus(status).phrase
    if status in (502, 503, 504):
        page = f"<html>\r\n<head><title>{status} {phrase}</title></head>\r\n<body>{phrase}</body>\r\n</html>\r\n"
        return Reply(status, page.encode(), {"Content-Type": "text/html"})
    return json_reply({"statusCode": status, "statusMessage": phrase, "message": message or phrase}, status)


def storage_error(status: int, code: str, message: str) -> Reply:
    """The file host's own form of refusal: S3's XML."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Reply(status, text.encode(), {"Content-Type": "application/xml"})
