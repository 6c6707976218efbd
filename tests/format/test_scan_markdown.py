from __future__ import annotations

import time
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.destinations import Destination, Notation
from coda_git_mirror.format.scan_markdown import Code, markdown_destinations, scan_markdown
from tests.format.judge import judged_links, scanned_links
from tests.format.link_texts import MARKDOWN_PIECES, MARKUP_PIECES, texts
from tests.format.strategies import prop
from tests.support import REAL_DOCS


def _urls(markdown: str) -> list[str]:
    return [found.url for found in markdown_destinations(markdown)]


@pytest.mark.parametrize(
    ("markdown", "urls"),
    [
        ('[t](dest "title")', ["dest"]),
        ("[t](  dest\n'title' )", ["dest"]),
        ("[t](<in angle (brackets>)", ["in angle (brackets"]),
        ("[t](a(b(c))d)", ["a(b(c))d"]),
        ("[t](a\\)b\\\\&amp;c)", ["a)b\\&c"]),
        ("[t]()", [""]),
        ("[t](a b)", []),
        ("[t] (a)", []),
        ("\\[t](a)", []),
        ("[t\\](a)", []),
        ("![alt](a.png)", ["a.png"]),
        ("[![alt](a.png)](b)", ["a.png", "b"]),
        ("[a [b](c) d](e)", ["c"]),
        ("[a ![b [c](d)](e) f](g)", ["d", "e"]),
        ("[a]b](c)", []),
        ("[a [b] c](d)", ["d"]),
        ("`[a](b)` ``[c](d) ` `` [e](f)", ["f"]),
        ("`` [a](b) `", ["b"]),
        ("`open\n\n[a](b)`", ["b"]),
        ("- `open\n- [a](b)`", ["b"]),
        ("# `open\n[a](b)`", ["b"]),
        ("| a | b |\n|---|---|\n| ` | [c](d) ` |\n", ["d"]),
        ("| a | b |\n|---|---|\n| [c](d\\|e) | `x\\|y` |\n", ["d|e"]),
        ("> | a |\n> |---|\n> | [c](d) |\n\n[e](f)", ["d", "f"]),
        ("[a|b](c)", ["c"]),
        ("```\n[a](b)\n```\n[c](d)", ["d"]),
        ("- ~~~\n  [a](b)\n  ~~~\n  [c](d)", ["d"]),
        ("- a\n\n    - [b](c)\n\n        - [d](e)", ["c", "e"]),
        ("<https://a.example/?b=(c)>", ["https://a.example/?b=(c)"]),
        ("[a <https://b.example/](c)>", ["https://b.example/](c)"]),
        ("<not a link>", []),
        ('<a href="a&amp;b" title="[x](y)">t</a> <img src=c>', ["a&b", "c"]),
        ("<!-- [a](b) --> [c](d)", ["d"]),
        ("<!-- [a](b)", ["b"]),
        ("[r]: dest 'title'\n[s]: <a b>\n\n[t][r] [s]", ["dest", "a b"]),
        ("[r]:\n  dest\n  'title'\ntext", ["dest"]),
        ("[r]: dest 'title' more", []),
        ("[r]: dest\n'title' more", ["dest"]),
        ("text\n[r]: dest", []),
        ("> [r]: dest\n> [s]: other", ["dest", "other"]),
        ("[r]: <>", [""]),
        ("[r]:\n\ntext", []),
        ("[ ]: dest", []),
        ("[a [r] b](c)\n\n[r]: d", ["d"]),
        ("[a [x][R] b](c)\n\n[r]: d", ["d"]),
        ("[a ![x][r] b](c)\n\n[r]: d", ["c", "d"]),
        ("[a [x][s] b](c)\n\n[r]: d", ["c", "d"]),
    ],
)
def test_destinations(markdown: str, urls: list[str]) -> None:
    assert _urls(markdown) == urls


def test_a_destination_says_where_it_stands() -> None:
    markdown = "> text [la`]`bel](<a b>) ![i](c)"
    link, image = markdown_destinations(markdown)
    assert markdown[link.start : link.end] == "a b"
    assert link.label is not None
    assert markdown[slice(*link.label)] == "la`]`bel"
    assert (link.notation, link.image) == (Notation.ANGLE, False)
    assert (image.notation, image.image) == (Notation.BARE, True)


def test_code_is_named() -> None:
    markdown = "a `b` c\n```\nd\n```\n"
    assert [markdown[code.start : code.end] for code in scan_markdown(markdown)] == ["`b`", "```", "d", "```"]


@prop
@given(texts(*MARKDOWN_PIECES))
def test_the_links_are_those_that_markdown_it_finds(markdown: str) -> None:
    assert scanned_links(markdown) == judged_links(markdown)


@pytest.mark.skipif(not REAL_DOCS.exists(), reason="the real docs lie beside this machine's checkout only")
def test_so_they_are_in_real_pages() -> None:
    pages = list(REAL_DOCS.rglob("*.md"))
    found = 0
    for page in pages:
        markdown = page.read_text(encoding="utf-8")
        ours, judged = set(scanned_links(markdown)), set(judged_links(markdown))
        assert judged <= ours
        found += len(ours)
    assert found > len(pages)


@prop
@given(texts(*MARKDOWN_PIECES, *MARKUP_PIECES) | st.text())
def test_places_are_in_order_and_apart_whatever_the_text(markdown: str) -> None:
    marks = list(scan_markdown(markdown))
    assert marks == sorted(marks, key=attrgetter("start"))
    for kind in (Destination, Code):
        flat = [edge for mark in marks if isinstance(mark, kind) for edge in (mark.start, mark.end)]
        assert flat == sorted(flat)
        assert all(0 <= edge <= len(markdown) for edge in flat)


UNITS = (
    *("[", "![", "[a](", "](", "[a](b)", "`", "` `` ", "<!--", "<a b='", '<a b="', "\\", "[a](b 'c", "((", "](<", "|"),
    *("[r]: ", "[r]: a 'b\n", "<a ", "<?", "&", "a|b\n", "- ", "[a][", "![a](b) [c](d (", "\n", "<a:", "*[_", "~"),
)


@pytest.mark.parametrize("unit", UNITS)
def test_time_is_linear_in_the_text(unit: str) -> None:
    began = time.process_time()
    list(scan_markdown(unit * (150_000 // len(unit))))
    assert time.process_time() - began < 5
