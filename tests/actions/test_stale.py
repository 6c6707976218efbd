"""Why a page is exported: each reason that there is, from an account that was edited just so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.sync.extras import read_extras
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.outline import read_pages, with_grids
from coda_git_mirror.actions.sync.page_reasons import PageReason
from coda_git_mirror.actions.sync.renames import Mentions, Renamed
from coda_git_mirror.actions.sync.stale import StalePages
from coda_git_mirror.actions.sync.table_files import TableReader
from coda_git_mirror.demo.blocks import Grid, Mention, Text
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, Doc, World
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.model.outcome import Fetched
from coda_git_mirror.progress import Silent
from coda_git_mirror.state.fetched import fetched_files
from tests.conftest import Serve
from tests.support import VirtualClock, mirror, source_of

NO = {"statusCode": 400, "statusMessage": "Bad Request", "message": "No."}
OPTIONS = SyncOptions()
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def plans() -> Doc:
    world = World()
    doc = world.add_doc("Plans")
    words, home, report, values, sliders = (
        doc.add_page(name, markdown="Words.\n") for name in ("Words", "Home", "Report", "Values", "Sliders")
    )
    tasks = doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship"}, {"Task": "Rest"}], home)
    home.append(Grid(tasks))
    report.append(Grid(tasks))
    doc.add_formula("Total", 1, values)
    doc.add_control("Slider", "slider", 3, sliders)
    words.append(Text("See:"), Mention(report))
    return doc


@pytest.fixture
def coda(serve: Serve, plans: Doc) -> SimulatedCoda:
    return serve(plans.world)


class Judged:
    """The reasons of the pages of the doc, by their names, as a sync with these options would have them."""

    def __init__(self, coda: SimulatedCoda, folder: Path, clock: VirtualClock) -> None:
        self._coda, self._folder, self._clock = coda, folder, clock

    def __call__(self, options: SyncOptions = OPTIONS, suspect_since: datetime | None = None) -> Mapping[str, str]:
        repository = Repository.open(self._folder)
        held, source = Held.at_head(repository), source_of(self._coda, self._clock)
        [doc] = source.docs(owned_only=True)
        held_doc = held.doc(doc.id)
        listed = read_pages(source, doc, held_doc.stored, options)
        outline = with_grids(source, listed, held_doc.stored, options).outline
        files = fetched_files(repository)
        files.begin(LONG_AGO)
        reader = TableReader(source, options, files, Silent())
        tables = {grid.id: reader.table for grid in outline.tables} | {grid.id: reader.view for grid in outline.views}
        read = {grid_id: Fetched(table(doc.id, grid_id)) for grid_id, table in tables.items()}
        found = StalePages(held, held_doc, outline, options).find(read, read_extras(source, doc.id), suspect_since)
        names = {page.id: page.name for page in outline.pages}
        return {names[page_id]: stale.reason for page_id, stale in found.items()}


@pytest.fixture
def judged(coda: SimulatedCoda, folder: Path, clock: VirtualClock) -> Judged:
    return Judged(coda, folder, clock)


def _edit_a_row_and_a_page(doc: Doc) -> None:
    doc.table("Tasks").rows[0].set("Task", "Go")
    doc.page("Report").append(Text("More."))


EDITS: dict[str, tuple[Callable[[Doc], object], dict[str, PageReason]]] = {
    "nothing": (lambda _: None, {}),
    "a new page": (lambda doc: doc.add_page("Next", markdown="Words.\n"), {"Next": PageReason.NEW}),
    "an edited page": (lambda doc: doc.page("Words").append(Text("More.")), {"Words": PageReason.EDITED}),
    "a row": (
        lambda doc: doc.table("Tasks").rows[0].set("Task", "Go"),
        {"Home": PageReason.TABLE_CHANGED, "Report": PageReason.TABLE_CHANGED},
    ),
    "a row, and the page that shows it": (
        _edit_a_row_and_a_page,
        {"Home": PageReason.TABLE_CHANGED, "Report": PageReason.EDITED},
    ),
    "a table that is gone": (
        lambda doc: doc.table("Tasks").delete(),
        {"Home": PageReason.TABLE_MOVED, "Report": PageReason.TABLE_MOVED},
    ),
    "a formula": (lambda doc: doc.formulas[0].recalculate(2), {"Values": PageReason.VALUE_CHANGED}),
    "a control": (lambda doc: doc.controls[0].recalculate(7), {"Sliders": PageReason.VALUE_CHANGED}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_the_reason_of_the_pages_that_show_it(
    judged: Judged, coda: SimulatedCoda, folder: Path, clock: VirtualClock, plans: Doc, edit: str
) -> None:
    mirror(coda, folder, clock)
    change, reasons = EDITS[edit]
    change(plans)
    assert judged() == reasons


def test_what_may_have_been_read_too_early(
    judged: Judged, coda: SimulatedCoda, folder: Path, clock: VirtualClock, plans: Doc
) -> None:
    mirror(coda, folder, clock)
    early = {page.name: PageReason.TOO_EARLY for page in plans.pages()}
    assert judged(suspect_since=LONG_AGO) == early
    with_values = dict.fromkeys(("Values", "Sliders"), PageReason.TOO_EARLY)
    assert judged(suspect_since=datetime.max.replace(tzinfo=UTC)) == with_values


def test_markdown_alone_says_only_that_a_page_may_show_a_table(
    judged: Judged, coda: SimulatedCoda, folder: Path, clock: VirtualClock, plans: Doc
) -> None:
    mirror(coda, folder, clock, formats=(".md",), kept_formats=(".md",))
    plans.table("Tasks").rows[0].set("Task", "Go")
    options = replace(OPTIONS, formats=(".md",), kept_formats=(".md",))
    assert judged(options) == {"Home": PageReason.TABLE_CHANGED, "Report": PageReason.TABLE_MAY_SHOW}


def test_what_the_mirror_lacks(
    judged: Judged, coda: SimulatedCoda, folder: Path, clock: VirtualClock, plans: Doc
) -> None:
    mirror(coda, folder, clock, formats=(".md",), kept_formats=(".md",))
    assert set(judged().values()) == {PageReason.NO_SUCH_FORMAT}
    failing = coda.on("POST", rf"/{plans.page('Words').id}/export$").answer(400, NO)
    mirror(coda, folder, clock)
    assert judged() == {"Words": PageReason.FAILED}
    coda.off(failing)
    mirror(coda, folder, clock)
    plans.page("Values").append(Text("More."))
    mirror(coda, folder, clock, formats=(".html",))
    assert judged() == {"Values": PageReason.LEFT_OUT}


def test_a_page_that_links_to_what_was_renamed(
    coda: SimulatedCoda, folder: Path, clock: VirtualClock, plans: Doc
) -> None:
    mirror(coda, folder, clock)
    renamed = Renamed(plans.id, items=frozenset({plans.page("Report").id}))
    found = Mentions(Held.at_head(Repository.open(folder))).pages_naming([renamed])
    assert {page_id: stale.reason for page_id, stale in found[plans.id].items()} == {
        plans.page("Words").id: PageReason.RENAMED
    }
