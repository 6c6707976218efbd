"""Every kind of page for every reader: axe-core, light and dark, narrow and wide, no JavaScript, a keyboard."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.browse.chromium import Tab
from tests.browse.lumen import Places

ALL = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (400, 1200)]
SOME_LOOKS = [("light", 1200), ("dark", 400)]


@pytest.fixture(scope="module")
def axe() -> str:
    driver = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    return str(driver.Axe().axe_script)


@pytest.mark.parametrize("kind", Places.KINDS if ALL else Places.SOME)
def test_every_reader_can_use_it(kind: str, lumen_places: Places, open_tab: Callable[..., Tab], axe: str) -> None:
    url = lumen_places.of(kind)
    plain, tab = open_tab(java_script_enabled=False), open_tab()
    plain.go(url)
    assert tab.go(url).status == (404 if kind == "missing" else 200)
    require_headings_in_order(tab)
    assert hrefs(tab) <= hrefs(plain)
    assert plain.page.locator("h1").inner_text() == tab.page.locator("h1").inner_text()
    assert kind == "missing" or tab.noted.faults() == []
    tab.page.evaluate(axe)
    for scheme, width in LOOKS if ALL else SOME_LOOKS:
        tab.page.emulate_media(color_scheme=scheme)
        tab.page.set_viewport_size({"width": width, "height": 800})
        assert serious(tab) == [], (scheme, width)
        if width == 400:
            assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


def require_headings_in_order(tab: Tab) -> None:
    """One of the first level, and none skipped."""
    levels = tab.page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(it => +it.tagName[1])")
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels


def serious(tab: Tab) -> list[Any]:
    """What axe-core calls serious or critical, each with the first places of it."""
    found = tab.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    bad = [it for it in found["violations"] if it["impact"] in ("serious", "critical")]
    return [(it["id"], [(node["html"][:200], node["failureSummary"]) for node in it["nodes"][:3]]) for it in bad]


def hrefs(tab: Tab) -> set[str]:
    """Where the page's links lead."""
    found: list[str] = tab.page.locator("a[href]").evaluate_all("all => all.map(it => it.getAttribute('href'))")
    return set(found)
