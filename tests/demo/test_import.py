"""What content written to a page becomes, as Coda reads Markdown and HTML (coda-api.md, Writing)."""

from __future__ import annotations

from typing import Any

import pytest

from coda_git_mirror.demo.blocks import Block, Code, Grid, Heading, Item, Picture, Quote, Text
from coda_git_mirror.demo.import_html import import_html
from coda_git_mirror.demo.import_markdown import import_markdown
from coda_git_mirror.demo.page_edits import add_content, update_content
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.render_markdown import render_markdown
from coda_git_mirror.demo.world import Page, Table, World

TASKS = "<table><tr><th>Task</th><th>Hours</th></tr><tr><td>Oil<br>it</td><td>2</td></tr></table>"


@pytest.fixture
def page() -> Page:
    return World().add_doc("Notes").add_page("First")


def _cells(table: Table) -> list[list[Any]]:
    return [[row.value(column) for column in table.columns] for row in table.rows]


def _html(content: str) -> dict[str, str]:
    return {"format": "html", "content": content}


@pytest.mark.parametrize(
    ("markdown", "becomes"),
    [
        ("# One\n\n### Three", [Heading(1, "One"), Heading(3, "Three")]),
        ("#### Four **bold**", [Text("Four **bold**")]),
        ("a **b** *c* ~~d~~ `e`\nf", [Text("a **b** *c* ~~d~~ `e`\nf")]),
        ("one\n\n---\n***\n\ntwo", [Text("one"), Text("two")]),
        ("- a\n  - b\n    - c\n      - d", [Item("a"), Item("b", 1), Item("c", 2), Item("d", 2)]),
        ("3. a\n7. b", [Item("a", 0, "number"), Item("b", 0, "number")]),
        ("- [ ] a\n- [x] b", [Item("a", 0, "check"), Item("b", 0, "check", True)]),
        ("```py\nx = 1\n\n# y\n```\nz", [Code("py", "x = 1\n\n# y"), Text("z")]),
        ("1. a\n    ```js\n    x\n      y\n    ```", [Item("a", 0, "number"), Code("js", "x\n  y")]),
        ("````\n```\n````", [Code("", "```")]),
        ("```\nnever closed", [Code("", "never closed")]),
        ("> a\n> > b", [Quote("a\nb")]),
        ("![alt](https://x.example/y.png)", [Text("[alt](https://x.example/y.png)")]),
        ("`![alt](y)` <b>raw</b> [^1] $x$ @ada", [Text("`![alt](y)` <b>raw</b> [^1] $x$ @ada")]),
        ("a | b is no table", [Text("a | b is no table")]),
    ],
)  # fmt: skip
def test_markdown_keeps_and_loses(markdown: str, becomes: list[Block]) -> None:
    assert import_markdown(markdown) == becomes


@pytest.mark.parametrize(
    ("html", "becomes"),
    [
        ("<h1>One</h1><h5>Five</h5>", [Heading(1, "One"), Heading(3, "**Five**")]),
        ("<p>a <b>b</b> <em>c</em> <a href='u'>d</a></p>", [Text("a **b** *c* [d](u)")]),
        ("loose<br>text<hr><div>&amp; more</div>", [Text("loose\ntext"), Text("& more")]),
        ("<ul><li>a<ol><li>b</li></ol></li><li>c</ul>", [Item("a"), Item("b", 1, "number"), Item("c")]),
        ("<ul><li><input type='checkbox' checked> a</li></ul>", [Item("a")]),
        ("<pre data-language='py'><code>x\n  y</code></pre>", [Code("", "x\n  y")]),
        ("<blockquote><blockquote><div>q</div></blockquote></blockquote>", [Quote("q")]),
    ],
)
def test_html_keeps_and_loses(html: str, becomes: list[Block]) -> None:
    assert import_html(html) == becomes


def test_the_lines_of_a_paragraph_may_become_one(page: Page) -> None:
    add_content(page, {"format": "markdown", "content": "a\nb\n\nc"}, Readings(joins_lines=True))
    assert render_markdown(page) == "a b\n\nc\n"


