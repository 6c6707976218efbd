from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from coda_git_mirror.format.metadata import PageFiles, table_entry
from coda_git_mirror.format.readmes import Contents, doc_readme
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.content import Doc, Json, Page
from coda_git_mirror.model.page_tree import page_tree
from tests.format.strategies import HOSTILE_NAMES, chain, names, prop

JUDGE = MarkdownIt("gfm-like", {"linkify": False, "maxNesting": 500})


def readme(
    pages: list[Page],
    table_names: list[str],
    doc: Doc | None = None,
    files: dict[str, PageFiles] | None = None,
    **others: Any,
) -> str:
    page_files = {page.id: PageFiles({".md": f"pages/{page.id}.md"}) for page in pages} if files is None else files
    contents = Contents(doc or Doc("d", "Doc"), page_tree(pages), page_files, grids("table", table_names), **others)
    return doc_readme(contents).decode()


def grids(kind: str, grid_names: list[str]) -> tuple[Json, ...]:
    """Entries of tables or views."""
    return tuple(
        table_entry({"id": f"{kind}{n}", "name": name}, f"{kind}s/{n}.csv", n) for n, name in enumerate(grid_names)
    )


def inlines(markdown: str) -> list[Token]:
    return [token for token in JUDGE.parse(markdown) if token.type == "inline"]


def links(markdown: str) -> Iterator[tuple[str, str]]:
    """The text and the target of each link, as a reader of the rendered page meets them."""
    for inline in inlines(markdown):
        target, text = "", ""
        for token in inline.children or []:
            if token.type == "link_open":
                target, text = str(token.attrs["href"]), ""
            elif token.type == "link_close":
                yield text, target
            else:
                assert token.type in ("text", "text_special"), token
                text += token.content


def test_a_readme_as_people_see_it() -> None:
    doc = Doc("d", "Sales CRM", raw={"ownerName": "Ada", "browserLink": "https://coda.io/d/Sales-CRM_dAbC"})
    pages = [
        Page("n", "Notes", children=("w",), raw={"icon": {"name": "light-bulb", "type": "image/png"}}),
        Page("w", "Weekly review", parent="n", raw={"isHidden": True}),
        Page("x", "1. Lost", raw={"icon": {"name": "star"}}),
        Page("h", "HTML only"),
    ]
    files = {
        "n": PageFiles({".md": "pages/notes.md", ".html": "pages/notes.html"}),
        "w": PageFiles({".md": "pages/notes/weekly-review.md"}, plain=True),
        "h": PageFiles({".html": "pages/html-only.html"}),
    }
    tables = (
        table_entry({"id": "t", "name": "Tasks"}, "tables/tasks.csv", 14),
        table_entry({"id": "u", "name": "Unread"}, None, None),
    )
    views = (table_entry({"id": "v", "name": "Open tasks"}, "views/open-tasks.csv", 3),)
    denied = ("sharing", "formulas")
    assert doc_readme(Contents(doc, page_tree(pages), files, tables, views, 7, denied)).decode() == (
        "# Sales CRM\n"
        "\n"
        "Owner: Ada · [Open in Coda](https://coda.io/d/Sales-CRM_dAbC)\n"
        "\n"
        "## Pages\n"
        "\n"
        "- :light-bulb: [Notes](pages/notes.md) ([HTML](pages/notes.html))\n"
        "  - [Weekly review](pages/notes/weekly-review.md) (hidden)\n"
        "- :star: 1\\. Lost (could not be fetched)\n"
        "- [HTML only](pages/html-only.html)\n"
        "\n"
        "## Tables\n"
        "\n"
        "| Name | Rows | Files |\n"
        "| --- | ---: | --- |\n"
        "| Unread | | could not be fetched |\n"
        "| Tasks | 14 | [CSV](tables/tasks.csv) · [JSONL](tables/tasks.jsonl) · [columns](tables/tasks.json) |\n"
        "\n"
        "## Views\n"
        "\n"
        "| Name | Rows | Files |\n"
        "| --- | ---: | --- |\n"
        "| Open tasks | 3 | [CSV](views/open-tasks.csv) · [columns](views/open-tasks.json) |\n"
        "\n"
        "## Files\n"
        "\n"
        "[7 files](assets/)\n"
        "\n"
        "## Not in this folder\n"
        "\n"
        "- Comments, automations and the history before the first sync: Coda's API does not give them.\n"
        "- The formulas, sharing: Coda does not give them to the token that made this mirror.\n"
        "- The formatting and the images of 1 page: the token that made this mirror may not export pages.\n"
    )


@pytest.mark.parametrize(
    "name", [*HOSTILE_NAMES, "\\", "a\\|b", "&lt;b&gt;", "$x$", "![i](u)", "https://x.org", "~~a~~"]
)
def test_no_name_breaks_out_of_its_place(name: str) -> None:
    require_whole([name, name], [name, name], name)


