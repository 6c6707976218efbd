"""What markdown-it-py finds in Markdown: the judge of our own scanner."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from coda_git_mirror.format.destinations import Notation
from coda_git_mirror.format.scan_markdown import markdown_destinations


def judged_links(markdown: str) -> list[str]:
    """The URLs of links and images as they come, an image's before that of the link around it.

    Lines indented by four spaces and lines of HTML are text to our scanner, and so they are here.
    """
    judge = MarkdownIt("commonmark").enable("table").disable(["code", "html_block"])
    judge.normalizeLink = lambda url: url  # type: ignore[method-assign]
    judge.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    return sorted(url for token in judge.parse(markdown) for url in _urls(token))


def scanned_links(markdown: str) -> list[str]:
    """The same by our scanner, for Markdown without references and raw HTML."""
    quoted = (Notation.DOUBLE_QUOTED, Notation.SINGLE_QUOTED, Notation.UNQUOTED)
    return sorted(found.url for found in markdown_destinations(markdown) if found.notation not in quoted)


def _urls(token: Token) -> Iterator[str]:
    for name in ("href", "src"):
        if name in token.attrs:
            yield str(token.attrs[name])
    for child in token.children or ():
        yield from _urls(child)
