"""A small account whose Coda is odd in one field of its answers at a time, and mirrors of it to begin with."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.demo.blocks import Grid, Mention, Picture, Text
from coda_git_mirror.demo.calendar import Calendar
from coda_git_mirror.demo.cells import File
from coda_git_mirror.demo.server import Limits, PageSizes, SimulatedCoda, Token
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.format.metadata import parse_metadata, stored_page_files
from tests.odd_answers import FieldPath, Told, at, fields
from tests.support import VirtualClock, commit_by_hand, files, mirror

A_FEW_AT_A_TIME = PageSizes(docs=1, pages=2, tables=2, columns=2, rows=2)
ENDPOINTS = {
    "whoami": "GET /whoami",
    "docs": "GET /docs",
    "doc": "GET /docs/[^/]+",
    "pages": "GET /docs/[^/]+/pages",
    "page": "GET /docs/[^/]+/pages/[^/]+",
    "export": "POST /docs/[^/]+/pages/[^/]+/export",
    "export status": "GET /docs/[^/]+/pages/[^/]+/export/[^/]+",
    "content": "GET /docs/[^/]+/pages/[^/]+/content",
    "tables": "GET /docs/[^/]+/tables",
    "table": "GET /docs/[^/]+/tables/[^/]+",
    "columns": "GET /docs/[^/]+/tables/[^/]+/columns",
    "rows": "GET /docs/[^/]+/tables/[^/]+/rows",
    "formulas": "GET /docs/[^/]+/formulas",
    "formula": "GET /docs/[^/]+/formulas/[^/]+",
    "controls": "GET /docs/[^/]+/controls",
    "control": "GET /docs/[^/]+/controls/[^/]+",
    "permissions": "GET /docs/[^/]+/acl/permissions",
    "settings": "GET /docs/[^/]+/acl/settings",
    "folders": "GET /folders",
}
"""All that a sync asks for, as method and path."""
UNLISTED = ("doc", "page")
"""What is asked for by itself only where a listing passes over it."""
SHOWN_BY = {"photo.gif": "p-notes", "Offer.pdf": "t-tasks"}
"""What shows each hosted file: one that is told wrongly there is none."""
_KNOWN_TOKEN = Path(".git/coda-git-mirror/token.json")


class LeapingCalendar(Calendar):
    """A calendar that can pass over a week in which nobody edits anything."""

    def leap(self) -> None:
        self._now += timedelta(days=7)


def account(calendar: Calendar) -> World:
    """Two docs with one or two of everything, which mention each other."""
    world = World(calendar=calendar)
    photo = world.add_blob(b"GIF89a photo", "photo.gif", "image/gif")
    offer = world.add_blob(b"%PDF offer", "Offer.pdf", "application/pdf")
    plans, travel = world.add_doc("Plans", id="d-plans"), world.add_doc("Travel", id="d-travel")
    notes = plans.add_page("Notes", blocks=[Text("First line."), Picture(photo)], id="p-notes")
    notes.subtitle = "Subtitle"
    plans.add_page("Review", notes, [Text("What went well.")], id="p-review")
    oslo = travel.add_page("Oslo", blocks=[Text("Fjords.")], id="p-oslo")
    columns = [Column("Task", id="c-task"), Column("Hours", "number", id="c-hours")]
    columns.append(Column("File", "attachments", id="c-file"))
    rows: list[dict[str, Any]] = [{"Task": "Sell", "Hours": 3, "File": File(offer)}, {"Task": "Rest"}, {"Task": "Go"}]
    tasks = plans.add_table("Tasks", columns, [], notes, id="t-tasks")
    for number, row in enumerate(rows):
        tasks.add_row(row, id=f"r-{number}")
    view = plans.add_view("By hours", tasks, notes, sort=("Hours", "descending"), id="v-hours")
    plans.add_formula("Total", 3, notes, id="f-total")
    plans.add_control("Speed", "slider", 7, notes).id = "k-speed"
    plans.share({"type": "email", "email": "ada@example.com"}, "readonly")
    plans.page("Review").append(Grid(view), Mention(oslo))
    oslo.append(Mention(notes))
    plans.add_page("Ideas", blocks=[Text("Many."), Mention(tasks)], id="p-ideas")
    return world


def edit(world: World) -> None:
    """A page's text in each doc, and a cell."""
    world.doc("Plans").page("Notes").append(Text("Second line."))
    world.doc("Plans").table("Tasks").rows[1].set("Hours", 8)
    world.doc("Travel").page("Oslo").append(Text("Rain."))


@dataclass(frozen=True)
class Answer(Told):
    """An answer of one of `ENDPOINTS`."""

    def is_from(self, name: str) -> bool:
        """Whether an endpoint gave it."""
        return re.fullmatch(ENDPOINTS[name], f"{self.method} {self.path}") is not None


@dataclass(frozen=True)
class Spot:
    """A field of an answer, with another value that fields of its name have."""

    told: Answer
    place: FieldPath
    other: Any = field(repr=False)


