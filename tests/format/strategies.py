"""What the property tests of several rooms draw from, and how often.

`HYPOTHESIS_PROFILE=slow` tries 1,000 random examples of each; otherwise the same few on every run.
"""

from __future__ import annotations

import os

from hypothesis import settings
from hypothesis import strategies as st

from coda_git_mirror.model.content import Page

_SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
prop = settings(max_examples=1_000 if _SLOW else 60, deadline=None, derandomize=not _SLOW, database=None)

HOSTILE_NAMES = (
    "",
    " ",
    ".",
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\Windows",
    ".git",
    ".gitmodules",
    "con",
    "NUL",
    "nul.txt",
    "com1",
    "COM¹",
    "lpt9",
    "CONIN$",
    "-rf",
    "--upload-pack=x",
    "trailing dots...",
    "trailing space ",
    "🎉🎉",
    "日本語のページ",
    "日本語のページ",
    "שלום עולם",
    "مرحبا",
    "a\u202egnp.exe",
    "a\0b",
    "line\nbreak",
    "tab\there",
    "\ud800",
    "\ufeff",
    "é",
    "e\u0301",
    "Straße",
    "İstanbul",
    "&#0;",
    "&#99999999999999999999;",
    "&#x110000;",
    "&amp;",
    "a|b",
    "[x](y)",
    "`code`",
    "<script>alert(1)</script>",
    "<!-- -->",
    "---",
    "--- a/b",
    "# heading",
    "Coda-Docs: 9",
    "1. first",
    "- item",
    "no",
    "1e3",
    "x" * 300,
    "wide 漢字 " * 60,
)

names = st.one_of(st.sampled_from(HOSTILE_NAMES), st.text(max_size=30), st.text("ab .-A", max_size=4))
ids = st.text("abAB-_1", min_size=1, max_size=6)
instants = st.sampled_from(
    [
        "2024-01-01T00:00:00.000Z",
        "2024-01-01T00:00:00Z",
        "2024-01-01T01:00:00+01:00",
        "2023-12-31T23:59:59.999-05:00",
        "2025-06-01T12:00:00",
        "",
        "soon",
        "9999-12-31T23:59:59-05:00",
        "0001-01-01T00:00:00+05:00",
    ]
)


@st.composite
def page_lists(draw: st.DrawFn, most: int = 12) -> list[Page]:
    """Pages in the order of a listing: unknown parents, circles and wrong lists of children included."""
    known = draw(st.lists(ids, unique=True, max_size=most))
    some_id = st.sampled_from([*known, "unknown"])
    return [
        Page(
            id=page_id,
            name=draw(names),
            created=draw(instants),
            parent=draw(st.none() | some_id),
            children=tuple(draw(st.lists(some_id, max_size=4))),
        )
        for page_id in known
    ]


def chain(length: int, name: str = "page") -> list[Page]:
    """Pages of which each is below the one before."""
    return [
        Page(f"p{number}", name, parent=f"p{number - 1}" if number else None, children=(f"p{number + 1}",))
        for number in range(length)
    ]
