"""A page's Markdown: Coda's export, normalised, behind the page's front matter."""

from __future__ import annotations

import re

from coda_git_mirror.format.fences import FenceScanner
from coda_git_mirror.format.front_matter import front_matter
from coda_git_mirror.format.text import text_bytes, writable
from coda_git_mirror.model.content import Page

_LEADING = re.compile(r"(?:[^\S\n]*\n|\ufeff)+")
"""Empty lines and byte order marks at the beginning."""


def page_file(page: Page, body: str) -> bytes:
    """The bytes of `….md`: front matter, an empty line, the Markdown, one newline at the end."""
    normal = normalised(body)
    return text_bytes(front_matter(page) + (f"\n{normal}" if normal else ""))


def normalised(markdown: str) -> str:
    """LF line ends, white-space-only lines emptied outside code fences, one newline at the end or no text at all."""
    text = writable(markdown)
    leading = _LEADING.match(text)
    fences = FenceScanner()
    lines = text[leading.end() if leading else 0 :].split("\n")
    kept = "\n".join(line if fences.inside(line) or line.strip() else "" for line in lines).strip("\n")
    return f"{kept}\n" if kept else ""
