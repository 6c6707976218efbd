"""An export as a browser shows it, from the files alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands.program import run
from tests.support import commit_by_hand, git
from tests.web.test_export import ASSETS, HOSTILE

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shown") / "mirror"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        assert run("demo", str(folder), cwd=folder.parent).returncode == 0
        doc = folder / "docs/lumen-handbook"
        (doc / "pages/retired-ideas.html").write_text(HOSTILE)
        for name, content in ASSETS.items():
            (doc / "assets" / name).write_text(content)
        git(folder, "add", "--all")
        commit_by_hand(folder, "Hostile")
        answer = run("browse", "-o", str(folder), "--export", "shown", cwd=folder.parent)
        assert answer.returncode == 0
    return folder.parent / "shown"


@pytest.fixture(scope="module")
def context() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_context()
        browser.close()


@pytest.fixture
def page(context: Any) -> Iterator[Any]:
    page = context.new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    yield page
    page.close()


def framed(page: Any) -> Any:
    frame = page.wait_for_selector("iframe", state="attached").content_frame()
    frame.wait_for_load_state()
    return frame


def test_pages_are_reached_by_clicking_and_have_their_pictures(page: Any, exported: Path) -> None:
    page.goto((exported / "index.html").as_uri())
    page.get_by_role("link", name="Lumen handbook").first.click()
    page.get_by_role("main").get_by_role("link", name="Welcome").first.click()
    assert "Welcome" in page.title()
    pictures = framed(page).evaluate("[...document.images].map(image => image.naturalWidth)")
    assert pictures
    assert all(pictures)
    framed(page).get_by_role("link", name="How we work").click()
    assert "Welcome" in page.title()
    assert all(url.startswith(("file:///", "data:")) for url in page.asked)


def test_nothing_of_a_hostile_page_runs_or_is_fetched(page: Any, exported: Path) -> None:
    page.goto((exported / "index.html").as_uri())
    page.get_by_role("link", name="Lumen handbook").first.click()
    page.get_by_role("main").get_by_role("link", name="Retired ideas").first.click()
    frame = framed(page)
    assert "What was meant" in frame.content()
    assert frame.title() != "ran"
    frame.get_by_role("link", name="page", exact=True).click()
    frame.wait_for_selector("b")
    assert frame.title() != "ran"
    assert "Retired ideas" in page.title()
    assert all(url.startswith(("file:///", "data:")) for url in page.asked)
