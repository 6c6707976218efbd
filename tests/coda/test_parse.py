"""Coda's JSON as values, freed from noise; whatever else it holds stays."""

from __future__ import annotations

from typing import Any

import pytest

from coda_git_mirror.coda.origin import ApiOrigin
from coda_git_mirror.coda.parse import Parser

API = "http://127.0.0.1:8123"
PARSER = Parser(ApiOrigin.parse(f"{API}/apis/v1"))
CANONICAL = "https://coda.io/d/Doc_dX/Page_su1#_tugrid-X/_rui-Y"


@pytest.mark.parametrize(
    "host",
    [
        "https://coda.io",
        "https://docs.superhuman.com",
        "https://www.coda.io",
        "http://coda.io",
        "HTTPS://Docs.Superhuman.COM",
        "https://coda.io:443",
        API,
    ],
)
def test_every_host_of_codas_is_one(host: str) -> None:
    link = host + CANONICAL.removeprefix("https://coda.io")
    assert PARSER.page({"id": "p", "browserLink": link}).raw == {"id": "p", "browserLink": CANONICAL}


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/d/x",
        "https://coda.io.evil.example/d/x",
        "https://coda.io@evil.example/d/x",
        "https://user@coda.io/d/x",
        "https://notcoda.io/d/x",
        "http://127.0.0.1:81/d/x",
        "http://127.0.0.1:81234/d/x",
        "http://[bad/d/x",
        "https://co\nda.io/d/x",
        " https://coda.io/d/x",
        "ftp://coda.io/d/x",
        "https:///d/x",
        "//coda.io/d/x",
        "coda.io/d/x",
        "mailto:a@coda.io",
        "\ud800",
        "",
        None,
        7,
        {"odd": "shape"},
    ],
)
def test_every_other_link_stays_as_it_is(link: Any) -> None:
    raw = PARSER.doc({"id": "d", "browserLink": link}).raw
    assert raw["browserLink"] == link


def test_a_links_rest_is_kept_to_the_letter() -> None:
    rest = "/d/ü_d%2F?a=b&&#\n\t#x"
    assert PARSER.doc({"id": "d", "browserLink": "https://docs.superhuman.com" + rest}).raw == {
        "id": "d",
        "browserLink": "https://coda.io" + rest,
    }
    assert PARSER.doc({"id": "d", "browserLink": "https://docs.superhuman.com"}).raw["browserLink"] == "https://coda.io"


def test_addresses_of_the_api_are_dropped_everywhere_and_unknown_keys_kept() -> None:
    page = {
        "id": "p",
        "href": f"{API}/apis/v1/docs/d/pages/p",
        "novelty": {"href": "x", "deep": [{"href": "y", "browserLink": "https://docs.superhuman.com/d/z", "n": 1}]},
        "parent": {"id": "q", "href": "z"},
        "contentType": "hologram",
    }
    parsed = PARSER.page(page)
    assert parsed.raw == {
        "id": "p",
        "novelty": {"deep": [{"browserLink": "https://coda.io/d/z", "n": 1}]},
        "parent": {"id": "q"},
        "contentType": "hologram",
    }
    assert (parsed.parent, parsed.content_type) == ("q", "hologram")


@pytest.mark.parametrize(
    "odd", [{}, {"name": None, "createdAt": 7, "parent": None, "children": None, "contentType": None, "format": None}]
)
def test_missing_and_odd_optional_fields_are_tolerated(odd: dict[str, Any]) -> None:
    item = {"id": "x", **odd}
    doc, page, table, column = PARSER.doc(item), PARSER.page(item), PARSER.table(item), PARSER.column(item)
    assert {doc.name, page.name, table.name, column.name} == {""}
    assert (page.parent, page.children, page.content_type, column.kind) == (None, (), "canvas", "")
    assert (doc.created, doc.updated) == ("", "")


def test_a_page_knows_its_place() -> None:
    children = [{"id": "a"}, {"id": ""}, {"name": "no id"}, "b", None, {"id": "c"}]
    page = PARSER.page({"id": "p", "parent": {"id": "top", "name": "Top"}, "children": children})
    assert (page.parent, page.children) == ("top", ("a", "c"))


def test_references_to_rows_name_one_host_and_values_stay_what_they_are() -> None:
    def reference(host: str) -> dict[str, Any]:
        return {
            "@context": "http://schema.org/",
            "@type": "StructuredValue",
            "url": f"{host}/d/_dX#_tugrid-1/_rui-2",
            "tableUrl": f"{host}/d/_dX#_tugrid-1",
            "name": "Ada \ud800",
            "rowId": "i-2",
        }

    kept = [
        "```https://docs.superhuman.com/d/x```",
        {"@type": "WebPage", "url": "https://docs.superhuman.com/d/x"},
        {"@type": "ImageObject", "url": f"{API}/blobs/bl-1", "href": "kept"},
        {"@type": "StructuredValue", "name": "no links"},
        {"@type": ["odd"]},
        10**40,
        1e-7,
        None,
        [],
    ]
    other = reference("https://docs.superhuman.com")
    row = {"id": "r", "values": {"c-1": [[other], kept], "c-2": other}, "href": "x"}
    same = reference("https://coda.io")
    assert PARSER.row(row) == {"id": "r", "values": {"c-1": [[same], kept], "c-2": same}, "href": "x"}
    assert other["url"].startswith("https://docs.superhuman.com")