@prop
@given(st.lists(names, max_size=3), st.lists(names, max_size=3), names)
def test_no_names_break_out_of_their_places(page_names: list[str], table_names: list[str], doc_name: str) -> None:
    require_whole(page_names, table_names, doc_name)


def require_whole(page_names: list[str], table_names: list[str], doc_name: str) -> None:
    """Every name stands where it belongs, and as it is: of pages, their icons, of tables and views, and of the doc."""
    pages = [Page(f"p{n}", name, raw={"icon": {"name": name}}) for n, name in enumerate(page_names)]
    files = {page.id: PageFiles({".md": f"pages/{page.id}.md", ".html": f"pages/{page.id}.html"}) for page in pages}
    doc = Doc("d", doc_name, raw={"ownerName": doc_name})
    markdown = readme(pages, table_names, doc, files, views=grids("view", table_names), assets=1, denied=("sharing",))
    assert list(links(markdown)) == [*shown_pages(page_names), *shown_grids(len(table_names)), FILES]
    opened = [token.type for token in JUDGE.parse(markdown) if token.nesting == 1]
    assert opened.count("heading_open") == 3 + bool(pages) + 2 * bool(table_names)
    assert opened.count("list_item_open") == len(pages) + 2
    assert opened.count("tr_open") == 2 * (len(table_names) + bool(table_names))
    assert opened.count("td_open") == 2 * 3 * len(table_names)
    title = "".join(token.content for token in inlines(markdown)[0].children or [])
    assert title == (one_line(doc_name) or "(no name)")


FILES = ("1 file", "assets/")


def shown_pages(page_names: list[str]) -> Iterator[tuple[str, str]]:
    for number, name in enumerate(page_names):
        yield one_line(name) or "(no name)", f"pages/p{number}.md"
        yield "HTML", f"pages/p{number}.html"


def shown_grids(number: int) -> Iterator[tuple[str, str]]:
    for kind, files in GRID_FILES.items():
        yield from ((text, f"{kind}/{n}{end}") for n in range(number) for text, end in files)


GRID_FILES = {
    "tables": (("CSV", ".csv"), ("JSONL", ".jsonl"), ("columns", ".json")),
    "views": (("CSV", ".csv"), ("columns", ".json")),
}


@pytest.mark.parametrize("icon", ["star", {"name": "A b"}, {"name": "x:y"}, {"name": ""}, {"name": 7}, {}, None, []])
def test_what_is_no_name_of_an_icon_is_not_shown(icon: object) -> None:
    assert "- [Page](pages/p.md)\n" in readme([Page("p", "Page", raw={"icon": icon})], [])


def test_what_is_not_there_has_no_heading() -> None:
    headings = [line for line in readme([], []).splitlines() if line.startswith("#")]
    assert headings == ["# Doc", "## Not in this folder"]


def test_only_what_is_missing_is_told_to_be_missing() -> None:
    assert readme([], []).count("\n- ") == 1
    assert readme([], [], denied=("sharing",)).count("\n- ") == 2


@pytest.mark.parametrize("name", ["- a", "+ a", "1. a", "1) a", "# a", "> a", "---", "***", "```", "    a", "| a |"])
def test_a_name_without_a_link_stays_a_name(name: str) -> None:
    markdown = readme([Page("p", name)], [], files={})
    assert [token.type for token in JUDGE.parse(markdown)].count("list_item_open") == 2
    assert any(
        "".join(token.content for token in inline.children or []) == f"{one_line(name)} (could not be fetched)"
        for inline in inlines(markdown)
    )


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("https://coda.io/d/A_d1", "https://coda.io/d/A_d1"),
        ("https://coda.io/d/A%20b_d1", "https://coda.io/d/A%20b_d1"),
        ("https://coda.io/d/A) [x](y", "https://coda.io/d/A%29%20[x]%28y"),
        ("https://coda.io/\n\n# x", "https://coda.io/%0A%0A#%20x"),
        ("https://coda.io/<b>", "https://coda.io/%3Cb%3E"),
    ],
)
def test_the_link_to_coda_stays_a_link(link: str, target: str) -> None:
    markdown = readme([], [], Doc("d", "Doc", raw={"browserLink": link}))
    assert f"[Open in Coda]({target})" in markdown
    assert [text for text, _ in links(markdown)] == ["Open in Coda"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", 5, None, ""])
def test_what_is_no_web_address_is_no_link(link: object) -> None:
    assert "Open in Coda" not in readme([], [], Doc("d", "Doc", raw={"browserLink": link}))


def test_the_tree_of_pages_is_a_tree_of_lists() -> None:
    markdown = readme(chain(8), [])
    levels = [token.level for token in JUDGE.parse(markdown) if token.type == "list_item_open"]
    assert levels == [1, 3, 5, 7, 9, 11, 13, 15, 1]


def test_pages_nested_beyond_reason_are_all_listed() -> None:
    assert readme(chain(2_000), []).count("](pages/") == 2_000
