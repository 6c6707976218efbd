"""What the mirror reads back: metadata, manifest and checksums."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.checksums import checksum_list, parse_checksum_list
from coda_git_mirror.format.manifest import (
    DocRecord,
    Manifest,
    NewerFormat,
    by_id,
    manifest_document,
    parse_manifest,
)
from coda_git_mirror.format.metadata import (
    Metadata,
    PageFiles,
    metadata_document,
    parse_metadata,
    stored_page_files,
    table_entry,
)
from coda_git_mirror.format.version import FIRST
from coda_git_mirror.model.content import Account, Doc, Page
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.model.page_tree import page_tree
from tests.format.strategies import chain, ids, names, page_lists, prop

records = st.builds(
    DocRecord,
    ids,
    names,
    ids.map("docs/{}".format),
    st.just(""),
    st.just(""),
    *[st.integers(0, 2**53)] * 5,
)
SALES = DocRecord("d1", "Sales CRM", "docs/sales-crm", "2024", "2025", pages=2, tables=1, rows=14, views=1, assets=3)
MANIFEST = Manifest(
    Account("ada@example.com", "Ada"), (SALES,), (Problem("page", "Sales CRM", "Notes", "export failed"),)
)


@prop
@given(st.lists(records, max_size=4), st.lists(st.builds(Problem, names, names, names, names), max_size=4))
def test_a_manifest_reads_back_in_the_order_that_it_is_stored_in(
    docs: list[DocRecord], problems: list[Problem]
) -> None:
    manifest = Manifest(Account("ada@example.com", "Ada \ud800"), tuple(docs), tuple(problems))
    read = parse_manifest(manifest_document(manifest))
    assert read.owner == manifest.owner
    assert sorted(map(repr, read.docs)) == sorted(map(repr, docs))
    assert list(read.problems) == sorted(problems)
    assert manifest_document(read) == manifest_document(manifest)


def test_a_manifest_names_the_totals_of_the_whole_mirror() -> None:
    stored = json.loads(manifest_document(MANIFEST))
    assert stored["format_version"] == 1.1
    assert stored["totals"] == {"docs": 1, "pages": 2, "tables": 1, "rows": 14, "views": 1, "assets": 3, "problems": 1}
    assert by_id(MANIFEST.docs) == {"d1": SALES}


def test_a_newer_format_is_recognised_whatever_else_it_holds() -> None:
    for version in ("2", "2.5", "1.2"):
        with pytest.raises(NewerFormat, match=rf"format {version}\)"):
            parse_manifest(b'{"format_version": %s, "something": "new"}' % version.encode())


def test_a_manifest_of_the_first_version_is_read_and_written_as_such() -> None:
    first = replace(MANIFEST, version=FIRST)
    assert json.loads(manifest_document(first))["format_version"] == 1
    assert parse_manifest(manifest_document(first)).version == FIRST


def damaged(**changes: Any) -> bytes:
    return json.dumps({**json.loads(manifest_document(MANIFEST)), **changes}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not JSON",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"{}",
        b"[" * 100_000,
        damaged(format_version="1"),
        damaged(format_version=True),
        damaged(format_version=None),
        damaged(format_version=0),
        damaged(format_version=-1),
        damaged(format_version=1e300),
        damaged(format_version=float("nan")),
        damaged(owner=[]),
        damaged(owner={"login": "x"}),
        damaged(owner={"login": "x", "name": None}),
        damaged(docs={}),
        damaged(docs=""),
        damaged(docs=[1]),
        damaged(docs=[[]]),
        damaged(docs=[{**vars(SALES), "rows": "14"}]),
        damaged(docs=[{**vars(SALES), "rows": True}]),
        damaged(docs=[{**vars(SALES), "path": None}]),
        damaged(problems=None),
        damaged(problems={"page": 1}),
        damaged(problems=["page"]),
    ],
)
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".*") as refusal:
        parse_manifest(content)
    assert not isinstance(refusal.value, NewerFormat)


@prop
@given(page_lists())
def test_metadata_reads_back_as_the_pages_of_the_tree(pages: list[Page]) -> None:
    tree = page_tree(pages)
    page_files = {page.id: PageFiles({".md": f"pages/{n}.md"}) for n, page in enumerate(pages) if n % 3}
    raw = {"contentType": "canvas", "new": {"unknown": [1]}}
    raws = [
        Page(page.id, page.name, page.created, page.parent, page.children, raw=raw | {"id": page.id}) for page in pages
    ]
    stored = parse_metadata(metadata_document(Metadata(Doc("d", "Doc"), page_tree(raws), page_files, ())))
    walked = [node for top in tree for node in top.walk()]
    assert list(stored.pages) == [node.page.id for node in walked]
    for node in walked:
        held = stored_page_files(stored.pages[node.page.id])
        assert held == page_files.get(node.page.id, PageFiles({}))
        assert stored.pages[node.page.id]["file"] == held.files.get(".md")
        assert stored.pages[node.page.id]["new"] == {"unknown": [1]}
        assert all(stored.pages[subpage.page.id]["parent"] == node.page.id for subpage in node.subpages)


def test_metadata_of_pages_nested_beyond_reason_reads_back() -> None:
    pages = [Page(page.id, page.name, parent=page.parent, raw={"id": page.id}) for page in chain(2_000)]
    stored = parse_metadata(metadata_document(Metadata(Doc("d", "Doc"), page_tree(pages), {}, ())))
    assert list(stored.pages) == [page.id for page in pages]


def test_metadata_keeps_the_doc_and_orders_tables_by_file() -> None:
    doc = Doc("d", "Doc", raw={"id": "d", "docSize": {"overApiSizeLimit": False}})
    tables = (
        table_entry({"id": "t2", "name": "B"}, "tables/b.csv", 2),
        table_entry({"id": "t3", "name": "C"}, None, None),
        table_entry({"id": "t1", "name": "A"}, "tables/a.csv", 0),
    )
    content = metadata_document(Metadata(doc, (), {}, tables))
    assert json.loads(content)["doc"] == doc.raw
    assert content == metadata_document(Metadata(doc, (), {}, tables[::-1]))
    stored = parse_metadata(content)
    assert set(stored.tables) == {"t1", "t2", "t3"}
    assert stored.tables["t2"] == {"id": "t2", "name": "B", "file": "tables/b.csv", "rowCount": 2}


def test_metadata_reads_back_with_files_links_views_assets_and_what_was_denied() -> None:
    files = {
        "p": PageFiles(
            {".md": "pages/p.md", ".html": "pages/p.html"}, {".md": {0: "https://x", 12: "u)"}, ".html": {3: "&amp;"}}
        ),
        "q": PageFiles({".md": "pages/q.md"}, {".md": {}}, plain=True),
        "r": PageFiles({".html": "pages/r.html"}),
    }
    pages = [Page(page_id, page_id, raw={"id": page_id}) for page_id in "pqrs"]
    views = (table_entry({"id": "v", "name": "V"}, "views/v.csv", 1), table_entry({"id": "w"}, None, None))
    assets = ({"id": "bl-2", "file": None}, {"id": "bl-1", "file": "assets/bl-1.png", "size": 7})
    extras = {"formulas": [{"id": "f", "value": 1}], "sharing": {"permissions": []}}
    doc = Doc("d", "Doc", raw={"id": "d", "name": "Doc"})
    metadata = Metadata(doc, page_tree(pages), files, (), views, assets, extras, ("sharing", "controls"))
    stored = parse_metadata(metadata_document(metadata))
    held = {page_id: stored_page_files(entry) for page_id, entry in stored.pages.items()}
    assert held == {**files, "q": replace(files["q"], originals={}), "s": PageFiles({})}
    assert {page_id: entry["file"] for page_id, entry in stored.pages.items()} == {
        "p": "pages/p.md",
        "q": "pages/q.md",
        "r": "pages/r.html",
        "s": None,
    }
    assert stored.views == {view["id"]: view for view in views}
    assert stored.assets == {asset["id"]: asset for asset in assets}
    assert (stored.extras, stored.denied, stored.doc) == (extras, ("controls", "sharing"), doc.raw)


originals = st.dictionaries(st.integers(0, 99), st.text(max_size=5), min_size=1, max_size=3)
page_files = st.builds(
    PageFiles,
    st.dictionaries(st.sampled_from([".md", ".html"]), ids),
    st.dictionaries(st.sampled_from([".md", ".html"]), originals),
    st.booleans(),
)


@prop
@given(st.dictionaries(ids, page_files, max_size=4), st.lists(ids, unique=True), st.dictionaries(ids, st.integers()))
def test_metadata_written_again_is_the_same(
    files: dict[str, PageFiles], denied: list[str], extras: dict[str, int]
) -> None:
    tree = page_tree([Page(page_id, "", raw={"id": page_id}) for page_id in files])
    metadata = Metadata(Doc("d", ""), tree, files, (), extras=extras, denied=tuple(denied))
    content = metadata_document(metadata)
    stored = parse_metadata(content)
    assert {page_id: stored_page_files(entry) for page_id, entry in stored.pages.items()} == files
    again = {page_id: stored_page_files(entry) for page_id, entry in stored.pages.items()}
    assert metadata_document(replace(metadata, pages=again, denied=stored.denied, extras=stored.extras)) == content


def test_what_is_the_mirrors_own_in_metadata_is_no_extras() -> None:
    extras = {"doc": 1, "pages": 2, "denied": 3}
    stored = parse_metadata(metadata_document(Metadata(Doc("d", ""), (), {}, (), extras=extras)))
    assert (stored.extras, stored.denied) == ({}, ())


def test_the_order_of_views_and_assets_is_that_of_their_files() -> None:
    views = tuple(table_entry({"id": view_id}, f"views/{view_id}.csv", 1) for view_id in "ab")
    assets = tuple({"id": asset_id, "file": f"assets/{asset_id}"} for asset_id in "ab")
    metadata = Metadata(Doc("d", ""), (), {}, (), views, assets, denied=("a", "b"))
    turned = replace(metadata, views=views[::-1], assets=assets[::-1], denied=("b", "a"))
    assert metadata_document(metadata) == metadata_document(turned)


PAGE: dict[str, Any] = {"id": "p", "file": None, "files": {}, "children": []}
TABLE = {"id": "t", "file": "tables/t.csv", "rowCount": 1}
SOUND: dict[str, Any] = {"doc": {}, "pages": [PAGE], "tables": [TABLE], "views": [TABLE], "assets": [], "denied": []}


def test_sound_metadata_is_accepted() -> None:
    assert set(parse_metadata(json.dumps(SOUND).encode()).views) == {"t"}


@pytest.mark.parametrize("metadata", [None, [], "text", {}])
def test_what_is_another_document_is_refused(metadata: Any) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_metadata(json.dumps(metadata).encode())


@pytest.mark.parametrize("name", SOUND)
def test_metadata_without_one_of_its_parts_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_metadata(json.dumps({key: value for key, value in SOUND.items() if key != name}).encode())


@pytest.mark.parametrize(
    "damage",
    [
        *({"pages": {}}, {"pages": ""}, {"pages": ["p"]}, {"pages": [[]]}, {"tables": {"t": TABLE}}),
        *({"views": None}, {"views": {"t": TABLE}}, {"assets": {}}, {"assets": [{"id": "a"}]}, {"doc": 7}),
        *({"denied": None}, {"denied": 7}),
        {"assets": [{"id": 1, "file": None}]},
        {"pages": [{**PAGE, "children": None}]},
        {"pages": [{**PAGE, "children": ""}]},
        {"pages": [{**PAGE, "file": 1}]},
        {"pages": [{**PAGE, "id": 1}]},
        {"pages": [{**PAGE, "files": None}]},
        {"pages": [{**PAGE, "files": {".md": None}}]},
        {"pages": [{**PAGE, "files": []}]},
        {"pages": [{**PAGE, "links": {".md": {"first": "u"}}}]},
        {"pages": [{**PAGE, "links": {".md": None}}]},
        {"pages": [{**PAGE, "links": {".md": {"0": None}}}]},
        {"pages": [{"id": "p", "children": []}]},
        {"pages": [{"id": "p", "file": None, "children": []}]},
        {"tables": [{**TABLE, "rowCount": None}]},
        {"tables": [{**TABLE, "rowCount": "1"}]},
        {"tables": [{**TABLE, "id": None}]},
        {"views": [{**TABLE, "rowCount": True}]},
    ],
    ids=str,
)
def test_what_is_no_metadata_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_metadata(json.dumps({**SOUND, **damage}).encode())


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"pages":' + b"[" * 100_000])
def test_what_is_no_json_is_no_metadata(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_metadata(content)


def test_sha256sum_accepts_the_list_of_checksums(tmp_path: Path) -> None:
    written = {"pages/notes.md": b"Notes\n", "tables/a.csv": b"", "README.md": "Übersicht".encode()}
    for path, content in written.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in written.items()}
    (tmp_path / "SHA256SUMS").write_bytes(checksum_list(digests))
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout == "README.md: OK\npages/notes.md: OK\ntables/a.csv: OK\n"


@prop
@given(st.dictionaries(st.from_regex(r"[a-z0-9_-]{1,9}(/[a-z0-9-]{1,9}\.[a-z]{2,5})?", fullmatch=True), st.binary()))
def test_checksums_read_back(contents: dict[str, bytes]) -> None:
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
    assert parse_checksum_list(checksum_list(digests)) == digests


def test_lines_of_another_form_are_passed_over() -> None:
    digest = "0" * 64
    lines = f"# a comment\n{digest}  good.md\n{digest} *binary.md\n{'z' * 64}  no-digest.md\n{digest}  \n\n{digest}"
    assert parse_checksum_list(lines.encode()) == {"good.md": digest}


def test_a_list_that_an_editor_gave_other_line_ends_is_read() -> None:
    assert parse_checksum_list(f"{'0' * 64}  good.md\r\n".encode()) == {"good.md": "0" * 64}
