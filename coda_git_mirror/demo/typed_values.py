"""What a cell holds after a value was written into it, as if somebody had typed that (coda-api.md, Writing)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coda_git_mirror.demo.cells import Bare, File, Hotlink, Money, Person, Reference, Value, WebLink
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.typed_times import typed_duration, typed_instant, typed_time

if TYPE_CHECKING:
    from coda_git_mirror.demo.world import Column, Doc, Table

NUMBER = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?(?<=\d)([eE][-+]?\d+)?")
MONEY = re.compile(r"([-+]?)\s*(?:[$€£¥]|[A-Z]{3})?\s*(.*?)\s*(?:[$€£¥]|[A-Z]{3})?")
ADDRESS = re.compile(r"(https?://|www\.)\S+")
BLOB = re.compile(r"/blobs/([^/?#]+)")
BOXES = {"true": True, "false": False}
PARTED_BY_COMMAS = ("select", "person", "lookup")


@dataclass(frozen=True)
class Typist:
    """Types into the cells of a doc, for one write: whom a text means depends on the doc at its beginning."""

    doc: Doc
    readings: Readings
    _persons: dict[str, Person | None] = field(default_factory=dict)

    def typed(self, value: Any, column: Column) -> Value:
        """The cell's new value; `value` is a scalar, a list of scalars, or a list of such lists."""
        if column.many and isinstance(value, str) and column.type in PARTED_BY_COMMAS:
            value = [part.strip() for part in value.split(",")]
        if not isinstance(value, list):
            one = self._one(value, column)
            return [one] if column.many and one != "" and not self.readings.bare_singles else one
        members: list[Any] = [it for it in (self._member(member, column) for member in value) if it not in ("", [])]
        if len(members) == 1 and (self.readings.bare_singles or not column.many):
            only: Value = members[0]
            return only
        return members or ""

    def _member(self, value: Any, column: Column) -> Any:
        return [self._one(it, column) for it in value] if isinstance(value, list) else self._one(value, column)

    def _one(self, value: Any, column: Column) -> Value:
        if value == "" and column.type == "checkbox" and self.readings.false_boxes:
            return False
        if isinstance(value, str):
            read = self._readers().get(column.type) if value else None
            found = None if read is None else read(value.strip(), column)
            return self._plain(value, column) if found is None else found
        if column.type == "currency" and not isinstance(value, bool):
            return Money(value, _currency(column))
        if column.type == "duration" and not isinstance(value, bool):
            return typed_duration(str(value)) or value
        if column.type in ("text", "canvas", "select") and self.readings.texts_of_numbers:
            return str(value).lower() if isinstance(value, bool) else str(value)
        unchanged: Value = value
        return unchanged

    def _plain(self, text: str, column: Column) -> Value:
        """What is not of the column's kind stays as plain text, without a word."""
        return Bare(text) if text and self.readings.bare_leftovers and column.type in self._readers() else text

    def _readers(self) -> Mapping[str, Callable[[str, Column], Value | None]]:
        return {
            "number": lambda text, _: typed_number(text),
            "percent": lambda text, _: typed_number(text),
            "slider": lambda text, _: typed_number(text),
            "scale": lambda text, _: typed_number(text),
            "currency": _money,
            "checkbox": lambda text, _: BOXES.get(text.lower()),
            "date": lambda text, _: typed_instant(text, self.doc.timezone),
            "dateTime": lambda text, _: typed_instant(text, self.doc.timezone),
            "time": lambda text, _: typed_time(text, self.doc.timezone),
            "duration": lambda text, _: typed_duration(text),
            "person": lambda text, _: self._person(text),
            "lookup": lambda text, column: self._row(text, column.table),
            "image": lambda text, _: self._file(text),
            "attachments": lambda text, _: self._file(text),
            "imageReference": lambda text, _: self._own_blob(text) or _hotlink(text),
            "link": lambda text, _: WebLink(text) if ADDRESS.fullmatch(text) else None,
        }

    def _person(self, text: str) -> Person | None:
        """Somebody whom the doc knows, by e-mail or full name."""
        if text not in self._persons:
            known = (who for who in known_people(self.doc) if who.email not in self.doc.unknown_emails)
            self._persons[text] = next((who for who in known if _is_called(who, text)), None)
        return self._persons[text]

    def _row(self, text: str, table: Table | None) -> Reference | None:
        """A row of the table by its id, else any by its exact name."""
        rows = [] if table is None else table.rows
        found = next((row for row in rows if row.id == text), None)
        found = found or next((row for row in reversed(rows) if row.name == text), None)
        return None if found is None else Reference(found)

    def _file(self, text: str) -> File | None:
        """A file that Coda can fetch: one that it hosts, or one of the outside world that says what it is."""
        own = self._own_blob(text)
        if own is not None:
            return own
        world = self.doc.world
        outside = world.outside.get(text)
        if outside is None or outside.mime_type is None:
            return None
        return File(world.add_blob(outside.content, outside.filename, outside.mime_type))

    def _own_blob(self, text: str) -> File | None:
        found = BLOB.search(text)
        blob = self.doc.world.blobs.get(found[1]) if found is not None and ADDRESS.fullmatch(text) else None
        if blob is None or blob.gone:
            return None
        if self.readings.new_blobs:
            blob = self.doc.world.add_blob(blob.content, blob.filename, blob.mime_type)
        return File(blob)


def typed_number(text: str) -> int | float | None:
    """A number as people write it, also with commas between thousands and with a percent sign."""
    bare = text.removesuffix("%").strip()
    if not bare or NUMBER.fullmatch(bare) is None:
        return None
    plain = bare.replace(",", "")
    number = float(plain) / (100 if text.endswith("%") else 1)
    return int(plain) if re.fullmatch(r"[-+]?\d+", plain) and not text.endswith("%") else number


def known_people(doc: Doc) -> Iterator[Person]:
    """Whom a doc knows: its owner and members, the authors of its pages, and everybody in its cells."""
    yield from (doc.owner, doc.world.user, *doc.members)
    yield from (page.author for page in doc.pages())
    for table in doc.tables:
        of_people = [column.id for column in table.columns if column.type in ("person", "reaction")]
        for value in (row.values.get(column_id) for column_id in of_people for row in table.rows):
            yield from (it for it in (value if isinstance(value, list) else [value]) if isinstance(it, Person))


def _money(text: str, column: Column) -> Money | None:
    """The amount alone counts: the currency is the column's."""
    found = MONEY.fullmatch(text)
    amount = None if found is None else typed_number(found[1] + found[2])
    return None if amount is None else Money(amount, _currency(column))


def _currency(column: Column) -> str:
    return str(column.options.get("currencyCode", "USD"))


def _is_called(who: Person, text: str) -> bool:
    return text == who.name or text.casefold() == (who.email or "").casefold()


def _hotlink(text: str) -> Hotlink | None:
    return Hotlink(text) if ADDRESS.fullmatch(text) else None
