"""`/KEY/diff/A..B`: what a reader of two revisions sees, in parts, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.browse.compare import EMPTY_TREE
from coda_git_mirror.model.content import Page
from tests.actions.past import Past
from tests.browse.chromium import Chromium, Tab, chromium_running
from tests.changes.trees import Content, Grid
from tests.commands.program import run
from tests.web.handbook import Looking
from tests.web.sites import KEY, Site, served

html: Any = pytest.importorskip("lxml.html")
LINES = [f"Rule {number} of the house is number {number}." for number in range(60)]
NOTES = Page("p2", "Notes", parent="p1")
EVIL = "<script>alert(1)</script>"
ROWS = 900


def tasks(state: str, extra: dict[str, tuple[str, ...]], *columns: str) -> Grid:
    names = ("Task", "State", *columns)
    rows = {f"i-{number}": (f"Task {number}", "open", *("" for _ in columns)) for number in range(5)}
    return Grid("t1", "Tasks", names, {**rows, "i-1": ("Task 1", state, *("" for _ in columns)), **extra})


def plans(page: Page, lines: list[str], pages: dict[Page, str], *grids: Grid, views: tuple[Grid, ...] = ()) -> Content:
    return Content("docA", "Plans", {page: "\n\n".join(lines) + "\n", **pages}, grids, views=views)


def many(word: str) -> list[Content]:
    """Docs of one page each, a table of many rows, and one with more columns than can stand side by side."""
    rows = {f"i-{number:04}": (f"Row {number}", f"{word} {number}") for number in range(ROWS)}
    wide = {"i-1": ("Wide", *(word if number == 7 else "same" for number in range(20)))}
    large = Content(
        "docL",
        "A ledger",
        {},
        (
            Grid("tL", "Ledger", ("Name", "Word"), rows),
            Grid("tW", "Wide", ("Name", *(f"C{n}" for n in range(20))), wide),
        ),
    )
    others = [Content(f"doc{n:02}", f"Doc {n:02}", {Page(f"q{n}", f"Page {n}"): f"{word}\n"}) for n in range(25)]
    return [large, *others]


def chosen(node: Any, selector: str) -> list[Any]:
    """Elements by simple selectors of tags and classes, in order."""
    paths = ("/".join(map(_step, each.replace("> ", ">").split())) for each in selector.split(", "))
    return [found for path in paths for found in node.xpath(f"./{path}")]


def _step(part: str) -> str:
    tag, *classes = part.lstrip(">").split(".")
    has = "".join(f"[contains(concat(' ', @class, ' '), ' {each} ')]" for each in classes)
    return f"{'' if part.startswith('>') else '/'}{tag or '*'}{has}"


@dataclass(frozen=True)
class Mirror:
    folder: Path
    looking: Looking
    commits: list[str]

    def diff(self, older: int, newer: int, **query: str) -> Compare:
        ends = f"{self.commits[older]}..{self.commits[newer]}"
        shown = self.looking(f"/diff/{ends}", **query)
        assert shown.status == 200
        return Compare(html.fromstring(shown.text), shown.text, shown.words())


@dataclass(frozen=True)
class Compare:
    page: Any
    text: str
    words: str

    def texts(self, path: str) -> list[str]:
        return [" ".join(each.text_content().split()) for each in chosen(self.page, path)]

    def links(self, path: str = "a") -> list[str]:
        return [each.get("href", "").removeprefix("/KEY") for each in chosen(self.page, path)]


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """Four revisions: the third has changes of all kinds in `Plans`, the fourth small ones in many docs."""
    folder = tmp_path_factory.mktemp("compare") / "mirror"
    past, policy = Past(folder), Page("p1", "Policy")
    gone = Page("p3", "Ideas")
    view = Grid("v1", "Open", ("Task",), {"i-0": ("Task 0",)}, {"parentTable": {"id": "t1"}})
    other_view = Grid("v1", "Open", ("Task",), {"i-0": ("Task 0",), "i-2": ("Task 2",)}, {"parentTable": {"id": "t1"}})
    old = Grid("t2", "Old", ("Name",), {"i-9": ("last",)})
    changed = [*LINES[:30], LINES[30].replace("house", "garden"), *LINES[31:]]
    first = plans(
        policy, LINES, {NOTES: "One.\n", gone: "Folded\n"}, tasks("open", {"i-8": ("Gone", "open")}), old, views=(view,)
    )
    second = plans(
        Page("p1", "Rules", raw={"icon": {"name": "bike"}}),
        [*changed, f"{EVIL} & <b>"],
        {Page("p2", "Notes", parent="p1", raw={"isHidden": True}): "One.\n", Page("p4", EVIL): "New words\n"},
        tasks("done", {"i-7": ("New", EVIL, "")}, "Owner"),
        views=(other_view,),
    )
    commits = [past.sync(first), past.sync(first, *many("old")), past.sync(second, *many("old"))]
    commits.append(past.sync(second, *many("new")))
    return Mirror(folder, Looking(folder), commits)


def test_a_changed_word_stands_on_both_sides_with_a_little_around_it(mirror: Mirror) -> None:
    shown = mirror.diff(1, 2, doc="docA", item="p1")
    pair = chosen(shown.page, ".pair")[0]
    assert [each.text for each in chosen(pair, ".old del")] == ["house"]
    assert [each.text for each in chosen(pair, ".new ins")] == ["garden"]
    assert " ".join(chosen(pair, ".old .lines")[0].text_content().split()) == LINES[30]
    kept = " ".join(shown.texts(".text > .kept"))
    assert LINES[29] in kept
    assert LINES[31] in kept
    assert LINES[20] not in kept
    assert "28 unchanged lines" in shown.words
    assert LINES[20] in chosen(shown.page, "details.folded")[0].text_content()


def test_what_became_of_pages_is_told_in_words(mirror: Mirror) -> None:
    shown = mirror.diff(1, 2, doc="docA")
    said = shown.texts(".said li")
    assert "renamed: Policy → Rules" in said
    assert "hidden" in said
    assert "icon: bike" in said
    assert "added, 2 words" in said
    assert "removed, 1 word" in said
    assert "shows 1 more row" in said
    assert "removed" in said


def test_cells_stand_as_old_and_new_and_the_rest_is_counted(mirror: Mirror) -> None:
    shown = mirror.diff(1, 2, doc="docA", item="t1")
    assert shown.texts("thead th") == ["Row", "State", "Owner new column"]
    rows = {chosen(row, "th")[0].text_content().split()[-1]: row for row in chosen(shown.page, "tbody tr")}
    assert set(rows) == {"1", "Gone", "New"}
    assert [each.text for each in chosen(rows["1"], "del, ins")] == ["open", "done"]
    assert [each.text for each in chosen(rows["Gone"], "del")] == ["open"]
    assert [each.text for each in chosen(rows["New"], "ins")] == [EVIL]
    assert "4 unchanged rows" in shown.words
    assert "column added: Owner" in shown.words
    before, after = (f"/doc/docA/item/t1/row/{row}?at={mirror.commits[at]}" for row, at in (("i-8", 1), ("i-7", 2)))
    assert {before, after} <= set(shown.links())


def test_both_revisions_of_an_item_are_a_click_away(mirror: Mirror) -> None:
    shown = mirror.diff(1, 2, doc="docA")
    before, after = mirror.commits[1:3]
    links = shown.links(".ways a")
    assert {f"/doc/docA/item/p1?at={before}", f"/doc/docA/item/p1?at={after}"} <= set(links)
    assert f"/doc/docA/item/p4?at={after}" in links
    assert f"/doc/docA/item/p4?at={before}" not in links
    assert f"/doc/docA/item/p3?at={before}" in links
    assert f"/doc/docA/item/p3?at={after}" not in links
    for address in dict.fromkeys(links):
        assert mirror.looking(address).status == 200


@pytest.mark.parametrize(("item", "word"), [("p3", "Folded"), ("p4", "New words"), ("t2", "last")])
def test_an_item_of_only_one_of_the_revisions_is_compared(mirror: Mirror, item: str, word: str) -> None:
    shown = mirror.diff(1, 2, doc="docA", item=item)
    assert len(chosen(shown.page, "article")) == 1
    assert word in shown.words


def test_nothing_of_the_mirror_becomes_markup(mirror: Mirror) -> None:
    for query in ({}, {"doc": "docA"}, {"doc": "docA", "item": "p1"}, {"doc": "docA", "item": "t1"}):
        shown = mirror.diff(1, 2, **query)
        assert len(chosen(shown.page, "script")) == 1
        assert EVIL not in shown.text
        assert shown.page.xpath("//@style | //style") == []
        assert EVIL in shown.words.replace(" ", "") or "&lt;script" in shown.text


def test_the_first_sync_is_compared_with_nothing(mirror: Mirror) -> None:
    shown = mirror.looking(f"/diff/{EMPTY_TREE}..{mirror.commits[0]}")
    assert shown.status == 200
    assert "From nothing to 2 March 2026" in shown.words()
    assert "added: 3 pages, 2 tables with 7 rows, 1 view, 0 files" in shown.words()
    assert LINES[0] in shown.text
    assert mirror.looking(f"/diff/{mirror.commits[0]}..{EMPTY_TREE}").status == 404


def test_many_docs_come_in_parts(mirror: Mirror) -> None:
    first = mirror.diff(2, 3)
    names = first.texts(".doc > h2")
    [more] = [link for link in first.links(".more a") if "doc=" not in link]
    second = mirror.looking(more)
    later = chosen(html.fromstring(second.text), ".doc > h2")
    assert len(names) == 20
    assert len(names) + len(later) == 26
    assert "From the beginning" in second.words()
    assert len(first.text) < 200_000


def test_many_rows_come_in_parts(mirror: Mirror) -> None:
    [rest] = [link for link in mirror.diff(2, 3).links(".more a") if "item=tL" in link]
    seen: list[str] = []
    address = f"/diff/{mirror.commits[2]}..{mirror.commits[3]}?doc=docL&item=tL"
    while address:
        shown = mirror.looking(address)
        page = html.fromstring(shown.text)
        seen += [" ".join(each.text_content().split()) for each in chosen(page, "tbody th")]
        address = next((a.get("href").removeprefix("/KEY") for a in chosen(page, ".more a")), "")
    assert seen == [f"Row {number}" for number in range(ROWS)]
    assert rest.endswith("&from=25")
    assert "875 changed rows" in mirror.diff(2, 3).words


def test_after_many_rows_further_docs_are_only_named(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coda_git_mirror.actions.browse.compare._ROWS", 900)
    shown = mirror.diff(2, 3)
    assert shown.texts(".doc > h2")[1] == "Doc 00 before after"
    assert len(chosen(shown.page, "article")) == 2
    assert f"/diff/{mirror.commits[2]}..{mirror.commits[3]}?doc=doc00" in shown.links(".more a")
    assert "All that changed in Doc 00" in shown.words


def test_of_many_columns_those_without_a_change_are_left_out(mirror: Mirror) -> None:
    shown = mirror.diff(2, 3, doc="docL", item="tW")
    assert shown.texts("thead th") == ["Row", "C7"]
    assert "19 columns left out" in shown.words


def test_json_is_the_object_of_the_command(mirror: Mirror) -> None:
    before, after = mirror.commits[1:3]
    told = json.loads(run("diff", before, after, "--json", "-o", str(mirror.folder), cwd=mirror.folder).stdout)
    shown = mirror.looking(f"/diff/{before}..{after}", format="json")
    assert shown.object == told
    one = mirror.looking(f"/diff/{before}..{after}", format="json", doc="docA", item="t1").object
    [doc] = one["docs"]
    assert (doc["pages"], doc["views"], doc["details"]) == ([], [], [])
    assert doc["tables"] == [table for table in told["docs"][0]["tables"] if table["id"] == "t1"]


@pytest.mark.parametrize(
    ("ends", "full"),
    [
        (lambda ids: f"{ids[0][:10]}..{ids[2]}", lambda ids: f"{ids[0]}..{ids[2]}"),
        (lambda _: "2026-03-02..2026-03-04", lambda ids: f"{ids[0]}..{ids[2]}"),
        (lambda ids: f"{ids[1]}..", lambda ids: f"{ids[1]}..{ids[3]}"),
    ],
)
def test_days_and_beginnings_of_ids_lead_to_full_ids(
    mirror: Mirror, ends: Callable[[list[str]], str], full: Callable[[list[str]], str]
) -> None:
    shown = mirror.looking(f"/diff/{ends(mirror.commits)}?doc=docA")
    assert (shown.status, shown.location) == (302, f"/diff/{full(mirror.commits)}?doc=docA")
    assert mirror.looking(shown.location).status == 200


@pytest.mark.parametrize(
    "path",
    ["{0}", "{0}...{1}", "{0}..nothing", "0000000000000000000000000000000000000000..{0}", "{0}..1999-01-01", "..{0}.."],
)
def test_ends_that_are_none_are_404(mirror: Mirror, path: str) -> None:
    assert mirror.looking(f"/diff/{path.format(*mirror.commits)}").status == 404


@pytest.mark.parametrize(
    "query", [{"doc": "nope"}, {"item": "nope"}, {"doc": "docA", "item": "nope"}, {"doc": "doc01", "item": "p1"}]
)
def test_what_neither_revision_has_is_404(mirror: Mirror, query: dict[str, str]) -> None:
    ends = f"{mirror.commits[1]}..{mirror.commits[2]}"
    assert mirror.looking(f"/diff/{ends}", **query).status == 404
    assert mirror.looking(f"/diff/{ends}", format="json", **query).object.keys() == {"error"}


def test_an_item_may_be_named_without_its_doc_and_a_doc_as_an_item(mirror: Mirror) -> None:
    assert mirror.diff(1, 2, item="t1").words == mirror.diff(1, 2, doc="docA", item="t1").words
    assert mirror.diff(1, 2, item="p3").words == mirror.diff(1, 2, doc="docA", item="p3").words
    assert mirror.diff(1, 2, doc="docA", item="docA").words == mirror.diff(1, 2, doc="docA").words


def test_two_revisions_without_a_difference(mirror: Mirror) -> None:
    assert "Nothing differs" in mirror.diff(2, 2).words
    assert "Nothing differs" in mirror.diff(0, 1, doc="docA").words


def test_the_way_back_is_compared_too(mirror: Mirror) -> None:
    shown = mirror.diff(2, 1, doc="docA", item="p1")
    assert shown.texts(".old del")[0] == "garden"
    assert shown.texts(".new ins")[0] == "house"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with chromium_running() as running:
        yield running


@pytest.fixture(scope="module")
def site(mirror: Mirror, chromium: Chromium) -> Iterator[Site]:
    assert chromium
    with served(mirror.folder) as site:
        yield site


def opened(chromium: Chromium, site: Site, mirror: Mirror, item: str, width: int) -> Tab:
    """The difference of an item in a tab of that width."""
    tab = chromium.tab(viewport={"width": width, "height": 800})
    before, after = mirror.commits[1:3]
    tab.go(f"http://{site.host}/{KEY}/diff/{before}..{after}?doc=docA&item={item}")
    return tab


@pytest.mark.parametrize(("width", "is_wide"), [(400, False), (910, True)])
def test_both_sides_stand_beside_each_other_where_there_is_room(
    chromium: Chromium, site: Site, mirror: Mirror, width: int, is_wide: bool
) -> None:
    tab = opened(chromium, site, mirror, "p1", width)
    old, new = (tab.page.locator(f".pair .{side}").first.bounding_box() for side in ("old", "new"))
    assert (new["x"] >= old["x"] + old["width"] - 1) is is_wide
    assert (new["y"] >= old["y"] + old["height"] - 1) is not is_wide
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.noted.faults() == []


def test_what_changed_is_legible_without_colour_and_what_is_folded_opens_by_keyboard(
    chromium: Chromium, site: Site, mirror: Mirror
) -> None:
    page = opened(chromium, site, mirror, "p1", 1_200).page
    line = "element => getComputedStyle(element).textDecorationLine"
    assert page.locator(".old del").first.evaluate(line) == "line-through"
    assert page.locator(".new ins").first.evaluate(line) == "underline"
    folded = page.locator("details.folded").first
    assert not folded.locator(".kept").is_visible()
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    assert LINES[3] in folded.locator(".kept").inner_text()
