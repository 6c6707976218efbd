"""The JSON that a write brings, taken as strictly as the OpenAPI document describes it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from coda_git_mirror.demo.replies import ErrorReply


def read_object(body: bytes, required: Collection[str], optional: Collection[str] = (), *, limit: int) -> Any:
    """The object in a body: 400 where it is too large, is none, lacks a key or has one that is not known."""
    if len(body) > limit:
        raise ErrorReply(400, "request entity too large")
    try:
        found = json.loads(body, parse_constant=_refuse_constant)
    except ValueError:
        refuse("the body is not JSON")
    return expect_object(found, "body", required, optional)


def expect_object(
    found: Any, what: str, required: Collection[str], optional: Collection[str] = ()
) -> Mapping[str, Any]:
    """An object with these keys; 400 for any other value."""
    if not isinstance(found, dict):
        refuse(f"{what} must be an object")
    missing = [key for key in required if key not in found]
    unknown = [key for key in found if key not in required and key not in optional]
    if missing:
        refuse(f"{what} must have {', '.join(missing)}")
    if unknown:
        refuse(f"{what} must not have {', '.join(unknown)}")
    return found


def expect_list(found: Any, what: str) -> list[Any]:
    return found if isinstance(found, list) else refuse(f"{what} must be an array")


def expect_text(found: Any, what: str) -> str:
    return found if isinstance(found, str) else refuse(f"{what} must be a string")


def refuse(why: str) -> NoReturn:
    raise ErrorReply(400, f"Validation Error: {why}.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
