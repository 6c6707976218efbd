"""Markdown as a part of our own page: what it may hold, where it leads, and that nothing else comes through."""

from __future__ import annotations

import re

import pytest

from coda_git_mirror.actions.browse.links import Target
from coda_git_mirror.web.markdown import cleaned_part, rendered


def _rendered(text: str) -> str:
    def leads(url: str) -> Target | None:
        if url.startswith(("http:", "https:", "mailto:")):
            return Target(address=url)
        return Target(path=url) if url.startswith("assets/") else None

    return rendered(text, leads, lambda target: target.address or f"/KEY/at/rev/{target.path}")


def test_headings_begin_below_the_title_of_the_page() -> None:
    assert re.findall(r"<h\d", _rendered("# a\n\n###### b\n")) == ["<h2", "<h6"]


def test_every_block_has_its_own_direction() -> None:
    shown = _rendered("# a\n\nb\n\n- c\n\n> d\n\n| e |\n| - |\n| f |\n")
    assert len(re.findall(r'<(h2|p|li|blockquote|th|td)[^>]* ?dir="auto"', shown)) >= 6
    assert '<th dir="auto" scope="col">' in shown


def test_a_table_stands_in_a_frame_that_scrolls() -> None:
    shown = _rendered("| a | b |\n| - | - |\n| one<br/>two | `x<br>` |\n")
    assert '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>' in shown
    assert "one<br>" in shown
    assert "x&lt;br&gt;" in shown


def test_what_leads_elsewhere_says_where() -> None:
    shown = _rendered("[a](https://example.org/x) <https://example.org/y> ![p](https://example.org/z.png)")
    assert shown.count('target="_blank" rel="noopener noreferrer"') == 3
    assert '<span class="address" dir="ltr"> https://example.org/x</span>' in shown
    assert shown.count("https://example.org/y") == 2
    assert "<img" not in shown
    assert 'href="https://example.org/z.png"' in shown


def test_pictures_of_the_mirror_are_shown() -> None:
    assert '<img src="/KEY/at/rev/assets/a.png" alt="photo" loading="lazy">' in _rendered("![photo](assets/a.png)")
    assert "gone" in _rendered("![gone](assets-not-there)")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](data:image/svg+xml,<svg onload=alert(1)>)",
        '<https://example.org/" onmouseover=alert(1)>',
        '[x](https://example.org "a\\" onmouseover=alert(1)")',
        "[x]: javascript:alert(1)\n\n[x]",
        "<iframe src=https://example.org></iframe>",
        "<style>body{display:none}</style>",
        '`<span style="x" onclick="y">`',
    ],
)
def test_nothing_runs(text: str) -> None:
    shown = _rendered(text)
    tags = re.findall(r"<[^>]*>", shown)
    assert not any(re.search(r"script|\son\w+=|style=|<iframe|<style|data:", tag) for tag in tags), tags


def test_the_first_part_of_an_html_file_is_cleaned() -> None:
    shown = cleaned_part('<h1 onclick="x">a</h1><script>b</script><a href="c">d</a><img src="e"><p style="f">g<p')
    assert shown == "<h1>a</h1>d<p>g</p>"
