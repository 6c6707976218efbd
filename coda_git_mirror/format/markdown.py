"""A page's Markdown as Coda exported it, normalised."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from coda_git_mirror.format.fences import FenceScanner
from coda_git_mirror.format.text import lines_of, writable

_LEADING = re.compile(r"(?:[^\S\n]*\n|\ufeff)+")
"""Empty lines and byte order marks at the beginning."""
_BATCH = 256 * 1024
"""Characters; so many of a large page are in memory once more as lines."""


def normalised(markdown: str) -> str:
    """LF line ends, white-space-only lines emptied outside code fences, one newline at the end or no text at all."""
    text = writable(markdown)
    leading = _LEADING.match(text)
    batches = list(_joined(_without_stray_space(text, leading.end() if leading else 0)))
    while batches and not batches[-1].strip("\n"):
        batches.pop()
    if batches:
        batches[-1] = batches[-1].rstrip("\n") + "\n"
    return "\n".join(batches).lstrip("\n")


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """The same text in pieces of many lines each."""
    batch, size = list[str](), 0
    for line in lines:
        batch.append(line)
        size += len(line)
        if size > _BATCH:
            yield "\n".join(batch)
            batch, size = [], 0
    if batch:
        yield "\n".join(batch)


def _without_stray_space(text: str, start: int) -> Iterator[str]:
    fences = FenceScanner()
    for line in lines_of(text, start):
        yield line if fences.inside(line) or line.strip() else ""
