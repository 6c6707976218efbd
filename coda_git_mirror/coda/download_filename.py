"""The original name of a hosted file, as the server of its bytes tells it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from urllib.parse import unquote, unquote_to_bytes

_LONGEST = 255
_EXTENDED = re.compile(r"filename\*\s*=\s*([\w.-]*)'[^']*'([^;]*)", re.IGNORECASE)
_QUOTED = re.compile(r'filename\s*=\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_BARE = re.compile(r"filename\s*=\s*([^;\"]*)", re.IGNORECASE)
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")


def served_name(headers: Mapping[str, str]) -> str:
    """The name that `x-amz-meta-filename` or `Content-Disposition` gives: one plain component, or empty."""
    name = _readable(headers.get("x-amz-meta-filename", "")) or _disposed(headers.get("Content-Disposition", ""))
    return _sanitised(name)


def _disposed(header: str) -> str:
    if extended := _EXTENDED.search(header):
        try:
            return unquote_to_bytes(extended[2].strip()).decode(extended[1] or "utf-8")
        except (LookupError, ValueError):
            pass
    if quoted := _QUOTED.search(header):
        return _readable(re.sub(r"\\(.)", r"\1", quoted[1]))
    bare = _BARE.search(header)
    return _readable(bare[1].strip()) if bare else ""


def _readable(value: str) -> str:
    """Undoes what servers and libraries do to a name: UTF-8 read as Latin-1, RFC 2047 words, percent escapes."""
    text = _words(_as_utf8(value))
    if not _ESCAPED.search(text):
        return text
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def _as_utf8(value: str) -> str:
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _words(text: str) -> str:
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def _sanitised(name: str) -> str:
    """The last component of a path, on one line, without what nobody can see."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(character for character in last if unicodedata.category(character)[0] != "C")
    plain = unicodedata.normalize("NFC", " ".join(seen.split()))[:_LONGEST].strip()
    return "" if set(plain) <= {"."} else plain
