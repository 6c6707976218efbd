from __future__ import annotations

import random
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.paths import (
    LONGEST_NAME,
    LONGEST_PATH,
    doc_addresses,
    doc_folders,
    file_names,
    instant_key,
    slug,
)
from coda_git_mirror.mirror.lawful_paths import require_lawful
from coda_git_mirror.model.content import Doc, Outline, Page, Table
from tests.format.strategies import HOSTILE_NAMES, chain, ids, instants, names, page_lists, prop
from tests.support import PROJECT

LAWFUL_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
WINDOWS_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}

docs = st.lists(st.builds(Doc, ids, names, instants), max_size=10, unique_by=lambda doc: doc.id)


def require_portable(name: str) -> None:
    assert LAWFUL_NAME.fullmatch(name)
    assert len(name) <= LONGEST_NAME
    assert name not in WINDOWS_DEVICES
    require_lawful(f"docs/{name}/pages/{name}.md")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_name_becomes_a_file_name_for_every_system(name: str) -> None:
    require_portable(slug(name))


@prop
@given(st.text() | st.from_regex(r"&#x?[0-9a-f]{1,30};"), st.integers(12, LONGEST_NAME))
def test_any_text_becomes_a_short_file_name_for_every_system(name: str, longest: int) -> None:
    require_portable(slug(name, longest))
    assert len(slug(name, longest)) <= longest


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Sales CRM", "sales-crm"),
        ("Notes", "notes"),
        ("Weekly review (2024)!", "weekly-review-2024"),
        ("Über Straße", "uber-strasse"),
        ("日本語", "ri-ben-yu"),
        ("🎉", "untitled"),
        ("", "untitled"),
        ("con", "con-untitled"),
        ("COM1", "com1-untitled"),
        ("nul", "nul-untitled"),
        (".git", "git"),
        ("../up", "up"),
        ("x" * 300, "x" * 80),
    ],
)
def test_file_names_as_people_expect_them(name: str, file: str) -> None:
    assert slug(name) == file


def test_another_transliteration_on_the_machine_changes_no_name() -> None:
    other = "import sys, types; module = types.ModuleType('unidecode'); module.unidecode = lambda text: 'other'"
    code = (
        f"{other}; sys.modules['unidecode'] = module; from coda_git_mirror.format.paths import slug; print(slug('Ü'))"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert answer.stdout == "u\n"


def test_the_oldest_keeps_the_plain_name_whatever_the_notation_of_its_time() -> None:
    older = Doc("z", "Plan", "2024-01-01T00:30:00+01:00")
    younger = Doc("a", "Plan", "2024-01-01T00:00:00Z")
    found = file_names([younger, older])
    assert found["z"] == "plan"
    assert re.fullmatch(r"plan-[0-9a-f]{6}", found["a"])


def test_of_equal_ages_the_smaller_id_keeps_the_plain_name() -> None:
    found = file_names([Doc("b", "Plan", "2024-01-01T00:00:00Z"), Doc("a", "plan!", "2024-01-01T01:00:00.000+01:00")])
    assert found["a"] == "plan"
    assert found["b"] != "plan"


def test_an_item_without_a_time_gives_way_to_one_with_a_time() -> None:
    assert file_names([Doc("a", "Plan"), Doc("b", "Plan", "2024-01-01T00:00:00Z")])["b"] == "plan"


def test_ids_that_differ_in_case_only_get_names_that_differ_in_more() -> None:
    found = file_names([Doc("AbC", "x"), Doc("aBc", "x"), Doc("abc", "x")])
    assert len({name.casefold() for name in found.values()}) == 3


def test_a_name_that_looks_like_a_younger_siblings_ending_is_no_collision() -> None:
    first, second = Doc("a", "Plan", "2024-01-01"), Doc("b", "Plan", "2024-01-02")
    taken = file_names([first, second])["b"]
    found = file_names([first, second, Doc("c", taken, "2024-01-03"), Doc("d", taken, "2023-01-01")])
    assert len(set(found.values())) == 4
    assert found["d"] == taken


@prop
@given(docs)
def test_siblings_have_different_lawful_names_in_any_order_of_listing(siblings: list[Doc]) -> None:
    found = file_names(siblings)
    assert found == file_names(reversed(siblings))
    assert len({name.casefold() for name in found.values()}) == len(siblings)
    for name in found.values():
        require_portable(name)


@prop
@given(docs, st.integers(12, 80))
def test_a_younger_sibling_changes_no_other_name(siblings: list[Doc], longest: int) -> None:
    ordered = sorted(siblings, key=lambda doc: (instant_key(doc.created), doc.id))
    known: dict[str, str] = {}
    for number in range(1, len(ordered) + 1):
        found = file_names(ordered[:number], longest)
        assert known.items() <= found.items()
        assert all(len(name) <= longest for name in found.values())
        known = found


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000Z"),
        ("2024-01-01T00:00:00Z", "2024-01-01T02:00:00+02:00"),
        ("2024-01-01T00:00:00", "2024-01-01T00:00:00Z"),
        ("", "soon"),
        ("9999-12-31T23:59:59-05:00", ""),
        ("0001-01-01T00:00:00+05:00", ""),
        ("2024-01-01T23:59:59.120Z", "2024-01-01T23:59:59.12+00:00"),
        ("2024-01-01T00:00:00.000Z", "2024-W01-1T00:00:00.000Z"),
        ("2024-02-29T12:00:00.123Z", "2024-02-29T12:00:00,123Z"),
        ("2023-02-29T12:00:00.123Z", ""),
        ("2024-01-01T00:00:60.000Z", ""),
        ("2024-01-01T00:00:00.000Z\n", ""),
    ],
)
def test_one_instant_in_two_notations_is_one_instant(first: str, second: str) -> None:
    assert instant_key(first) == instant_key(second)


