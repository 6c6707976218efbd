"""The files of a page put together and taken apart: head, body with relative links, list of attachments.

What is taken apart is again what Coda exported, so that a page whose links have to follow a move is written anew from
what the mirror holds, without asking Coda.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from coda_git_mirror.format.assets import AssetReference, html_assets, markdown_assets
from coda_git_mirror.format.attachments import attachments_section, without_attachments
from coda_git_mirror.format.blobs import trim_blobs_html, trim_blobs_markdown
from coda_git_mirror.format.front_matter import front_matter
from coda_git_mirror.format.html import body_of, page_html
from coda_git_mirror.format.links import may_lead_into_mirror
from coda_git_mirror.format.markdown import normalised
from coda_git_mirror.format.metadata import Originals
from coda_git_mirror.format.relink import Relinked, Resolve, relink_html, relink_markdown, unlink_html, unlink_markdown
from coda_git_mirror.format.text import text_bytes
from coda_git_mirror.model.content import Page

_FENCE = "---\n"


@dataclass(frozen=True)
class PageText:
    """A page in one format as Coda exported it, normalised, with the head that its file begins with."""

    head: str
    body: str


@dataclass(frozen=True)
class Attachments:
    """The hosted files that a page names in any format, and how its file links to each."""

    references: Sequence[AssetReference]
    link_for: Callable[[AssetReference], str]


Written = tuple[bytes, Originals]
"""The bytes of a file, and what stood in place of its relative links."""


class PageFormat(Protocol):
    """How a page is written and read in one format."""

    def exported(self, page: Page, export: str, hosts: Collection[str]) -> PageText:
        """What Coda exported, for the file of the page."""

    def stored(self, content: bytes, originals: Originals) -> PageText:
        """What a file of the mirror was made from; `originals` are those that `written` gave.

        Raises ValueError for what is no text.
        """

    def renewed(self, page: Page, text: PageText) -> PageText:
        """A stored text with the head that the page's file has now."""

    def assets(self, text: str, hosts: Collection[str]) -> list[AssetReference]:
        """The hosted files that an export, or the body of a stored page, names."""

    def written(self, text: PageText, resolve: Resolve, attachments: Attachments) -> Written:
        """The file of the page, with the links that `resolve`, that of a book (`links.py`), knows led there."""


class _Markdown:
    """What only the HTML has is listed at the end (mirror-format.md, law 4)."""

    def exported(self, page: Page, export: str, hosts: Collection[str]) -> PageText:
        return PageText(front_matter(page), trim_blobs_markdown(normalised(export), hosts))

    def stored(self, content: bytes, originals: Originals) -> PageText:
        end = _end_of_head(content)
        body = str(memoryview(content)[end + content.startswith(b"\n", end) :], "utf-8")
        return PageText(content[:end].decode(), unlink_markdown(without_attachments(body), originals))

    def renewed(self, page: Page, text: PageText) -> PageText:
        return PageText(front_matter(page), text.body)

    def assets(self, text: str, hosts: Collection[str]) -> list[AssetReference]:
        return markdown_assets(text, hosts)

    def written(self, text: PageText, resolve: Resolve, attachments: Attachments) -> Written:
        relinked = relink_markdown(text.body, resolve) if may_lead_into_mirror(text.body) else Relinked(text.body)
        section = attachments_section(text.body, attachments.references, attachments.link_for)
        between = "\n" if relinked.text or section else ""
        return b"".join(map(text_bytes, (text.head, between, relinked.text, section))), relinked.originals


def below_head(content: bytes) -> bytes:
    """What the Markdown file of a page says below its head."""
    end = _end_of_head(content)
    return content[end + content.startswith(b"\n", end) :]


def _end_of_head(content: bytes) -> int:
    """Where the head ends; a file into which somebody wrote something else may have none."""
    end = content.find(f"\n{_FENCE}".encode(), len(_FENCE)) if content.startswith(_FENCE.encode()) else -1
    return 0 if end < 0 else end + 1 + len(_FENCE)


class _Html:
    """The head holds no links, so that the whole file is the body here."""

    def exported(self, page: Page, export: str, hosts: Collection[str]) -> PageText:
        return PageText("", trim_blobs_html(page_html(page, export), hosts))

    def stored(self, content: bytes, originals: Originals) -> PageText:
        return PageText("", unlink_html(content.decode(), originals))

    def renewed(self, page: Page, text: PageText) -> PageText:
        return PageText("", page_html(page, body_of(text.body)))

    def assets(self, text: str, hosts: Collection[str]) -> list[AssetReference]:
        return html_assets(text, hosts)

    def written(self, text: PageText, resolve: Resolve, attachments: Attachments) -> Written:  # noqa: ARG002
        relinked = relink_html(text.body, resolve) if may_lead_into_mirror(text.body) else Relinked(text.body)
        return text_bytes(relinked.text), relinked.originals


PAGE_FORMATS: Mapping[str, PageFormat] = {".md": _Markdown(), ".html": _Html()}
