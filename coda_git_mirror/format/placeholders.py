"""What stands in the files of a page that Coda cannot export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape


def _markdown(content_type: str) -> str:
    return f"*This page has no content here: Coda cannot export pages of the type `{content_type}`.*"


def _html(content_type: str) -> str:
    return (
        f"<p><em>This page has no content here: Coda cannot export pages of the type {escape(content_type)}.</em></p>"
    )


PLACEHOLDERS: Mapping[str, Callable[[str], str]] = {".md": _markdown, ".html": _html}
"""The text by the suffix of the file, for a content type."""
