"""What is large, or not on this machine, in a real browser (faults.md, rows 112 and 116)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.demo.world import Column, World
from tests.browse.chromium import Tab
from tests.browse.lumen import Days, Places
from tests.browse.sites import Site
from tests.browse.steps import at_rest, until
from tests.mirror.lfs import needs_git_lfs
from tests.support import commit_by_hand

ALL = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
MEGABYTES = 50 if ALL else 6
ROWS = 1_000_000
PAGE = Path("docs/lumen-handbook/pages/welcome")

Serve = Callable[[Path], Site]


@needs_git_lfs
def test_a_picture_in_git_lfs_is_shown_where_it_is_here(tmp_path: Path, serve_mirror: Serve, tab: Tab) -> None:
    with Days(tmp_path / "mirror") as days:
        days.next(lfs=True)
    site = serve_mirror(days.folder)
    url = site(Places(site).item("Welcome"))
    tab.go(url)
    at_rest(tab)
    picture = tab.page.frame_locator("iframe").locator("img").first
    until(lambda: picture.evaluate("it => it.naturalWidth") > 0, tab)
    shutil.rmtree(days.folder / ".git/lfs/objects")
    assert tab.go(url).status == 200
    at_rest(tab)
    assert tab.page.frame_locator("iframe").locator("img").first.evaluate("it => it.naturalWidth") == 0
    assert "We build bicycles" in tab.page.frame_locator("iframe").locator("body").inner_text()


def test_of_a_large_page_the_first_part_is_shown(tmp_path: Path, serve_mirror: Serve, tab: Tab) -> None:
    with Days(tmp_path / "mirror") as days:
        days.next()
    line = "A line of a page that somebody pasted a whole log into, word by word.\n"
    html, markdown = ((days.folder / PAGE.with_suffix(suffix)).read_text() for suffix in (".html", ".md"))
    count = MEGABYTES * 1_000_000 // len(line)
    (days.folder / PAGE.with_suffix(".md")).write_text(markdown + f"{line}\n" * count)
    (days.folder / PAGE.with_suffix(".html")).write_text(html + f"<div>{line.strip()}</div>\n" * count)
    commit_by_hand(days.folder, "Paste a log", "2026-03-04T12:00:00Z")
    site = serve_mirror(days.folder)
    for view in ("", "markdown"):
        tab.go(site(Places(site).item("Welcome"), **({"view": view} if view else {})))
        at_rest(tab)
        assert "first part of a large page" in tab.page.locator("main").inner_text()
        with tab.page.expect_download() as download:
            tab.page.get_by_role("link", name="download the rest").click()
        whole = (days.folder / PAGE.with_suffix(Path(download.value.suggested_filename).suffix)).read_bytes()
        assert Path(download.value.path()).read_bytes() == whole
    assert tab.noted.faults() == []


@pytest.mark.skipif(not ALL, reason="a million rows are for the slow profile")
def test_a_million_rows_are_a_page_of_200(tmp_path: Path, serve_mirror: Serve, tab: Tab) -> None:
    world = World()
    table = world.add_doc("Log").add_table("Lines", [Column("Line"), Column("Number", "number")], [{"Line": "first"}])
    with Days(tmp_path / "mirror", world) as days:
        days.next()
    tables = days.folder / "docs/log/tables"
    header, row = (tables / "lines.csv").read_text().splitlines()
    values = (tables / "lines.jsonl").read_text().splitlines()[-1]
    known = table.rows[0].id
    with (tables / "lines.csv").open("w") as csv, (tables / "lines.jsonl").open("w") as lines:
        csv.write(f"{header}\n")
        for number in range(ROWS):
            csv.write(row.replace(known, f"i-{number:07}") + "\n")
            lines.write(values.replace(known, f"i-{number:07}") + "\n")
    commit_by_hand(days.folder, "A million rows", "2026-03-04T12:00:00Z")
    site = serve_mirror(days.folder)
    url = f"doc/{world.docs[0].id}/item/{table.id}"
    tab.page.set_default_timeout(120_000)
    for query in ({}, {"sort": f"-{table.column('Number').id}"}, {"page": "5000"}):
        tab.go(site(url, **query))
        assert tab.page.locator("tbody tr").count() == 200
