"""Who may talk to the server: the reader's own tab alone, under its own name, to read (browse.md, browse)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.browse.chromium import Tab
from tests.browse.elsewhere import NAME, Elsewhere
from tests.browse.sites import Site
from tests.browse.steps import until

READING = """
const heard = {};
const note = (name, value) => { heard[name] = String(value); };
const get = (name, how) =>
  fetch(URL_, how).then(it => it.text()).then(text => note(name, text), () => note(name, "refused"));
const load = (tag, set) => new Promise(done => {
  const it = document.createElement(tag);
  it.onload = () => done("loaded"); it.onerror = () => done("refused");
  set(it); document.body.append(it);
});
window.told = Promise.all([
  get("cors", {}), get("no-cors", {mode: "no-cors"}), get("with", {credentials: "include"}),
  load("script", it => { it.src = URL_; }).then(how => note("script", how)),
  load("link", it => { it.rel = "stylesheet"; it.href = URL_; }).then(how => note("style", how)),
  load("img", it => { it.src = URL_; }).then(how => note("image", how)),
]).then(() => heard);
"""
FRAMING = (
    '<iframe id="framed" src="{url}"></iframe><object id="object" data="{url}"></object><embed id="embed" src="{url}">'
)


@pytest.mark.parametrize(
    "host", ["evil.localhost:PORT", "example.org", "127.0.0.1", "127.0.0.1:1", "localhost", "[::1]:PORT", ""]
)
def test_a_foreign_host_is_misdirected(host: str, lumen: Site) -> None:
    port = lumen.host.rpartition(":")[2]
    for target in ("/KEY/", "/", "/KEY/search?q=a", "/KEY/nowhere"):
        answer = lumen.ask(target, headers={"Host": host.replace("PORT", port)})
        assert answer.status == 421
        assert lumen.key.encode() not in answer.body


def test_a_name_that_leads_here_is_misdirected_in_a_browser(lumen: Site, tab: Tab) -> None:
    """As after a rebinding of its name: for the browser a page of that site would be of one origin with the mirror."""
    port = lumen.host.rpartition(":")[2]
    answer = tab.go(f"http://{NAME}:{port}/{lumen.key}/")
    assert answer.status == 421
    assert "Lumen" not in tab.page.content()
    assert tab.go(f"http://localhost:{port}/{lumen.key}/").status == 200


def test_without_the_key_there_is_nothing(lumen: Site, tab: Tab) -> None:
    wrong = lumen.key[:-1] + ("a" if lumen.key[-1] != "a" else "b")
    for path in (
        "",
        wrong,
        f"{wrong}/",
        f"{lumen.key[:-1]}/",
        f"{lumen.key}x/",
        f"{lumen.key.swapcase()}/",
        "favicon.ico",
    ):
        answer = tab.go(f"{lumen.origin}/{path}")
        assert answer.status == 404, path
        assert "Lumen" not in tab.page.content()
        assert lumen.key not in tab.page.content()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_nobody_can_do_more_than_read(method: str, lumen: Site) -> None:
    for target in ("/KEY/", "/KEY/search?q=a", f"/KEY/at/{lumen.commits[-1]}/README.md"):
        assert lumen.ask(target, method).status == 405, target


def addresses(site: Site) -> list[str]:
    last = site.commits[-1]
    return [
        site(),
        site("search", q="paint", format="json"),
        site(format="json"),
        site(f"at/{last}/docs/lumen-handbook/pages/welcome.html"),
        site(f"at/{last}/docs/product-roadmap/tables/tasks.csv"),
        site("head"),
    ]


def test_another_origin_cannot_read(lumen: Site, elsewhere: Elsewhere, tab: Tab) -> None:
    """Even with the key, which it does not have."""
    for url in addresses(lumen):
        assert lumen.ask(url.removeprefix(lumen.origin)).status == 200
        elsewhere.pages["/reader.html"] = f"<body><script>const URL_ = {json.dumps(url)};{READING}</script>".encode()
        tab.go(elsewhere("reader.html"))
        heard = tab.page.evaluate("window.told")
        assert heard["cors"] == heard["with"] == "refused"
        assert heard["no-cors"] in ("", "refused")
        assert [heard[how] for how in ("script", "style", "image")] == ["refused"] * 3, url


def test_another_origin_cannot_frame(lumen: Site, elsewhere: Elsewhere, tab: Tab) -> None:
    framed = "".join(FRAMING.format(url=url) for url in addresses(lumen))
    elsewhere.pages["/frames.html"] = f"<body>{framed}".encode()
    tab.go(elsewhere("frames.html"))
    tab.page.wait_for_load_state("networkidle")
    shown = [frame.content() for frame in tab.page.frames[1:]]
    assert len(shown) > len(addresses(lumen))
    assert not [text for text in shown if any(word in text for word in ("Lumen", "Belt", "bicycle"))]


def test_another_origin_has_no_hold_of_a_tab_that_it_opened(
    lumen: Site, elsewhere: Elsewhere, open_tab: Callable[..., Tab]
) -> None:
    elsewhere.pages["/opens.html"] = f"<button onclick=\"w = window.open('{lumen()}')\">open</button>".encode()
    tab = open_tab()
    tab.go(elsewhere("opens.html"))
    with tab.context.expect_page() as opened:
        tab.page.click("button")
    opened.value.wait_for_load_state("load")
    until(lambda: tab.page.evaluate("w.closed"), tab)
    assert opened.value.evaluate("window.opener") is None
    assert opened.value.url == lumen()
