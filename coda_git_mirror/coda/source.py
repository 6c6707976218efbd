"""What the mirror reads from Coda, as values of the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from coda_git_mirror.coda.client import Client, Request, path_of
from coda_git_mirror.coda.exports import PageExporter
from coda_git_mirror.coda.listing import Listing, Sink, list_all, read_heavy_listing
from coda_git_mirror.coda.parse import Parser
from coda_git_mirror.coda.shape import is_row, require_item
from coda_git_mirror.coda.throttle import RateClass
from coda_git_mirror.errors import NotThere
from coda_git_mirror.model.content import Account, Column, Doc, Json, Page, Table

_LIMIT = 500
_COLUMN_LIMIT = 100
"""The only maximum that the OpenAPI document states; elsewhere Coda clamps what is too large."""
_DOC_LISTINGS = 3

T = TypeVar("T")


class CodaSource:
    """Reads one account. Every method raises the errors of `Client.ask`."""

    def __init__(self, client: Client, exporter: PageExporter, parser: Parser) -> None:
        self._client, self._exporter, self._parser = client, exporter, parser

    @property
    def requests_sent(self) -> int:
        return self._client.requests_sent

    def account(self) -> Account:
        return self._parser.account(self._client.whoami())

    def docs(self, owned_only: bool) -> list[Doc]:
        """The docs that Coda lists for this token.

        The listing moves while it is read, for the docs touched last come first: when a doc shows up twice, another
        may have been passed over, and the listing is read again.
        """
        query: dict[str, Any] = {"limit": _LIMIT, **({"isOwner": "true"} if owned_only else {})}
        listing = Listing(Request("/docs", RateClass.DOCS, query=query))
        found = _Counted()
        for _ in range(_DOC_LISTINGS):
            found.twice = False
            read_heavy_listing(self._client, listing, found)
            if not found.twice:
                break
        return [self._parser.doc(doc) for doc in found.items.values()]

    def doc(self, doc_id: str) -> Doc:
        return self._parser.doc(self._item(path_of("docs", doc_id)))

    def pages(self, doc_id: str) -> list[Page]:
        return self._list(self._parser.page, path_of("docs", doc_id, "pages"))

    def page(self, doc_id: str, page_id: str) -> Page:
        return self._parser.page(self._item(path_of("docs", doc_id, "pages", page_id)))

    def tables(self, doc_id: str) -> list[Table]:
        """The base tables with their details, which the listing does not give.

        A table that is deleted between the listing and the look at it is left out, by Coda's own word for it.
        """
        query = {"limit": _LIMIT, "tableTypes": "table"}
        references = list_all(self._client, Listing(Request(path_of("docs", doc_id, "tables"), query=query)))
        tables = (self._table_if_there(doc_id, reference["id"]) for reference in references if _is_base(reference))
        return [table for table in tables if table is not None]

    def _table_if_there(self, doc_id: str, table_id: str) -> Table | None:
        try:
            return self.table(doc_id, table_id)
        except NotThere:
            return None

    def table(self, doc_id: str, table_id: str) -> Table:
        return self._parser.table(self._item(path_of("docs", doc_id, "tables", table_id)))

    def columns(self, doc_id: str, table_id: str) -> list[Column]:
        return self._list(self._parser.column, path_of("docs", doc_id, "tables", table_id, "columns"), _COLUMN_LIMIT)

    def rows(self, doc_id: str, table_id: str, sink: Sink) -> None:
        """Feeds all rows, also those that the table hides, with rich values by column id to the sink."""
        path = path_of("docs", doc_id, "tables", table_id, "rows")
        query = {"limit": _LIMIT, "valueFormat": "rich"}
        read_heavy_listing(self._client, Listing(Request(path, query=query), is_row), _ParsedRows(sink, self._parser))

    def export_page(self, doc_id: str, page_id: str, output_format: str) -> str:
        """The page's content in "markdown" or "html"."""
        return self._exporter.export(path_of("docs", doc_id, "pages", page_id), output_format)

    def _item(self, path: str) -> Json:
        return self._client.ask(Request(path), require_item)

    def _list(self, parse: Callable[[Json], T], path: str, limit: int = _LIMIT) -> list[T]:
        return [parse(item) for item in list_all(self._client, Listing(Request(path, query={"limit": limit})))]


def _is_base(reference: Json) -> bool:
    return bool(reference.get("tableType", "table") == "table")


class _Counted:
    """Collects docs over several readings of a listing, noticing one that comes twice in a reading."""

    def __init__(self) -> None:
        self.items: dict[str, Json] = {}
        self.twice = False
        self._this_time: set[str] = set()

    def restart(self) -> None:
        self._this_time.clear()

    def take(self, items: list[Json]) -> None:
        for item in items:
            self.twice |= item["id"] in self._this_time
            self._this_time.add(item["id"])
            self.items[item["id"]] = item


class _ParsedRows:
    """Frees rows from noise on their way to a sink."""

    def __init__(self, sink: Sink, parser: Parser) -> None:
        self._sink, self._parser = sink, parser

    def restart(self) -> None:
        self._sink.restart()

    def take(self, items: list[Json]) -> None:
        self._sink.take([self._parser.row(item) for item in items])
