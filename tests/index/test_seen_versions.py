"""Versions are what a person sees, and words are found in what a person wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
from tests.index.pasts import write_past
from tests.index.test_increments import silent

MANIFEST = json.dumps({"docs": [{"id": "d1", "name": "Plans", "path": "docs/plans"}]}).encode()
LINK = "https://coda.io/d/_d1/_su2"


def state(markdown: str, html: str = "<p>Text</p>\n", updated: str = "1", **entry: Any) -> dict[str, bytes]:
    """A doc with one page, whose first link is the mirror's own."""
    files = {".md": "pages/p.md", ".html": "pages/p.html"}
    links = {"links": {suffix: {"0": LINK} for suffix in files}}
    page = {"id": "p1", "name": "Notes", "file": "pages/p.md", "files": files, "children": [], **links, **entry}
    doc = {"id": "d1", "name": "Plans"}
    listed = {"doc": doc, "pages": [page], "tables": [], "views": [], "assets": [], "denied": []}
    return {
        "backup_manifest.json": MANIFEST,
        "docs/plans/metadata.json": json.dumps(listed, indent=2, sort_keys=True).encode() + b"\n",
        "docs/plans/pages/p.md": f"---\nid: p1\nupdated: secretword{updated}\n---\n\n{markdown}".encode(),
        "docs/plans/pages/p.html": html.encode(),
    }


FIRST, LAST = "See [it](a.md) now.\n\nOne\n", "One\n\nSee [it](c.md) now.\nTwo\nFour\n"
LINKED = '<p>See <a href="b.html">it</a></p>\n'
STATES = [
    (state(FIRST, '<p>See <a href="a.html">it</a></p>\n'), "added"),
    (state(FIRST.replace("a.md", "b.md"), LINKED), None),
    (state(FIRST.replace("a.md", "b.md"), LINKED, updated="2"), None),
    (state(FIRST.replace("a.md", "b.md"), f"<b>{LINKED}</b>"), "formatting changed"),
    (state("One\n\nSee [it](b.md) now.\n", f"<b>{LINKED}</b>"), "text moved"),
    (state("One\n\nSee [it](c.md) now.\nTwo\nThree\n"), "2 lines added"),
    (state(LAST), "1 line changed"),
    (state(LAST, isHidden=True, subtitle="S"), "subtitle changed, hidden"),
    (state(LAST, isHidden=True, subtitle="S", updatedAt="5"), None),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder: Path = tmp_path_factory.mktemp("seen") / "mirror"
    write_past(folder, [files for files, _ in STATES])
    return Index.open(Repository.open(folder), silent)


def test_a_version_is_what_a_person_sees(index: Index) -> None:
    expected = [(number, what) for number, (_, what) in enumerate(STATES, 1) if what]
    assert [(each.commit.number, each.what) for each in index.versions("d1", "p1")] == expected[::-1]
    assert [each.commit.number for each in index.versions("d1", None)] == [number for number, _ in expected][::-1]


def test_front_matter_and_the_mirrors_own_links_are_not_found(index: Index) -> None:
    assert index.search("secretword1", "ever") == []
    assert index.search('"a md"', "ever") == []
    (hit,) = index.search("see now", "ever")
    assert hit.text == f"See [it]({LINK}) now."
    assert (hit.born.number, hit.died) == (1, None)


def test_a_line_that_moves_lives_on(index: Index) -> None:
    (hit,) = index.search("one", "now")
    assert hit.born.number == 1


def test_of_html_alone_what_a_browser_shows_is_found(tmp_path: Path) -> None:
    html = "<style>p {color: red}</style><h1>Rules</h1><p>Caf&eacute; <b>for</b>ever</p><script>run()</script>\n"
    files = state("", html)
    del files["docs/plans/pages/p.md"]
    metadata = json.loads(files["docs/plans/metadata.json"])
    metadata["pages"][0]["files"] = {".html": "pages/p.html"}
    metadata["pages"][0]["file"] = "pages/p.html"
    write_past(tmp_path / "mirror", [files | {"docs/plans/metadata.json": json.dumps(metadata).encode()}])
    index = Index.open(Repository.open(tmp_path / "mirror"), silent)
    assert [hit.text for hit in index.search("cafe forever", "now")] == ["Café forever"]
    assert [hit.text for hit in index.search("rules", "now")] == ["Rules"]
    assert index.search("run", "now") == index.search("red", "now") == []
    assert index.item_of_path("docs/plans/pages/p.html", 1) == index.state_of("d1", "p1", 1)
