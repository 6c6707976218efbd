"""What a token may do, as far as a mirror is concerned (coda-api.md, Listings)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Protocol

from coda_git_mirror.errors import AccessDenied, CodaError, ExportDenied, TokenRefused
from coda_git_mirror.model.content import Doc, Holder, Page, is_exportable

_DOCS_TO_TRY = 3


class Reach(Enum):
    """In words that follow the token's name."""

    EXPORTS = "reads and exports"
    READS = "reads, but cannot export: pages come as plain text"
    ONE_DOC = "restricted to one doc: name it with --doc"
    UNKNOWN = "restricted; no page shows yet whether it exports"


class Readable(Protocol):
    """What is asked of Coda to find out."""

    def docs(self, owned_only: bool) -> list[Doc]:
        """The docs that Coda lists for the token."""

    def pages(self, doc_id: str) -> list[Page]:
        """The pages of a doc."""

    def export_page(self, doc_id: str, page_id: str, output_format: str) -> str:
        """The content of a page."""


def reach_of(holder: Holder, source: Readable) -> Reach:
    """What the token may do; of a restricted one only trying tells. Raises TokenRefused and Unavailable."""
    if not holder.is_restricted:
        return Reach.EXPORTS
    try:
        docs = source.docs(owned_only=False)
    except AccessDenied:
        return Reach.ONE_DOC
    return next(
        filter(None, (_tried(source, doc.id, page.id) for doc, page in _candidates(source, docs))), Reach.UNKNOWN
    )


def _candidates(source: Readable, docs: list[Doc]) -> Iterator[tuple[Doc, Page]]:
    """A page of each of the first docs, of a type that Coda exports."""
    for doc in docs[:_DOCS_TO_TRY]:
        try:
            pages = source.pages(doc.id)
        except TokenRefused:
            raise
        except CodaError:
            continue
        yield from ((doc, page) for page in [page for page in pages if is_exportable(page.content_type)][:1])


def _tried(source: Readable, doc_id: str, page_id: str) -> Reach | None:
    """None where this page does not tell."""
    try:
        source.export_page(doc_id, page_id, "markdown")
    except ExportDenied:
        return Reach.READS
    except TokenRefused:
        raise
    except CodaError:
        return None
    return Reach.EXPORTS
