from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from coda_git_mirror.format import fences
from coda_git_mirror.format.fences import FenceScanner
from coda_git_mirror.format.markdown import normalised
from coda_git_mirror.format.placeholders import PLACEHOLDERS
from tests.format.strategies import prop
from tests.support import REAL_DOCS

FENCED = (
    "```\n  \ncode  \n```\n",
    "```python\n\t\n```\n",
    "~~~\n \n```\n \n~~~\n",
    "````\n```\n \n````\n",
    "  ```\n  \n  ```\n",
    "- item\n  ```\n   \n  ```\n",
    "- ```\n   \n  ```\n",
    "1. one\n   - two\n\n     ```js\n \n     ```\n",
    "> ```\n>   \n> code\n> ```\n",
    ">```\n> \n>```\n",
    "> - a\n>   ~~~ info\n>   \n>   ~~~\n",
    "-\t```\n   \n\t```\n",
    "text\n```\nunclosed\n   \nend\n",
)


@pytest.mark.parametrize("markdown", FENCED)
def test_nothing_changes_within_a_code_fence(markdown: str) -> None:
    assert normalised(markdown) == markdown


@pytest.mark.parametrize(
    ("markdown", "normal"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("a", "a\n"),
        ("\n\n a\n\n\n", " a\n"),
        ("a\r\nb\rc", "a\nb\nc\n"),
        ("a\n \t\nb", "a\n\nb\n"),
        ("hard  \nbreak\\\nhere", "hard  \nbreak\\\nhere\n"),
        ("a\n\n\n\nb", "a\n\n\n\nb\n"),
        ("\ufeffa", "a\n"),
        ("\n\ufeff \n\ufeff\ufeffa", "a\n"),
        ("a\ufeffb", "a\ufeffb\n"),
        ("a\0b", "a\ufffdb\n"),
        ("`` ` ``\n \nb", "`` ` ``\n\nb\n"),
        ("``` `\n \nb", "``` `\n\nb\n"),
        ("``\n \nb", "``\n\nb\n"),
        ("\\```\n \nb", "\\```\n\nb\n"),
        ("    ```\n \nb", "    ```\n\nb\n"),
        ("text ```\n \nb", "text ```\n\nb\n"),
    ],
)
def test_normalisation(markdown: str, normal: str) -> None:
    assert normalised(markdown) == normal


@pytest.mark.parametrize(
    "markdown",
    ["> ```\n> code\n \nafter\n", "- ```\n  code\n\nafter\n \n", "> - ```\n> after\n \n", "- a\n- ```\n- b\n \nc\n"],
)
def test_a_fence_ends_with_the_quote_or_list_around_it(markdown: str) -> None:
    assert "\n \n" not in normalised(markdown)


def test_the_first_line_after_such_an_end_may_open_a_fence() -> None:
    markdown = "> ```\n> code\n```\n  \n```\n \nb\n"
    assert normalised(markdown) == "> ```\n> code\n```\n  \n```\n\nb\n"


line_pieces = st.sampled_from(
    [
        *("text", "", " ", "   ", "```", "~~~", "````", "``` js", "- a", "> q", "- ```", "> ```", "  ```", "   ~~~"),
        *("1. x", "> - ~~~", "  code  ", "# head", "\t", ">", "-", "    ```", "a\rb", "\ufeff", "* * *", "\u3000"),
    ]
)
markdowns = st.lists(line_pieces, max_size=12).map("\n".join)


@prop
@given(markdowns | st.text())
def test_normalising_twice_is_normalising_once(markdown: str) -> None:
    normal = normalised(markdown)
    assert normalised(normal) == normal
    assert normal == "" or (normal.endswith("\n") and not normal.endswith("\n\n"))


block_lines = st.sampled_from(
    [
        *("# head", "", "", " ", "```", "~~~", "````", "``` js", "- # a", "> # q", "- ```", "> ```", "  ```", "   ~~~"),
        *("> - ~~~", "    - # b", "1. # x", "   ", "      ", "> ", "* * *"),
    ]
)
"""Lines without paragraphs: only these go on lazily beyond the end of a quote or list, which the scanner leaves out."""


@prop
@given(st.lists(block_lines, max_size=14).map(lambda lines: "\n".join([*lines, "end", ""])))
def test_fences_are_where_commonmark_sees_them(markdown: str) -> None:
    lines = markdown.split("\n")
    scanner = FenceScanner()
    inside = {number for number, line in enumerate(lines) if scanner.inside(line)}
    expected: set[int] = set()
    for token in MarkdownIt("commonmark").parse(markdown):
        if token.type == "fence" and token.map:
            expected |= set(range(token.map[0] + 1, token.map[0] + 1 + token.content.count("\n")))
    shown = {number for number in inside if lines[number].strip(" >")}
    assert shown == {number for number in expected if lines[number].strip(" >")}


class Counted:
    """A pattern that counts the characters that it is shown."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern, self.shown = pattern, 0

    def match(self, text: str) -> re.Match[str] | None:
        self.shown += len(text)
        return self.pattern.match(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        self.shown += len(text)
        return self.pattern.fullmatch(text)


MARKS = (
    *("- " * 30_000 + "x", "> " * 30_000 + "x", "1. " * 30_000, "- - - " * 10_000 + "+", ">" * 60_000),
    *("- " * 30_000 + "x" + "\n" * 3_000, "> - " * 15_000 + "\n" + "> " * 30_000, ("- " * 300 + "x\n") * 100),
)


@pytest.mark.parametrize("markdown", MARKS, ids=lambda markdown: repr(markdown[:6]))
def test_marks_without_end_cost_no_more_than_their_number(markdown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = [Counted(getattr(fences, name)) for name in ("_QUOTE", "_ITEM", "_BREAK", "_OPENING", "_CLOSING")]
    for name, pattern in zip(("_QUOTE", "_ITEM", "_BREAK", "_OPENING", "_CLOSING"), counted, strict=True):
        monkeypatch.setattr(fences, name, pattern)
    normal = normalised(markdown)
    assert sum(pattern.shown for pattern in counted) < 500 * len(markdown)
    assert normalised(normal) == normal


def test_a_fence_is_seen_as_deep_as_anybody_nests_quotes_and_lists() -> None:
    for depth, is_fence in ((90, True), (150, False)):
        scanner = FenceScanner()
        assert not scanner.inside("> " * depth + "```")
        assert scanner.inside("> " * depth + "code") is is_fence


def test_a_page_that_cannot_be_exported_says_so_in_one_line() -> None:
    for text in (placeholder("embed") for placeholder in PLACEHOLDERS.values()):
        assert "embed" in text
        assert len(text.splitlines()) == 1


def real_pages() -> list[Path]:
    return sorted(REAL_DOCS.rglob("*.md"))


@pytest.mark.skipif(not REAL_DOCS.is_dir(), reason="the real docs are not beside this checkout")
def test_every_line_of_every_real_page_survives() -> None:
    for path in real_pages():
        content = path.read_bytes().decode()
        normal = normalised(content)
        assert [line for line in normal.split("\n") if line.strip()] == [
            line for line in content.replace("\r\n", "\n").split("\n") if line.strip()
        ], path
        assert fenced(normal) == fenced(content), path
        assert normalised(normal) == normal


def fenced(markdown: str) -> list[str]:
    return [token.content for token in MarkdownIt("commonmark").parse(markdown) if token.type == "fence"]
