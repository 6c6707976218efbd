"""How users name docs: by id, exact name, pattern, or the address in the browser."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from urllib.parse import unquote, urlsplit

_DOC_IN_URL = re.compile(r"(?:^|_)d([\w-]+)$")


def selects(selector: str, doc_id: str, name: str) -> bool:
    """Whether a selector names a doc: by id, exact name, browser address, or pattern with `*`, `?` or `[`."""
    if selector in (doc_id, name) or id_in_address(selector, doc_id) == doc_id:
        return True
    return any(mark in selector for mark in "*?[") and fnmatchcase(name, selector)


def id_in_address(selector: str, expected: str = "") -> str | None:
    """The doc id in a browser address such as `https://coda.io/d/Sales-CRM_dAbCdEf/Notes_su12`, else None.

    An id may hold `_d` itself, which makes the address ambiguous: `expected` is preferred where it fits.
    """
    try:
        parts = urlsplit(selector)
    except ValueError:
        return None
    segments = unquote(parts.path).split("/")
    if parts.scheme not in ("http", "https") or "d" not in segments[:-1]:
        return None
    segment = segments[segments.index("d") + 1]
    if expected and (segment == f"d{expected}" or segment.endswith(f"_d{expected}")):
        return expected
    match = _DOC_IN_URL.search(segment)
    return match[1] if match else None
