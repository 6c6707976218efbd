"""One cell of a table as a person reads it (mirror-format law 5). The lossless form is the JSONL's business."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from coda_git_mirror.model.content import Json

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T(\d{2}:\d{2}:\d{2})(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?")
_TICKS = "```"


def cell_text(value: Any, kind: str = "") -> str:
    """The text of a value as `valueFormat=rich` gives it; `kind` is the column's type, a hint only.

    Any column can hold any value (FACTS.md, Rows): whatever is not as its column says is shown as it is.
    """
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return _number(value)
        case str():
            return _text(value, kind)
        case list():
            return ", ".join(text for each in _members(value) if (text := cell_text(each, kind)))
        case dict():
            return _object(value)
    raise TypeError(f"JSON has no {type(value).__name__}")


def _members(values: list[Any]) -> Iterator[Any]:
    """What a list holds, however deeply its lists are nested."""
    waiting = values[::-1]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value[::-1]
        else:
            yield value


def unfenced(text: str) -> str:
    """Plain text without the fence of three backticks that Coda may put around it.

    Ticks inside such a fence are escaped: text in which another fence stands bare is Markdown and stays as it is.
    """
    inner = text[len(_TICKS) : -len(_TICKS)]
    if text != f"{_TICKS}{inner}{_TICKS}" or _TICKS in inner.replace("\\`", "\0"):
        return text
    return inner.replace("\\`", "`")


def _number(value: float) -> str:
    """Plain digits, never an exponent; the shortest that reads back as the same number."""
    if isinstance(value, int):
        return str(value)
    return format(Decimal(repr(value)), "f")


def _text(value: str, kind: str) -> str:
    pattern = {"date": _DATE, "time": _TIME}.get(kind)
    match = pattern.fullmatch(value) if pattern else None
    return match[1] if match else unfenced(value)


def _person(value: Json) -> Any:
    return value.get("name") or value.get("email")


def _named(value: Json) -> Any:
    return value.get("name")


def _amount(value: Json) -> Any:
    return value.get("amount")


def _link(value: Json) -> Any:
    return value.get("url") or value.get("name")


def _image(value: Json) -> Any:
    return value.get("name") or value.get("url")


_READINGS: Mapping[str, Callable[[Json], Any]] = {
    "Person": _person,
    "StructuredValue": _named,
    "MonetaryAmount": _amount,
    "WebPage": _link,
    "ImageObject": _image,
}


def _object(value: Json) -> str:
    reading = _READINGS.get(str(value.get("@type")))
    shown = reading(value) if reading else None
    if isinstance(shown, str | int | float) and not isinstance(shown, bool):
        return cell_text(shown)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
