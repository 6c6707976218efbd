"""Tables in a browser: their pages, rows in order and found, what is downloaded (browse.md, browse)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest

from tests.web.sites import served
from tests.web.table_site import LONG, MANY, Pages, build


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    folder = tmp_path_factory.mktemp("tables") / "mirror"
    account = build(folder)
    with served(folder) as site:
        yield Pages(site, account)
    assert site.said == []


def _texts(pages: Pages, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(pages.account.csv(name).decode(), newline="")))


def test_every_kind_of_column_is_shown_as_the_csv_has_it(pages: Pages) -> None:
    shown = pages.json(pages.account.item("Everything"))
    names = {column["id"]: column["name"] for column in shown["columns"]}
    assert [
        {names[column]: text for column, text in row["values"].items()} | {"Coda row id": row["id"]}
        for row in shown["rows"]
    ] == _texts(pages, "everything")
    assert (shown["total"], shown["found"], shown["kind"], shown["name"]) == (2, 2, "table", "Everything")


def test_columns_by_their_kind(pages: Pages) -> None:
    page = pages.page(pages.account.item("Everything"))
    heads = page.xpath("//thead//th")
    assert all(head.get("scope") == "col" for head in heads)
    looks = {head.text_content().split(" ")[0].strip(): head.get("class") for head in heads}
    assert {looks[name] for name in ("Number", "Percent", "Money", "Slider", "Scale")} == {"number"}
    assert (looks["Done"], looks["Date"], looks["Files"], looks["Text"]) == ("check", "when", "files", "text")
    assert page.xpath("//tbody//th[@scope='row']//a/@href")[0].endswith(pages.account.it.table.rows[0].id)
    ticks = page.xpath("//tbody//td[@class='check']//span[@class='unseen']")
    assert ticks[0].text_content() == "TRUE"


def test_what_stands_around_a_table(pages: Pages) -> None:
    page = pages.page(pages.account.item("Many"))
    region = page.xpath("//*[@role='region']")[0]
    assert region.get("tabindex") == "0"
    assert region.get("aria-label") == "The rows of Many"
    assert " ".join(page.xpath("//caption")[0].text_content().split()) == f"Rows 1 to 200 of {MANY}"
    assert not page.xpath("//@style | //script[not(@src)] | //style")


def test_the_first_column_is_the_one_by_which_rows_are_called(pages: Pages) -> None:
    shown = pages.json(pages.account.item("Tasks"))
    assert shown["columns"][0]["name"] == "Effort"
    assert pages.names(pages.account.item("Tasks"))[0] == "9"


def test_only_what_leads_elsewhere_is_a_link(pages: Pages) -> None:
    page = pages.page(pages.account.item("Everything"))
    outs = page.xpath("//a[@target='_blank'][starts-with(@class, 'out')]")
    assert {out.get("href") for out in outs} == {"https://example.com/full", "https://example.com/dot.png"}
    assert {out.get("rel") for out in outs} == {"noopener noreferrer"}
    assert "https://example.com/full" in outs[0].text_content()
    text = pages.site.get(pages.account.item("Everything")).text
    assert "javascript:alert(1)" in text
    assert 'href="javascript' not in text
    assert "<script>alert" not in text


def test_pictures_lie_in_the_mirror_at_the_revision_that_is_shown(pages: Pages) -> None:
    page = pages.page(pages.account.item("Everything"))
    pictures = page.xpath("//td//img")
    assert len(pictures) == 2
    assert {picture.get("alt") for picture in pictures} == {"dot.png"}
    assert {picture.get("loading") for picture in pictures} == {"lazy"}
    source = pictures[0].get("src")
    revision = pages.json(pages.account.item("Everything"))["revision"]
    assert f"/at/{revision}/docs/plans/assets/" in source
    assert pages.site.get(source, key="").body.startswith(b"\x89PNG")


def test_rows_and_people(pages: Pages) -> None:
    page = pages.page(pages.account.item("Everything"))
    cities = pages.account.id("Cities")
    [oslo, *_] = page.xpath(f"//td//a[contains(@href, '/item/{cities}/row/')]")
    assert oslo.text_content().strip() == "Oslo"
    assert pages.site.get(oslo.get("href"), key="").status == 200
    assert "Ben Okafor" in page.xpath("//bdi[@class='person']")[0].text_content()


def test_a_long_text_is_cut_in_the_table_and_whole_in_its_own_page(pages: Pages) -> None:
    address = pages.account.item("Everything")
    assert LONG.strip() not in pages.site.get(address).text
    row, column = pages.account.it.table.rows[1].id, pages.account.it.column("Text")
    assert LONG.strip() in pages.page(f"{address}/row/{row}/column/{column}").text_content()


@pytest.mark.parametrize("by", ["id", "name"])
def test_sorting_by_a_column(pages: Pages, by: str) -> None:
    item = pages.account.item("Many")
    column = pages.account.table("Many").columns[1]
    asked = column.id if by == "id" else column.name
    ranks = [int(row["values"][column.id]) for row in pages.json(f"{item}?sort={asked}")["rows"]]
    assert ranks == list(range(200))
    down = [int(row["values"][column.id]) for row in pages.json(f"{item}?sort=-{asked}")["rows"]]
    assert down == list(range(MANY - 1, MANY - 201, -1))


def test_blanks_are_last_in_either_direction_and_equals_stay_in_order(pages: Pages) -> None:
    item, effort = pages.account.item("Tasks"), pages.account.ids["Hours"]
    at = f"&at={pages.account.commits[0]}"
    assert pages.names(f"{item}?sort={effort}{at}") == ["3", "10", "20", ""]
    assert pages.names(f"{item}?sort=-{effort}{at}") == ["20", "10", "3", ""]
    assert pages.names(f"{item}?sort={pages.account.ids['Done']}{at}") == ["10", "3", "", "20"]
    page = pages.page(f"{item}?sort=-{effort}{at}")
    assert page.xpath("//th[@aria-sort]/@aria-sort") == ["descending"]


def test_what_is_sought_is_found_in_any_cell_whatever_its_case(pages: Pages) -> None:
    item, at = pages.account.item("Tasks"), f"&at={pages.account.commits[0]}"
    ship, rest, street = "3", "10", ""
    assert pages.names(f"{item}?q=SHIP{at}") == [ship]
    assert pages.names(f"{item}?q=strasse{at}") == [street]
    assert pages.names(f"{item}?q=ben+okafor{at}") == [ship]
    assert pages.names(f"{item}?q=true{at}") == [rest]
    assert pages.names(f"{item}?q=with+a{at}") == [street]
    assert pages.names(f"{item}?q=%22{at}") == []
    found = pages.json(f"{item}?q=t&sort=Task{at}")
    assert (found["found"], found["total"], found["q"]) == (3, 4, "t")


def test_a_page_that_is_out_of_range_is_the_last(pages: Pages) -> None:
    item = pages.account.item("Many")
    last = pages.json(f"{item}?page=99")
    assert (last["page"], last["pages"], len(last["rows"])) == (3, 3, MANY - 400)
    assert pages.json(f"{item}?page=2")["rows"][0]["name"] == "row 200"
    assert pages.json(f"{item}?page=-4")["page"] == pages.json(f"{item}?page=x")["page"] == 1
    assert pages.json(f"{item}?page=9&q=row+44")["page"] == 1
    assert pages.json(f"{item}?q=nothing")["rows"] == []


def test_links_keep_what_was_asked(pages: Pages) -> None:
    page = pages.page(f"{pages.account.item('Many')}?sort=-Rank&q=row&at={pages.account.commits[1]}")
    following = page.xpath("//a[@rel='next']/@href")[0]
    assert f"at={pages.account.commits[1]}" in following
    assert pages.json(following.partition("ab/")[2].join(["/", ""]))["page"] == 2
    hidden = {
        each.get("name"): each.get("value") for each in page.xpath("//form[@class='sift']//input[@type='hidden']")
    }
    assert hidden == {"at": pages.account.commits[1], "sort": f"-{pages.account.table('Many').columns[1].id}"}


def test_a_column_that_is_not_there_does_not_sort(pages: Pages) -> None:
    shown = pages.json(f"{pages.account.item('Many')}?sort=-Nonsense")
    assert shown["sort"] is None
    assert shown["notes"] == ["There is no column “Nonsense” here, so the rows stand in their own order."]
    assert shown["rows"][0]["name"] == "row 0"
    assert pages.site.get(f"{pages.account.item('Many')}?sort=Nonsense&format=csv").status == 404


def test_whole_files_are_the_mirrors_own(pages: Pages) -> None:
    item = pages.account.item("Many")
    whole = pages.site.get(f"{item}?format=csv&page=2")
    assert whole.body == pages.account.csv("many")
    assert whole.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert whole.headers["Content-Disposition"] == 'attachment; filename="many.csv"'
    assert pages.site.get(f"{item}?format=jsonl").body == pages.account.committed("docs/plans/tables/many.jsonl")
    view = pages.site.get(f"{pages.account.item('Open')}?format=csv")
    assert view.body == pages.account.committed("docs/plans/views/open.csv")


def test_what_is_found_in_its_order_is_all_that_is_downloaded(pages: Pages) -> None:
    item = pages.account.item("Many")
    asked = f"{item}?q=row+4&sort=-Rank"
    lines = pages.site.get(f"{asked}&format=csv").body.splitlines(keepends=True)
    whole = pages.account.csv("many").splitlines(keepends=True)
    assert lines[0] == whole[0]
    assert sorted(lines[1:]) == sorted(line for line in whole[1:] if line.startswith(b"row 4"))
    ranks = [int(line.split(b",")[1]) for line in lines[1:]]
    assert ranks == sorted(ranks, reverse=True)
    records = pages.site.get(f"{asked}&format=jsonl").body.splitlines(keepends=True)
    assert [json.loads(record)["name"].encode() for record in records] == [line.split(b",")[0] for line in lines[1:]]
    assert set(records) < set(pages.account.committed("docs/plans/tables/many.jsonl").splitlines(keepends=True))


def test_a_view_says_what_it_shows(pages: Pages) -> None:
    page = pages.page(pages.account.item("Open"))
    text = " ".join(page.text_content().split())
    assert "view of Tasks" in text
    assert "In Coda it is a card." in text
    assert "Sorted by Effort (from the last to the first)." in text
    assert "It has a filter, whose formula Coda does not tell." in text
    assert "Columns of the table that this view hides: Done, Owner, Photo, Twice." in text
    rows = page.xpath("//tbody//th/a/@href")
    assert all(f"/item/{pages.account.id('Tasks')}/row/" in row for row in rows)
    assert pages.json(f"{pages.account.item('Open')}?sort=Task")["rows"][0]["values"][pages.account.ids["Task"]] == "Go"
    records = pages.site.get(f"{pages.account.item('Open')}?format=jsonl").body.splitlines()
    shown = pages.json(pages.account.item("Open"))["rows"]
    assert [json.loads(record)["id"] for record in records] == [row["id"] for row in shown]


def test_a_table_that_was_not_read_says_so(pages: Pages) -> None:
    shown = pages.json(pages.account.item("Cities"))
    assert len(shown["rows"]) == 3
    [note] = shown["notes"]
    assert note.startswith("It could not be read by the last sync (Coda answers with error 500 (tried 8 times)); what")
    assert pages.page(pages.account.item("Cities")).xpath("//p[@role='note']")[0].text_content() == note
    never = pages.json(pages.account.item("Unread"))
    assert (never["rows"], never["notes"][-1]) == ([], "Its rows have never been read.")


def test_a_table_that_is_gone_is_shown_as_it_was_last(pages: Pages) -> None:
    shown = pages.json(pages.account.item("Old"))
    assert shown["rows"][0]["name"] == "last words"
    assert (shown["revision"], shown["gone"]["revision"]) == (pages.account.commits[2], pages.account.commits[3])
    assert "Gone since" in pages.page(pages.account.item("Old")).text_content()
    assert pages.site.get(f"{pages.account.item('Old')}?format=csv").body == pages.account.csv(
        "old", pages.account.commits[2]
    )


def test_a_table_as_of_a_time(pages: Pages) -> None:
    at = pages.account.commits[0]
    shown = pages.json(f"{pages.account.item('Tasks')}?at={at}")
    assert [column["name"] for column in shown["columns"]][:2] == ["Hours", "Task"]
    assert (shown["revision"], shown["total"]) == (at, 4)
    page = pages.page(f"{pages.account.item('Tasks')}?at={at}")
    assert all(f"at={at}" in address for address in page.xpath("//tbody//a[contains(@class, 'past')]/@href"))


def test_versions_of_a_table(pages: Pages) -> None:
    versions = pages.json(pages.account.item("Tasks"))["versions"]
    assert {"revision", "date", "what"} <= versions[0].keys()
    assert versions[-1]["revision"] == pages.account.commits[0]


def _said(values: list[dict[str, str]]) -> list[str]:
    return [value["value"] for value in values]


def test_a_cell_has_its_values_newest_first(pages: Pages) -> None:
    account = pages.account
    found = pages.json(account.cell("Ship it", "Hours"))
    assert [(each["revision"], each["value"]) for each in found["values"]] == [
        (account.commits[2], "9"),
        (account.commits[1], "8"),
        (account.commits[0], "3"),
    ]
    assert [each["until"] and each["until"]["revision"] for each in found["values"]] == [
        None,
        account.commits[2],
        account.commits[1],
    ]
    assert (found["name"], found["gone"]) == ("Effort", None)
    page = pages.page(account.cell("Ship it", "Hours"))
    [newest, _, oldest] = page.xpath("//tbody/tr")
    assert "now" in newest.text_content()
    assert "in Hours" in oldest.text_content()
    assert newest.xpath(f".//a[contains(@href, '/diff/{account.commits[1]}..{account.commits[2]}')]")
    assert newest.xpath(f".//a[contains(@href, 'at={account.commits[2]}')]")


def test_a_cell_that_a_formula_calculates(pages: Pages) -> None:
    assert _said(pages.json(pages.account.cell("Ship it", "Twice"))["values"]) == ["18", "16", "6"]
    assert "thisRow.Hours * 2" in pages.page(pages.account.cell("Ship it", "Twice")).text_content()


def test_a_cell_of_a_column_that_is_gone(pages: Pages) -> None:
    account = pages.account
    found = pages.json(account.cell("Ship it", "Note"))
    assert _said(found["values"]) == ["first, and more", "first"]
    assert (found["name"], found["gone"]["revision"]) == ("Note", account.commits[3])
    assert "The column is gone" in pages.page(account.cell("Ship it", "Note")).text_content()


def test_a_cell_of_a_row_that_is_gone(pages: Pages) -> None:
    account = pages.account
    found = pages.json(account.cell("rest", "Task"))
    assert _said(found["values"]) == ["rest"]
    assert found["gone"]["revision"] == found["values"][0]["until"]["revision"] == account.commits[3]
    assert "The row is gone" in pages.page(account.cell("rest", "Task")).text_content()


def test_a_cell_of_a_row_that_went_and_came_back(pages: Pages) -> None:
    account = pages.account
    found = pages.json(account.cell("Go", "Task"))
    assert [(each["revision"], each["value"]) for each in found["values"]] == [
        (account.commits[4], "Go"),
        (account.commits[0], "Go"),
    ]
    assert found["values"][1]["until"]["revision"] == account.commits[3]
    page = pages.page(account.cell("Go", "Task"))
    assert "until" in page.xpath("//tbody/tr")[1].text_content()


def test_a_picture_in_a_cell_is_that_of_its_revision(pages: Pages) -> None:
    account = pages.account
    page = pages.page(account.cell("Ship it", "Photo"))
    [source] = page.xpath("//td//img/@src")
    assert f"/at/{account.commits[0]}/docs/plans/assets/" in source
    assert pages.site.get(source, key="").status == 200
    [value] = _said(pages.json(account.cell("Ship it", "Photo"))["values"])
    assert value.startswith("photo.png (assets/")


def test_the_life_of_a_row(pages: Pages) -> None:
    account = pages.account
    found = pages.json(account.row("Ship it"))
    changes = [
        (each["revision"], each["what"], {cell["name"]: (cell["before"], cell["after"]) for cell in each["cells"]})
        for each in found["changes"]
    ]
    assert changes[:2] == [
        (account.commits[2], "changed", {"Effort": ("8", "9"), "Twice": ("16", "18")}),
        (
            account.commits[1],
            "changed",
            {"Hours": ("3", "8"), "Note": ("first", "first, and more"), "Twice": ("6", "16")},
        ),
    ]
    assert (changes[2][:2], len(changes)) == ((account.commits[0], "came"), 3)
    assert changes[2][2]["Task"] == ("", "Ship it")
    assert (found["gone"], found["values"][account.ids["Hours"]]) == (None, "9")
    told = {name: len(pages.json(account.cell("Ship it", name))["values"]) for name in ("Hours", "Task", "Twice")}
    assert {name: found["counts"][account.ids[name]] for name in told} == told == {"Hours": 3, "Task": 1, "Twice": 3}
    page = pages.page(account.row("Ship it"))
    [first, *_] = page.xpath("//table[@class='changes']//tr[th[@scope='row']]")
    assert [part.text_content() for part in first] == ["Effort", "8", "9"]
    assert page.xpath(f"//a[contains(@href, '/diff/{account.commits[1]}..{account.commits[2]}')]")
    assert f"rollback {account.doc} {account.id('Tasks')}" in page.text_content()


def test_a_row_that_is_gone_is_found_by_its_address(pages: Pages) -> None:
    account = pages.account
    found = pages.json(account.row("rest"))
    assert found["gone"]["revision"] == account.commits[3]
    assert found["values"][account.ids["Note"]] == "second"
    assert [each["what"] for each in found["changes"]] == ["went", "came"]
    assert "Gone since" in pages.page(account.row("rest")).text_content()
    before = pages.json(f"{account.row('rest')}?at={account.commits[1]}")
    assert (before["gone"], before["revision"]) == (None, account.commits[1])


def test_the_rows_that_a_table_has_no_more(pages: Pages) -> None:
    account = pages.account
    for at, names in ((None, ["10"]), (account.commits[3], ["20", "10"]), (account.commits[0], [])):
        page = pages.page(f"{account.item('Tasks')}?gone=1{f'&at={at}' if at else ''}")
        links = page.xpath("//section[@aria-labelledby='deleted']//a")
        assert sorted(link.text_content() for link in links) == sorted(names)
    assert (
        account.rows["rest"]
        in pages.page(f"{account.item('Tasks')}?gone=1").xpath("//ul[@class='deleted']//a/@href")[0]
    )
    assert not pages.page(account.item("Tasks")).xpath("//section[@aria-labelledby='deleted']")


def test_a_row_that_came_back(pages: Pages) -> None:
    account = pages.account
    assert [each["what"] for each in pages.json(account.row("Go"))["changes"]] == ["came back", "went", "came"]
    assert pages.json(account.row("Go"))["gone"] is None
    assert pages.json(account.row("Go"))["counts"][account.ids["Task"]] == 2
    between = pages.json(f"{account.row('Go')}?at={account.commits[3]}")
    assert between["gone"]["revision"] == account.commits[3]


def test_a_row_as_of_a_time(pages: Pages) -> None:
    account = pages.account
    found = pages.json(f"{account.row('Ship it')}?at={account.commits[0]}")
    assert (found["values"][account.ids["Hours"]], found["revision"]) == ("3", account.commits[0])
    page = pages.page(f"{account.cell('Ship it', 'Hours')}?at={account.commits[1]}")
    shown = page.xpath("//tbody/tr[.//span[@class='tag']]")
    assert len(shown) == 1
    assert "8" in shown[0].xpath("./td")[0].text_content()


def test_rows_of_a_table_that_is_gone(pages: Pages) -> None:
    [row] = pages.json(pages.account.item("Old"))["rows"]
    found = pages.json(f"{pages.account.item('Old')}/row/{row['id']}")
    assert (found["name"], found["gone"]["revision"]) == ("last words", pages.account.commits[3])


def test_a_row_by_the_address_of_a_view_is_that_of_its_table(pages: Pages) -> None:
    account = pages.account
    found = pages.json(f"{account.item('Open')}/row/{account.rows['Ship it']}")
    assert found == pages.json(account.row("Ship it"))


def test_what_never_was_is_not_there(pages: Pages) -> None:
    account = pages.account
    assert pages.site.get(f"{account.item('Tasks')}/row/i-never").status == 404
    assert pages.site.get(f"{account.item('Everything')}/row/{account.rows['Ship it']}").status == 404
    assert pages.site.get(f"{account.row('Ship it')}/column/c-never").status == 404


def test_rows_of_a_table_that_was_renamed(pages: Pages) -> None:
    account = pages.account
    item, column = account.item("Moved"), account.rows["Word"]
    stays = pages.json(f"{item}/row/{account.rows['stays']}/column/{column}")
    assert (stays["name"], _said(stays["values"]), stays["gone"]) == ("Word", ["stays"], None)
    changes = pages.json(f"{item}/row/{account.rows['changes']}")["changes"]
    assert [(each["revision"], [cell["name"] for cell in each["cells"]]) for each in changes] == [
        (account.commits[3], ["Word"]),
        (account.commits[0], ["Word"]),
    ]
    first = pages.json(f"{item}/row/{account.rows['stays']}?at={account.commits[0]}")
    assert first["values"] == {column: "stays"}


def test_a_row_with_an_odd_id_is_reached_by_its_link(pages: Pages) -> None:
    item = pages.account.item("Moved")
    for path in (item, f"{item}?page=1&sort=Word&q=odd"):
        link = pages.page(path).xpath("//tbody//th/a/@href")[-1 if path == item else 0]
        found = pages.site.get(link, key="")
        assert (found.status, "odd" in found.text) == (200, True)
