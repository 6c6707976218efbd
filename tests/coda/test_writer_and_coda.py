"""Changes as the simulated Coda takes them: done once or not at all, whatever becomes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.coda.writer import CodaWriter
from coda_git_mirror.commands.wiring import coda_account
from coda_git_mirror.demo.mutations import MEASURED
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.server import SimulatedCoda, Token
from coda_git_mirror.demo.world import Column, Doc, Table, World
from coda_git_mirror.errors import AccessDenied, NotThere, NotYetFresh, Rejected, TooLargeToWrite, Unanswered
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.writes import Accepted, RowCells
from coda_git_mirror.redact import Secret
from tests.conftest import Serve
from tests.support import VirtualClock


class Rows:
    """Takes rows, by id."""

    def __init__(self) -> None:
        self.found: dict[str, Json] = {}

    def restart(self) -> None:
        self.found.clear()

    def take(self, items: list[Json]) -> None:
        self.found.update({item["id"]: item["values"] for item in items})


@dataclass
class Account:
    """A doc with a table of one row, to be read and changed."""

    coda: SimulatedCoda
    doc: Doc
    table: Table
    source: CodaSource
    writer: CodaWriter
    clock: VirtualClock

    def cells(self, name: str) -> RowCells:
        return {self.table.column("Task").id: name}

    def settle(self, accepted: Accepted) -> str:
        """Waits until Coda is done; its warning."""
        while not (stands := self.writer.mutation(accepted.request)).completed:
            self.clock.sleep(2.0)
        return stands.warning

    def names(self) -> list[str]:
        """The tasks by a fresh read."""
        rows = Rows()
        self.source.rows(self.doc.id, self.table.id, rows, fresh=True)
        column = self.table.column("Task").id
        return [str(values[column]).strip("`") for values in rows.found.values()]


Opening = Callable[..., Account]


@pytest.fixture
def opened(serve: Serve, clock: VirtualClock) -> Opening:
    def opened(**how: object) -> Account:
        world = World()
        doc = world.add_doc("Plans")
        doc.add_page("Notes", markdown="A line.\n")
        table = doc.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}])
        coda = serve(world, **how)
        source, writer = coda_account(coda.api_url, Secret(coda.token), clock, UNLIMITED)
        return Account(coda, doc, table, source, writer, clock)

    return opened


def test_rows_live_through_all_that_can_be_done_to_them(opened: Opening) -> None:
    account = opened(mutation_seconds=MEASURED, readings=Readings(unknown_polls=2, null_warnings=True))
    doc, table, writer = account.doc.id, account.table.id, account.writer
    added = writer.insert_rows(doc, table, [account.cells("One"), account.cells("Two é")])
    with pytest.raises(NotYetFresh):
        account.names()
    assert account.settle(added) == ""
    assert account.names() == ["Ship it", "One", "Two é"]
    account.settle(writer.update_row(doc, table, added.ids[0], account.cells("")))
    account.settle(writer.delete_rows(doc, table, [added.ids[1], "i-unknown"]))
    assert account.names() == ["Ship it", ""]
    assert account.coda.violations == []


def test_docs_and_pages_do_too(opened: Opening) -> None:
    account = opened(mutation_seconds=5, readings=Readings(unknown_polls=1))
    writer, source = account.writer, account.source
    doc = writer.create_doc("New", source_doc=account.doc.id)
    account.settle(doc)
    writer.change_doc(doc.ids[0], {"title": "Newer"})
    assert source.doc(doc.ids[0]).name == "Newer"
    page = writer.create_page(doc.ids[0], {"name": "Page"})
    with pytest.raises(NotThere):
        source.page(doc.ids[0], page.ids[0])
    account.settle(page)
    account.settle(writer.change_page(doc.ids[0], page.ids[0], {"name": "Renamed"}))
    account.settle(writer.append_content(doc.ids[0], page.ids[0], "markdown", "A line é.\n"))
    assert source.page(doc.ids[0], page.ids[0]).name == "Renamed"
    assert "A line é." in source.export_page(doc.ids[0], page.ids[0], "markdown")
    account.settle(writer.delete_page(doc.ids[0], page.ids[0]))
    with pytest.raises(NotThere):
        source.page(doc.ids[0], page.ids[0])
    assert writer.delete_doc(doc.ids[0]) == Accepted("")
    with pytest.raises(NotThere):
        source.doc(doc.ids[0])


@pytest.mark.parametrize("accepted", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("way", ["drop", "502", "503", "504", "cut"])
def test_a_lost_answer_leaves_one_row_or_none(opened: Opening, way: str, accepted: bool) -> None:
    account = opened()
    rule = account.coda.on("POST", "/rows$")
    if way == "drop":
        rule.drop(after_acceptance=accepted)
    elif way == "cut":
        rule.cut(9)
        accepted = True
    else:
        rule.fail(int(way), after_acceptance=accepted)
    with pytest.raises(Unanswered):
        account.writer.insert_rows(account.doc.id, account.table.id, [account.cells("New")])
    assert account.names() == ["Ship it", *(["New"] if accepted else [])]
    assert len(account.coda.requests.writes()) == 1


def test_what_is_refused_was_not_done(opened: Opening) -> None:
    account = opened()
    doc, table, writer = account.doc.id, account.table.id, account.writer
    with pytest.raises(TooLargeToWrite):
        writer.insert_rows(doc, table, [account.cells("x" * 90_000), account.cells("small")])
    with pytest.raises(TooLargeToWrite):
        writer.append_content(doc, next(account.doc.pages()).id, "html", "x" * 3_000_000)
    with pytest.raises(Rejected):
        writer.insert_rows(doc, table, [{"c-unknown": "x"}])
    with pytest.raises(NotThere):
        writer.update_row(doc, table, "i-unknown", account.cells("x"))
    assert account.names() == ["Ship it"]


@pytest.mark.parametrize("refusal", [401, 403])
def test_a_token_that_only_reads_changes_nothing(opened: Opening, refusal: int) -> None:
    account = opened(token=Token(read_only=True, refusal=refusal))
    with pytest.raises(AccessDenied, match="may not change it"):
        account.writer.delete_rows(account.doc.id, account.table.id, [account.table.rows[0].id])
    assert account.names() == ["Ship it"]
