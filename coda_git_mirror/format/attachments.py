"""The final heading of a page's Markdown under which stands what only its HTML has (mirror-format.md, law 4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from urllib.parse import unquote

from coda_git_mirror.format.assets import AssetReference
from coda_git_mirror.format.destinations import Notation, written
from coda_git_mirror.format.scan_markdown import markdown_destinations
from coda_git_mirror.format.text import one_line

HEADING = "## Attachments\n"
MARKER = "<!-- This list is not part of Coda's Markdown export; it names what only the HTML export has. -->\n"
"""The last line of every list of ours: nobody sees it in a page, and no page of a user's ends in it."""
_OURS = re.compile(r"(?:- .*\n)*+\n" + re.escape(MARKER))
_DELICATE = re.compile(r"[!-/:-@\[-`{-~]")


def attachments_section(
    markdown: str, references: Iterable[AssetReference], link_for: Callable[[AssetReference], str] = lambda it: it.url
) -> str:
    """What to append to a page's normalised Markdown: a list of the files to which it has no link, in their order.

    Empty where there is none; but Markdown that itself ends as if in a list of ours gets one, were it an empty one,
    so that `without_attachments` always cuts the right one.
    """
    entries = [(it, link_for(it)) for it in references]
    linked = _linked(markdown, {name for it, link in entries for name in (it.blob_id, link)}) if entries else set()
    missing = [(it, link) for it, link in entries if it.blob_id not in linked and link not in linked]
    if not missing and _begin(markdown) is None:
        return ""
    shown = "".join(_entry(it, link) for it, link in missing)
    return ("\n" if markdown else "") + f"{HEADING}\n{shown}\n{MARKER}"


def without_attachments(markdown: str) -> str:
    """The Markdown without the section that this program appended, if there is one."""
    begin = _begin(markdown)
    return markdown if begin is None else markdown[:begin]


def _begin(markdown: str) -> int | None:
    """Where a section of ours begins, with the empty line before it."""
    place = markdown.rfind(f"{HEADING}\n") if markdown.endswith(MARKER) else -1
    if place < 0 or not _OURS.fullmatch(markdown, place + len(HEADING) + 1):
        return None
    if place == 0:
        return 0
    return place - 1 if markdown[:place].endswith("\n\n") else None


def _linked(markdown: str, names: Collection[str]) -> set[str]:
    """Those of the names to which the Markdown links: as a URL stands or as it reads, or as a part of its path."""
    urls = (url for found in markdown_destinations(markdown) for url in (found.url, unquote(found.url)))
    return {part for url in urls for part in (url, *re.split("[/?#]", url)) if part in names}


def _entry(reference: AssetReference, link: str) -> str:
    name = _DELICATE.sub(r"\\\g<0>", one_line(reference.name) or reference.blob_id)
    picture = reference.image or reference.mime.startswith("image/")
    return f"- {'!' if picture else ''}[{name}]({written(link, Notation.BARE) or ''})\n"
