"""What readers do with a page, and waiting until it has done it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from tests.browse.chromium import Tab, require_chromium


def until(holds: Callable[[], object], tab: Tab, seconds: float = 30) -> None:
    """Lets the browser go on until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, holds
        tab.page.wait_for_timeout(20)


def at_rest(tab: Tab) -> None:
    """Until all that a page begins by itself is done or refused."""
    tab.page.wait_for_load_state("networkidle")


def follow(link: Any) -> None:
    """Follows a link or presses a button by the keyboard; a page that goes away thereby may never say that it did."""
    with contextlib.suppress(require_chromium().TimeoutError):
        link.press("Enter", timeout=3_000)


def marks(tab: Tab) -> list[str]:
    """What hostile scripts have left in any document of any tab, at any depth."""
    found = []
    for page in tab.context.pages:
        tools = tab.context.new_cdp_session(page)
        found += _marks(tools.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"])
    return found


def _marks(node: dict[str, Any]) -> list[str]:
    attributes = node.get("attributes", [])
    own = [attributes[at + 1] for at in range(0, len(attributes), 2) if attributes[at] == "data-ran"]
    below = [*node.get("children", []), *filter(None, [node.get("contentDocument")])]
    return own + [mark for child in below for mark in _marks(child)]
