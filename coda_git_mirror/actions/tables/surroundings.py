"""What cells may name beyond their own table, as it is in Coda now: rows of other tables, people, files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.tables.mirrored_doc import MirroredDoc
from coda_git_mirror.errors import CodaError, NotThere, OutOfPatience, Rejected, TokenRefused
from coda_git_mirror.format.blobs import blob_of
from coda_git_mirror.model.cell_values import HostedFile, Member
from coda_git_mirror.model.content import Json

_ASKED_SINGLY = 10
"""Rows of a table that are asked for one by one, before all are listed."""
_ENOUGH_OF_A_FILE = 64 * 1024


@dataclass
class RowsElsewhere:
    """Which rows of a doc's tables live; each is asked of Coda once, and many of one table by one listing."""

    source: Source
    doc: str
    _known: dict[str, dict[str, bool]] = field(default_factory=dict)
    _listed: dict[str, frozenset[str]] = field(default_factory=dict)

    def lives(self, table: str, row: str) -> bool:
        """Whether a row is there. Raises what `Source` raises, but for tables that are not there."""
        if table in self._listed:
            return row in self._listed[table]
        known = self._known.setdefault(table, {})
        if row not in known:
            if len(known) >= _ASKED_SINGLY:
                self._listed[table] = self._all(table)
                return row in self._listed[table]
            known[row] = self._is_there(table, row)
        return known[row]

    def _is_there(self, table: str, row: str) -> bool:
        try:
            return bool(table) and self.source.row(self.doc, table, row)["id"] == row
        except (NotThere, Rejected):
            return False

    def _all(self, table: str) -> frozenset[str]:
        ids = _Ids()
        try:
            self.source.rows(self.doc, table, ids)
        except (NotThere, Rejected):
            return frozenset()
        return frozenset(ids.found)


class _Ids:
    """Takes the ids of rows as they arrive."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def restart(self) -> None:
        self.found.clear()

    def take(self, items: list[Json]) -> None:
        self.found.update(item["id"] for item in items)


@dataclass
class People:
    """Whom a doc knows, as far as it shows: in the rows of the table, in its sharing, or anywhere in what is mirrored.

    `mirrored` tells whether a text stands in what the mirror holds of the doc beside this table.
    """

    source: Source
    doc: str
    rows: Iterable[Json]
    mirrored: Callable[[str], bool]
    _answers: dict[str, str | None] = field(default_factory=dict)

    def person(self, member: Member) -> str | None:
        """What Coda is to be told: the e-mail address, else the name; None for somebody whom the doc does not know."""
        if member.key not in self._answers:
            called = member.email or member.name
            self._answers[member.key] = called if self._knows(member.key, called) else None
        return self._answers[member.key]

    def _knows(self, key: str, called: str) -> bool:
        domain = key.partition("@")[2]
        return key in self._seen or (bool(domain) and f"@{domain}" in self._seen) or self.mirrored(called)

    @cached_property
    def _seen(self) -> frozenset[str]:
        """Keys of people, and domains with an `@` before them."""
        return frozenset([*self._in_rows(), *self._in_sharing(), self.source.account().login.casefold()])

    def _in_rows(self) -> Iterator[str]:
        for row in self.rows:
            for value in _objects(list(row["values"].values())):
                if value.get("@type") == "Person":
                    yield str(value.get("email") or "").strip().casefold() or str(value.get("name") or "")

    def _in_sharing(self) -> Iterator[str]:
        try:
            permissions = self.source.sharing(self.doc)["permissions"]
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError:
            return
        for permission in permissions:
            principal = permission.get("principal")
            about = principal if isinstance(principal, dict) else {}
            yield str(about.get("email") or "").casefold()
            if domain := about.get("domain"):
                yield f"@{domain}".casefold()


def _objects(values: list[Any]) -> Iterator[Json]:
    """All objects in a value, however deeply its lists are nested."""
    waiting = [*values]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            yield value


@dataclass
class PublicFiles:
    """Where files are served now: by the address that a cell had, else by one that the mirror knows of that blob."""

    source: Source
    hosts: Collection[str]
    address_of: Callable[[str], str]
    _answers: dict[str, str | None] = field(default_factory=dict)

    def public_url(self, file: HostedFile) -> str | None:
        """An address at which a file can be read; a picture that lies on somebody else's site is not looked for."""
        if file.blob not in self._answers:
            self._answers[file.blob] = next(self._serving(file), None)
        return self._answers[file.blob]

    def _serving(self, file: HostedFile) -> Iterator[str]:
        blob = blob_of(file.url, self.hosts)
        if blob is None:
            yield file.url
            return
        for url in dict.fromkeys(filter(None, (file.url, self.address_of(blob.id)))):
            if self._is_served(url, file.name):
                yield url

    def _is_served(self, url: str, name: str) -> bool:
        try:
            self.source.download(url, _Nowhere(), _ENOUGH_OF_A_FILE, name, "")
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError:
            return False
        return True


class _Nowhere:
    """Takes a file and forgets it."""

    def restart(self) -> None:
        pass

    def write(self, content: bytes, /) -> object:
        return len(content)


@dataclass(frozen=True)
class CodaSurroundings:
    """All of it together."""

    elsewhere: RowsElsewhere
    people: People
    files: PublicFiles
    mirrored: Sequence[MirroredDoc]

    def lives(self, table: str, row: str) -> bool:
        return self.elsewhere.lives(table, row)

    def person(self, member: Member) -> str | None:
        return self.people.person(member)

    def public_url(self, file: HostedFile) -> str | None:
        return self.files.public_url(file)

    def content_of(self, blob: str) -> str:
        return next(filter(None, (doc.content_of(blob) for doc in self.mirrored)), "")


def surroundings_of(
    source: Source, doc: str, rows: Iterable[Json], mirrored: MirroredDoc, hosts: Collection[str], *past: MirroredDoc
) -> CodaSurroundings:
    """The surroundings of a table of which these are the rows; `past` is the doc as older commits hold it."""
    return CodaSurroundings(
        RowsElsewhere(source, doc),
        People(source, doc, rows, mirrored.mentions),
        PublicFiles(source, hosts, mirrored.address_of),
        (mirrored, *past),
    )
