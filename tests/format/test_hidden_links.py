"""Pages are looked through for links and files only where some may stand: however a link is written, it is found."""

from __future__ import annotations

from html.entities import html5

import pytest

from coda_git_mirror.format.assets import html_assets, markdown_assets
from coda_git_mirror.format.links import LinkBook, LinkedDoc, LinkedPage
from coda_git_mirror.format.page_files import PAGE_FORMATS, Attachments, PageText
from coda_git_mirror.format.relink import relink_html, relink_markdown
from coda_git_mirror.model.content import Page
from coda_git_mirror.model.hosts import FILE_HOSTS, PAGE_HOSTS

LOCAL = "127.0.0.1:8080"
BOOK = LinkBook(
    [LinkedDoc("D1", "docs/plans", (LinkedPage("canvas-p1", "pages/plan"),), assets={"bl-1": "assets/a.png"})], {LOCAL}
)
NAMED = {"&sol;": "/", "&period;": ".", "&colon;": ":", "&lowbar;": "_"}
NO_ATTACHMENTS = Attachments((), lambda it: it.url)


def resolve(url: str) -> str | None:
    return BOOK.resolve(url, "docs/plans/pages/other.md")


def written(url: str, odd: str, way: int, escapes: bool) -> str:
    """The address with scheme and host in the other case, and some characters, or all, written in another way."""
    place = url.index("/", len("https://"))
    plain = url[:place].swapcase() + url[place:]
    return "".join(_otherwise(each, way, escapes) if each.lower() in (odd or url) else each for each in plain)


def _otherwise(character: str, way: int, escapes: bool) -> str:
    code = ord(character)
    ways = [f"&#{code};", f"&#{code:05};", f"&#x{code:x};", f"&#X{code:04X};"]
    ways += [name for name, meant in NAMED.items() if meant == character]
    ways += [f"\\{character}"] if escapes and character in "/.:_-" else []
    return ways[way % len(ways)]


DOCS = [f"https://{host}/d/_dD1/Plan_sup1" for host in sorted(PAGE_HOSTS)] + ["http://coda.io/d/Plans_dD1"]
BLOBS = [f"https://{host}/docs/D1/blobs/bl-1/ff" for host in [*sorted(FILE_HOSTS), LOCAL]]
ways = pytest.mark.parametrize("way", range(6))
characters = pytest.mark.parametrize("odd", ["cdsu", "ob", "/", "/.:", "_-", ""])


@ways
@characters
@pytest.mark.parametrize("url", [*DOCS, *BLOBS])
def test_a_link_is_led_into_the_mirror_however_it_is_written(url: str, odd: str, way: int) -> None:
    in_markdown = f"it's\n\n[a]({written(url, odd, way, escapes=True)})\n"
    in_html = f'<p>it&#x27;s <a href="{written(url, odd, way, escapes=False)}">a</a>\n'
    for suffix, body, relink in ((".md", in_markdown, relink_markdown), (".html", in_html, relink_html)):
        relinked = relink(body, resolve)
        assert len(relinked.originals) == 1, body
        file, originals = PAGE_FORMATS[suffix].written(PageText("", body), resolve, NO_ATTACHMENTS)
        assert (file.decode().strip(), originals) == (relinked.text.strip(), relinked.originals)


@ways
@characters
@pytest.mark.parametrize("url", BLOBS)
def test_a_hosted_file_is_found_however_its_address_is_written(url: str, odd: str, way: int) -> None:
    in_markdown = f"![a]({written(url, odd, way, escapes=True)})\n"
    in_html = f'<img src="{written(url, odd, way, escapes=False)}">\n'
    assert [it.blob_id for it in markdown_assets(in_markdown, {LOCAL})] == ["bl-1"]
    assert [it.blob_id for it in html_assets(in_html, {LOCAL})] == ["bl-1"]
    for suffix, export in ((".md", in_markdown), (".html", in_html)):
        body = PAGE_FORMATS[suffix].exported(Page("p", "Plan"), export, {LOCAL}).body
        assert "/blobs/bl-1" in body
        assert "/ff" not in body


def test_no_letter_of_a_host_has_a_name() -> None:
    letters = set("coda superhuman blobs".replace(" ", ""))
    assert not [name for name, meant in html5.items() if letters & set(meant.lower())]
