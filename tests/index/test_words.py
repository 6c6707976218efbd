"""What words find, and how places in an order stay."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
from coda_git_mirror.index.positions import placed
from coda_git_mirror.index.words import asked
from tests.index.pasts import ADoc, APage, files_of, write_past
from tests.index.test_increments import silent

FOUND = [
    ("refund", "Refunds within 30 days"),
    ("days refunds", "Refunds within 30 days"),
    ('"within 30"', "Refunds within **30** days"),
    ("cafe", "Le CAFÉ"),
    ("CAFÉ", "le cafe"),
    ("strasse", "Straße"),
    ("東京", "彼は東京都に住む"),
    ("ไทย", "ภาษาไทยง่าย"),
    ("학교", "학교에서"),
    ("مرحبا", "مَرْحَبًا"),
    ("2026-03-31", "on 2026-03-31"),
    ("a.b@c.org", "write to a.b@c.org now"),
]
NOT_FOUND = [
    ("refund", "a prefund"),
    ('"refund"', "refunds"),
    ('"30 within"', "within 30"),
    ("東都", "東京都"),
    ("30", "300"),
    ("one two", "one"),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Of a mirror with each of these texts on a page and in a row."""
    folder = tmp_path_factory.mktemp("words") / "mirror"
    texts = [text for _, text in [*FOUND, *NOT_FOUND]]
    page = APage("Words", "".join(f"{text}\n" for text in texts))
    rows = {f"i-{number}": text for number, text in enumerate(texts)}
    write_past(folder, [files_of({"d1": ADoc("Words", {"p1": page}, rows=rows)})])
    return Index.open(Repository.open(folder), silent)


def texts(index: Index, words: str, kind: str) -> list[str]:
    """The lines of the page, or the names of the rows, that are found."""
    return [hit.name if kind == "row" else hit.text for hit in index.search(words, "now") if hit.kind == kind]


@pytest.mark.parametrize(("words", "text"), FOUND)
def test_what_is_found(index: Index, words: str, text: str) -> None:
    assert asked(words).found_in(text)
    assert text in texts(index, words, "page")
    assert text in texts(index, words, "row")


@pytest.mark.parametrize(("words", "text"), NOT_FOUND)
def test_what_is_not_found(index: Index, words: str, text: str) -> None:
    assert not asked(words).found_in(text)
    assert text not in texts(index, words, "page")
    assert text not in texts(index, words, "row")


def test_no_words_ask_for_nothing() -> None:
    assert not asked(' "" -- * ')


@given(st.lists(st.integers(0, 9), unique=True), st.lists(st.lists(st.integers(0, 9), unique=True), max_size=6))
def test_places_stay(first: list[int], orders: list[list[int]]) -> None:
    """Places rise along the order; what only others come or go around does not move."""
    before = placed(first, {})
    order = first
    for following in orders:
        after = placed(following, before)
        assert list(after) == sorted(after, key=following.index)
        assert all(after[a] < after[b] for a, b in pairwise(following))
        if [each for each in following if each in before] == [each for each in order if each in after]:
            assert all(after[each] == before[each] for each in following if each in before)
        before, order = after, following
