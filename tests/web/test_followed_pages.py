"""A page that a link within a frame led to says what it is, and nothing else is put into it (browse.md, browse)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

import pytest

from coda_git_mirror.web.policies import FILES
from tests.sql.made import MadeDoc, commit_states, mirror_files
from tests.support import git
from tests.web.sites import KEY, Site, served

NAME = '<img src=x onerror=1>"'
PAGE, BARE = "docs/plans/pages/notes.html", "docs/plans/assets/bare.html"
HTML = b"\n<!DOCTYPE html>\n<title>Old</title><p>Text.\xff</p>"
IN_FRAME = {"Sec_Fetch_Dest": "iframe"}
FOLLOWED = {**IN_FRAME, "Sec_Fetch_Site": "cross-site"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A doc with a page, whose file is HTML by its name's end, as of two syncs."""
    files = mirror_files([MadeDoc("Plans", [], [], {"Notes": "Text.\n"})])
    files = {path: content.replace(b"notes.md", b"notes.html") for path, content in files.items()}
    files = {path: content.replace(b'".md"', b'".html"') for path, content in files.items()}
    files["docs/plans/metadata.json"] = files["docs/plans/metadata.json"].replace(
        b'"name": "Notes"', b'"name": "<img src=x onerror=1>\\""'
    )
    files |= {PAGE: HTML, BARE: b"<p>Bare.</p>"}
    folder = commit_states(tmp_path_factory.mktemp("followed") / "mirror", [files, {**files, "a.txt": b""}])
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def commits(site: Site) -> list[str]:
    return git(site.folder, "rev-list", "--reverse", "HEAD").split()


def test_it_is_named_at_its_head(site: Site, commits: list[str]) -> None:
    answer = site.get(f"/at/{commits[0]}/{PAGE}", **FOLLOWED)
    assert answer.status == 200
    assert answer.headers["Content-Security-Policy"] == FILES["Content-Security-Policy"]
    before, note, after = parts(answer.body)
    assert (before + b"\n" + after, after[:7]) == (HTML, b"<title>")
    assert "<img" not in note
    assert NAME in unescape(note)
    assert "1 March 2026" in note
    assert f'href="/{KEY}/doc/d-Plans/item/p-Notes?at={commits[0]}" target="_blank" rel="noopener noreferrer"' in note


def parts(body: bytes) -> tuple[bytes, str, bytes]:
    """What stands before, in and after the note."""
    start, end = body.index(b"<div role="), body.index(b"</div>") + len(b"</div>")
    return body[:start], body[start:end].decode(), body[end:].removeprefix(b"\n")


def test_of_the_present_it_leads_to_the_present(site: Site, commits: list[str]) -> None:
    answer = site.get(f"/at/{commits[1]}/{PAGE}", **FOLLOWED)
    assert f'href="/{KEY}/doc/d-Plans/item/p-Notes" target' in parts(answer.body)[1]


def test_a_file_that_is_no_page_is_named_as_a_file(site: Site, commits: list[str]) -> None:
    before, note, after = parts(site.get(f"/at/{commits[0]}/{BARE}", **FOLLOWED).body)
    assert (before, after) == (b"", b"<p>Bare.</p>")
    assert "the file" in note
    assert "bare.html" in note
    assert f'href="/{KEY}/at/{commits[0]}/{BARE}" target' in note


@pytest.mark.parametrize(
    "asked",
    [{}, IN_FRAME, {**IN_FRAME, "Sec_Fetch_Site": "same-origin"}, {**FOLLOWED, "Sec_Fetch_Dest": "document"}],
)
def test_nothing_else_has_the_note(site: Site, commits: list[str], asked: Mapping[str, Any]) -> None:
    assert site.get(f"/at/{commits[0]}/{PAGE}", **asked).body == HTML