def test_instants_sort_by_time_also_in_the_first_millennium_and_garbage_last() -> None:
    ordered = ["0012-01-01T00:00:00Z", "0999-01-01", "2024-01-01T00:00:00+10:00", "2024-01-01T00:00:00Z", "garbage"]
    assert sorted(random.Random(1).sample(ordered, 5), key=instant_key) == ordered


def addresses_of(pages: list[Page], doc_name: str = "Doc", tables: tuple[Table, ...] = ()) -> dict[str, str]:
    doc = Doc("doc", doc_name)
    folder = doc_folders([doc])["doc"]
    found = doc_addresses(folder, Outline(doc, tuple(pages), tables))
    paths = {page.id: f"{folder}/{found.page(page.id, '.jsonl')}" for page in pages}
    return paths | {table.id: f"{folder}/{found.table(table.id, '.jsonl')}" for table in tables}


def test_subpages_lie_in_the_folder_beside_their_parents_file() -> None:
    pages = [Page("n", "Notes", children=("w",)), Page("w", "Weekly review", parent="n")]
    found = doc_addresses("docs/sales-crm", Outline(Doc("d", "Sales CRM"), tuple(pages), (Table("t", "Tasks"),)))
    assert found.page("n", ".md") == "pages/notes.md"
    assert found.page("w", ".md") == "pages/notes/weekly-review.md"
    assert found.table("t", ".csv") == "tables/tasks.csv"


@pytest.mark.parametrize("name", ["x" * 300, "a", "日本語" * 100, "con"])
def test_pages_nested_thirty_deep_with_long_names_stay_below_the_longest_path(name: str) -> None:
    paths = addresses_of(chain(30, name), "d" * 300, (Table("t", "t" * 300),))
    assert len({path.casefold() for path in paths.values()}) == 31
    for path in paths.values():
        require_lawful(path)
        assert len(path) <= LONGEST_PATH


def test_pages_nested_beyond_reason_have_lawful_paths() -> None:
    paths = addresses_of(chain(2_000, "a"))
    assert len(set(paths.values())) == 2_000
    for path in paths.values():
        require_lawful(path)


def test_a_page_lies_in_its_parents_folder_while_that_is_possible() -> None:
    paths = addresses_of(chain(30, "page"))
    for number in range(1, 30):
        parent = paths[f"p{number - 1}"].removesuffix(".jsonl")
        assert paths[f"p{number}"] == f"{parent}/page.jsonl" or len(parent) > LONGEST_PATH - 25


def test_no_name_collides_with_a_page_that_is_nested_too_deeply() -> None:
    pages = chain(60, "page" * 20)
    deep = {path for path in addresses_of(pages).values() if "/deep" in path}
    assert deep
    usurpers = [Page(f"u{path}", path.rsplit("/", 1)[1].removesuffix(".jsonl")) for path in deep]
    assert len(set(addresses_of([*usurpers, *pages]).values())) == len(usurpers) + len(pages)


@prop
@given(page_lists(), names)
def test_pages_of_any_shape_have_different_lawful_paths(pages: list[Page], doc_name: str) -> None:
    paths = addresses_of(pages, doc_name)
    assert len({path.casefold() for path in paths.values()}) == len(pages)
    for path in paths.values():
        require_lawful(path)


@prop
@given(page_lists(), names)
def test_a_younger_page_moves_no_other(pages: list[Page], name: str) -> None:
    old = [page if instant_key(page.created) < "2026" else replace(page, created="2020-01-01") for page in pages]
    newcomer = Page("new", name, "2026-01-01T00:00:00Z", old[0].id if old else None)
    assert addresses_of(old).items() <= addresses_of([newcomer, *old]).items()
