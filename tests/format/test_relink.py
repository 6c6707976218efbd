from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.relink import relink_html, relink_markdown, unlink_html, unlink_markdown
from coda_git_mirror.format.scan_html import scan_html
from tests.format.judge import judged_links
from tests.format.link_texts import HTML_PIECES, MARKDOWN_PIECES, MARKUP_PIECES, resolvers, texts
from tests.format.strategies import prop
from tests.support import REAL_DOCS

KNOWN = {"https://coda.io/d/_dX": "../x y.md", "u&6": "a&b.md"}


@pytest.mark.parametrize(
    ("markdown", "relinked"),
    [
        ("[https://coda.io/d/_dX](https://coda.io/d/_dX)", "[https://coda.io/d/_dX](../x%20y.md)"),
        ("[t](<https://coda.io/d/_dX> 'title')", "[t](<../x%20y.md> 'title')"),
        ("[t](https://coda.io/d/\\_dX)", "[t](../x%20y.md)"),
        ("[r]: https://coda.io/d/_dX\n[t][r]", "[r]: ../x%20y.md\n[t][r]"),
        ('<a href="https://coda.io/d/_dX">', '<a href="../x%20y.md">'),
        ("<a href=u&amp;6>", "<a href=a&amp;b.md>"),
        ("[t](u&6)", "[t](a&b.md)"),
        ("[README.md](README.md) `[t](https://coda.io/d/_dX)`", None),
        ("```\n[t](https://coda.io/d/_dX)\n```", None),
        ("https://coda.io/d/_dX <https://coda.io/d/_dX> [t]()", None),
        ("", None),
    ],
)
def test_markdown(markdown: str, relinked: str | None) -> None:
    result = relink_markdown(markdown, KNOWN.get)
    assert result.text == (markdown if relinked is None else relinked)
    assert bool(result.originals) == (relinked is not None)
    assert unlink_markdown(result.text, result.originals) == markdown


@pytest.mark.parametrize(
    ("html", "relinked"),
    [
        ("<a class=x href='https://coda.io/d/_dX' id=y>", "<a class=x href='../x%20y.md' id=y>"),
        ('<a href="u&amp;6">u&amp;6</a>', '<a href="a&amp;b.md">u&amp;6</a>'),
        ("<a href=u&amp;6>", "<a href=a&amp;b.md>"),
        ("<!-- <a href='https://coda.io/d/_dX'> --><a href><a href=''>", None),
    ],
)
def test_html(html: str, relinked: str | None) -> None:
    result = relink_html(html, KNOWN.get)
    assert result.text == (html if relinked is None else relinked)
    assert unlink_html(result.text, result.originals) == html


def test_originals_are_counted_among_all_links() -> None:
    result = relink_markdown("[a](b) [c](u&6) [d](README.md) ![e](<u&6>)", KNOWN.get)
    assert result.originals == {1: "u&6", 3: "u&6"}


@pytest.mark.parametrize(("markdown", "target"), [("[r]:\nu", "---"), ("[a]([b](<c d>))", "u")])
def test_what_would_not_lead_back_is_left_alone(markdown: str, target: str) -> None:
    assert relink_markdown(markdown, lambda _: target).text == markdown


@prop
@given(texts(*MARKDOWN_PIECES, *MARKUP_PIECES) | st.text(), resolvers)
def test_markdown_leads_back_to_itself(markdown: str, known: dict[str, str]) -> None:
    result = relink_markdown(markdown, known.get)
    assert unlink_markdown(result.text, result.originals) == markdown
    assert relink_markdown(markdown, lambda _: None).text == markdown


@prop
@given(texts(*MARKDOWN_PIECES), st.sampled_from(["../pages/a-b.md", "README.md", "assets/bl-1-a%20b.png"]))
def test_markdown_it_reads_the_new_links(markdown: str, target: str) -> None:
    result = relink_markdown(markdown, {"u1": target, "u2": target, "a)b": target}.get)
    judged = [target if url in ("u1", "u2", "a)b") else url for url in judged_links(markdown)]
    assert judged_links(result.text) == sorted(judged)


@prop
@given(texts(*HTML_PIECES) | st.text(), resolvers)
def test_html_leads_back_to_itself(html: str, known: dict[str, str]) -> None:
    result = relink_html(html, known.get)
    assert unlink_html(result.text, result.originals) == html
    assert len(list(scan_html(result.text))) == len(list(scan_html(html)))


@pytest.mark.skipif(not REAL_DOCS.exists(), reason="the real docs lie beside this machine's checkout only")
def test_every_real_page_leads_back_to_itself() -> None:
    for page in REAL_DOCS.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        for relink, unlink in ((relink_markdown, unlink_markdown), (relink_html, unlink_html)):
            result = relink(text, lambda url: f"../elsewhere/{len(url)}.md")
            assert unlink(result.text, result.originals) == text
