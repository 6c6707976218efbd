"""Columns of every type, and JSON of every kind that a cell of them may hold."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from coda_git_mirror.model.content import Column

KINDS = (
    "text", "person", "lookup", "number", "percent", "currency", "date", "dateTime", "time", "duration", "email",
    "link", "slider", "scale", "image", "imageReference", "attachments", "button", "checkbox", "select", "packObject",
    "reaction", "canvas", "other", "", "of tomorrow",
)  # fmt: skip


def column(kind: str, **raw: Any) -> Column:
    """A column of a type; `raw` is what else Coda says of it, and of its format under `format`."""
    about = {"type": kind, "isArray": False, **raw.pop("format", {})}
    return Column.of({"id": "c-1", "name": "Column", "format": about, **raw})


def thing(kind: str, **fields: Any) -> dict[str, Any]:
    return {"@context": "http://schema.org/", "@type": kind, **fields}


def file_at(url: str, **fields: Any) -> dict[str, Any]:
    return thing("ImageObject", url=url, status="live", **fields)


_texts = st.text(max_size=8) | st.sampled_from(
    ["", " ", "`", "```", "``````", "```a```", "```\ncode", "```a \\`b\\` ```", "**bold**", "007", "1", "-0", "1e5",
     "\ud800", "2026-03-04", "2026-03-04T00:00:00.000-05:00", "2026-03-04T05:00:00Z", "2026-03-04T25:00:00",
     "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "09:30", "25:00", "true",
     "1899-12-30T09:30:00.000-04:56", "```2026-03-04```", "https://coda.io/d/x", "https://[", "mailto:a@b.org"]
)  # fmt: skip
_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts
_fields = st.sampled_from(["name", "email", "rowId", "tableId", "amount", "currency", "url", "status", "x"])
_types = st.sampled_from(["Person", "StructuredValue", "MonetaryAmount", "WebPage", "ImageObject", "Unknown", 5, None])
_objects = st.builds(
    lambda kind, fields: {"@type": kind, **fields}, _types, st.dictionaries(_fields, _scalars, max_size=4)
)
cell_json = st.recursive(_scalars | _objects, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
"""Whatever Coda may send for a cell, and worse."""
kinds = st.sampled_from(KINDS)
