"""Pages are looked through for links and files only where some may stand: however a link is written, it is found."""

from __future__ import annotations

from html.entities import html5

from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.assets import html_assets, markdown_assets
from coda_git_mirror.format.links import LinkBook, LinkedDoc, LinkedPage
from coda_git_mirror.format.page_files import PAGE_FORMATS, Attachments, PageText
from coda_git_mirror.format.relink import relink_html, relink_markdown
from coda_git_mirror.model.content import Page
from coda_git_mirror.model.hosts import FILE_HOSTS, PAGE_HOSTS
from tests.format.strategies import prop

LOCAL = "127.0.0.1:8080"
BOOK = LinkBook(
    [LinkedDoc("D1", "docs/plans", (LinkedPage("canvas-p1", "pages/plan"),), assets={"bl-1": "assets/a.png"})], {LOCAL}
)
NAMED = {"&sol;": "/", "&period;": ".", "&colon;": ":", "&lowbar;": "_"}
NO_ATTACHMENTS = Attachments((), lambda it: it.url)


def resolve(url: str) -> str | None:
    return BOOK.resolve(url, "docs/plans/pages/other.md")


@st.composite
def written(draw: st.DrawFn, url: str, escapes: bool) -> str:
    """The address with some characters, or all of some kind, written otherwise; scheme and host in either case."""
    places = [f"{url[: url.index('/', 8)].swapcase()}{url[url.index('/', 8) :]}", url]
    plain, way = draw(st.sampled_from(places)), draw(st.integers(0, 5))
    odd = draw(st.sets(st.sampled_from(url)) | st.sampled_from([set("cdsu"), set("ob"), set(url)]))
    return "".join(_otherwise(each, way, escapes) if each.lower() in odd else each for each in plain)


def _otherwise(character: str, way: int, escapes: bool) -> str:
    code = ord(character)
    ways = [f"&#{code};", f"&#{code:05};", f"&#x{code:x};", f"&#X{code:04X};"]
    ways += [name for name, meant in NAMED.items() if meant == character]
    ways += [f"\\{character}"] if escapes and character in "/.:_-" else []
    return ways[way % len(ways)]


DOCS = [f"https://{host}/d/_dD1/Plan_sup1" for host in sorted(PAGE_HOSTS)] + ["http://coda.io/d/Plans_dD1"]
BLOBS = [f"https://{host}/docs/D1/blobs/bl-1/ff" for host in [*sorted(FILE_HOSTS), LOCAL]]
addresses = st.sampled_from([*DOCS, *BLOBS])
markdown = addresses.flatmap(lambda url: written(url, escapes=True)).map(lambda url: f"it's\n\n[a]({url})\n")
html = addresses.flatmap(lambda url: written(url, escapes=False)).map(
    lambda url: f'<p>it&#x27;s <a href="{url}">a</a>\n'
)


@prop
@given(markdown, html)
def test_a_link_is_led_into_the_mirror_however_it_is_written(in_markdown: str, in_html: str) -> None:
    for suffix, body, relink in ((".md", in_markdown, relink_markdown), (".html", in_html, relink_html)):
        assert len(relink(body, resolve).originals) == 1, body
        file, originals = PAGE_FORMATS[suffix].written(PageText("", body), resolve, NO_ATTACHMENTS)
        assert file.decode().strip() == relink(body, resolve).text.strip()
        assert len(originals) == 1


@prop
@given(st.sampled_from(BLOBS).flatmap(lambda url: st.tuples(written(url, escapes=True), written(url, escapes=False))))
def test_a_hosted_file_is_found_however_its_address_is_written(urls: tuple[str, str]) -> None:
    in_markdown, in_html = f"![a]({urls[0]})\n", f'<img src="{urls[1]}">\n'
    assert [it.blob_id for it in markdown_assets(in_markdown, {LOCAL})] == ["bl-1"]
    assert [it.blob_id for it in html_assets(in_html, {LOCAL})] == ["bl-1"]
    for suffix, export in ((".md", in_markdown), (".html", in_html)):
        body = PAGE_FORMATS[suffix].exported(Page("p", "Plan"), export, {LOCAL}).body
        assert body != export
        assert "blobs/bl-1" in body
        assert "ff" not in body.replace("<!doctype", "")


def test_no_letter_of_a_host_has_a_name() -> None:
    letters = set("coda superhuman blobs".replace(" ", ""))
    assert not [name for name, meant in html5.items() if letters & set(meant.lower())]
