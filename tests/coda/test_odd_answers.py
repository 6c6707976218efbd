"""Every field of every answer, spoilt in every way: the call gives a value of the model, or an error (faults.md,
row 41).

What other items an answer tells of is not lost with it. `HYPOTHESIS_PROFILE=slow` tries all cases, otherwise a part of
them, the same on every run.
"""

from __future__ import annotations

import copy
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest

from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.demo.blocks import Picture, Text
from coda_git_mirror.demo.server import PageSizes, SimulatedCoda
from coda_git_mirror.demo.tables import Column as DemoColumn
from coda_git_mirror.demo.world import World
from coda_git_mirror.errors import CodaError
from coda_git_mirror.format.tables import csv_header, csv_rows, row_key, row_records
from coda_git_mirror.model.content import Account, Column, Doc, Json, Page, Table
from tests.conftest import Serve
from tests.odd_answers import ANOTHER, MISSING, ODD, FieldPath, Told, at, fields, spoiler
from tests.support import VirtualClock, source_of

_SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
_ONE_IN = 1 if _SLOW else 13
CALLS: dict[str, Callable[[CodaSource], Any]] = {
    "account": lambda source: source.account(),
    "docs": lambda source: source.docs(owned_only=True),
    "doc": lambda source: source.doc("d0"),
    "pages": lambda source: source.pages("d0"),
    "page": lambda source: source.page("d0", "p1"),
    "tables": lambda source: source.tables("d0"),
    "table": lambda source: source.table("d0", "t0"),
    "view": lambda source: source.table("d0", "v0"),
    "columns": lambda source: source.columns("d0", "t0"),
    "rows": lambda source: _rows(lambda sink: source.rows("d0", "t0", sink)),
    "shown rows": lambda source: _rows(lambda sink: source.shown_rows("d0", "v0", sink)),
    "row": lambda source: source.row("d0", "t0", "r0"),
    "export": lambda source: source.export_page("d0", "p0", "html"),
    "words": lambda source: source.page_text("d0", "p0"),
    "formulas": lambda source: source.formulas("d0"),
    "controls": lambda source: source.controls("d0"),
    "sharing": lambda source: source.sharing("d0"),
    "folders": lambda source: source.folders(),
}
ONCE: list[tuple[FieldPath, Any]] = [
    *((("id",), odd) for odd in (MISSING, None, 7, "", "other")),
    *((("items", 0, "id"), odd) for odd in (MISSING, None, 7, "")),
    *((("items",), odd) for odd in (MISSING, None, 7, [None], {})),
    *((("nextPageToken",), odd) for odd in (7, ["t"], {"t": 1}, "\ud800")),
    (("downloadLink",), 7),
]


def _world() -> World:
    """Three of everything that is listed, with every field that an answer can have."""
    world = World()
    blob = world.add_blob(b"GIF89a", "photo.gif", "image/gif")
    for number in range(3):
        world.add_doc(f"Doc {number}", id=f"d{number}")
        world.add_folder(f"Folder {number}")
    doc = world.docs[0]
    top = doc.add_page("Page 0", blocks=[Text("one\ntwo\nthree"), Picture(blob)], id="p0")
    for number in (1, 2):
        top = doc.add_page(f"Page {number}", top, [Text("words")], id=f"p{number}")
        top.subtitle = "Subtitle"
    for number in range(3):
        columns = [DemoColumn(f"Column {name}", id=f"c{name}") for name in range(3)]
        table = doc.add_table(f"Table {number}", columns, [], top, id=f"t{number}")
        for row in range(3):
            table.add_row({"Column 0": f"row {row}", "Column 1": row}, id=f"r{row}")
        doc.add_view(f"View {number}", table, top, sort=("Column 0", "descending"), id=f"v{number}")
        doc.add_formula(f"Formula {number}", number, top, id=f"f{number}")
        doc.add_control(f"Control {number}", "slider", number, top).id = f"k{number}"
        doc.share({"type": "email", "email": f"{number}@example.com"}, "readonly")
    return world


class _Sink:
    """Does with rows what the mirror does with them."""

    def __init__(self) -> None:
        self.rows: list[Json] = []

    def restart(self) -> None:
        self.rows.clear()

    def take(self, items: list[Json]) -> None:
        columns = [Column(f"c{name}", f"Column {name}") for name in range(3)]
        assert csv_header(columns)
        assert len(csv_rows(items, columns)) == len(row_records(items)) == len(items)
        self.rows += sorted(items, key=row_key)


def _rows(read: Callable[[_Sink], None]) -> list[Json]:
    sink = _Sink()
    read(sink)
    return sink.rows


@dataclass(frozen=True)
class Given(Told):
    """One of the answers that a call gets."""

    def fields(self) -> Iterator[FieldPath]:
        yield from fields(self.content)

    def touched(self, place: FieldPath) -> set[str]:
        """The ids of the items that may be lost where this field is spoilt."""
        items = self.content.get("items")
        if not isinstance(items, list):
            return {str(self.content.get("id"))}
        if place[0] != "items":
            return set()
        spoilt = items if len(place) == 1 else items[int(place[1]) :][:1]
        return {str(item.get("id")) for item in spoilt}


