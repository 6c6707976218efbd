"""A doc that is gone from Coda is made anew from nothing but the mirror."""

from __future__ import annotations

import _thread
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.recreate.run import abandon
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.changes.recreation import Wish
from coda_git_mirror.demo.blocks import Grid, Picture, Text
from coda_git_mirror.demo.mutations import MEASURED
from coda_git_mirror.demo.server import Readings
from coda_git_mirror.demo.tokens import Token
from coda_git_mirror.demo.world import Column, World
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.model.recreation import Restored
from coda_git_mirror.progress import Silent
from tests.actions.recreate.workshop import NAME, Workshop, cells, plans, text, tree
from tests.conftest import Serve
from tests.support import VirtualClock, commit_by_hand, git, mirror

WHOLE, TEXT, MISSING = Restored.WHOLE, Restored.TEXT, Restored.MISSING


def test_nothing_is_written_before_it_is_said(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop = Workshop.begun(serve, clock, folder)
    head = git(folder, "rev-parse", "HEAD")
    made = workshop.foresee()
    assert [page.name for page in made.pages] == ["Notes", "Week", "Ideas", "Ideas", "Secret", "Last"]
    assert {table.name: table.rows for table in made.tables} == {"Tasks": 4, "Loose": 1}
    assert made == workshop.foresee(), "the same plan each time"
    assert {request.method for request in workshop.coda.requests} <= {"GET"}
    assert workshop.world.docs == []
    assert git(folder, "rev-parse", "HEAD") == head


def test_everything_comes_back(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop = Workshop.begun(serve, clock, folder)
    made = workshop.make()
    assert (made.stopped, made.unmet, made.is_whole) == ("", (), True)
    workshop.require_same()
    new = workshop.new
    assert text(new, "Ideas").split() == text(workshop.old, "Ideas").split()
    assert "- [x] done" in text(new, "Notes")
    shown = text(new, "Notes")
    assert shown.index("Before.") < shown.index("## Tasks") < shown.index("Between.")
    assert f"[Week]({new.page('Week').link})" in text(new, "Last")
    assert new.table("Table 1").column("Hours").type == "number"
    outcomes = [page.restored for page in made.pages]
    assert outcomes == [WHOLE, TEXT, WHOLE, WHOLE, WHOLE, WHOLE], "the view of Week is a table of texts now"
    assert [(it.restored, it.rows, it.lost) for it in made.tables] == [(TEXT, 4, 0), (WHOLE, 1, 0)]
    assert made.doc == new.id
    workshop.require_sound()


def test_what_is_done_is_not_done_again(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop = Workshop.begun(serve, clock, folder)
    workshop.pin()
    made = workshop.make()
    assert f"Coda-Doc-Recreated: {workshop.old.id} " in git(folder, "log", "-1", "--format=%B")
    workshop.coda.new_client()
    again = workshop.make()
    assert (again.is_known, again.doc, again.pages) == (True, made.doc, ())
    assert {request.method for request in workshop.coda.requests} <= {"GET"}
    workshop.new.delete()
    assert not workshop.make().is_known, "once that is gone as well, it is made once more"
    workshop.require_same()


def test_a_title_and_a_folder_can_be_given(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop = Workshop.begun(serve, clock, folder)
    place = workshop.world.add_folder("Archive")
    workshop.make(wish=Wish("Old plans", place.id))
    assert (workshop.new.name, workshop.new.folder) == ("Old plans", place)


@pytest.mark.parametrize(
    "served",
    [
        {"mutation_seconds": MEASURED, "snapshot_lag": 30.0, "readings": Readings(unknown_polls=2, null_warnings=True)},
        {"readings": Readings(blank_page=None, joins_lines=True, blank_rows=3, coda_attributes=False)},
        {"readings": Readings(blank_page="Page 1", lists_new_docs=False, infers_types=True, snapshot_checks=True)},
        {"mutation_seconds": (5, 60), "readings": Readings(late_initial_page=True, infers_imported=True)},
    ],
)  # fmt: skip
def test_however_coda_takes_it(serve: Serve, clock: VirtualClock, folder: Path, served: dict[str, Any]) -> None:
    workshop = Workshop.begun(serve, clock, folder, **served)
    made = workshop.make()
    assert (made.stopped, made.unmet) == ("", ())
    workshop.require_same()


@pytest.mark.parametrize("pattern", ["/docs$", "/pages$", "/rows$"])
@pytest.mark.parametrize("accepted", [False, True])
def test_an_answer_that_is_lost_makes_nothing_twice(
    serve: Serve, clock: VirtualClock, folder: Path, pattern: str, accepted: bool
) -> None:
    workshop = Workshop.begun(serve, clock, folder)
    workshop.coda.on("POST", pattern).drop(times=1, after_acceptance=accepted)
    workshop.coda.on("PUT", "/pages/").drop(times=2, after_acceptance=accepted)
    assert workshop.make().stopped == ""
    workshop.require_same()
    assert text(workshop.new, "Notes").count("Before.") == 1


def test_of_a_doc_that_may_be_there_twice_somebody_is_told(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop = Workshop.begun(serve, clock, folder, readings=Readings(lists_new_docs=False))
    workshop.coda.on("POST", "/docs$").drop(times=1, after_acceptance=True)
    made = workshop.make()
    assert len(workshop.world.docs) == 2
    assert any("look in Coda for a second one" in note for note in made.notes)


@pytest.mark.parametrize("status", [404, 500])
def test_without_the_bare_text_of_pages_their_export_tells(
    serve: Serve, clock: VirtualClock, folder: Path, status: int
) -> None:
    workshop = Workshop.begun(serve, clock, folder)
    workshop.coda.on("GET", "/content$").fail(status)
    workshop.coda.on("PUT", "/pages/").drop(times=2, after_acceptance=True)
    assert workshop.make().stopped == ""
    workshop.require_same()
    assert [text(workshop.new, "Notes").count(line) for line in ("Before.", "Between.", "First **line**.")] == [1, 1, 1]


def test_what_coda_says_to_be_done_and_has_lost_is_sent_once_more(
    serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    workshop = Workshop.begun(serve, clock, folder)
    workshop.coda.on("POST", "/pages$").lose(times=1)
    workshop.coda.on("PUT", "/pages/").lose(times=1, after=1)
    workshop.coda.on("POST", "/rows$").lose(times=1)
    made = workshop.make()
    assert made.stopped == ""
    assert sorted(tree(workshop.new)) == sorted(tree(workshop.old))
    assert all(page.restored is not MISSING and not page.lines for page in made.pages)


def test_pictures_come_back_while_coda_serves_them(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    def with_pictures() -> World:
        world = World()
        page = world.add_doc(NAME).add_page("Album", blocks=(Text("Two of them:"),))
        for name in ("alive.png", "gone.png"):
            page.append(Picture(world.add_blob(b"\x89PNG\r\n\x1a\n" + name.encode(), name, "image/png")))
        return world

    workshop = Workshop.begun(serve, clock, folder, with_pictures)
    list(workshop.world.blobs.values())[1].gone = True
    made = workshop.make()
    shown = [block.blob.filename for block in workshop.new.page("Album").blocks if isinstance(block, Picture)]
    assert shown == ["alive.png"]
    assert any("gone.png" in lost.item for lost in made.not_restored)
    assert made.pages[0].restored is TEXT


def test_a_page_that_coda_cannot_export_comes_back_empty(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    def with_embed() -> World:
        world = World()
        world.add_doc(NAME).add_page("Web", content_type="embed")
        return world

    workshop = Workshop.begun(serve, clock, folder, with_embed)
    made = workshop.make()
    assert tree(workshop.new) == [("Web",)]
    assert made.pages[0].restored is MISSING
    assert any("page Web" in lost.item for lost in made.not_restored)


def test_tables_of_a_doc_without_pages_get_one(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    def bare() -> World:
        world = World()
        world.add_doc(NAME).add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}])
        return world

    workshop = Workshop.begun(serve, clock, folder, bare)
    made = workshop.make()
    assert (tree(workshop.new), [it.restored for it in made.tables]) == ([(NAME,)], [WHOLE])
    assert cells(workshop.new.tables[0]) == [["Ship it"]]


def test_where_the_folder_is_gone_another_will_do_unless_it_was_asked_for(
    serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    def in_archive() -> World:
        world = plans()
        world.docs[0].folder = world.add_folder("Archive")
        return world

    workshop = Workshop.begun(serve, clock, folder, in_archive)
    gone = workshop.world.folders.pop()
    with pytest.raises(MirrorError, match="folder"):
        workshop.make(wish=Wish(folder=gone.id))
    assert workshop.make().stopped == ""
    assert workshop.new.folder == workshop.world.folders[0]


def test_a_mirror_of_html_alone_is_enough(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    world = plans()
    coda = serve(world)
    mirror(coda, folder, clock, formats=(".html",), kept_formats=(".html",))
    workshop = Workshop(
        coda, folder, clock, world.docs[0], options=SyncOptions(formats=(".html",), kept_formats=(".html",))
    )
    workshop.old.delete()
    made = workshop.make()
    assert (made.stopped, made.unmet) == ("", ())
    workshop.require_same()
    assert "First **line**." in text(workshop.new, "Notes")


def test_a_large_page_is_written_in_parts(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    paragraphs = [f"Paragraph {number} " + "lorem ipsum " * 2000 for number in range(50)]

    def large() -> World:
        world = World()
        world.add_doc(NAME).add_page("Book", markdown="\n\n".join(paragraphs) + "\n")
        return world

    workshop = Workshop.begun(serve, clock, folder, large)
    made = workshop.make()
    assert made.pages[0].restored is WHOLE
    bodies = [request.body for request in workshop.coda.requests.matching("PUT", "/pages/")]
    assert len(bodies) > 2
    assert max(map(len, bodies)) <= 1_000_000


def test_without_the_right_to_make_docs_nothing_is_written(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop = Workshop.begun(serve, clock, folder)
    head = git(folder, "rev-parse", "HEAD")
    workshop.coda.use(Token(doc_maker=False))
    with pytest.raises(MirrorError, match="Coda takes no further changes"):
        workshop.make()
    assert (workshop.world.docs, git(folder, "rev-parse", "HEAD")) == ([], head)
    workshop.coda.use(Token())
    assert workshop.make().stopped == "", "nothing is left that stands in the way"


def test_a_run_that_stopped_is_gone_on_with_or_abandoned(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop = Workshop.begun(serve, clock, folder)
    rule = workshop.coda.on("PUT", "/pages/").fail(403)
    stopped = workshop.make()
    assert "Coda takes no further changes" in stopped.stopped
    assert workshop.new.name.startswith(f"{NAME} (restoring ")
    with pytest.raises(MirrorError, match="--resume"):
        workshop.make()
    target = workshop.target()
    assert abandon(target, workshop.account(), Silent(), apply=False) == workshop.new.id
    assert len(workshop.world.docs) == 1
    workshop.new.rename("Mine now")
    with pytest.raises(MirrorError, match="not deleted"):
        abandon(target, workshop.account(), Silent(), apply=True)
    workshop.new.rename(target.what.marked_title)
    assert abandon(target, workshop.account(), Silent(), apply=True)
    assert workshop.world.docs == []
    workshop.coda.off(rule)
    assert workshop.make().stopped == ""
    workshop.require_same()


def test_an_interruption_finishes_the_request_in_hand(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop = Workshop.begun(serve, clock, folder)
    workshop.coda.on("PUT", "/pages/").call(_thread.interrupt_main, times=1, after=2)
    made = workshop.make()
    assert isinstance(made.interruption, KeyboardInterrupt)
    sent = len(workshop.coda.requests.writes())
    again = workshop.make(resume=True)
    assert (again.stopped, again.interruption) == ("", None)
    workshop.require_same()
    assert text(workshop.new, "Notes").count("Before.") == 1
    assert sent + 1 < len(workshop.coda.requests.writes()), "the rest was left to the second run"


def test_what_was_noted_down_may_be_lost(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop = Workshop.begun(serve, clock, folder)
    rule = workshop.coda.on("POST", "/rows$").fail(403)
    assert workshop.make().stopped
    workshop.coda.off(rule)
    for file in (folder / ".git/coda-git-mirror/writes").rglob("*.jsonl"):
        file.unlink()
    with pytest.raises(MirrorError, match="--resume"):
        workshop.make()
    assert workshop.make(resume=True).stopped == ""
    workshop.require_same()
    assert text(workshop.new, "Notes").count("Before.") == 1


def test_two_tables_with_the_same_header_on_one_page_keep_their_own_rows(
    serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    def twins() -> World:
        world = World()
        doc = world.add_doc(NAME)
        page = doc.add_page("Both")
        tables = [doc.add_table(name, [Column("What")], [{"What": name}], page) for name in ("One", "Two")]
        page.write(*map(Grid, tables))
        return world

    workshop = Workshop.begun(serve, clock, folder, twins)
    workshop.make()
    assert text(workshop.new, "Both").split() == text(workshop.old, "Both").split()


def test_plans_is_what_it_says() -> None:
    assert len(list(plans().docs[0].pages())) == 6


def test_another_revision_with_the_same_content_is_the_same(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    workshop = Workshop.begun(serve, clock, folder)
    rule = workshop.coda.on("POST", "/rows$").fail(403)
    assert workshop.make(wish=Wish("Old plans")).stopped
    commit_by_hand(folder, "Mine")
    with pytest.raises(MirrorError, match="--resume"):
        workshop.make()
    workshop.coda.off(rule)
    assert workshop.make(resume=True).stopped == ""
    assert workshop.new.name == "Old plans", "the title that was given at first"
    assert workshop.make().is_known, "though HEAD is another commit by now"
