"""Docs and pages as they are and were: trees, versions, links, what is gone (faults.md, row 115)."""

from __future__ import annotations

import html
import re
import shlex
from pathlib import Path

import pytest

from coda_git_mirror.actions.browse.pages import FIRST_PART, LARGEST_FRAMED
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.model.content import Page
from tests.actions.past import Past
from tests.actions.recreate.workshop import plans
from tests.changes.trees import Content
from tests.commands.program import run
from tests.support import VirtualClock, mirror
from tests.web.handbook import Looking, Shown

PAGE = "/doc/docA/item/p1"


def _commands(page: Shown) -> list[list[str]]:
    found = re.findall(r"<pre><code>(.*?)</code></pre>", page.text, re.DOTALL)
    return [shlex.split(html.unescape(command)) for command in found]


def test_a_doc_shows_what_it_consists_of(look: Looking, commits: list[str]) -> None:
    page = look("/doc/docA")
    assert page.status == 200
    assert {f"/doc/docA/item/{item}" for item in ("p1", "p3", "p4", "p5", "p6", "t1", "v1")} <= set(page.links())
    assert "Plans hidden" in page.words()
    assert "Tasks 1 row" in page.words()
    assert f"/zip/{commits[-1]}/docA" in page.links()
    assert f"/diff/{commits[3]}..{commits[4]}?doc=docA" in page.links()
    told = look("/doc/docA", format="json").object
    assert [each["id"] for each in told["pages"]] == ["p1", "p3", "p4", "p5", "p6"]
    assert told["tables"] == [{"id": "t1", "name": "Tasks", "rows": 1, "gone": None}]


def test_the_tree_is_that_of_the_time(look: Looking, commits: list[str]) -> None:
    then = look("/doc/docA", at=commits[0], format="json").object["pages"][0]
    assert (then["name"], [each["id"] for each in then["children"]]) == ("Rules", ["p2"])
    page = look(PAGE, at=commits[0])
    assert f"/doc/docA/item/p2?at={commits[0]}" in page.links()
    assert '<h1><bdi dir="auto" lang="">Rules</bdi></h1>' in page.text
    assert re.search(rf'href="/KEY{PAGE}\?at={commits[0]}" aria-current="page"', page.text)


def test_deleted_pages_stand_in_the_tree_on_a_switch(look: Looking) -> None:
    assert "/doc/docA/item/p2" not in look(PAGE).links()
    page = look(PAGE, gone="1")
    assert "Returns deleted 5 March 2026" in page.words()
    assert "/doc/docA/item/p2?gone=1" in page.links()
    (policy, *_) = look("/doc/docA", gone="1", format="json").object["pages"]
    assert [each["id"] for each in policy["children"]] == ["p2"]


def test_a_page_is_framed_byte_for_byte(look: Looking, commits: list[str]) -> None:
    page = look(PAGE, at=commits[1])
    source = re.search(r'<iframe[^>]* src="/KEY([^"]*)" sandbox="([^"]*)"', page.text)
    assert source
    assert source[1] == f"/at/{commits[1]}/docs%2Fhandbook/pages/policy.html".replace("%2F", "/")
    assert source[2] == "allow-popups allow-popups-to-escape-sandbox"
    assert look(source[1]).status == 200


def test_what_leads_away_from_a_framed_page_is_listed(look: Looking) -> None:
    page = look(PAGE)
    listed = page.text[page.text.index('id="links"') :]
    assert (
        '<a href="https://example.org/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">'
        '<bdi dir="auto" lang="">elsewhere</bdi></a>' in listed
    )
    assert listed.count("example.org/a?b=1&amp;c=2</span>") == 1
    assert "javascript" not in page.text
    then = look(PAGE, at="2026-03-04")
    assert "item/p2?at=" in look(then.location).text


def test_markdown_is_part_of_our_page(look: Looking, commits: list[str]) -> None:
    page = look(PAGE, view="markdown", at=commits[1])
    prose = page.text[page.text.index("<article") : page.text.index("</article>")]
    assert f'href="/KEY/doc/docA/item/p2?at={commits[1]}"' in prose
    assert f'href="/KEY/doc/docA/item/t1?at={commits[1]}"' in prose
    assert (
        '<a href="https://example.org/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">elsewhere</a>' in prose
    )
    assert "https://example.org/a?b=1&amp;c=2</span>" in prose
    assert "&lt;script&gt;" in prose
    assert "one<br>" in prose
    assert not re.search(r'href="(javascript|#|gone|[^"]*passwd)', prose)
    assert "id: p1" not in prose
    assert "<iframe" not in page.text


def test_links_of_the_present_stay_in_the_present(look: Looking) -> None:
    assert 'href="/KEY/doc/docA/item/t1"' in look(PAGE, view="markdown").text


def test_where_there_is_no_html_the_markdown_is_shown(look: Looking) -> None:
    page = look("/doc/docA/item/p3")
    assert "<article" in page.text
    assert "Secret" in page.words()
    assert "hidden in Coda" in page.words()


def test_a_page_without_content_says_why(look: Looking) -> None:
    page = look("/doc/docA/item/p4")
    assert "Coda cannot export pages of this kind (embed)" in page.words()
    assert "<iframe" not in page.text
    assert look("/doc/docA/item/p4", format="json").object["why"]


