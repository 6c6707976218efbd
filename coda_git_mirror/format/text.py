"""Canonical bytes: the one place where text and JSON become UTF-8.

Coda's strings may hold lone surrogates, which UTF-8 cannot carry: JSON keeps them as `\\udXXX` escapes, so that
nothing is lost; plain text shows U+FFFD in their place.
"""

from __future__ import annotations

import json
import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n?")


def text_bytes(text: str) -> bytes:
    """UTF-8 with LF line ends."""
    return _SURROGATE.sub("\ufffd", _LINE_END.sub("\n", text)).encode()


def _json_bytes(text: str) -> bytes:
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()


def json_document(value: Any) -> bytes:
    """JSON for people: sorted keys, two spaces, one newline at the end."""
    return _json_bytes(json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False)) + b"\n"


def json_line(value: Any) -> bytes:
    """JSON for programs: sorted keys, no spaces, one line with its newline."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return _json_bytes(text) + b"\n"


def one_line(text: str) -> str:
    """A name fit for a line of its own: white space folded, control and direction-override characters dropped."""
    folded = " ".join(text.split())
    return "".join(character for character in folded if character.isprintable() or character == "\u200d")
