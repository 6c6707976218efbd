from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.scan_html import html_tags, scan_html
from tests.format.link_texts import HTML_PIECES, texts
from tests.format.strategies import prop


def _urls(html: str) -> list[str]:
    return [found.url for found in scan_html(html)]


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        ('<a href="a&amp;b">', ["a&b"]),
        ("<a href='a\"b'>", ['a"b']),
        ("<a href=a/b?c=d>", ["a/b?c=d"]),
        ("<a\n\tHREF = 'a' class=x>", ["a"]),
        ("<img src=a alt='<a href=b>'>", ["a"]),
        ("<video poster='a' src='b'>", ["a", "b"]),
        ("<a href=a href=b>", ["a"]),
        ("<a data-href=a xhref=b>", []),
        ("<br/><img src=a/>", ["a/"]),
        ("</a href=b>", []),
        ("<a href=>", [""]),
        ("<a href>", [""]),
        ("<!-- <a href=a> --><a href=b>", ["b"]),
        ("<!--><a href=a>", ["a"]),
        ("<!-- --!><a href=a>", ["a"]),
        ("<!-- <a href=a>", []),
        ("<script>'<a href=a>'</SCRIPT ><a href=b>", ["b"]),
        ("<style><a href=a>", []),
        ("<textarea><a href=a></textarea><a href=b>", ["b"]),
        ("<pre><a href=a></pre>", ["a"]),
        ("<a href='a", []),
        ("<a href='a'", []),
        ("1 < 2 <3 <a href=b>", ["b"]),
        ("<![x[<a href=a>", []),
        ("<![x[><a href=a>", ["a"]),
        ("<?php ?><a href=a>", ["a"]),
        ("<a href=a><a href=b>", ["a", "b"]),
    ],
)
def test_destinations(html: str, urls: list[str]) -> None:
    assert _urls(html) == urls


def test_a_destination_says_where_it_stands() -> None:
    html = "<p>é<img alt=x src='a&#38;b'></p>"
    (found,) = scan_html(html)
    assert html[found.start : found.end] == "a&#38;b"


class _Judge(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value for name, value in attrs if name in ("href", "src", "poster")]


SOUND = (
    *('<a href="u&amp;1">', "</a>", "<img src='2' alt=\"x > y\">", "<div>", "</div>", "text &lt;a href=x&gt;", "<br>"),
    *("<!-- <a href=3> -->", "<pre>", "</pre>", "<video poster=4>", "<script>'<a href=5>'</script>", "\n"),
)


@prop
@given(st.lists(st.sampled_from(SOUND)).map("".join))
def test_in_sound_pages_the_links_are_those_that_the_standard_parser_finds(html: str) -> None:
    judge = _Judge()
    judge.feed(html)
    assert _urls(html) == judge.found


@prop
@given(texts(*HTML_PIECES) | st.text())
def test_places_are_in_order_and_apart_whatever_the_text(html: str) -> None:
    edges = [edge for found in scan_html(html) for edge in (found.start, found.end)]
    assert edges == sorted(edges)
    tags = [edge for tag in html_tags(html) for edge in (tag.start, tag.end)]
    assert tags == sorted(tags)


@pytest.mark.parametrize(
    "unit", ["<", "<a", "<a ", "<a href='", "<!--", "<!", "<script>", "<a href=x>", "</a>", "/ ", "<a =", "&", "<a b "]
)
def test_time_is_linear_in_the_text(unit: str) -> None:
    began = time.process_time()
    list(scan_html(unit * (500_000 // len(unit))))
    assert time.process_time() - began < 5
