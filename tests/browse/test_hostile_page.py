"""A hostile page in a real browser: nothing runs, nothing comes from elsewhere, nothing leads away.

It is faults.md, row 113.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial

import pytest

from tests.browse.chromium import Tab
from tests.browse.elsewhere import Elsewhere
from tests.browse.hostile import (
    LINKS,
    PAYLOADS,
    HostileAccount,
    based_page,
    links,
    opener,
    payloads,
    reports,
    script,
)
from tests.browse.sites import Site
from tests.browse.steps import at_rest, follow, marks, until

ALL = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
UNHEARD = {"cookie", "template", "marquee", "preconnect", "manifest", "icon"}
UNFOLLOWED = {"javascript-obscured", "data"}
"""What even a page without any policy does not do in Chromium, or not so that it is heard elsewhere."""

LEADING = {"top": "top", "parent": "parent", "self": "self", "opener": "opener.html"}
"""The links that may be followed, and what they lead to."""
ALONE = ("refresh", "body", "iframe-javascript")
TOGETHER = [name for name in PAYLOADS if name not in ALONE]
PAGES = ("Hostile", "Links", "Based", "Markdown", "Tame")
ODD_WORDS = ('" OR 1', "'; DROP TABLE lines; --", "NEAR(", "*", '""', "\0", "a" * 3000)


def require_nothing_happened(tab: Tab, site: Site, elsewhere: Elsewhere, url: str) -> None:
    assert elsewhere.heard == []
    assert tab.noted.strays(site.origin) == []
    assert tab.noted.dialogs == []
    assert tab.noted.errors == []
    assert marks(tab) == []
    assert tab.page.url == url
    assert [frame.url for frame in tab.page.frames if not _is_ours(frame.url, site)] == []


def _is_ours(url: str, site: Site) -> bool:
    return url.startswith((site.address, "about:", "data:", "chrome-error:")) or not url


@pytest.fixture(scope="module")
def page_files(hostile_account: HostileAccount) -> dict[str, str]:
    """The files of the pages, as paths in the mirror without their suffix."""
    stored = [json.loads(path.read_bytes()) for path in hostile_account.folder.glob("docs/*/metadata.json")]
    text = json.dumps(stored)
    found = {}
    for name in PAGES:
        page_id = hostile_account.page(name).id
        assert page_id in text
        [path] = [it for it in hostile_account.folder.glob("docs/*/pages/**/*.html") if page_id in it.read_text()]
        found[name] = path.relative_to(hostile_account.folder).as_posix().removesuffix(".html")
    return found


def test_without_the_policies_all_of_it_would_happen(elsewhere: Elsewhere, open_tab: Callable[..., Tab]) -> None:
    """What the other tests find nothing of is real: the very same pieces, served by somebody who does not care."""
    elsewhere.pages["/script.js"] = script(elsewhere, "script-from").encode()
    pieces = payloads(elsewhere)
    for names in (*([name] for name in ALONE), *(TOGETHER[at::6] for at in range(6))):
        tab = open_tab()
        elsewhere.pages["/page.html"] = "\n".join(f"<div>{pieces[name]}</div>" for name in names).encode()
        tab.go(elsewhere("page.html"))
        wanted = {report for name in set(names) - UNHEARD for report in reports(PAYLOADS[name])}
        until(partial(wanted.issubset, elsewhere.heard), tab)
    assert marks(tab)


def test_without_the_policies_each_link_would_get_its_way(elsewhere: Elsewhere, open_tab: Callable[..., Tab]) -> None:
    pieces = {**links(elsewhere), "opener": opener(elsewhere)}
    for name in pieces.keys() - UNFOLLOWED:
        elsewhere.pages |= {"/page.html": pieces[name].encode(), "/opener.html": _leading_away(elsewhere)}
        tab = open_tab()
        tab.go(elsewhere("page.html"))
        tab.page.click(f"#{name}")
        wanted = {"led-away"} if name == "opener" else reports(LINKS[name])
        until(partial(wanted.issubset, elsewhere.heard), tab)


def _leading_away(elsewhere: Elsewhere) -> bytes:
    """A page that leads the tab that opened it, and all above that, elsewhere."""
    attempts = ("opener", "opener.top", "opener.opener", "opener.opener.top", "opener.parent")
    tries = ";".join(f"try{{{it}.location='{elsewhere('led-away')}'}}catch(e){{}}" for it in attempts)
    return f"<script>{tries}</script>".encode()


@pytest.mark.parametrize("view", ["page", "markdown", "html", "md"])
def test_nothing_runs_and_nothing_is_fetched(
    view: str,
    hostile: Site,
    hostile_account: HostileAccount,
    page_files: dict[str, str],
    tab: Tab,
    elsewhere: Elsewhere,
) -> None:
    first, *_, last = hostile.commits
    for name, commit in [*((name, last) for name in PAGES), *((name, first) for name in (PAGES if ALL else PAGES[:1]))]:
        item = f"doc/{hostile_account.doc.id}/item/{hostile_account.page(name).id}"
        url = {
            "page": hostile(item, at=commit),
            "markdown": hostile(item, at=commit, view="markdown"),
            "html": hostile(f"at/{commit}/{page_files[name]}.html"),
            "md": hostile(f"at/{commit}/{page_files[name]}.md"),
        }[view]
        assert tab.go(url).status == 200
        at_rest(tab)
        require_nothing_happened(tab, hostile, elsewhere, url)


def test_a_link_leads_to_a_tab_of_its_own_or_nowhere(
    hostile: Site, hostile_account: HostileAccount, open_tab: Callable[..., Tab], elsewhere: Elsewhere
) -> None:
    """Links to elsewhere leave the mirror's tab as it is, and tell nobody where they were."""
    elsewhere.pages["/opener.html"] = _leading_away(elsewhere)
    url = hostile(f"doc/{hostile_account.doc.id}/item/{hostile_account.page('Links').id}")
    for name in ("opener", *LINKS):
        elsewhere.forget()
        tab = open_tab()
        tab.go(url)
        follow(tab.page.frame_locator("iframe").locator(f"#{name}"))
        if name in LEADING:
            until(partial(_has_opened, tab), tab)
            opened = tab.context.pages[1]
            opened.wait_for_load_state("networkidle")
            assert opened.url == elsewhere(LEADING[name])
            assert opened.evaluate("[window.opener, document.referrer]") == [None, ""]
        at_rest(tab)
        assert set(elsewhere.heard) <= {LEADING.get(name), "favicon.ico"}, name
        assert elsewhere.referrers == []
        assert (tab.page.url, tab.noted.dialogs, marks(tab)) == (url, [], []), name


