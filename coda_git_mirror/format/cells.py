"""One cell of a table as a person reads it (mirror-format.md, law 5). The lossless form is the JSONL's business."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from coda_git_mirror.model.content import Json

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T(\d{2}:\d{2}:\d{2})(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?")
_SCALARS = frozenset({str, int, float})
_INSTANTS = {"date": _DATE, "time": _TIME}
_TICKS = "```"
_WITHIN, _TWO_FENCES = slice(len(_TICKS), -len(_TICKS)), 2 * len(_TICKS)

FileOf = Callable[[Json], str | None]
"""Where the file lies that an `ImageObject` shows, as a path below the doc's folder; None where the mirror has none."""


def cell_text(value: Any, kind: str = "") -> str:
    """The text of a value as `valueFormat=rich` gives it; `kind` is the column's type, a hint only.

    Any column can hold any value (coda-api.md, Rows): whatever is not as its column says is shown as it is.
    """
    return _TEXTS[type(value)](value, kind)


def column_texts(values: Iterable[Any], kind: str) -> list[str]:
    """The texts of many values of a column of this kind."""
    if kind in _INSTANTS:
        return [_TEXTS[type(value)](value, kind) for value in values]
    # Most values are text: looking up for each cell what reads it would take as long as all the rest.
    return [unfenced(value) if type(value) is str else _TEXTS[type(value)](value, kind) for value in values]


def naming_files(value: Any, file_of: FileOf) -> Any:
    """The value with the name of each hosted file in it followed by the place of that file in the mirror."""
    if isinstance(value, list):
        return [naming_files(each, file_of) for each in flattened(value)]
    path = file_of(value) if isinstance(value, dict) and value.get("@type") == "ImageObject" else None
    if path is None:
        return value
    name = value.get("name")
    return {**value, "name": f"{name} ({path})" if type(name) is str and name else path}


def unfenced(text: str) -> str:
    """Plain text without the fence of three backticks that Coda may put around it.

    Ticks inside such a fence are escaped: text in which another fence stands bare is Markdown and stays as it is.
    """
    if not text.startswith(_TICKS):
        return text
    if len(text) < _TWO_FENCES or not text.endswith(_TICKS):
        return text
    inner = text[_WITHIN]
    if "`" not in inner:
        return inner
    if _TICKS in inner and _TICKS in inner.replace("\\`", "\0"):
        return text
    return inner.replace("\\`", "`")


def _nothing(_value: None, _: str) -> str:
    return ""


def _truth(value: bool, _: str) -> str:
    return "TRUE" if value else "FALSE"


def _integer(value: int, _: str) -> str:
    return str(value)


def _number(value: float, _: str) -> str:
    """Plain digits, never an exponent; the shortest that reads back as the same number."""
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text


def _text(value: str, kind: str) -> str:
    if value.startswith(_TICKS):
        return unfenced(value)
    pattern = _INSTANTS.get(kind)
    match = pattern.fullmatch(value) if pattern else None
    return match[1] if match else value


def _list(values: list[Any], kind: str) -> str:
    members = flattened(values) if list in map(type, values) else values
    return ", ".join(filter(None, [_TEXTS[type(each)](each, kind) for each in members]))


def flattened(values: list[Any]) -> Iterator[Any]:
    """What a list holds, however deeply its lists are nested."""
    waiting = values[::-1]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value[::-1]
        else:
            yield value


_SHOWN: Mapping[str, tuple[str, str]] = {
    "Person": ("name", "email"),
    "StructuredValue": ("name", "name"),
    "MonetaryAmount": ("amount", "amount"),
    "WebPage": ("url", "name"),
    "ImageObject": ("name", "url"),
}
"""What an object of each type is shown by, and what by where it has nothing there."""


def _object(value: Json, _: str) -> str:
    try:
        first, second = _SHOWN[value["@type"]]
    except (KeyError, TypeError):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    shown = value.get(first) or value.get(second)
    if type(shown) in _SCALARS:
        return _TEXTS[type(shown)](shown, "")
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


_TEXTS: Mapping[type, Callable[[Any, str], str]] = {
    type(None): _nothing,
    bool: _truth,
    int: _integer,
    float: _number,
    str: _text,
    list: _list,
    dict: _object,
}
"""How each type that JSON has is read."""
