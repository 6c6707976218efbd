"""What people come for, by clicking as they would (browse.md, browse)."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browse.chromium import Chromium, Tab
from tests.browse.lumen import GONE, PAGE, Days, Places
from tests.browse.sites import Site
from tests.browse.steps import at_rest, follow, until
from tests.support import git


def link(tab: Tab, name: str, exact: bool = True) -> Any:
    return tab.page.get_by_role("link", name=name, exact=exact).first


def shown_in_frame(tab: Tab) -> str:
    at_rest(tab)
    return str(tab.page.frame_locator("iframe").locator("body").inner_text())


def test_from_the_account_to_a_lost_sentence_and_home_with_a_zip(lumen: Site, tab: Tab) -> None:
    tab.go(lumen())
    link(tab, "Lumen handbook 🚲").click()
    link(tab, PAGE).click()
    assert GONE not in shown_in_frame(tab)
    for _ in range(3):
        link(tab, "← Older").click()
    assert f"at={lumen.commits[2]}" in tab.page.url
    assert GONE in shown_in_frame(tab)
    link(tab, "Newer →").click()
    assert GONE not in shown_in_frame(tab)
    link(tab, "Compare with the version before").click()
    assert tab.page.url.startswith(lumen(f"diff/{lumen.commits[2]}..{lumen.commits[3]}"))
    assert GONE in tab.page.locator("main").inner_text()
    assert tab.page.locator("del").count()

    link(tab, "All docs").click()
    link(tab, "Product roadmap").click()
    link(tab, "Projects").click()
    row = tab.page.get_by_role("row").filter(has=tab.page.get_by_role("link", name="Belt drive", exact=True))
    row.locator(f"a[href*='{Places(lumen).column('Projects', 'Spent')}']").first.click()
    values = tab.page.locator("td.text").all_inner_texts()
    assert [value.strip() for value in values] == ["1", "0.95", "0.25"]

    tab.page.get_by_role("searchbox").first.fill(GONE)
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/search?**")
    assert "from 2 March to 6 March 2026" in tab.page.locator("main").inner_text()
    link(tab, "the change that took it").click()
    tab.page.wait_for_url("**/diff/**")
    assert GONE in tab.page.locator("main").inner_text()
    assert tab.page.locator("del").count()
    tab.page.go_back()
    link(tab, PAGE).click()
    assert f"at={lumen.commits[2]}" in tab.page.url
    assert GONE in shown_in_frame(tab)

    link(tab, "Lumen handbook 🚲").click()
    with tab.page.expect_download() as download:
        link(tab, "Download as a zip").click()
    require_doc_as_it_was(Path(download.value.path()).read_bytes(), lumen, lumen.commits[2])
    assert tab.noted.faults() == []
    assert tab.noted.strays(lumen.origin) == []


def require_doc_as_it_was(content: bytes, site: Site, commit: str) -> None:
    """A zip has the doc's files of that commit under the doc's folder, byte for byte."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    folder = "docs/lumen-handbook"
    paths = git(site.folder, "ls-tree", "-r", "--name-only", commit, f"{folder}/").split()
    assert set(held) == {path.removeprefix("docs/") for path in paths}
    for path in paths:
        assert held[path.removeprefix("docs/")] == _blob(site.folder, f"{commit}:{path}")


def _blob(folder: Path, name: str) -> bytes:
    return subprocess.run(["git", "-C", str(folder), "cat-file", "blob", name], capture_output=True, check=True).stdout


def test_a_link_in_an_old_revision_stays_in_it(lumen: Site, lumen_places: Places, tab: Tab) -> None:
    first = lumen.commits[0]
    tab.go(lumen(lumen_places.item("Welcome"), at=first))
    at_rest(tab)
    frame = tab.page.frames[1]
    link_in_frame = tab.page.frame_locator("iframe").get_by_role("link", name="How we work")
    follow(link_in_frame)
    until(lambda: frame.url.endswith("/how-we-work.html"), tab)
    assert frame.url.startswith(lumen(f"at/{first}/docs/lumen-handbook/pages/"))
    assert "Four habits" in shown_in_frame(tab)
    follow(tab.page.frame_locator("iframe").get_by_role("link", name="Meetings"))
    until(lambda: "/meetings.html" in frame.url, tab)
    assert f"/at/{first}/" in frame.url
    assert "In short" not in shown_in_frame(tab)


