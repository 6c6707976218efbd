from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.front_matter import front_matter
from coda_git_mirror.format.text import text_bytes
from coda_git_mirror.model.content import Page
from tests.format.strategies import HOSTILE_NAMES, prop

EVERYTHING = Page(
    id="canvas-1",
    name="Notes",
    created="2024-01-01T00:00:00.000Z",
    parent="canvas-0",
    content_type="canvas",
    raw={
        "browserLink": "https://coda.io/d/Doc_dAbC/Notes_su12",
        "updatedAt": "2024-02-01T00:00:00.000Z",
        "authors": [{"@type": "Person", "name": "Ada"}, {"@type": "Person", "name": "Zoë"}],
        "icon": {"name": "rocket", "type": "emoji"},
        "isHidden": False,
        "subtitle": "What we said",
    },
)

TRAPS = (
    "a\nb",
    "key: value",
    "- x",
    "no",
    "yes",
    "~",
    "null",
    "1e3",
    "1_000",
    "0o7",
    "12:30:45",
    "2024-01-01",
    "=",
    "<<",
    "#x",
    "🎉",
    "a\x85b",
    "a\u2028b",
    "\ufeffa",
    "a\x00\x07b",
    "a\ud800",
    "\U0010ffff",
    "\ufffe",
    " padded ",
    "tab\t",
    "'",
    '"',
    "\\",
    "%YAML",
    "---",
    "a\n---\nb",
    "...",
    "&a",
    "*a",
    "!x",
    "{}",
    "x " * 200,
)


def read(page: Page) -> dict[str, Any]:
    """The fields as someone else's program reads them: between the first two lines of three hyphens."""
    before, between, after = text_bytes(front_matter(page)).decode().split("---\n")
    assert (before, after) == ("", "")
    fields: dict[str, Any] = yaml.safe_load(between)
    return fields


def test_all_fields_in_order() -> None:
    assert front_matter(EVERYTHING) == (
        "---\n"
        "id: canvas-1\n"
        "title: Notes\n"
        "subtitle: What we said\n"
        "icon: rocket\n"
        "parent: canvas-0\n"
        "type: canvas\n"
        "hidden: false\n"
        "authors:\n"
        "- Ada\n"
        "- Zoë\n"
        "created: '2024-01-01T00:00:00.000Z'\n"
        "updated: '2024-02-01T00:00:00.000Z'\n"
        "url: https://coda.io/d/Doc_dAbC/Notes_su12\n"
        "---\n"
    )


def test_fields_that_coda_does_not_send_are_absent() -> None:
    assert read(Page("canvas-1", "", raw={"subtitle": "", "authors": [], "icon": {}, "parent": None})) == {
        "id": "canvas-1",
        "type": "canvas",
    }


def test_authors_of_another_shape_are_passed_over() -> None:
    assert "authors" not in read(Page("p", "x", raw={"authors": "Ada"}))
    assert read(Page("p", "x", raw={"authors": [{"name": "Ada"}, {}, None]}))["authors"] == ["Ada"]


@pytest.mark.parametrize("title", [*TRAPS, *filter(None, HOSTILE_NAMES)])
def test_any_title_reads_back(title: str) -> None:
    page = Page(title, title, created=title, raw={"subtitle": title, "authors": [{"name": title}, {"name": title}]})
    fields = read(page)
    assert fields["id"] == fields["title"] == fields["subtitle"] == fields["created"] == title
    assert fields["authors"] == [title, title]


@prop
@given(st.text(st.characters(), min_size=1))
def test_any_unicode_title_reads_back_from_one_line(title: str) -> None:
    assert read(Page("p", title))["title"] == title
    assert len(front_matter(Page("p", title)).splitlines()) == 5