@dataclass
class OddAccount:
    """Serves the account in `room` for as long as it is entered; its time goes on by `date` alone."""

    room: Path
    clock: VirtualClock = field(default_factory=VirtualClock)

    def __post_init__(self) -> None:
        self.calendar = LeapingCalendar()
        self.world = account(self.calendar)
        self.coda = SimulatedCoda(
            self.world,
            token=Token(read_only_docs=frozenset({"d-travel"})),
            clock=self.clock.now,
            limits=Limits.none(),
            page_sizes=A_FEW_AT_A_TIME,
            date=lambda: self.date,
        )
        self.date = self.now + timedelta(hours=1)

    @property
    def now(self) -> datetime:
        """When the account was edited last."""
        return datetime.fromisoformat(self.world.calendar.now())

    @cached_property
    def begun(self) -> Path:
        """A mirror of the account before it was edited, and settled."""
        folder = self.room / "begun"
        self.sync(folder)
        self.calendar.leap()
        edit(self.world)
        return folder

    @cached_property
    def committed(self) -> Path:
        """The same with a commit of somebody's, in which nothing changed."""
        folder = self.room / "committed"
        shutil.copytree(self.begun, folder, symlinks=True)
        commit_by_hand(folder, "Spoil a file", "2026-04-01T12:00:00Z")
        return folder

    @cached_property
    def settled(self) -> Path:
        """A mirror of the account as it is from then on."""
        assert self.begun
        self.date = self.now + timedelta(hours=1)
        folder = self.room / "settled"
        self.sync(folder)
        return folder

    @cached_property
    def fresh(self) -> dict[str, bytes]:
        """What such a mirror consists of."""
        return files(self.settled)

    @cached_property
    def spots(self) -> dict[str, list[Spot]]:
        """The fields of the answers to each endpoint, those of items of one kind but once."""
        told = {name: self._answers(name) for name in ENDPOINTS}
        values: dict[str, list[Any]] = {}
        for answer in (answer for answers in told.values() for answer in answers):
            for place in fields(answer.content):
                values.setdefault(str(place[-1]), []).append(at(answer.content, place))
        return {name: list(_spots(answers, values)) for name, answers in told.items()}

    def _answers(self, name: str) -> list[Answer]:
        """What Coda answers at an endpoint in a full sync."""
        if name in UNLISTED:
            with self.unlisting(name):
                return self._record(name)
        return [answer for answer in self._recorded if answer.is_from(name)]

    @cached_property
    def _recorded(self) -> list[Answer]:
        return self._record()

    def _record(self, name: str = "") -> list[Answer]:
        folder, begun = self.copy(self.settled), len(self.coda.requests)
        contents: list[Any] = []
        path = f"^{ENDPOINTS[name].split()[1]}$" if name else ""
        recorders = [self.coda.on(method, path).mutate(contents.append) for method in ("GET", "POST")]
        self.sync(folder, full=True)
        self.coda.off(*recorders)
        asked = [
            (request.method, request.path)
            for request in list(self.coda.requests)[begun:]
            if request.origin == "api" and 200 <= request.status < 300 and re.search(path, request.path)
        ]
        return [
            Answer(method, path, asked[:number].count((method, path)), content)
            for number, ((method, path), content) in enumerate(zip(asked, contents, strict=True))
        ]

    @contextlib.contextmanager
    def unlisting(self, name: str) -> Iterator[None]:
        """While the listing of docs passes over one, or that of pages, where the endpoint `name` is asked only then."""
        passed_over = {"doc": ("/docs$", "d-travel"), "page": ("/pages$", "p-ideas")}.get(name)
        rules = [self._pass_over(*passed_over)] if passed_over else []
        try:
            yield
        finally:
            self.coda.off(*rules)

    def _pass_over(self, pattern: str, item_id: str) -> Any:
        def change(content: Any) -> None:
            content["items"] = [item for item in content["items"] if item["id"] != item_id]

        return self.coda.on("GET", pattern).mutate(change)

    def shown_by(self, blob_id: str) -> str:
        """The id of the item that shows a hosted file."""
        return SHOWN_BY[self.world.blobs[blob_id].filename]

    def copy(self, begun: Path) -> Path:
        """A mirror to go on from, that does not know its token."""
        folder = self.room / "trial"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(begun, folder, symlinks=True)
        (folder / _KNOWN_TOKEN).unlink(missing_ok=True)
        return folder

    def sync(self, folder: Path, **options: Any) -> SyncReport:
        return mirror(self.coda, folder, self.clock, asset_hosts=frozenset({self.coda.asset_hosts}), **options)


def _spots(answers: list[Answer], values: Mapping[str, list[Any]]) -> Iterator[Spot]:
    seen = set[Any]()
    for answer in sorted(answers, key=lambda answer: (answer.path, answer.before)):
        for place in fields(answer.content):
            shape = tuple("*" if isinstance(name, int) else name for name in place)
            kind = _page_of(answer), shape, _type(answer, place)
            if kind not in seen:
                seen.add(kind)
                value = at(answer.content, place)
                yield Spot(answer, place, next((it for it in values[str(place[-1])] if it != value), None))


def _page_of(told: Answer) -> str:
    """The page that an export is of: one that was edited is another kind than one that was not."""
    return told.path.partition("/export")[0] if "/export" in told.path else ""


def _type(told: Answer, place: FieldPath) -> str:
    content, value = told.content, at(told.content, place)
    item = content["items"][place[1]] if place[0] == "items" and len(place) > 1 else content
    kind = item.get("tableType", "") if isinstance(item, dict) else ""
    return f"{type(value).__name__} {kind}"


def items(tree: Mapping[str, bytes]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The files of each item of a mirror, by the item's kind and id."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for record in json.loads(tree["backup_manifest.json"])["docs"]:
        folder = record["path"]
        stored = parse_metadata(tree[f"{folder}/metadata.json"])
        found["doc", record["id"]] = (f"{folder}/metadata.json",)
        for page_id, page in stored.pages.items():
            found["page", page_id] = tuple(f"{folder}/{file}" for file in stored_page_files(page).files.values())
        for grid_id, grid in {**stored.tables, **stored.views}.items():
            found["table", grid_id] = tuple(f"{folder}/{grid[it]}" for it in ("file",) if grid[it])
        for asset_id, asset in stored.assets.items():
            found["asset", asset_id] = (f"{folder}/{asset['file']}",)
    return found
