"""A frame says what it shows once a link was followed in it, and keys can be turned off (browse.md, browse).

It is what faults.md, rows 127 and 128, ask for.
"""

from __future__ import annotations

from tests.browse.chromium import Tab, require_chromium
from tests.browse.elsewhere import Elsewhere
from tests.browse.hostile import HostileAccount
from tests.browse.lumen import PAGE, Places
from tests.browse.sites import Site
from tests.browse.steps import at_rest, follow, marks, until


def note_in_frame(tab: Tab) -> str:
    """What the frame says of itself; nothing as well while another page comes into it."""
    at_rest(tab)
    try:
        return " ".join(tab.page.frames[1].locator("[role=note]").all_inner_texts())
    except require_chromium().Error:
        return ""


def test_a_page_that_a_link_led_to_says_what_it_is(lumen: Site, lumen_places: Places, tab: Tab) -> None:
    first = lumen.commits[0]
    tab.go(lumen(lumen_places.item("Welcome"), at=first))
    assert note_in_frame(tab) == ""
    frame = tab.page.frames[1]
    follow(frame.get_by_role("link", name="How we work"))
    until(lambda: "/how-we-work" in frame.url, tab)
    until(lambda: "this is How we work of Lumen handbook 🚲 as of 2 March 2026, 18:00" in note_in_frame(tab), tab)
    tab.page.evaluate("history.back()")
    until(lambda: "/welcome" in frame.url and not note_in_frame(tab), tab)
    tab.page.evaluate("history.forward()")
    until(lambda: "this is How we work" in note_in_frame(tab), tab)
    with tab.context.expect_page() as opened:
        follow(frame.get_by_role("link", name="Open it whole"))
    whole = opened.value
    whole.wait_for_load_state("load")
    assert whole.url == lumen(lumen_places.item("How we work"), at=first)
    assert whole.evaluate("window.opener") is None
    assert tab.page.url == lumen(lumen_places.item("Welcome"), at=first)
    assert tab.noted.faults() == []


def test_a_hostile_page_that_a_link_led_to_gets_no_further(
    hostile: Site, hostile_account: HostileAccount, tab: Tab, elsewhere: Elsewhere
) -> None:
    url = hostile(f"doc/{hostile_account.doc.id}/item/{hostile_account.page('Tame').id}")
    tab.go(url)
    at_rest(tab)
    frame = tab.page.frames[1]
    follow(frame.get_by_role("link", name="Hostile"))
    until(lambda: "/hostile" in frame.url, tab)
    until(lambda: "this is Hostile of" in note_in_frame(tab), tab)
    assert frame.url.startswith(hostile.address)
    assert (tab.page.url, tab.noted.dialogs, tab.noted.errors, marks(tab), elsewhere.heard) == (url, [], [], [], [])
    assert tab.noted.strays(hostile.origin) == []


def test_keys_that_do_something_are_listed_and_can_be_turned_off(lumen: Site, lumen_places: Places, tab: Tab) -> None:
    page = lumen(lumen_places.item(PAGE))
    tab.go(page)
    assert listed(tab) == ["/ search", "o older version", "← → from version to version, once one has the focus"]
    switch = tab.page.get_by_role("checkbox", name="Shortcut keys")
    switch.press("Space")
    assert not switch.is_checked()
    tab.page.keyboard.press("o")
    tab.page.keyboard.press("/")
    at_rest(tab)
    assert tab.page.url == page
    assert tab.page.evaluate("document.activeElement.id") == "keys"
    tab.go(lumen())
    assert listed(tab) == ["/ search"]
    assert not switch.is_checked()
    switch.press("Space")
    tab.page.keyboard.press("/")
    assert tab.page.evaluate("document.activeElement.id") == "find"
    assert tab.noted.faults() == []


def test_without_storage_the_switch_counts_for_the_page(lumen: Site, lumen_places: Places, tab: Tab) -> None:
    refuse = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    tab.page.add_init_script(refuse)
    page = lumen(lumen_places.item(PAGE))
    tab.go(page)
    tab.page.get_by_role("checkbox", name="Shortcut keys").uncheck()
    tab.page.keyboard.press("o")
    at_rest(tab)
    assert tab.page.url == page
    assert tab.noted.faults() == []


def listed(tab: Tab) -> list[str]:
    """The keys that the foot of the page tells of."""
    return [it.inner_text() for it in tab.page.locator(".keys [data-for]").all() if it.is_visible()]