def _told(coda: SimulatedCoda, call: Callable[[CodaSource], Any], source: CodaSource) -> tuple[list[Given], Any]:
    """What Coda answers to a call while nothing is odd, and what the call gives."""
    answers: list[Any] = []
    for method in ("GET", "POST"):
        coda.on(method, "").mutate(lambda content: answers.append(copy.deepcopy(content)))
    begun = len(coda.requests)
    result = call(source)
    coda.off()
    asked = [(request.method, request.path) for request in list(coda.requests)[begun:] if request.origin == "api"]
    assert len(asked) == len(answers)
    return [
        Given(method, path, asked[:place].count((method, path)), answers[place])
        for place, (method, path) in enumerate(asked)
    ], result


def _ids(result: Any) -> set[str]:
    """The ids of what a listing gave."""
    if isinstance(result, list):
        return set(map(_id, result))
    if not isinstance(result, dict) or "values" in result:
        return set()
    return _ids(result["permissions"]) if "permissions" in result else set(result)


def _id(result: Any) -> Any:
    """The id of a single item."""
    return result.get("id") if isinstance(result, dict) else getattr(result, "id", None)


def _require_value(value: Any) -> None:
    """That it is what the model says that it is."""
    match value:
        case Account():
            assert value.login
            assert isinstance(value.name, str)
        case Doc() | Page() | Table() | Column():
            _require_item(value)
        case list():
            list(map(_require_value, value))
        case dict() if "values" in value:
            assert isinstance(value["values"], dict)
            assert isinstance(value["id"], str)
        case dict():
            assert all(isinstance(name, str) for name in value)
        case _:
            assert isinstance(value, str)


def _require_item(item: Doc | Page | Table | Column) -> None:
    texts = ("id", "name", "doubt", "created", "updated", "kind", "content_type", "link")
    assert all(isinstance(getattr(item, name, ""), str) for name in texts)
    assert item.id == item.raw["id"]
    if isinstance(item, Page):
        assert isinstance(item.parent, str | None)
        assert all(isinstance(child, str) for child in item.children)
    if isinstance(item, Table):
        assert isinstance(item.row_count, int | None)


@dataclass(frozen=True)
class Expected:
    """The id of the item that a call is about, and those that a listing has to give at the least."""

    item: Any
    listed: set[str]


@dataclass
class Trial:
    """One simulated Coda, which is odd in one way at a time."""

    coda: SimulatedCoda
    source: CodaSource
    clock: VirtualClock
    others: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """All values that fields of one name have anywhere."""
    failures: list[str] = field(default_factory=list)

    def remember(self, told: Given) -> None:
        for place in told.fields():
            value = at(told.content, place)
            if value not in (known := self.others[str(place[-1])]):
                known.append(value)

    def try_all(self, name: str, told: list[Given], result: Any, numbers: Iterator[int]) -> None:
        for answer in told:
            for place in answer.fields():
                spoilt = (each.touched(place) for each in told if each.pattern == answer.pattern)
                expected = Expected(_id(result), _ids(result).difference(*spoilt))
                for manner in ODD:
                    if next(numbers) % _ONE_IN == 0:
                        self._try(name, answer, place, manner, expected)

    def _try(self, name: str, answer: Given, place: FieldPath, manner: str, expected: Expected) -> None:
        self.coda.off()
        self.clock.sleep(120.0)
        spoil = spoiler(place, self._odd(answer, place, ODD[manner]))
        self.coda.on(answer.method, answer.pattern).mutate(spoil, after=answer.before)
        fault = _fault(CALLS[name], self.source, expected)
        if fault:
            self.failures.append(f"{name}, {manner} in place of {place} in {answer}: {fault}")

    def _odd(self, answer: Given, place: FieldPath, odd: Any) -> Any:
        if odd is not ANOTHER:
            return odd
        value = at(answer.content, place)
        return next((other for other in self.others[str(place[-1])] if other != value), None)


def _fault(call: Callable[[CodaSource], Any], source: CodaSource, expected: Expected) -> str:
    """What is wrong with what a call gives or raises; empty where nothing is."""
    try:
        result = call(source)
        _require_value(result)
        assert _id(result) == expected.item
        assert expected.listed <= _ids(result)
    except CodaError as error:
        is_fit = str(error).isprintable() and len(str(error)) < 400
        return "" if is_fit else "a reason that is not fit for a list"
    except Exception as error:
        return repr(error)
    return ""


def test_an_odd_answer_costs_at_most_its_own_item(serve: Serve, clock: VirtualClock) -> None:
    coda = serve(_world(), page_sizes=PageSizes(*[2] * 9))
    trial = Trial(coda, source_of(coda, clock), clock)
    known = {name: _told(coda, call, trial.source) for name, call in CALLS.items()}
    for told, _ in known.values():
        list(map(trial.remember, told))
    numbers = iter(range(10**9))
    for name, (told, result) in known.items():
        assert _ids(result) or not isinstance(result, list)
        trial.try_all(name, told, result, numbers)
    assert next(numbers) > 5_000
    assert trial.failures == []


@pytest.mark.parametrize("name", CALLS)
def test_an_answer_that_is_odd_once_is_asked_for_again_or_does_no_harm(
    serve: Serve, clock: VirtualClock, name: str
) -> None:
    """Without its id, or with another's, an answer is none, and the next one counts."""
    coda = serve(_world(), page_sizes=PageSizes(*[2] * 9))
    source = source_of(coda, clock)
    told, whole = _told(coda, CALLS[name], source)
    for answer, (place, odd) in product(told, ONCE):
        coda.on(answer.method, answer.pattern).mutate(spoiler(place, odd), times=1, after=answer.before)
        assert CALLS[name](source) == whole
        coda.off()
        clock.sleep(120.0)
