from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.changes.words import compare_texts, compare_words
from coda_git_mirror.model.differences import Passage, Piece
from tests.format.strategies import prop

texts = st.lists(st.sampled_from(["a b\n", "a c\n", "\n", "- item\n", "x", "é 1\n", " ", "\r"]), max_size=12).map(
    "".join
)


def rebuilt(old: str, passages: tuple[Passage, ...]) -> str:
    """The newer text, from the older one and what is told of the way to it."""
    rest, new = old.splitlines(keepends=True), ""
    for passage in passages:
        while len(new.splitlines()) < passage.line - 1:
            new += rest.pop(0)
        gone = "".join(piece.text for piece in passage.pieces if piece.operation != "+")
        new += "".join(piece.text for piece in passage.pieces if piece.operation != "-")
        held = "".join(rest)
        assert held.startswith(gone)
        rest = held[len(gone) :].splitlines(keepends=True)
    return new + "".join(rest)


@prop
@given(texts, texts)
def test_what_is_told_makes_the_newer_text_of_the_older_one(old: str, new: str) -> None:
    assert rebuilt(old, compare_texts(old, new)) == new
    assert compare_texts(old, old) == ()


@prop
@given(texts, texts)
def test_words_make_both_texts(old: str, new: str) -> None:
    pieces = compare_words(old, new)
    assert "".join(piece.text for piece in pieces if piece.operation != "+") == old
    assert "".join(piece.text for piece in pieces if piece.operation != "-") == new


def test_only_the_words_that_differ_are_told() -> None:
    old = "One.\n\nThe spare toner is behind the blue door.\n\nLast.\n"
    [passage] = compare_texts(old, old.replace("blue", "very old green"))
    assert passage.line == 3
    assert passage.pieces == (
        Piece("=", "The spare toner is behind the "),
        Piece("-", "blue"),
        Piece("+", "very old green"),
        Piece("=", " door.\n"),
    )


def test_texts_that_have_little_in_common_are_told_as_a_whole() -> None:
    [passage] = compare_texts("Nothing of this.\n", "All, anew: 7 * 6 = 42?\n")
    assert [piece.operation for piece in passage.pieces] == ["-", "+"]


@pytest.mark.parametrize("line", ["word {} and more\n", "\n", "same\n"])
def test_a_long_text_is_compared_in_bounded_time(line: str) -> None:
    old = "".join(line.format(number) for number in range(20_000))
    new = "".join(line.format(number if number % 100 else "other") for number in range(20_300))
    begun = time.process_time()
    assert compare_texts(old, new)
    assert compare_words(old, new) == (Piece("-", old), Piece("+", new))
    assert time.process_time() - begun < 5
