"""A page's Markdown: Coda's export, normalised, behind the page's front matter."""

from __future__ import annotations

import re

from coda_git_mirror.format.front_matter import front_matter
from coda_git_mirror.format.text import text_bytes
from coda_git_mirror.model.content import Page

_OPENING = re.compile(r"\s*(?:[-*+>]\s+|\d+[.)]\s+)*(?P<mark>`{3,}|~{3,})(?P<info>.*)")
_CLOSING = re.compile(r"[\s>]*(?P<mark>`{3,}|~{3,})\s*")


def page_file(page: Page, body: str) -> bytes:
    """The bytes of `….md`: front matter, an empty line, the Markdown, one newline at the end."""
    normal = normalised(body)
    return text_bytes(front_matter(page) + (f"\n{normal}" if normal else ""))


def normalised(markdown: str) -> str:
    """LF line ends, white-space-only lines emptied outside code fences, one newline at the end or no text at all."""
    lines = markdown.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept: list[str] = []
    fence = ""
    for line in lines:
        kept.append(line if fence or line.strip() else "")
        fence = _fence_after(line, fence)
    text = "\n".join(kept).strip("\n")
    return f"{text}\n" if text else ""


def _fence_after(line: str, fence: str) -> str:
    """The mark of the code fence that is open after this line, or nothing.

    A mark opens a fence however far it is indented: taking an indented block for a fence leaves its lines as they
    are, which is the safe mistake.
    """
    if fence:
        closing = _CLOSING.fullmatch(line)
        return "" if closing and closing["mark"].startswith(fence) else fence
    opening = _OPENING.match(line)
    if not opening or ("`" in opening["mark"] and "`" in opening["info"]):
        return ""
    return opening["mark"]


def unexportable_body(content_type: str) -> str:
    """What stands in the file of a page that Coda cannot export."""
    return f"*This page has no content here: Coda cannot export pages of the type `{content_type}`.*"