def test_what_is_known_of_a_page_is_a_quiet_line(look: Looking) -> None:
    words = look(PAGE).words()
    assert (
        "What we promise by Ada Brennan, Chloë Martín created 3 January 2026 edited 1 March 2026 icon bicycle" in words
    )


def test_each_version_has_its_mark(look: Looking, commits: list[str]) -> None:
    page = look(PAGE, at=commits[1])
    bar = page.text[page.text.index('<ol class="bar"') : page.text.index("</ol>")]
    assert re.findall(r'href="/KEY([^"]*)"', bar) == [f"{PAGE}?at={commits[n]}" for n in (2, 1, 0)]
    assert re.findall(r'at=(\w*)" aria-current="true"', bar) == [commits[1]]
    assert "3 March 2026, 10:00 · renamed from Rules" in page.words()
    assert {f"/diff/{commits[0]}..{commits[1]}?doc=docA&item=p1"} <= set(page.links())
    assert re.search(rf'rel="prev" href="/KEY{PAGE}\?at={commits[0]}"', page.text)
    assert re.search(rf'rel="next" href="/KEY{PAGE}\?at={commits[2]}"', page.text)
    versions = look(PAGE, format="json").object["versions"]
    assert [each["revision"] for each in versions] == commits[2::-1]
    assert all(each.keys() == {"revision", "date", "what"} for each in versions)


def test_any_two_versions_are_compared_in_their_order(look: Looking, commits: list[str]) -> None:
    way = f"/diff/{commits[0]}..{commits[2]}?doc=docA&item=p1"
    assert look(PAGE, a=commits[0], b=commits[2]).location == way
    assert look(PAGE, a=commits[2], b=commits[0]).location == way
    assert look(PAGE, a=commits[2], b="0" * 40).status == 404


@pytest.mark.parametrize(("path", "noun"), [("/doc/docA/item/p2", "page"), ("/doc/docB", "doc")])
def test_what_is_deleted_shows_its_last_version(look: Looking, commits: list[str], path: str, noun: str) -> None:
    page = look(path)
    assert page.status == 200
    assert f"Gone since 5 March 2026. This is the last version of the {noun}" in page.words()
    told = look(path, format="json").object
    assert (told["revision"], told["gone"]) == (commits[2], {"revision": commits[3], "date": "2026-03-05"})
    assert "As of" not in page.words()
    assert look(path, at=commits[4]).status == 200
    assert "Gone since" not in look(path, at=commits[2]).words()


def test_what_is_not_known_is_not_there(look: Looking) -> None:
    assert look("/doc/docX").status == look("/doc/docA/item/x").status == look("/doc/docX/item/p1").status == 404
    assert look("/doc/docB/item/p1").status == 404


def test_it_says_that_something_came_later(tmp_path: Path) -> None:
    past = Past(tmp_path / "mirror")
    first = past.sync()
    past.sync(Content("d1", "Plan", {Page("p1", "Notes"): ""}))
    page = Looking(tmp_path / "mirror")("/doc/d1", at=first)
    assert page.status == 404
    assert "not there yet" in page.words()
    assert "This page is empty." in Looking(tmp_path / "mirror")("/doc/d1/item/p1").words()


def test_the_command_that_restores_does(look: Looking, tmp_path: Path) -> None:
    restore, _ = _commands(look("/doc/docA/item/p2"))
    assert restore[:2] == ["coda-git-mirror", "restore"]
    done = run(*restore[1:], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    files = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"returns.md", "returns.html"}


def test_the_command_that_recreates_shows_its_plan(tmp_path: Path) -> None:
    folder = tmp_path / "a mirror's folder"
    with SimulatedCoda(plans(), limits=Limits.none()) as coda:
        mirror(coda, folder, VirtualClock())
        doc = coda.world.docs[0]
        notes = next(page for page in doc.pages() if page.name == "Notes")
        _, recreate = _commands(Looking(folder)(f"/doc/{doc.id}/item/{notes.id}"))
        environment = {"CODA_API_URL": coda.api_url, "CODA_API_TOKEN": coda.token}
        done = run(*recreate[1:], cwd=tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    assert "Notes" in done.stdout


def test_of_a_very_large_page_the_first_part_is_shown(tmp_path: Path) -> None:
    past = Past(tmp_path / "mirror")
    past.sync(Content("d1", "Plan", {Page("p1", "Large"): "", Page("p2", "Both"): ""}, html={"p2": "<p>x</p>"}))
    pages = past.folder / "docs" / "plan" / "pages"
    for file, size in (("large.md", 300_000), ("both.md", 300_000), ("both.html", LARGEST_FRAMED + 1)):
        text = f"A sentence that is there once and that is long.{' word' * 100}\n\n"
        (pages / file).write_text((text * (size // len(text) + 1))[:size])
    past.commit("Sync 1 doc\n\nFormat: 1\nCoda-Docs: 1\n")
    look = Looking(past.folder)
    for path in ("/doc/d1/item/p1", "/doc/d1/item/p2"):
        page = look(path)
        assert FIRST_PART * 0.9 < len(page.text) < FIRST_PART * 1.3
        assert "This is only the first part of a large page: download the rest" in page.words()
        assert "<iframe" not in page.text
    assert [link for link in page.links() if link.startswith("/get/")][-1].endswith("both.md")
