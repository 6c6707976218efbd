"""Changes of a Coda account, each as one request that is never sent twice blindly (coda-api.md, Writing)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from coda_git_mirror.coda.client import Client
from coda_git_mirror.coda.failures import Unusable
from coda_git_mirror.coda.request import Request, path_of
from coda_git_mirror.coda.shape import is_name
from coda_git_mirror.errors import NotThere, Unaddressable
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.model.writes import Accepted, Mutation, RowCells

Check = Callable[[Json], None]


class CodaWriter:
    """Writes into one account. Every change raises the errors of `Client.ask`, for none of them may be repeated.

    Unanswered means that nobody knows what was done, every other error that nothing was. Two changes of one row or
    page must not be in flight at once, for they may overtake each other: the caller sees to that.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def backlog(self) -> float:
        """Seconds that a change of rows, pages or content would wait for its turn if it came now."""
        return self._client.backlog(RateClass.CONTENT)

    def insert_rows(self, doc_id: str, table_id: str, rows: Sequence[RowCells]) -> Accepted:
        """Adds rows to a base table; `ids` are those of the new rows in the order of `rows`."""
        path = path_of("docs", doc_id, "tables", table_id, "rows")
        body = {"rows": [_row(cells) for cells in rows]}
        answer = self._ask(Request(path, RateClass.CONTENT, "POST", body=body), _adding(len(rows)))
        return Accepted(answer["requestId"], tuple(answer["addedRowIds"]))

    def update_row(
        self, doc_id: str, table_id: str, row_id: str, cells: RowCells, *, at_once: bool = False
    ) -> Accepted:
        """Sets these cells of a row. Raises NotThere for a row that is gone.

        `at_once`: raises Postponed where the rate limit lets it leave only later, when the row may be another one.
        """
        path = path_of("docs", doc_id, "tables", table_id, "rows", row_id)
        return self._queued("PUT", path, {"row": _row(cells)}, _about(row_id), at_once)

    def delete_rows(self, doc_id: str, table_id: str, row_ids: Sequence[str], *, at_once: bool = False) -> Accepted:
        """Deletes rows; Coda does not tell which of them were there. `at_once` as above."""
        path = path_of("docs", doc_id, "tables", table_id, "rows")
        return self._queued("DELETE", path, {"rowIds": list(row_ids)}, at_once=at_once)

    def mutation(self, request: str) -> Mutation:
        """How a change stands. One that Coda does not know, or not yet, counts as pending."""
        try:
            answer = self._client.ask(Request(path_of("mutationStatus", request)), _check_status)
        except NotThere:
            return Mutation(completed=False)
        return Mutation(answer["completed"], str(answer.get("warning") or ""))

    def create_doc(self, title: str, folder_id: str | None = None, source_doc: str | None = None) -> Accepted:
        """Makes a doc, where `source_doc` names one as its copy; `ids` has the new doc's.

        Coda need not say by which id to ask how it stands; the doc itself tells then.
        """
        fields = {"title": title, "folderId": folder_id, "sourceDoc": source_doc}
        body = {name: value for name, value in fields.items() if value is not None}
        answer = self._client.ask(Request("/docs", RateClass.WRITE, "POST", body=body), _check_made)
        return Accepted(answer["requestId"] if _is_queued(answer) else "", (answer["id"],))

    def change_doc(self, doc_id: str, fields: Mapping[str, Any]) -> None:
        """Sets the title or icon of a doc, at once."""
        self._client.ask(Request(path_of("docs", doc_id), RateClass.WRITE, "PATCH", body=dict(fields)))

    def delete_doc(self, doc_id: str) -> Accepted:
        """Deletes a doc, which has no request whose end could be asked for."""
        self._client.ask(Request(path_of("docs", doc_id), RateClass.WRITE, "DELETE"))
        return Accepted("")

    def create_page(self, doc_id: str, fields: Mapping[str, Any]) -> Accepted:
        """Makes a page; `ids` has its id, which nothing answers to until the change is completed."""
        path = path_of("docs", doc_id, "pages")
        answer = self._ask(Request(path, RateClass.CONTENT, "POST", body=dict(fields)), _check_made)
        return Accepted(answer["requestId"], (answer["id"],))

    def change_page(self, doc_id: str, page_id: str, fields: Mapping[str, Any]) -> Accepted:
        """Sets the name, subtitle, icon, cover or visibility of a page."""
        return self._queued("PUT", path_of("docs", doc_id, "pages", page_id), dict(fields), _about(page_id))

    def append_content(self, doc_id: str, page_id: str, content_format: str, content: str) -> Accepted:
        """Adds "markdown" or "html" at the end of a page."""
        canvas = {"format": content_format, "content": content}
        body = {"contentUpdate": {"insertionMode": "append", "canvasContent": canvas}}
        return self._queued("PUT", path_of("docs", doc_id, "pages", page_id), body, _about(page_id))

    def delete_page(self, doc_id: str, page_id: str) -> Accepted:
        """Deletes a page; its tables live on."""
        return self._queued("DELETE", path_of("docs", doc_id, "pages", page_id), None, _about(page_id))

    def _queued(
        self, method: str, path: str, body: Json | None, check: Check = lambda _: None, at_once: bool = False
    ) -> Accepted:
        request = Request(path, RateClass.CONTENT, method, body=body, at_once=at_once)
        return Accepted(self._ask(request, check)["requestId"])

    def _ask(self, request: Request, check: Check) -> Json:
        def check_all(answer: Json) -> None:
            _check_queued(answer)
            check(answer)

        return self._client.ask(request, check_all)


def _row(cells: RowCells) -> Json:
    return {"cells": [{"column": column, "value": value} for column, value in cells.items()]}


def _is_queued(answer: Json) -> bool:
    """Whether an answer to a change says by which id to ask how it stands."""
    try:
        path_of("mutationStatus", answer.get("requestId") or "")
    except (Unaddressable, TypeError):
        return False
    return True


def _check_queued(answer: Json) -> None:
    """A change that cannot be asked about may be anything."""
    if not _is_queued(answer):
        raise Unusable("Coda's answer to a change does not say by which id to ask for it")


def _check_made(answer: Json) -> None:
    if not is_name(answer.get("id")):
        raise Unusable("Coda's answer does not say what it made")


def _adding(count: int) -> Check:
    """A check that so many rows were added, each with an id of its own."""

    def check(answer: Json) -> None:
        added = answer.get("addedRowIds")
        if not isinstance(added, list) or not all(map(is_name, added)) or len({*added}) != count or len(added) != count:
            raise Unusable("Coda's answer does not say which rows it added")

    return check


def _about(item_id: str) -> Check:
    """A check that an answer which names an item names this one."""

    def check(answer: Json) -> None:
        if answer.get("id", item_id) != item_id:
            raise Unusable("Coda's answer is about another item")

    return check


def _check_status(answer: Json) -> None:
    if not isinstance(answer.get("completed"), bool):
        raise Unusable("Coda's answer does not say whether a change is completed")
