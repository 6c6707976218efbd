"""What words find, and how places in an order stay."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.index.positions import placed
from coda_git_mirror.index.words import asked


@pytest.mark.parametrize(
    ("words", "text"),
    [
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
    ],
)
def test_what_is_found(words: str, text: str) -> None:
    assert asked(words).found_in(text)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("refund", "a prefund"),
        ('"refund"', "refunds"),
        ('"30 within"', "within 30"),
        ("東都", "東京都"),
        ("30", "300"),
        ("one two", "one"),
    ],
)
def test_what_is_not_found(words: str, text: str) -> None:
    assert not asked(words).found_in(text)


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
