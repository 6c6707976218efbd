"""Canonical bytes: the one place where text and JSON become UTF-8.

Coda's strings may hold lone surrogates, which UTF-8 cannot carry: JSON keeps them as `\\udXXX` escapes, so that
nothing is lost; plain text shows U+FFFD in their place, and in that of NUL, for which git would take a file for binary.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

_JSON_LINE = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
)
"""What was parsed from JSON goes round in no circles."""
_AT_ONCE = 100
_MARK = secrets.token_hex(16)
"""Stands between values that are encoded together; nobody else can know it, so no value has it."""
_BETWEEN = f',"{_MARK}",'.encode()
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
_LINE_END = re.compile("\r\n?")
_UNSEEN = re.compile(
    "[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
"""Controls, direction marks and the like, named one by one: Unicode's tables differ between versions of Python."""


def writable(text: str) -> str:
    """The text as a text file can hold it: with LF line ends, without lone surrogates and NUL."""
    return _UNWRITABLE.sub("\ufffd", _LINE_END.sub("\n", text))


def text_bytes(text: str) -> bytes:
    """UTF-8 of the text as a file can hold it."""
    return writable(text).encode()


def _json_bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()


def json_document(value: Any) -> bytes:
    """JSON for people: sorted keys, two spaces, one newline at the end."""
    return _json_bytes(json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False)) + b"\n"


def json_line(value: Any) -> bytes:
    """JSON for programs: sorted keys, no spaces, one line with its newline."""
    return _json_bytes(_JSON_LINE.encode(value) + "\n")


def json_lines(values: Sequence[Any]) -> list[bytes]:
    """`json_line` of each value, in far fewer calls."""
    lines: list[bytes] = []
    for begin in range(0, len(values), _AT_ONCE):
        lines += _marked_lines(values[begin : begin + _AT_ONCE])
    return lines


def _marked_lines(values: Sequence[Any]) -> list[bytes]:
    marked = [each for value in values for each in (value, _MARK)][:-1]
    try:
        content = _JSON_LINE.encode(marked).encode()
    except UnicodeEncodeError:
        return list(map(json_line, values))
    return [line + b"\n" for line in content[1:-1].split(_BETWEEN)]


def lines_of(text: str, start: int = 0) -> Iterator[str]:
    """The lines of a text from a place on, as `split` gives them, one at a time in memory."""
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def counted(number: int, noun: str) -> str:
    """Such as `1 page` and `2 pages`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def harmless(text: str) -> str:
    """Text of several lines fit to be shown: without control characters, which a terminal might obey."""
    return _UNSEEN.sub("", text.replace("\r", ""))


def one_line(text: str) -> str:
    """A name fit for a line of its own: white space folded, control and direction-override characters dropped."""
    return " ".join(_UNSEEN.sub("", text).split())
