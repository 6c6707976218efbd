"""Coda's JSON, of the shape that `shape` asks for, as values of the model, freed from what is noise."""

from __future__ import annotations

from operator import is_
from sys import intern
from typing import Any

from coda_git_mirror.coda.doubts import column_doubt, doc_doubt, page_doubt, table_doubt
from coda_git_mirror.coda.origin import CANONICAL_START, ApiOrigin
from coda_git_mirror.model.content import Account, Column, Doc, Holder, Json, Page, Table, name_of

_ROW_LINKS = ("url", "tableUrl")
_CONTAINERS = frozenset({dict, list})


class Parser:
    """Knows the API's origin, for links that name it are as much noise as any other host name of Coda's."""

    def __init__(self, origin: ApiOrigin) -> None:
        self._origin = origin

    def account(self, user: Json) -> Account:
        return Account(login=_text(user, "loginId"), name=name_of(user))

    def holder(self, user: Json) -> Holder:
        """A token is taken to be restricted unless Coda says that it is not."""
        return Holder(self.account(user), _text(user, "tokenName"), user.get("scoped") is not False)

    def doc(self, doc: Json) -> Doc:
        return Doc(
            id=doc["id"],
            name=name_of(doc),
            created=_text(doc, "createdAt"),
            updated=_text(doc, "updatedAt"),
            raw=self.without_noise(doc),
            doubt=doc_doubt(doc),
        )

    def page(self, page: Json) -> Page:
        return Page(
            id=page["id"],
            name=name_of(page),
            created=_text(page, "createdAt"),
            parent=_reference(page.get("parent")),
            children=tuple(filter(None, map(_reference, _list(page.get("children"))))),
            content_type=_text(page, "contentType") or "canvas",
            raw=self.without_noise(page),
            doubt=page_doubt(page),
        )

    def table(self, table: Json) -> Table:
        return Table(
            id=table["id"],
            name=name_of(table),
            created=_text(table, "createdAt"),
            is_view=table.get("tableType") == "view",
            raw=self.without_noise(table),
            doubt=table_doubt(table),
        )

    def column(self, column: Json) -> Column:
        return Column.of(self.without_noise(column), column_doubt(column))

    def row(self, row: Json) -> Json:
        """The row with the links in its references to other rows made canonical; its values stay what they are."""
        changed = {}
        for column, value in row["values"].items():
            if type(value) is dict and value.get("@type") == "StructuredValue":
                canonical: Any = self._reference(value)
            elif type(value) is list:
                canonical = self._value(value)
            else:
                continue
            if canonical is not value:
                changed[column] = canonical
        return {**row, "values": {**row["values"], **changed}} if changed else row

    def _value(self, value: Any) -> Any:
        """The very value where there is nothing to change."""
        if isinstance(value, dict):
            return self._reference(value) if value.get("@type") == "StructuredValue" else value
        if not isinstance(value, list) or _CONTAINERS.isdisjoint(map(type, value)):
            return value
        members = list(map(self._value, value))
        return value if all(map(is_, members, value)) else members

    def _reference(self, value: Json) -> Json:
        for name in _ROW_LINKS:
            link = value.get(name)
            if isinstance(link, str) and not link.startswith(CANONICAL_START):
                value = {**value, name: self._origin.canonical_link(link)}
        return value

    def without_noise(self, value: Any) -> Any:
        """The same JSON without API addresses, and with one host name in links into Coda's app.

        Of many things of one kind the names of fields are in memory but once.
        """
        if isinstance(value, list):
            return [self.without_noise(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            intern(name): self._link(each) if name == "browserLink" else self.without_noise(each)
            for name, each in value.items()
            if name != "href"
        }

    def _link(self, link: Any) -> Any:
        return self._origin.canonical_link(link) if isinstance(link, str) else link


def _text(item: Json, name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _reference(value: Any) -> str | None:
    identifier = value.get("id") if isinstance(value, dict) else None
    return identifier if isinstance(identifier, str) and identifier else None
