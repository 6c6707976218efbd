"""A page's Markdown as Coda exported it, normalised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from coda_git_mirror.format.fences import FenceScanner
from coda_git_mirror.format.text import lines_of, writable

_LEADING = re.compile(r"(?:[^\S\n]*\n|\ufeff)+")
"""Empty lines and byte order marks at the beginning."""
_BATCH = 10_000


def normalised(markdown: str) -> str:
    """LF line ends, white-space-only lines emptied outside code fences, one newline at the end or no text at all."""
    text = writable(markdown)
    leading = _LEADING.match(text)
    lines = _without_stray_space(text, leading.end() if leading else 0)
    batches = []
    while batch := list(islice(lines, _BATCH)):
        batches.append("\n".join(batch))
    while batches and not batches[-1].strip("\n"):
        batches.pop()
    if batches:
        batches[-1] = batches[-1].rstrip("\n") + "\n"
    return "\n".join(batches).lstrip("\n")


def _without_stray_space(text: str, start: int) -> Iterator[str]:
    fences = FenceScanner()
    for line in lines_of(text, start):
        yield line if fences.inside(line) or line.strip() else ""
