"""Asset files are named by blob id and original name: lawful anywhere, unique, and the same tomorrow."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coda_git_mirror.format.asset_names import AssetName, asset_file_names, stub_file_name
from coda_git_mirror.mirror.lawful_paths import require_lawful

ID = "bl-7KxQ2mPz"


def named(name: str, mime: str = "", blob_id: str = ID) -> str:
    return asset_file_names({blob_id: AssetName(name, mime)})[blob_id]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("photo.png", "bl-7KxQ2mPz-photo.png"),
        ("photo.PNG", "bl-7KxQ2mPz-photo.png"),
        ("résumé.pdf", "bl-7KxQ2mPz-resume.pdf"),
        ("a.tar.gz", "bl-7KxQ2mPz-a.tar.gz"),
        (".tar.gz", "bl-7KxQ2mPz-tar.gz"),
        ("my.notes.v2.txt", "bl-7KxQ2mPz-my-notes-v2.txt"),
        (".htaccess", "bl-7KxQ2mPz-htaccess"),
        ("CON.txt", "bl-7KxQ2mPz-con-untitled.txt"),
        ("Report 3.5", "bl-7KxQ2mPz-report-3-5"),
        ("archive.7z", "bl-7KxQ2mPz-archive.7z"),
        ("Dr. Who", "bl-7KxQ2mPz-dr-who"),
        ("../../x", "bl-7KxQ2mPz-x"),
        ("..\\..\\x.sh", "bl-7KxQ2mPz-x.sh"),
        ("x.", "bl-7KxQ2mPz-x"),
        ("x.p\nng", "bl-7KxQ2mPz-x-p-ng"),
        ("photo.png\u202egpj", "bl-7KxQ2mPz-photo-pnggpj"),
        ("  ", "bl-7KxQ2mPz"),
        ("", "bl-7KxQ2mPz"),
        ("写真.jpg", "bl-7KxQ2mPz-xie-zhen.jpg"),
    ],
)
def test_a_name_says_what_the_file_was_called(name: str, expected: str) -> None:
    assert named(name) == expected


@pytest.mark.parametrize(
    ("name", "mime", "expected"),
    [
        ("", "image/heic", "bl-7KxQ2mPz.heic"),
        ("photo", "image/svg+xml; charset=utf-8", "bl-7KxQ2mPz-photo.svg"),
        ("photo", "VIDEO/MP4", "bl-7KxQ2mPz-photo.mp4"),
        ("photo.jpeg", "image/png", "bl-7KxQ2mPz-photo.jpeg"),
        ("photo", "image/../../x", "bl-7KxQ2mPz-photo"),
    ],
)
def test_the_type_gives_an_extension_where_the_name_has_none(name: str, mime: str, expected: str) -> None:
    assert named(name, mime) == expected


def test_a_long_name_gives_way_to_id_and_extension() -> None:
    name = named("n" * 300 + ".jpeg")
    assert re.fullmatch(rf"{ID}-n+\.jpeg", name)
    assert len(stub_file_name(name)) == 80


@pytest.mark.parametrize(
    "blob_id", ["", "bl-", "-rf", "CON", "bl-a/../b", "bl-ä", "bl-" + "a" * 300, "bl-a.b", "bl-\0"]
)
def test_an_id_of_another_form_is_replaced_by_its_digest(blob_id: str) -> None:
    assert re.fullmatch(r"blob-[0-9a-f]{16}-photo\.png", named("photo.png", blob_id=blob_id))


@pytest.mark.parametrize("blob_id", ["bl-_a", "bl--a-", "bl-a_", "bl-" + "a" * 37])
def test_an_id_of_codas_stays_as_it_is(blob_id: str) -> None:
    assert named("photo.png", blob_id=blob_id).startswith(f"{blob_id}-p")


def test_ids_that_differ_in_case_only_get_different_files() -> None:
    photo = AssetName("photo.png")
    names = asset_file_names({"bl-ab": photo, "bl-AB": photo, "bl-aB": photo})
    assert names["bl-AB"] == "bl-AB-photo.png"
    assert re.fullmatch(r"bl-aB-photo-[0-9a-f]{6}\.png", names["bl-aB"])
    assert re.fullmatch(r"bl-ab-photo-[0-9a-f]{6}\.png", names["bl-ab"])


def test_an_id_that_continues_in_a_name_meets_no_other() -> None:
    names = asset_file_names({"bl-a": AssetName("b-c.png"), "bl-a-b": AssetName("c.png")})
    assert len(set(names.values())) == 2


def test_siblings_that_do_not_meet_change_nothing() -> None:
    alone = named("photo.png")
    others = {f"bl-{number}": AssetName("photo.png") for number in range(100)}
    assert asset_file_names({ID: AssetName("photo.png"), **others})[ID] == alone


IDS = st.one_of(st.text(), st.from_regex(r"bl-[aAbB_-]{1,3}", fullmatch=True))
NAMES = st.builds(AssetName, st.one_of(st.text(), st.sampled_from(["a.png", "A.PNG", "b-a.png"])), st.text())


@given(assets=st.dictionaries(IDS, NAMES, max_size=8))
@example(assets={"bl-a\ud800": AssetName("\ud800.png"), "": AssetName("\0")})
def test_any_ids_and_names_give_lawful_and_distinct_files(assets: dict[str, AssetName]) -> None:
    names = asset_file_names(assets)
    both = [*names.values(), *map(stub_file_name, names.values())]
    for name in both:
        require_lawful(f"docs/crm/assets/{name}")
        assert len(name) <= 80
        assert name.isascii()
    assert len({name.casefold() for name in both}) == 2 * len(assets)
    assert asset_file_names(dict(reversed(assets.items()))) == names
