"""What the verbs need of Coda, whoever provides it. Failures come as the `CodaError`s of `errors`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from coda_git_mirror.model.content import Account, Column, Doc, Json, Page, Table
from coda_git_mirror.model.downloads import Download
from coda_git_mirror.model.traffic import Traffic
from coda_git_mirror.model.writes import Accepted, Mutation, RowCells


class RowSink(Protocol):
    """Takes rows as they arrive; `restart` means that the reading begins anew and what was taken is void."""

    def restart(self) -> None: ...

    def take(self, items: list[Json]) -> None: ...


class FileSink(Protocol):
    """Takes a file as it arrives; `restart` means that it begins anew and what was written is void."""

    def restart(self) -> None: ...

    def write(self, content: bytes, /) -> object: ...


class Source(Protocol):
    """A Coda account, read with one token. Safe to use from many threads."""

    def traffic(self) -> Traffic: ...

    def token_mark(self, salt: bytes) -> str: ...

    def server_time(self) -> datetime: ...

    def account(self) -> Account: ...

    def docs(self, owned_only: bool) -> list[Doc]: ...

    def doc(self, doc_id: str) -> Doc: ...

    def pages(self, doc_id: str, *, fresh: bool = False) -> list[Page]: ...

    def page(self, doc_id: str, page_id: str) -> Page: ...

    def tables(self, doc_id: str) -> list[Table]: ...

    def table(self, doc_id: str, table_id: str) -> Table: ...

    def columns(self, doc_id: str, table_id: str) -> list[Column]: ...

    def rows(
        self,
        doc_id: str,
        table_id: str,
        sink: RowSink,
        *,
        fresh: bool = False,
        where: tuple[str, Any] | None = None,
    ) -> None: ...

    def row(self, doc_id: str, table_id: str, row_id: str, *, fresh: bool = False) -> Json: ...

    def shown_rows(
        self,
        doc_id: str,
        view_id: str,
        sink: RowSink,
        *,
        fresh: bool = False,
        where: tuple[str, Any] | None = None,
    ) -> None: ...

    def page_text(self, doc_id: str, page_id: str) -> str: ...

    def formulas(self, doc_id: str) -> list[Json]: ...

    def controls(self, doc_id: str) -> list[Json]: ...

    def sharing(self, doc_id: str) -> Json: ...

    def folders(self) -> dict[str, str]: ...

    def download(self, url: str, destination: FileSink, limit: int | None, name: str, mime: str) -> Download: ...

    def export_page(self, doc_id: str, page_id: str, output_format: str) -> str: ...


class Writer(Protocol):
    """Changes a Coda account, one request a call, which is never sent twice where the first may have been done.

    Unanswered: nobody knows what was done. Every other `CodaError`: nothing was; TooLargeToWrite for a row or body over
    Coda's bounds, AccessDenied for a token that may not, OutOfPatience after minutes of refusals by the rate limit.
    `at_once`: Postponed at the first of these, as `backlog` tells how long to wait before looking and asking again.
    Never two changes of one row or page in flight, for they may overtake each other: the caller sees to that.
    """

    def backlog(self) -> float: ...

    def insert_rows(self, doc_id: str, table_id: str, rows: Sequence[RowCells]) -> Accepted: ...

    def update_row(
        self, doc_id: str, table_id: str, row_id: str, cells: RowCells, *, at_once: bool = False
    ) -> Accepted: ...

    def delete_rows(self, doc_id: str, table_id: str, row_ids: Sequence[str], *, at_once: bool = False) -> Accepted: ...

    def mutation(self, request: str) -> Mutation: ...

    def create_doc(self, title: str, folder_id: str | None = None, source_doc: str | None = None) -> Accepted: ...

    def change_doc(self, doc_id: str, fields: Mapping[str, Any]) -> None: ...

    def delete_doc(self, doc_id: str) -> Accepted: ...

    def create_page(self, doc_id: str, fields: Mapping[str, Any]) -> Accepted: ...

    def change_page(self, doc_id: str, page_id: str, fields: Mapping[str, Any]) -> Accepted: ...

    def append_content(self, doc_id: str, page_id: str, content_format: str, content: str) -> Accepted: ...

    def delete_page(self, doc_id: str, page_id: str) -> Accepted: ...
