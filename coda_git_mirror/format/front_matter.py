"""The YAML head of a page's file."""

from __future__ import annotations

import re
from typing import Any

import yaml

from coda_git_mirror.model.content import Json, Page

_WIDEST = 1_000_000
_FENCE = "---\n"
_DELICATE = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


class _Dumper(yaml.SafeDumper):
    """Keeps every text on its line, with escapes for what YAML would fold or take for a line end."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if _DELICATE.search(text) else None)


_Dumper.add_representer(str, _text)


def front_matter(page: Page) -> str:
    """`id` to `url` as mirror-format.md, law 4 names them; a field that Coda does not send is absent."""
    fields = {name: value for name, value in _fields(page).items() if value not in (None, "", [])}
    return _FENCE + yaml.dump(fields, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDEST) + _FENCE


def _fields(page: Page) -> dict[str, Any]:
    raw = page.raw
    return {
        "id": page.id,
        "title": page.name,
        "subtitle": raw.get("subtitle"),
        "icon": _name(raw.get("icon")),
        "parent": page.parent,
        "type": page.content_type,
        "hidden": raw.get("isHidden"),
        "authors": [_name(author) for author in _list(raw.get("authors")) if _name(author)],
        "created": page.created,
        "updated": raw.get("updatedAt"),
        "url": raw.get("browserLink"),
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _name(value: Json | Any) -> Any:
    return value.get("name") if isinstance(value, dict) else value
