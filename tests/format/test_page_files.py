"""The files of a page, put together and taken apart: what lets links in unchanged pages follow a move."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.assets import AssetReference
from coda_git_mirror.format.attachments import HEADING, MARKER
from coda_git_mirror.format.page_files import PAGE_FORMATS, Attachments, PageText
from coda_git_mirror.model.content import Page
from tests.format.link_texts import HTML_PIECES, MARKDOWN_PIECES, MARKUP_PIECES, targets, texts
from tests.format.strategies import HOSTILE_NAMES, ids, names, prop

ROOM = "https://codahosted.io/docs/D/blobs"
HASH = "0123abcd" * 25
LINK = "https://coda.io/d/_dD/Plan_suplan12"
PICTURE = AssetReference("bl-1", f"{ROOM}/bl-1", "photo.png", "image/png", True)
OFFER = AssetReference("bl-2", f"{ROOM}/bl-2", "offer.pdf", "application/pdf")
HEAD = "---\nid: p\n---\n"
NO_ATTACHMENTS = Attachments((), lambda it: it.url)


def no_links(_: str) -> str | None:
    return None


pages = st.builds(
    Page,
    ids,
    names,
    raw=st.fixed_dictionaries({"subtitle": names, "icon": st.fixed_dictionaries({"name": names})}),
)
resolvers = st.dictionaries(st.sampled_from(["u1", "u2", "u&6", "c", LINK, f"{ROOM}/bl-1", f"{ROOM}/bl-2"]), targets)
attachments = st.builds(
    Attachments,
    st.lists(st.sampled_from([PICTURE, OFFER, AssetReference("bl-3", f"{ROOM}/bl-3")]), unique=True),
    st.sampled_from([lambda it: it.url, lambda it: f"../assets/{it.blob_id} ä).pdf"]),
)
MARKDOWN_EXPORTS = texts(
    *MARKDOWN_PIECES,
    *MARKUP_PIECES,
    *(f"[a]({LINK})", f"![b]({ROOM}/bl-1/{HASH})", f"[{ROOM}/bl-2/{HASH}]({ROOM}/bl-2/{HASH})", HEADING, MARKER),
    *("---\n", "\n---\n", "\ufeff", "\r\n", "\0"),
)
HTML_EXPORTS = texts(
    *HTML_PIECES,
    *(f'<a href="{LINK}">', f"<img src='{ROOM}/bl-1/{HASH}'>", f"<a href={ROOM}/bl-2/{HASH}>"),
    *("<html>", '<meta charset="utf-8">', "<!doctype html>\n", "\ufeff", "\r\n", "\0"),
)
exports = st.one_of(
    st.tuples(st.just(".md"), MARKDOWN_EXPORTS | st.text()), st.tuples(st.just(".html"), HTML_EXPORTS | st.text())
)
Export = tuple[str, str]


@prop
@given(pages, exports, resolvers, attachments)
def test_a_file_is_taken_apart_into_what_it_was_made_from(
    page: Page, export: Export, known: dict[str, str], attached: Attachments
) -> None:
    suffix, content = export
    text = PAGE_FORMATS[suffix].exported(page, content, ())
    file, originals = PAGE_FORMATS[suffix].written(text, known.get, attached)
    assert PAGE_FORMATS[suffix].stored(file, originals) == text


@prop
@given(pages, exports, resolvers, resolvers, attachments, attachments)
def test_written_anew_a_file_is_as_if_it_were_fetched_anew(
    page: Page,
    export: Export,
    known: dict[str, str],
    known_now: dict[str, str],
    attached: Attachments,
    attached_now: Attachments,
) -> None:
    suffix, content = export
    form = PAGE_FORMATS[suffix]
    text = form.exported(page, content, ())
    file, originals = form.written(text, known.get, attached)
    stored = form.stored(file, originals)
    assert form.written(stored, known.get, attached) == (file, originals)
    assert form.written(stored, known_now.get, attached_now) == form.written(text, known_now.get, attached_now)


@prop
@given(pages, exports, resolvers)
def test_the_files_that_a_stored_page_names_are_those_of_its_export(
    page: Page, export: Export, known: dict[str, str]
) -> None:
    suffix, content = export
    form = PAGE_FORMATS[suffix]
    stored = form.stored(*form.written(form.exported(page, content, ()), known.get, NO_ATTACHMENTS))
    assert form.assets(stored.body, ()) == form.assets(content, ())


@pytest.mark.parametrize("name", ["\ud800x", "a\0b", "a\rb", "\ufeff", "\u200b", ""])
def test_a_files_name_is_the_same_in_the_export_and_in_the_stored_page(name: str) -> None:
    for suffix, export in ((".md", f"![{name}]({PICTURE.url})"), (".html", f'<img alt="{name}" src="{PICTURE.url}">')):
        form = PAGE_FORMATS[suffix]
        assert form.assets(form.exported(Page("p", "T"), export, ()).body, ()) == form.assets(export, ())


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "\n---\n", "---\n"])
@pytest.mark.parametrize("body", ["", "---\n", "a\n\n---\n\nb", "\n\n---"])
def test_no_name_and_no_rule_is_taken_for_the_end_of_the_front_matter(name: str, body: str) -> None:
    page = Page("p", name, parent=name, raw={"subtitle": name, "authors": [{"name": name}]})
    text = PAGE_FORMATS[".md"].exported(page, body, ())
    file, originals = PAGE_FORMATS[".md"].written(text, no_links, NO_ATTACHMENTS)
    assert PAGE_FORMATS[".md"].stored(file, originals) == text


def test_markdown_as_it_is_written() -> None:
    text = PAGE_FORMATS[".md"].exported(Page("p", "T"), f"See [Plan]({LINK}) ![x]({ROOM}/bl-1/{HASH})\r\n", ())
    known = {LINK: "../plan.md", PICTURE.url: "../assets/bl-1.png"}
    file, originals = PAGE_FORMATS[".md"].written(
        text, known.get, Attachments([PICTURE, OFFER], lambda it: f"../assets/{it.name}")
    )
    assert file.decode() == (
        "---\nid: p\ntitle: T\ntype: canvas\n---\n\nSee [Plan](../plan.md) ![x](../assets/bl-1.png)\n"
        f"\n{HEADING}\n- [offer\\.pdf](../assets/offer.pdf)\n\n{MARKER}"
    )
    assert originals == {0: LINK, 1: PICTURE.url}


def test_html_as_it_is_written() -> None:
    text = PAGE_FORMATS[".html"].exported(Page("p", "T"), f'<a href="{LINK}">x</a><img src="{ROOM}/bl-1/{HASH}">', ())
    known = {LINK: "../plan.html", PICTURE.url: "../assets/bl-1.png"}
    file, originals = PAGE_FORMATS[".html"].written(text, known.get, Attachments([OFFER], lambda it: it.url))
    assert file.decode() == (
        '<!doctype html>\n<meta charset="utf-8">\n<meta name="coda-page" content="p">\n<title>T</title>\n'
        "<style>img { height: auto }</style>\n"
        '<a href="../plan.html">x</a><img src="../assets/bl-1.png">\n'
    )
    assert list(originals.values()) == [LINK, PICTURE.url]


def test_links_of_an_unchanged_page_follow_a_move() -> None:
    form = PAGE_FORMATS[".md"]
    file, originals = form.written(PageText(HEAD, f"[Plan]({LINK})\n"), {LINK: "plan.md"}.get, NO_ATTACHMENTS)
    moved, originals = form.written(form.stored(file, originals), {LINK: "far/plan.md"}.get, NO_ATTACHMENTS)
    assert moved == f"{HEAD}\n[Plan](far/plan.md)\n".encode()
    gone, originals = form.written(form.stored(moved, originals), no_links, NO_ATTACHMENTS)
    assert gone == f"{HEAD}\n[Plan]({LINK})\n".encode()
    assert originals == {}


def test_an_empty_page_is_its_head_and_its_attachments() -> None:
    form = PAGE_FORMATS[".md"]
    text = form.exported(Page("p", "T"), " \n", ())
    assert form.written(text, no_links, NO_ATTACHMENTS) == (text.head.encode(), {})
    file, originals = form.written(text, no_links, Attachments([OFFER], lambda it: it.url))
    assert file.decode() == f"{text.head}\n{HEADING}\n- [offer\\.pdf]({OFFER.url})\n\n{MARKER}"
    assert form.stored(file, originals) == text


def test_files_of_further_hosts_are_trimmed_and_named() -> None:
    address = f"http://127.0.0.1:80/docs/D/blobs/bl-9/{HASH}"
    for suffix, export in ((".md", f"![a]({address})"), (".html", f'<img src="{address}" alt="a">')):
        form, hosts = PAGE_FORMATS[suffix], {"127.0.0.1:80"}
        assert HASH not in form.exported(Page("p", "T"), export, hosts).body
        assert HASH in form.exported(Page("p", "T"), export, ()).body
        assert [it.address for it in form.assets(export, hosts)] == [address]


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_a_large_page_needs_memory_for_a_few_copies_of_its_text(suffix: str) -> None:
    link, blob = "https://coda.io/d/Doc_dD/Page_su1", "https://codahosted.io/docs/D/blobs/bl-1/ff"
    line = {
        ".md": f"- some **words** with `code` and a [link]({link})\n\n![photo]({blob})\n\nfilled{' with words' * 9}\n",
        ".html": f'<div>some <b>words</b> <a href="{link}">link</a>{" with words" * 9}</div>\n<img src="{blob}">\n',
    }[suffix]
    export, page, page_format = line * (200_000 // len(line)), Page("p", "Large"), PAGE_FORMATS[suffix]
    tracemalloc.start()
    try:
        text = page_format.exported(page, export, ())
        attachments = Attachments(page_format.assets(text.body, ()), lambda _: "../assets/photo.png")
        content, originals = page_format.written(text, lambda _: "page.md", attachments)
        digest, text = hash(text.body), PageText("", "")
        assert hash(page_format.stored(content, originals).body) == digest
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(originals) > 700
    assert peak < 6 * len(export)
