"""Long pages that were rewritten: what is marked in them, and that it costs no more than they are long.

It is faults.md, row 126.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.changes.alignment import common_runs
from coda_git_mirror.changes.words import compare_texts, compare_words
from coda_git_mirror.model.differences import Passage, Piece
from tests.changes.test_words import rebuilt
from tests.format.strategies import prop

VOCABULARY = [f"word{number}" for number in range(3_000)]
FEW_WORDS = ["the", "a", "of", "and", "cat", "dog", "ran", "sat", "on", "mat"]


def paragraphs(count: int, seed: int = 0, words: list[str] = VOCABULARY) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choices(words, k=40)) + "." for _ in range(count)]


def with_one_other_word(paragraph: str, place: int = 20) -> str:
    words = paragraph.split(" ")
    return " ".join([*words[:place], "EDITED", *words[place + 1 :]])


def page(paragraphs: list[str], between: str = "\n\n") -> str:
    return between.join(paragraphs) + "\n"


def told(passages: tuple[Passage, ...], operation: str) -> list[str]:
    return [piece.text for passage in passages for piece in passage.pieces if piece.operation == operation]


@pytest.mark.parametrize("between", ["\n\n", "\n"])
@pytest.mark.parametrize("words", [VOCABULARY, FEW_WORDS])
def test_one_word_is_marked_in_each_paragraph_where_all_of_them_changed(between: str, words: list[str]) -> None:
    old = paragraphs(1_400, words=words)
    new = [with_one_other_word(each, number % 39) for number, each in enumerate(old)]
    passages = compare_texts(page(old, between), page(new, between))
    assert [passage.line for passage in passages] == [1 + number * len(between) for number in range(1_400)]
    assert [come.strip() for come in told(passages, "+")] == ["EDITED"] * 1_400
    if words is VOCABULARY:
        assert told(passages, "-") == [each.split(" ")[number % 39] for number, each in enumerate(old)]


def test_paragraphs_that_came_between_rewritten_ones_are_told_apart() -> None:
    old, others = paragraphs(200), paragraphs(30, seed=1)
    new = [with_one_other_word(each, 38) for each in old]
    passages = compare_texts(page(old), page([*new[:100], *others, *new[100:]]))
    whole = [passage for passage in passages if len(passage.pieces) == 1]
    assert [passage.pieces[0].text.split("\n\n") for passage in whole] == [[*others, ""]]
    assert len(passages) == 201
    back = compare_texts(page([*new[:100], *others, *new[100:]]), page(old))
    assert [piece.text.split("\n\n") for piece in max(back, key=lambda each: len(each.pieces[0].text)).pieces] == [
        [*others, ""]
    ]


def test_paragraphs_of_which_nothing_stayed_stand_beside_one_another() -> None:
    old, new = paragraphs(50), paragraphs(50, words=[word.upper() for word in VOCABULARY])
    passages = compare_texts(page(old), page(new))
    assert [passage.pieces for passage in passages] == [
        (Piece("-", f"{was}\n"), Piece("+", f"{now}\n")) for was, now in zip(old, new, strict=True)
    ]


def test_of_paragraphs_in_another_order_as_many_as_can_be_stayed() -> None:
    old = paragraphs(100)
    [moved] = compare_texts(page([old[70], *old[:70], *old[71:]]), page(old))[-1:]
    assert moved.pieces == (Piece("+", f"{old[70]}\n\n"),)


def test_a_list_item_that_came_beside_a_changed_one_is_told_whole() -> None:
    old = "- buy the milk today\n- walk the dog\n"
    new = "- buy the milk tomorrow\n- call the bank\n- walk the old dog\n"
    assert [passage.pieces for passage in compare_texts(old, new)] == [
        (Piece("=", "- buy the milk "), Piece("-", "today"), Piece("+", "tomorrow"), Piece("=", "\n")),
        (Piece("+", "- call the bank\n"),),
        (Piece("=", "- walk the "), Piece("+", "old "), Piece("=", "dog\n")),
    ]


def test_a_word_is_found_in_a_paragraph_of_200_000_words() -> None:
    words = " ".join(paragraphs(5_000))
    [passage] = compare_texts(words, with_one_other_word(words, 123_456))
    assert passage.pieces[1:3] == (Piece("-", words.split(" ")[123_456]), Piece("+", "EDITED"))


def test_a_paragraph_that_was_cut_in_two_stayed() -> None:
    old = "The toner is behind the door. The paper is on the shelf.\n"
    [passage] = compare_texts(old, old.replace(". The", ".\n\nThe"))
    assert passage.pieces == (
        Piece("=", "The toner is behind the door."),
        Piece("-", " "),
        Piece("+", "\n\n"),
        Piece("=", "The paper is on the shelf.\n"),
    )


@pytest.mark.parametrize(
    ("old", "new", "gone", "come"),
    [
        ("明日の会議は午後三時に始まります", "明日の会議は午前十時に始まります", ["後三"], ["前十"]),
        ("การประชุมเริ่มพรุ่งนี้", "การประชุมเริ่มวันนี้", ["พรุ่ง"], ["วัน"]),
        ("नमस्ते दुनिया फिर", "नमस्कार दुनिया फिर", ["नमस्ते"], ["नमस्कार"]),
        ("cafe\u0301 noir ici", "cafe\u0300 noir ici", ["cafe\u0301"], ["cafe\u0300"]),
        ("done 👩‍🚀 by us", "done 👨‍🚀 by us", ["👩‍🚀"], ["👨‍🚀"]),
        ("from 🇩🇪 to here", "from 🇩🇰 to here", ["🇩🇪"], ["🇩🇰"]),
        ("<p>one</p><p>two</p>", "<p>one</p><p>three</p>", ["two"], ["three"]),
    ],
)
def test_what_a_person_would_mark(old: str, new: str, gone: list[str], come: list[str]) -> None:
    passages = compare_texts(old, new)
    assert (told(passages, "-"), told(passages, "+")) == (gone, come)


def test_letters_that_stayed_by_chance_among_others_are_not_told_apart() -> None:
    pieces = compare_words("春の海はひねもす静かに光る", "春の海では一日中波が高く荒れていた")
    assert [piece.operation for piece in pieces] in (["=", "-", "+"], ["-", "+"])


WORDS = st.sampled_from(
    ["a", "b ", "the ", ". ", "\n", "\n\n", "  ", "文", "字", "- ", "\r\n", "\u2028", "e\u0301", "👩‍🚀"]
)
TEXTS = st.lists(WORDS, max_size=40).map("".join)


@prop
@given(TEXTS, TEXTS)
def test_pieces_make_both_texts(old: str, new: str) -> None:
    passages = compare_texts(old, new)
    assert rebuilt(old, passages) == new
    assert all(len({piece.operation for piece in passage.pieces} - {"="}) > 0 for passage in passages)
    pieces = compare_words(old, new)
    assert "".join(piece.text for piece in pieces if piece.operation != "+") == old
    assert "".join(piece.text for piece in pieces if piece.operation != "-") == new


@prop
@given(st.lists(st.integers(0, 5), max_size=30), st.lists(st.integers(0, 5), max_size=30))
def test_runs_are_in_order_and_as_long_as_they_can_be(old: list[int], new: list[int]) -> None:
    runs = common_runs(old, new)
    ends = [(0, 0), *((run.old + run.length, run.new + run.length) for run in runs)]
    for run, (a, c) in zip(runs, ends, strict=False):
        assert run.old >= a
        assert run.new >= c
        assert (run.old, run.new) != (a, c) or a == c == 0
        assert old[run.old : run.old + run.length] == new[run.new : run.new + run.length] != []


@contextmanager
def counting_lines() -> Iterator[list[int]]:
    """How many lines of Python run meanwhile, as its only element."""
    count = [0]

    def stepped(_: FrameType, event: str, __: Any) -> Any:
        count[0] += event == "line"
        return stepped

    before = sys.gettrace()
    sys.settrace(stepped)
    try:
        yield count
    finally:
        sys.settrace(before)


def shuffled(texts: list[str]) -> list[str]:
    return random.Random(1).sample(texts, len(texts))


SHAPES: dict[str, Callable[[int], tuple[str, str]]] = {
    "one word in each": lambda n: (page(paragraphs(n)), page(list(map(with_one_other_word, paragraphs(n))))),
    "all words": lambda n: (page(paragraphs(n)), page(paragraphs(n, seed=1))),
    "all of few words": lambda n: (page(paragraphs(n, 0, FEW_WORDS)), page(paragraphs(n, 1, FEW_WORDS))),
    "another order": lambda n: (page(paragraphs(n)), page(shuffled(paragraphs(n)))),
    "one paragraph": lambda n: (" ".join(paragraphs(n)), " ".join(map(with_one_other_word, paragraphs(n)))),
    "one paragraph, all words": lambda n: (" ".join(paragraphs(n)), " ".join(paragraphs(n, seed=1))),
    "paragraphs made one": lambda n: (page(paragraphs(n)), " ".join(map(with_one_other_word, paragraphs(n)))),
    "lines of few kinds": lambda n: (page(" ".join(paragraphs(n // 10, 0, FEW_WORDS)).split()), page(FEW_WORDS * n)),
    "equal lines and others": lambda n: ("same\nother\n" * n, "same\nthird\nother\n" * n),
    "signs": lambda n: ("!?" * 5 * n, "?" * 5 * n + "!"),
    "minified HTML": lambda n: (
        "".join(f"<p><b>{each}</b></p>" for each in paragraphs(n)),
        "".join(f"<p><i>{with_one_other_word(each)}</i></p>" for each in paragraphs(n)),
    ),
    "Chinese": lambda n: (
        "".join(chr(0x4E00 + number * 7 % 1_009) for number in range(40 * n)),
        "".join(chr(0x4E00 + number * 7 % 1_013) for number in range(40 * n)),
    ),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_the_work_is_bounded_by_the_length(shape: Callable[[int], tuple[str, str]]) -> None:
    """Lines of code that are run, which are as many on every machine; by pairs of paragraphs they would be billions."""
    old, new = shape(300)
    with counting_lines() as count:
        assert compare_texts(old, new)
    assert count[0] < 4_000_000 + 10 * (len(old) + len(new))


def test_a_paragraph_at_the_end_comes_with_the_blank_line_before_it() -> None:
    [passage] = compare_texts("One.\n", "One.\n\nTwo.\n")
    assert passage == Passage(2, (Piece("+", "\nTwo.\n"),))
    [passage] = compare_texts("One.\n\nTwo.\n", "One.\n")
    assert passage == Passage(2, (Piece("-", "\nTwo.\n"),))


def test_of_enormous_texts_the_lines_that_differ_are_told_whole() -> None:
    old, new = ("\n".join(f"{word} {'x' * 990}" for _ in range(4_000)) for word in ("old", "new"))
    passages = compare_texts(f"same\n{old}\n", f"same\n{new}\n")
    assert len(passages) == 4_000
    assert [piece.operation for piece in passages[-1].pieces] == ["-", "+"]
