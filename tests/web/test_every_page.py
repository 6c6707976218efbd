"""What holds for every page: its links lead somewhere, it has nothing that its policy forbids, it is also JSON."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coda_git_mirror.model.content import Page
from tests.actions.past import Past
from tests.changes.trees import Content, Grid
from tests.support import git
from tests.web.handbook import Looking, Shown

_OURS = re.compile(r"/($|\?|doc/|search|diff/)")
_INLINE = re.compile(r"<style|<script(?! src=)|<[^>]*(\sstyle=|\son\w+=|=.javascript:)", re.IGNORECASE)
ODD = [
    "x" * 200,
    "مرحبا بالعالم " * 15,
    "🔥🔥🔥",
    " \t ",
    "",
    "<script>alert(1)</script>\"'&amp;",
    "a\u202eb\u0000\ud83d{{ 7 * 7 }}",
    "../../etc",
]


def _is_page(link: str) -> bool:
    """Whether a link leads to a page of ours that is like no other: with each parameter, but not with all of them."""
    return bool(_OURS.match(link)) and not re.search("format=|sort=|at=.*&gone=", link)


def _all_pages(look: Looking, begin: str) -> dict[str, Shown]:
    """Every page of ours to which links lead, by its address."""
    seen: dict[str, Shown] = {}
    waiting = [begin]
    while waiting:
        address = waiting.pop()
        if address not in seen:
            seen[address] = look(address)
            if location := seen[address].location:
                waiting.append(location)
            waiting += [link.partition("#")[0] for link in seen[address].links() if _is_page(link)]
    return seen


@pytest.fixture(scope="module")
def pages(look: Looking) -> dict[str, Shown]:
    return _all_pages(look, "/?gone=1")


def test_every_link_leads_somewhere(pages: dict[str, Shown]) -> None:
    assert {address: page.status for address, page in pages.items() if page.status not in (200, 302)} == {}
    assert len(pages) > 100, len(pages)


def test_nothing_stands_in_a_page_that_its_policy_forbids(pages: dict[str, Shown]) -> None:
    assert [address for address, page in pages.items() if _INLINE.search(page.text)] == []


def test_a_time_is_kept_in_every_link_of_ours(pages: dict[str, Shown], commits: list[str]) -> None:
    at = f"at={commits[1]}"
    for address, page in pages.items():
        if at in address:
            links = {link for link in page.links() if _is_page(link) and not link.startswith("/diff/")}
            back_to_now = [link for link in links if "at=" not in link]
            assert len(back_to_now) <= 1, address
            assert all(link.partition("?")[0] == address.partition("?")[0] for link in back_to_now), address


def test_every_page_has_its_marks_for_readers(pages: dict[str, Shown]) -> None:
    for address, page in pages.items():
        if page.status == 200:
            assert page.text.count("<h1") == 1, address
            assert all(mark in page.text for mark in ('<html lang="en">', '<main id="main"', 'class="skip"')), address
            assert re.search(r"<title>\s*\S", page.text), address


def test_every_page_is_also_json(look: Looking, pages: dict[str, Shown]) -> None:
    for address in list(pages)[::7]:
        if pages[address].status == 200:
            answer = look(f"{address}{'&' if '?' in address else '?'}format=json")
            assert isinstance(answer.object, dict), address


def test_any_name_can_be_shown(tmp_path: Path) -> None:
    past = Past(tmp_path / "mirror")
    docs = [
        Content(
            f"d{number}",
            name,
            {Page(f"p{number}", name, raw={"subtitle": name, "authors": [{"name": name}]}): f"Text\n\n{name}\n"},
            (Grid(f"t{number}", name, ("A",), {"i-1": (name,)}),),
        )
        for number, name in enumerate(ODD)
    ]
    past.sync(*docs)
    past.sync()
    look = Looking(tmp_path / "mirror")
    assert look("/", gone="1").text.count("without a name") == 2
    for number, name in enumerate(ODD):
        for address in (f"/doc/d{number}", f"/doc/d{number}/item/p{number}"):
            page = look(address)
            assert page.status == 200
            assert not _INLINE.search(page.text)
            assert not set("\0\u202e") & set(page.text)
            assert "Gone since" in page.text
            if not name.strip():
                assert '<h1><i class="nameless">without a name</i></h1>' in page.text


def test_a_mirror_that_has_lost_its_commits_says_so(tmp_path: Path) -> None:
    past = Past(tmp_path / "mirror")
    past.sync(Content("d1", "Plan", {Page("p1", "Notes"): "Text\n"}))
    look = Looking(past.folder)
    git(past.folder, "update-ref", "-d", "refs/heads/main")
    assert "It has no commit yet" in look("/").words()
    for address in ("/doc/d1", "/doc/d1/item/p1"):
        assert look(address).status == 404
    assert look("/search", q="text").status == 200
