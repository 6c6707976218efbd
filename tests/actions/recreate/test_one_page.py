"""A page that was spoilt or deleted comes back into its living doc, beside where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from coda_git_mirror.demo.blocks import Text
from coda_git_mirror.demo.mutations import MEASURED
from coda_git_mirror.demo.world import Doc
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.model.recreation import Restored
from tests.actions.recreate.workshop import Workshop, cells, plans, text, tree
from tests.conftest import Serve
from tests.support import VirtualClock, git, mirror


def _workshop(serve: Serve, clock: VirtualClock, folder: Path, page: str) -> tuple[Workshop, Doc]:
    """The doc is mirrored, and lives on."""
    coda = serve(plans(), mutation_seconds=MEASURED)
    mirror(coda, folder, clock)
    doc = coda.world.docs[0]
    workshop = Workshop(coda, folder, clock, doc, page=doc.page(page).id)
    workshop.pin()
    return workshop, doc


def test_a_spoilt_page_comes_back_with_all_below_it(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop, doc = _workshop(serve, clock, folder, "Notes")
    before = text(doc, "Notes")
    doc.page("Notes").write(Text("Spoilt."))
    doc.table("Tasks").rows[0].delete()
    made = workshop.make()
    assert (made.stopped, made.unmet, made.is_whole) == ("", (), True)
    name = next(page.name for page in made.what.pages)
    assert name.startswith("Notes (as of 2")
    assert tree(doc)[-4:] == [(name,), (name, "Week"), (name, "Week", "Ideas"), (name, "Week", "Ideas")]
    assert text(doc, "Notes") == "Spoilt.\n"
    assert "Before." in before
    assert "Before." in text(doc, name)
    (table,) = (table for table in doc.tables if table.page is doc.page(name))
    assert [row[0] for row in cells(table)] == ["Ship it", "**Sell** it", "Sell it", "Sell it"]
    assert [it.restored for it in made.tables] == [Restored.TEXT]
    assert "Coda-Page-Recreated: " in git(folder, "log", "-1", "--format=%B")
    assert "Spoilt." in git(folder, "show", f"{made.before}:docs/plans/pages/notes.md")
    assert workshop.make().is_known


def test_a_deleted_page_comes_back_below_its_parent(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop, doc = _workshop(serve, clock, folder, "Week")
    doc.page("Week").delete()
    made = workshop.make()
    assert tree(doc)[1] == ("Notes", made.what.title)
    assert "What is open:" in text(doc, made.what.title)


def test_below_a_parent_that_is_gone_too_it_stands_at_the_top(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop, doc = _workshop(serve, clock, folder, "Week")
    doc.page("Notes").delete()
    made = workshop.make()
    assert (made.what.title,) in tree(doc)


def test_into_a_doc_that_is_gone_nothing_comes(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop, doc = _workshop(serve, clock, folder, "Week")
    doc.delete()
    for attempt in (workshop.make, workshop.foresee):
        with pytest.raises(MirrorError, match="leave out --page"):
            attempt()


@pytest.mark.parametrize("accepted", [False, True])
def test_an_answer_that_is_lost_makes_no_second_page(
    serve: Serve, clock: VirtualClock, folder: Path, accepted: bool
) -> None:
    workshop, doc = _workshop(serve, clock, folder, "Week")
    workshop.coda.on("POST", "/pages$").drop(times=1, after_acceptance=accepted)
    made = workshop.make()
    assert tree(doc).count(("Notes", made.what.title)) == 1