def test_a_pipe_table_loses_its_header_and_the_same_in_html_does_not(page: Page) -> None:
    add_content(page, {"format": "markdown", "content": "| Task | Hours |\n|---|---|\n| Oil<br/>it | 2 |"}, Readings())
    add_content(page, _html(f"<h2>Tasks</h2>{TASKS}"), Readings())
    piped, real = page.doc.tables
    assert [(it.name, it.page) for it in (piped, real)] == [("Table 1", page), ("Table 2", page)]
    assert [column.name for column in piped.columns] == ["Column 1", "Column 2"]
    assert [[row.value(column) for column in piped.columns] for row in piped.rows] == [
        ["Task", "Hours"],
        ["Oil\nit", "2"],
    ]
    assert [column.name for column in real.columns] == ["Task", "Hours"]
    assert _cells(real) == [["Oil\nit", "2"]]
    assert render_markdown(page).endswith(
        "## Tasks\n \n## Table 2\n\n| Task | Hours |\n| --- | --- |\n| Oil<br/>it | 2 |\n"
    )


@pytest.mark.parametrize(("honoured", "column_type", "titled"), [(True, "number", False), (False, "text", True)])
def test_codas_own_attributes_count_or_do_not(page: Page, honoured: bool, column_type: str, titled: bool) -> None:
    head = """<th data-coda-column-format='{"type":"num","precision":22}'>n</th>"""
    table = f'<table data-coda-view-config-hiddenuimask="64"><tr>{head}</tr><tr><td>7</td></tr></table>'
    add_content(page, _html(table), Readings(coda_attributes=honoured))
    assert page.doc.tables[0].columns[0].type == column_type
    assert page.blocks == [_Shown(page.doc.tables[0], titled)]


class _Shown:
    """Equal to the block that shows this table."""

    def __init__(self, *expected: Any) -> None:
        self._expected = expected

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grid) and (other.of, other.titled) == self._expected


def test_types_may_be_inferred_and_an_empty_table_may_get_rows(page: Page) -> None:
    readings = Readings(infers_imported=True, blank_rows=3)
    add_content(page, _html(TASKS + "<table><tr><th>a</th></tr></table>"), readings)
    assert [column.type for column in page.doc.tables[0].columns] == ["text", "number"]
    assert [row.name for row in page.doc.tables[1].rows] == ["", "", ""]


def test_two_columns_of_one_name_keep_their_own_cells(page: Page) -> None:
    add_content(page, _html("<table><tr><th>a</th><th>a</th></tr><tr><td>1</td><td>2</td></tr></table>"), Readings())
    table = page.doc.tables[0]
    assert [table.rows[0].value(column) for column in table.columns] == ["1", "2"]


def test_a_picture_is_taken_over_while_it_lives(page: Page) -> None:
    living, gone = (page.doc.world.add_blob(b"png", f"{name}.png", "image/png") for name in ("a", "b"))
    gone.gone = True
    addresses = [f"https://codahosted.io/docs/x/blobs/{blob.id}/{blob.hash}" for blob in (living, gone)]
    content = _html("".join(f'<div><img src="{url}"></div>' for url in [*addresses, "data:image/png;base64,AAAA"]))
    add_content(page, content, Readings())
    (picture,) = page.blocks
    assert isinstance(picture, Picture)
    assert picture.blob is not living
    assert picture.blob.content == b"png"
    add_content(page, content, Readings(takes_pictures=False))
    assert len(page.blocks) == 1


def test_replacing_the_content_destroys_the_tables_of_the_page_and_appending_does_not(page: Page) -> None:
    add_content(page, _html(TASKS), Readings())
    page.doc.add_view("Open tasks", page.doc.tables[0], page.doc.add_page("Second"))
    text = {"format": "markdown", "content": "More."}
    update_content(page, {"insertionMode": "append", "canvasContent": text}, Readings())
    assert len(page.doc.grids()) == len(page.blocks) == 2
    update_content(page, {"insertionMode": "replace", "canvasContent": text}, Readings())
    assert (page.doc.grids(), page.blocks) == ([], [Text("More.")])
    add_content(page, _html(TASKS), Readings())
    assert page.doc.tables[0].name == "Table 2", "numbers are not given twice"