def _has_opened(tab: Tab) -> bool:
    return len(tab.context.pages) == 2


def test_a_raw_page_in_a_tab_of_its_own_has_no_hold_of_the_mirror_s(
    hostile: Site, hostile_account: HostileAccount, page_files: dict[str, str], tab: Tab, elsewhere: Elsewhere
) -> None:
    """Mirror's tab, then the raw page in a tab of its own, then elsewhere: none leads another away."""
    elsewhere.pages["/opener.html"] = _leading_away(elsewhere)
    item = hostile(f"doc/{hostile_account.doc.id}/item/{hostile_account.page('Links').id}")
    raw = hostile(f"at/{hostile.commits[-1]}/{page_files['Links']}.html")
    tab.go(item)
    with tab.context.expect_page() as raw_tab:
        tab.page.evaluate("url => { window.open(url) }", raw)
    raw_tab.value.wait_for_load_state("networkidle")
    assert raw_tab.value.url == raw
    with tab.context.expect_page() as opened:
        follow(raw_tab.value.locator("#opener"))
    opened.value.wait_for_load_state("networkidle")
    assert opened.value.url == elsewhere("opener.html")
    assert opened.value.evaluate("window.opener") is None
    assert [tab.page.url, raw_tab.value.url] == [item, raw]
    assert "led-away" not in elsewhere.heard


def test_hostile_words_as_a_query_are_only_words(hostile: Site, tab: Tab, elsewhere: Elsewhere) -> None:
    for number, words in enumerate((*payloads(elsewhere).values(), *ODD_WORDS)):
        url = hostile("search", q=words, when="ever" if number % 2 else "now")
        assert hostile.ask(url.removeprefix(hostile.origin)).status == 200, words
        if ALL or number % 6 == 0:
            tab.go(url)
            require_nothing_happened(tab, hostile, elsewhere, url)


def test_the_pages_compared_are_only_words(
    hostile: Site, hostile_account: HostileAccount, tab: Tab, elsewhere: Elsewhere
) -> None:
    first, *_, last = hostile.commits
    for item in ("Hostile", "Tame", "Markdown"):
        url = hostile(f"diff/{first}..{last}", doc=hostile_account.doc.id, item=hostile_account.page(item).id)
        assert tab.go(url).status == 200
        at_rest(tab)
        require_nothing_happened(tab, hostile, elsewhere, url)
    assert "dearly" in tab.go(hostile(f"diff/{first}..{last}")).text()


def test_a_base_of_the_page_does_not_move_its_pictures(
    hostile: Site, hostile_account: HostileAccount, tab: Tab, elsewhere: Elsewhere
) -> None:
    assert based_page(elsewhere)
    url = hostile(f"doc/{hostile_account.doc.id}/item/{hostile_account.page('Based').id}")
    tab.go(url)
    at_rest(tab)
    follow(tab.page.frame_locator("iframe").locator("#based"))
    at_rest(tab)
    require_nothing_happened(tab, hostile, elsewhere, url)
