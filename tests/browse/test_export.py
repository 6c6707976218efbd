"""The same pages as files, opened by `file://` without any server (browse.md, browse)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from coda_git_mirror.format.scan_html import html_tags
from tests.browse.chromium import Tab
from tests.browse.elsewhere import Elsewhere
from tests.browse.hostile import HostileAccount
from tests.browse.lumen import GONE, PAGE
from tests.browse.sites import away_from_home
from tests.browse.steps import at_rest, follow, marks, until
from tests.commands.program import run


def export(mirror: Path, folder: Path, *options: str) -> Path:
    with away_from_home(mirror.parent / "home"):
        answer = run("browse", "-o", str(mirror), "--export", str(folder), *options, cwd=mirror.parent)
    assert answer.returncode == 0, answer.stderr
    return folder


@pytest.fixture(scope="module")
def lumen_export(lumen_mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(lumen_mirror, tmp_path_factory.mktemp("export") / "site", "--history")


@pytest.fixture(scope="module")
def hostile_export(hostile_account: HostileAccount, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(hostile_account.folder, tmp_path_factory.mktemp("export") / "site", "--history")


def pages_of(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def links_of(page: Path) -> Iterator[str]:
    for tag in html_tags(page.read_text(encoding="utf-8")):
        yield from (destination.url for destination in tag.destinations())


@pytest.mark.parametrize("which", ["lumen_export", "hostile_export"])
def test_every_link_leads_to_a_file_of_the_export_or_to_the_web(which: str, request: pytest.FixtureRequest) -> None:
    site: Path = request.getfixturevalue(which)
    held = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert "index.html" in held
    for page in pages_of(site):
        for link in set(links_of(page)):
            if urlsplit(link).scheme:
                assert link.startswith(("http://", "https://", "mailto:", "tel:", "data:image/")), (page, link)
            else:
                begin = page.relative_to(site).as_posix()
                there = unquote(urldefrag(link)[0])
                assert posixpath.normpath(posixpath.join(posixpath.dirname(begin), there)) in held or not there


def test_a_reader_without_a_server_finds_the_same(lumen_export: Path, tab: Tab) -> None:
    tab.go((lumen_export / "index.html").as_uri())
    tab.page.get_by_role("link", name="Lumen handbook 🚲", exact=True).first.click()
    tab.page.get_by_role("link", name="Welcome", exact=True).first.click()
    at_rest(tab)
    frame = tab.page.frames[1]
    picture = frame.locator("img").first
    until(lambda: picture.evaluate("it => it.naturalWidth") > 0, tab)
    follow(frame.get_by_role("link", name="How we work").first)
    until(lambda: "Four habits" in frame.locator("body").inner_text(), tab)
    tab.page.get_by_role("link", name=PAGE, exact=True).first.click()
    for _ in range(3):
        tab.page.get_by_role("link", name="← Older", exact=True).click()
    at_rest(tab)
    assert GONE in tab.page.frames[1].locator("body").inner_text()
    assert tab.noted.faults() == []
    assert [url for url in tab.noted.requests if not url.startswith(lumen_export.as_uri())] == []


def test_nothing_hostile_is_left_in_the_pages(hostile_export: Path) -> None:
    for page in pages_of(hostile_export):
        for tag in html_tags(page.read_text(encoding="utf-8")):
            assert not [name for name in tag.attributes if name.startswith("on")], page
            assert tag.name != "base", page
            assert "refresh" not in tag.value("http-equiv").lower(), page
            assert tag.name != "script" or not tag.value("src").startswith(("http:", "https:", "//", "data:")), page
            if tag.name == "iframe" and not tag.closing:
                assert tag.value("sandbox") == "allow-same-origin allow-popups allow-popups-to-escape-sandbox", page


def test_nothing_hostile_runs_from_a_file(hostile_export: Path, tab: Tab, elsewhere: Elsewhere) -> None:
    pages = pages_of(hostile_export)
    hostile = [page for page in pages if "We sell" in page.read_text(encoding="utf-8")]
    assert hostile
    for page in [*hostile, *pages[:: max(1, len(pages) // 12)]]:
        tab.go(page.as_uri())
        at_rest(tab)
        assert tab.page.url == page.as_uri()
        assert marks(tab) == [], page
    assert elsewhere.heard == []
    assert (tab.noted.dialogs, tab.noted.errors) == ([], [])


def test_files_that_could_run_are_only_text(hostile_export: Path) -> None:
    assert [path for path in hostile_export.rglob("*") if path.suffix in (".svg", ".xml", ".xhtml", ".js")] == [
        path for path in hostile_export.rglob("*") if path.parent.name == "static" and path.suffix in (".svg", ".js")
    ]
