from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.format.text import json_document, json_line, json_lines, one_line, text_bytes
from tests.format.strategies import HOSTILE_NAMES, prop

LONE = st.sampled_from(["a\ud800", "\udfffb", "\ud83d", "x\udc00y"])
"""Halves of characters that no neighbour completes: two halves side by side are, in JSON, one whole character."""
texts = st.text() | LONE
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(10**29, 10**30)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@prop
@given(values)
def test_json_parses_back_to_what_was_given(value: Any) -> None:
    for written in (json_document(value), json_line(value)):
        assert repr(json.loads(written)) == repr(in_key_order(value))
        assert written.endswith(b"\n")
        assert not written.endswith(b"\n\n")
        assert b"\r" not in written
    assert json_line(value).count(b"\n") == 1


def in_key_order(value: Any) -> Any:
    if isinstance(value, list):
        return [in_key_order(each) for each in value]
    return {name: in_key_order(value[name]) for name in sorted(value)} if isinstance(value, dict) else value


def test_json_for_people_has_sorted_keys_two_spaces_and_non_ascii_as_itself() -> None:
    assert json_document({"b": [1, "é🎉"], "a": {}}).decode() == '{\n  "a": {},\n  "b": [\n    1,\n    "é🎉"\n  ]\n}\n'


def test_json_for_programs_has_sorted_keys_and_no_spaces() -> None:
    assert json_line({"b": [1, "é"], "a": None}).decode() == '{"a":null,"b":[1,"é"]}\n'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (123456789012345678901234567890, "123456789012345678901234567890"),
        (1e-7, "1e-07"),
        (-0.0, "-0.0"),
        ("\ud800", '"\\ud800"'),
        ("\u2028", '"\u2028"'),
        ("\0", '"\\u0000"'),
        ("\r\n", '"\\r\\n"'),
    ],
)
def test_what_other_writers_of_json_refuse_or_change(value: Any, written: str) -> None:
    assert json_line(value).decode() == f"{written}\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("\ud800", "\ufffd"),
        ("a\0b", "a\ufffdb"),
        ("\u2028\x85é", "\u2028\x85é"),
    ],
)
def test_text_is_utf8_with_lf_and_without_what_text_files_cannot_hold(text: str, written: str) -> None:
    assert text_bytes(text) == written.encode()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (" two\r\n lines\t", "two lines"),
        ("a\u2028b\x85c\xa0d", "a b c d"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("a \u200b b", "a b"),
        ("\x1b[31mred", "[31mred"),
        ("\ufeff\u2066", ""),
        ("👩\u200d💻 ok", "👩\u200d💻 ok"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("\ud800x", "x"),
    ],
)
def test_a_name_becomes_one_line_that_shows_nothing_hidden(name: str, shown: str) -> None:
    assert one_line(name) == shown


def test_a_character_newer_than_this_python_is_shown_like_any_other() -> None:
    assert unicodedata.category("\U0001fbff") == "Cn"
    assert one_line("new \U0001fbff") == "new \U0001fbff"


@prop
@given(st.text() | st.sampled_from(HOSTILE_NAMES))
def test_a_line_has_no_controls_and_stays_as_it_is(name: str) -> None:
    line = one_line(name)
    assert one_line(line) == line == line.strip()
    assert not {unicodedata.category(character) for character in line} & {"Cc", "Cs", "Zl", "Zp"}
    line.encode()


def test_many_lines_of_json_are_what_each_would_be() -> None:
    values = [{"b": [1, "x\u2028"], "a": "\ud800" if number == 150 else f"{number}\n"} for number in range(250)]
    assert json_lines(values) == [json_line(value) for value in values]
    assert json_lines([]) == []
