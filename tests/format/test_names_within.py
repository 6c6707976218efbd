"""Paths that a file of the mirror may name, judged alike at a glance and name by name."""

from __future__ import annotations

from itertools import product

import pytest

from coda_git_mirror.format.layout import is_within

PIECES = ("a", "/", ".", "git~", "\\", "\0", "~")
BEYOND_ASCII = "/é"


def test_plain_letters_change_nothing_in_what_is_judged() -> None:
    for pieces in (pieces for length in range(1, 5) for pieces in product(PIECES, repeat=length)):
        path = "".join(pieces)
        assert is_within(path) == is_within(path + BEYOND_ASCII), path


@pytest.mark.parametrize(
    ("path", "may_be"),
    [
        ("", False),
        ("a" * 255, True),
        ("a" * 256, False),
        ("é" * 127, True),
        ("é" * 128, False),
        ("a/" * 400 + "a", True),
    ],
)
def test_names_are_as_long_as_systems_take_them(path: str, may_be: bool) -> None:
    assert is_within(path) is may_be
