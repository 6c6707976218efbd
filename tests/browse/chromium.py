"""A real Chromium without a network, in which every request, dialog, error and word on the console is noted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest

from tests.browse.elsewhere import NAME

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
RULES = f"MAP {NAME} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", f"--host-resolver-rules={RULES}",
)  # fmt: skip
"""Chromium's own sandbox cannot be had as root; what pages may do in it does not rest on that."""
PATIENCE = 10_000
"""Milliseconds for whatever is waited for; a busy machine needs some of them."""


@dataclass
class Noted:
    """What happened in a context since it was opened."""

    requests: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        """What no page of ours may cause: dialogs, errors of scripts, and errors on the console.

        That a browser says it refused what the mirror holds is no fault.
        """
        return [*self.dialogs, *self.errors, *(it for it in self.console if not _is_refusal(it))]

    def strays(self, origin: str) -> list[str]:
        """The requests that were to go to anybody but an origin, and were not refused before they left."""
        own = (f"{origin}/", "data:", "about:", "blob:", "chrome-error:")
        refused = {url for url, why in self.failed if why in ("csp", "origin")}
        return [url for url in self.requests if not url.startswith(own) and url not in refused]


REFUSALS = (
    "violates the following Content Security Policy directive",
    "because the document's frame is sandboxed",
    "because it violates the document's Content Security Policy",
    "Blocked script execution in",
    "Refused to ",
    "Framing '",
    "Blocked form submission to",
    "Unsafe attempt to load URL",
    "Blocked autofocusing on",
    "Blocked setting the",
    "was delivered via a <meta> element outside the document's <head>",
)


def _is_refusal(text: str) -> bool:
    return any(refusal in text for refusal in REFUSALS)


@dataclass
class Chromium:
    """One browser process; `tab` opens a tab in a context of its own."""

    browser: Any
    _opened: list[Any] = field(default_factory=list)

    def tab(self, **options: Any) -> Tab:
        """Options are those of a context, such as `java_script_enabled`, `color_scheme` and `viewport`."""
        context = self.browser.new_context(**{"accept_downloads": True, "timezone_id": "UTC", **options})
        context.set_default_timeout(PATIENCE)
        self._opened.append(context)
        return Tab(context)

    def close_tabs(self) -> None:
        while self._opened:
            self._opened.pop().close()


class Tab:
    """A tab with what is noted of its context."""

    def __init__(self, context: Any) -> None:
        self.context, self.noted = context, Noted()
        context.on("request", lambda request: self.noted.requests.append(request.url))
        context.on("requestfailed", lambda request: self.noted.failed.append((request.url, request.failure)))
        context.on("page", self._watch)
        self.page = context.new_page()

    def _watch(self, page: Any) -> None:
        page.on("dialog", self._dismiss)
        page.on("pageerror", lambda error: self.noted.errors.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._note(page, said))

    def _dismiss(self, dialog: Any) -> None:
        self.noted.dialogs.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    def _note(self, page: Any, said: Any) -> None:
        if said.type == "error":
            self.noted.console.append(f"{page.url}: {said.text}")

    def go(self, url: str) -> Any:
        """Opens an address and waits until all of it is there; the answer."""
        return self.page.goto(url, wait_until="load")

    @cached_property
    def tools(self) -> Any:
        """Chromium's own tools, with which one sees into every frame."""
        return self.context.new_cdp_session(self.page)


def require_chromium() -> Any:
    """Playwright's driver; skips the test with the reason where there is no Chromium or no playwright."""
    if CHROMIUM is None:
        pytest.skip("no chromium, chromium-browser or google-chrome is on the PATH")
    return pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


@contextmanager
def chromium_running() -> Iterator[Chromium]:
    driver = require_chromium()
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        running = Chromium(browser)
        try:
            yield running
        finally:
            running.close_tabs()
            browser.close()
