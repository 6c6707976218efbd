"""What the mirror reads from Coda, as values of the model."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from coda_git_mirror.coda.client import Client
from coda_git_mirror.coda.downloads import BlobDownloader, Destination, TooLarge
from coda_git_mirror.coda.error_bodies import ExpectedFile
from coda_git_mirror.coda.exports import PageExporter
from coda_git_mirror.coda.listing import Listing, Sink, list_all, read_heavy_listing, read_listing
from coda_git_mirror.coda.parse import Parser
from coda_git_mirror.coda.request import Request, path_of
from coda_git_mirror.coda.shape import is_json_object, is_row, item_with, row_with
from coda_git_mirror.errors import NotThere, Unaddressable
from coda_git_mirror.model.content import Account, Column, Doc, Holder, Json, Page, Table
from coda_git_mirror.model.downloads import Download
from coda_git_mirror.model.traffic import RateClass, Traffic

_LIMIT = 500
_COLUMN_LIMIT = 100
"""The only maximum that the OpenAPI document states; elsewhere Coda clamps what is too large."""

T = TypeVar("T")


class CodaSource:
    """Reads one account. Every method raises the errors of `Client.ask`."""

    def __init__(self, client: Client, exporter: PageExporter, blobs: BlobDownloader, parser: Parser) -> None:
        self._client, self._exporter, self._blobs, self._parser = client, exporter, blobs, parser

    def traffic(self) -> Traffic:
        """What was sent so far, and at what pace."""
        return self._client.traffic

    def token_mark(self, salt: bytes) -> str:
        """Tells this token at this API from others, to whoever knows the salt; the token cannot be found from it."""
        return self._client.token_mark(salt)

    def server_time(self) -> datetime:
        """The time by Coda's own clock; by this machine's where Coda does not say it."""
        return self._client.server_time or datetime.now(UTC)

    def account(self) -> Account:
        return self._parser.account(self._client.whoami())

    def holder(self) -> Holder:
        """Whose token it is, with what Coda says of the token itself."""
        return self._parser.holder(self._client.whoami())

    def docs(self, owned_only: bool) -> list[Doc]:
        """The docs that Coda lists for this token. The listing moves, for the docs touched last come first."""
        query: dict[str, Any] = {"limit": _LIMIT, **({"isOwner": "true"} if owned_only else {})}
        listing = Listing(Request("/docs", RateClass.DOCS, query=query, opening=True))
        return [self._parser.doc(doc) for doc in list_all(self._client, listing, heavy=True)]

    def doc(self, doc_id: str) -> Doc:
        return self._parser.doc(self._item("docs", doc_id))

    def pages(self, doc_id: str, *, fresh: bool = False) -> list[Page]:
        """All pages, flat. `fresh`: raises NotYetFresh where a change that Coda has accepted might be missing."""
        request = Request(path_of("docs", doc_id, "pages"), query={"limit": _LIMIT}, fresh=fresh)
        return [self._parser.page(page) for page in list_all(self._client, Listing(request))]

    def page(self, doc_id: str, page_id: str) -> Page:
        return self._parser.page(self._item("docs", doc_id, "pages", page_id))

    def tables(self, doc_id: str) -> list[Table]:
        """The base tables and views as the listing refers to them; only `table` gives their details."""
        query = {"limit": _LIMIT, "tableTypes": "table,view"}
        references = list_all(self._client, Listing(Request(path_of("docs", doc_id, "tables"), query=query)))
        return [self._parser.table(reference) for reference in references]

    def table(self, doc_id: str, table_id: str) -> Table:
        return self._parser.table(self._item("docs", doc_id, "tables", table_id))

    def columns(self, doc_id: str, table_id: str) -> list[Column]:
        return self._list(self._parser.column, path_of("docs", doc_id, "tables", table_id, "columns"), _COLUMN_LIMIT)

    def rows(
        self,
        doc_id: str,
        table_id: str,
        sink: Sink,
        *,
        fresh: bool = False,
        where: tuple[str, Any] | None = None,
    ) -> None:
        """Feeds all rows, also those that the table hides, with rich values by column id to the sink.

        `fresh`: raises NotYetFresh where the answer might lack a change that Coda has accepted.
        `where`: only rows in whose column of this id Coda finds this value.
        """
        query = {"limit": _LIMIT, "valueFormat": "rich"}
        self._read_rows(path_of("docs", doc_id, "tables", table_id, "rows"), query, sink, fresh, where)

    def row(self, doc_id: str, table_id: str, row_id: str, *, fresh: bool = False) -> Json:
        """One row with rich values by column id."""
        path = path_of("docs", doc_id, "tables", table_id, "rows", row_id)
        request = Request(path, query={"valueFormat": "rich"}, fresh=fresh)
        return self._parser.row(self._client.ask(request, row_with(row_id)))

    def shown_rows(
        self, doc_id: str, view_id: str, sink: Sink, *, fresh: bool = False, where: tuple[str, Any] | None = None
    ) -> None:
        """Feeds the rows that a view shows, in its order, to the sink; `fresh` and `where` as for `rows`."""
        query = {"limit": _LIMIT, "valueFormat": "rich", "sortBy": "natural"}
        self._read_rows(path_of("docs", doc_id, "tables", view_id, "rows"), query, sink, fresh, where)

    def export_page(self, doc_id: str, page_id: str, output_format: str) -> str:
        """The page's content in "markdown" or "html". Raises ExportDenied where the token may read but not export."""
        return self._exporter.export(doc_id, page_id, output_format)

    def page_text(self, doc_id: str, page_id: str) -> str:
        """The page's bare words, a line each, which need no export."""
        path = path_of("docs", doc_id, "pages", page_id, "content")
        lines = _Lines()
        read_listing(self._client, Listing(Request(path, query={"limit": _LIMIT}), is_json_object), lines)
        return "\n".join(lines.texts)

    def formulas(self, doc_id: str) -> list[Json]:
        """The named formulas with their values."""
        return self._details("docs", doc_id, "formulas")

    def controls(self, doc_id: str) -> list[Json]:
        """The controls with their values."""
        return self._details("docs", doc_id, "controls")

    def sharing(self, doc_id: str) -> Json:
        """Who may do what with the doc: `permissions` and `settings`."""
        permissions = list_all(self._client, Listing(Request(path_of("docs", doc_id, "acl", "permissions"))))
        settings = self._client.ask(Request(path_of("docs", doc_id, "acl", "settings")))
        return {
            "permissions": self._sorted(permissions),
            "settings": self._parser.without_noise(settings),
        }

    def folders(self) -> dict[str, str]:
        """The names of the folders that docs lie in, by their ids; the OpenAPI document does not have this listing."""
        folders = list_all(self._client, Listing(Request("/folders", query={"limit": _LIMIT})))
        return {folder["id"]: folder["name"] for folder in folders if isinstance(folder.get("name"), str)}

    def download(self, url: str, destination: Destination, limit: int | None, name: str, mime: str) -> Download:
        """Writes a hosted file; of one with more than `limit` bytes only what is said of it is of use.

        `name` and `mime` are what its reference says: a server's error page must not pass for the file.
        """
        taken = self._blobs.fetch(url, destination, limit, ExpectedFile(name, mime))
        if isinstance(taken, TooLarge):
            return Download(False, taken.size, None, taken.content_type, taken.filename)
        return Download(True, taken.size, taken.sha256, taken.content_type, taken.filename)

    def _read_rows(
        self, path: str, query: dict[str, Any], sink: Sink, fresh: bool, where: tuple[str, Any] | None
    ) -> None:
        if where:
            query = {**query, "query": f"{where[0]}:{json.dumps(where[1], ensure_ascii=False)}"}
        listing = Listing(Request(path, query=query, fresh=fresh), is_row)
        read_heavy_listing(self._client, listing, _ParsedRows(sink, self._parser))

    def _details(self, *parts: str) -> list[Json]:
        """The items of a listing of references, each asked for by itself; one that vanishes is left out.

        One that nobody can ask for stays as the listing refers to it.
        """
        references = list_all(self._client, Listing(Request(path_of(*parts), query={"limit": _LIMIT})))
        details = (self._detail_if_there(parts, reference) for reference in references)
        return self._sorted([detail for detail in details if detail is not None])

    def _detail_if_there(self, parts: tuple[str, ...], reference: Json) -> Json | None:
        try:
            return self._item(*parts, reference["id"])
        except NotThere:
            return None
        except Unaddressable:
            return reference

    def _sorted(self, items: list[Json]) -> list[Json]:
        """Items whose order in the listing means nothing, by their ids."""
        return sorted(self._parser.without_noise(items), key=lambda item: str(item["id"]))

    def _item(self, *parts: str) -> Json:
        """What Coda says of the item whose id is the last part of a path."""
        return self._client.ask(Request(path_of(*parts)), item_with(parts[-1]))

    def _list(self, parse: Callable[[Json], T], path: str, limit: int = _LIMIT) -> list[T]:
        return [parse(item) for item in list_all(self._client, Listing(Request(path, query={"limit": limit})))]


def _line_text(line: Json) -> str:
    """The words of a line of a page; the newer endpoint's exact shape is not published, so any likely one is read."""
    content = line.get("itemContent")
    fields = content if isinstance(content, dict) else line
    text = fields.get("content", fields.get("text"))
    return text if isinstance(text, str) else ""


class _Lines:
    """Collects the words of a page's lines, which need not have an id."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def restart(self) -> None:
        self.texts.clear()

    def take(self, items: list[Json]) -> None:
        self.texts += map(_line_text, items)


class _ParsedRows:
    """Frees rows from noise on their way to a sink."""

    def __init__(self, sink: Sink, parser: Parser) -> None:
        self._sink, self._parser = sink, parser

    def restart(self) -> None:
        self._sink.restart()

    def take(self, items: list[Json]) -> None:
        self._sink.take([self._parser.row(item) for item in items])
