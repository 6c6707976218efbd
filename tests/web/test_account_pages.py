"""The account: its docs, calendar and last changes, now and then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import manifest_document, parse_manifest
from coda_git_mirror.model.content import Page
from coda_git_mirror.model.ledger import Problem
from tests.actions.past import Past
from tests.changes.trees import Content
from tests.web.handbook import Looking


def test_docs_stand_by_their_names_with_what_they_hold(look: Looking) -> None:
    page = look("/")
    assert page.status == 200
    assert "/doc/docA" in page.links()
    assert "/doc/docB" not in page.links()
    assert "Handbook 🚲 5 pages 1 table 1 row 1 view changed 6 March 2026" in page.words()
    assert [(doc["id"], doc["gone"]) for doc in look("/", format="json").object["docs"]] == [("docA", None)]


def test_deleted_docs_are_there_on_a_switch(look: Looking, commits: list[str]) -> None:
    assert "/?gone=1" in look("/").links()
    page = look("/", gone="1")
    assert "Old ideas deleted 5 March 2026" in page.words()
    assert "/" in page.links()
    docs = {doc["id"]: doc["gone"] for doc in look("/", gone="1", format="json").object["docs"]}
    assert docs == {"docA": None, "docB": {"revision": commits[3], "date": "2026-03-05"}}


def test_changes_lead_to_their_differences(look: Looking, commits: list[str]) -> None:
    links = [link for link in look("/").links() if link.startswith("/diff/")]
    empty = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    steps = zip([empty, *commits], commits, strict=False)
    assert links == [f"/diff/{before}..{after}" for before, after in steps][::-1]
    changes = look("/", format="json").object["changes"]
    assert [change["revision"] for change in changes] == commits[::-1]


def test_days_lead_to_the_mirror_at_their_end(look: Looking, commits: list[str]) -> None:
    page = look("/")
    days = [link for link in page.links() if link.startswith("/?at=")]
    assert days == [f"/?at=2026-03-0{day}" for day in range(2, 7)]
    assert "3 March 2026: 1 change" in page.words()
    assert look("/", at="2026-03-03").location == f"/?at={commits[1]}"
    assert {"date": "2026-03-03", "changes": 1} in look("/", format="json").object["calendar"]["days"]


def test_a_time_is_told_and_kept(look: Looking, commits: list[str]) -> None:
    page = look("/", at=commits[2])
    assert "As of 4 March 2026, 10:00 · back to now" in page.words()
    assert "/" in page.links()
    assert {f"/doc/docA?at={commits[2]}", f"/doc/docB?at={commits[2]}", f"/?at={commits[2]}"} <= set(page.links())
    assert f'name="at" value="{commits[2]}"' in page.text
    assert "As of" not in look("/").text
    assert [change["revision"] for change in look("/", at=commits[2], format="json").object["changes"]] == commits[
        2::-1
    ]


def test_an_account_without_docs_says_so(tmp_path: Path) -> None:
    past = Past(tmp_path / "mirror")
    past.sync()
    look = Looking(tmp_path / "mirror")
    assert "The mirror holds no doc." in look("/").words()
    assert look("/", format="json").object["docs"] == []


@pytest.mark.parametrize("year", ["2026", "1970", "9999", "x"])
def test_any_year_may_be_asked_for(look: Looking, year: str) -> None:
    assert "March 2026" in look("/", year=year).words()


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    past = Past(tmp_path / "mirror")
    page = Page("p1", "Notes", raw={"contentType": "canvas"})
    past.sync(Content("d1", "Plan", {page: "Text\n"}, missing=frozenset({"p1"})))
    manifest = past.folder / layout.MANIFEST
    known = parse_manifest(manifest.read_bytes())
    problem = Problem("page", "Plan", "Notes", "the export took too long", doc_id="d1", item_id="p1")
    manifest.write_bytes(manifest_document(replace(known, problems=(problem,))))
    past.commit("Sync 0 docs\n\nFormat: 1\nCoda-Docs: 1\n")
    look = Looking(past.folder)
    words = look("/").words()
    assert "1 thing not in the mirror as Coda has it page Plan: Notes failed: the export took too long" in words
    assert "1 thing missing" in look("/").words()
    assert "page Notes failed: the export took too long" in look("/doc/d1").words()
    assert look("/", format="json").object["problems"][0]["item_id"] == "p1"
    words = look("/doc/d1/item/p1").words()
    assert "The content could not be read so far: the export took too long." in words