def test_every_link_of_a_page_in_the_past_stays_in_the_past(lumen: Site, lumen_places: Places, tab: Tab) -> None:
    """But for those that say that they lead to another time."""
    second = lumen.commits[1]
    tab.go(lumen(lumen_places.item("Overview"), at=second))
    side = tab.page.locator(".side a, header.top a.home")
    found = side.evaluate_all("all => all.map(it => it.href)")
    assert len(found) > 5
    assert [it for it in found if f"at={second}" not in urlsplit(it).query] == []


def test_a_day_of_the_calendar_leads_to_everything_as_it_was(lumen: Site, tab: Tab) -> None:
    tab.go(lumen())
    days = tab.page.locator(".calendar a, table a").filter(has_text="5")
    days.first.click()
    tab.page.wait_for_load_state("load")
    assert f"at={lumen.commits[2]}" in tab.page.url
    link(tab, "Lumen handbook 🚲").click()
    link(tab, PAGE).click()
    assert GONE in shown_in_frame(tab)


def test_pictures_are_shown_in_the_sandbox_and_in_tables(lumen: Site, lumen_places: Places, tab: Tab) -> None:
    for url in (
        lumen(lumen_places.item("Welcome")),
        lumen(lumen_places.item("Welcome"), at=lumen.commits[0]),
        lumen(lumen_places.item("Brand assets")),
        lumen(lumen_places.item("Projects"), at=lumen.commits[0]),
    ):
        tab.go(url)
        at_rest(tab)
        place = tab.page.frames[1] if len(tab.page.frames) > 1 else tab.page.main_frame
        pictures = place.locator("img[src$='.png']")
        assert pictures.count()
        for picture in pictures.all():
            picture.scroll_into_view_if_needed()
            until(lambda it=picture: it.evaluate("it => it.naturalWidth") > 0, tab)  # type: ignore[misc]


def test_the_keyboard_is_enough(lumen: Site, lumen_places: Places, tab: Tab) -> None:
    tab.go(lumen(lumen_places.item(PAGE)))
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    tab.page.keyboard.press("Enter")
    reached = []
    for _ in range(12):
        tab.page.keyboard.press("Tab")
        reached.append(tab.page.evaluate("document.activeElement.closest('.bar') !== null"))
    assert any(reached)
    tab.page.keyboard.press("o")
    tab.page.wait_for_url(f"**at={lumen.commits[5]}*")
    tab.page.keyboard.press("o")
    tab.page.wait_for_url(f"**at={lumen.commits[3]}*")
    tab.page.keyboard.press("n")
    tab.page.wait_for_url(f"**at={lumen.commits[5]}*")
    tab.page.keyboard.press("/")
    tab.page.keyboard.type("on")
    assert tab.page.evaluate("document.activeElement.value") == "on"
    assert f"at={lumen.commits[5]}" in tab.page.url


def test_the_arc_without_javascript(lumen: Site, open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(java_script_enabled=False)
    tab.go(lumen())
    link(tab, "Lumen handbook 🚲").click()
    link(tab, PAGE).click()
    tab.page.locator(".bar").get_by_role("link").last.click()
    assert f"at={lumen.commits[0]}" in tab.page.url
    tab.page.get_by_role("searchbox").first.fill(GONE)
    tab.page.get_by_role("button", name="Search").first.click()
    link(tab, "the change that took it").click()
    assert "diff/" in tab.page.url
    assert tab.page.locator("del").count()


def test_a_new_commit_beside_an_open_page_is_offered(
    chromium: Chromium, tmp_path: Path, serve_mirror: Callable[[Path], Site], tab: Tab
) -> None:
    assert chromium
    with Days(tmp_path / "mirror") as days:
        days.next()
        site = serve_mirror(days.folder)
        tab.page.clock.install()
        tab.go(site())
        newer = tab.page.locator(".newer")
        tab.page.clock.run_for(31_000)
        at_rest(tab)
        assert not newer.is_visible()
        days.next()
        tab.page.clock.run_for(31_000)
        newer.wait_for(state="visible")
        assert newer.inner_text() == "newer: reload"
        newer.get_by_role("link").click()
        tab.page.wait_for_load_state("load")
        newer.wait_for(state="hidden")
        link(tab, "Lumen handbook 🚲").click()
        assert "How we work together" in tab.page.locator("main").inner_text()
