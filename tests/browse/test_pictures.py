"""The pictures in README.md; `BROWSE_PICTURES=1` writes them into docs/pictures, else they only can be made.

They are made of the demonstration's account. Where there is no font with emoji these are boxes.
"""

from __future__ import annotations

import os
import struct

import pytest

from tests.browse.chromium import Chromium, Tab
from tests.browse.lumen import GONE, PAGE, Places
from tests.browse.sites import Site
from tests.browse.steps import at_rest
from tests.support import PROJECT

FOLDER = PROJECT / "docs" / "pictures"
WRITING = os.environ.get("BROWSE_PICTURES") == "1"
LARGEST = 150_000
SIZES = {"page": (1080, 700), "compared": (1200, 720), "searched": (1080, 380)}


def address(name: str, site: Site, places: Places) -> str:
    commits = site.commits
    return {
        "page": site(places.item(PAGE), at=commits[3]),
        "compared": places.difference("Projects", places.roadmap),
        "searched": site("search", q=GONE.lower(), when="ever"),
    }[name]


@pytest.mark.parametrize("name", SIZES)
def test_the_picture_can_be_made(name: str, lumen: Site, lumen_places: Places, chromium: Chromium) -> None:
    width, height = SIZES[name]
    tab = Tab(chromium.browser.new_context(viewport={"width": width, "height": height}, timezone_id="UTC"))
    tab.go(address(name, lumen, lumen_places))
    at_rest(tab)
    content = tab.page.screenshot()
    tab.context.close()
    assert len(content) < LARGEST
    assert size_of(content) == (width, height)
    if WRITING:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{name}.png").write_bytes(content)
    assert size_of((FOLDER / f"{name}.png").read_bytes()) == (width, height)


def size_of(content: bytes) -> tuple[int, int]:
    """Of a PNG in pixels."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    return width, height
