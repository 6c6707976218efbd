"""Search in the present and the past, in words, links and JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.actions.browse.search import pieces
from coda_git_mirror.index.words import asked
from coda_git_mirror.model.content import Page
from coda_git_mirror.web.wording import day_until
from tests.actions.past import Past
from tests.changes.trees import Content
from tests.web.handbook import Looking

SENTENCE = "refunds question"


def test_a_sentence_of_the_past_is_found_with_its_life(look: Looking, commits: list[str]) -> None:
    page = look("/search", q=SENTENCE, when="ever")
    assert "on Policy from 3 March to 4 March 2026" in page.words()
    assert f"/doc/docA/item/p1?at={commits[1]}" in page.links()
    assert f"/diff/{commits[1]}..{commits[2]}?doc=docA&item=p1" in page.links()
    assert "<mark>Refunds</mark> without any <mark>question</mark>." in page.text
    assert "on Policy" not in look("/search", q=SENTENCE, when="now").words()


def test_the_json_of_a_hit_is_exactly_this(look: Looking, commits: list[str]) -> None:
    assert look("/search", q=SENTENCE, when="ever", format="json").object == {
        "hits": [
            {
                "doc": "docA",
                "item": "p1",
                "kind": "page",
                "name": "Policy",
                "text": "Refunds without any question.",
                "from": "2026-03-03",
                "to": "2026-03-04",
                "last": commits[1],
                "diff": f"{commits[1]}..{commits[2]}",
            }
        ]
    }
    assert look("/search", q=SENTENCE, when="now", format="json").object == {"hits": []}


def test_what_is_there_has_no_end(look: Looking, commits: list[str]) -> None:
    (hit,) = look("/search", q="secret", when="now", format="json").object["hits"]
    assert (hit["from"], hit["to"], hit["last"], hit["diff"]) == ("2026-03-02", None, commits[-1], None)
    page = look("/search", q="secret", when="now")
    assert "/doc/docA/item/p3" in page.links()
    assert "there since 2 March 2026" in page.words()


def test_the_first_day_has_its_year_where_that_is_another() -> None:
    begin = datetime(2025, 12, 31, 12, tzinfo=UTC)
    assert day_until(begin, begin + timedelta(days=2)) == "31 December 2025"
    assert day_until(begin + timedelta(days=1), begin + timedelta(days=2)) == "1 January"


@pytest.mark.parametrize(
    ("words", "link"),
    [
        ("old ideas", "/doc/docB?at={}"),
        ("returns", "/doc/docA/item/p2?at={}"),
        ("folding", "/doc/docB/item/o1?at={}"),
        ("draft", "/doc/docA/item/t1/row/i-2?at={}"),
    ],
)
def test_names_of_what_is_deleted_are_found(look: Looking, commits: list[str], words: str, link: str) -> None:
    last = commits[3] if words == "draft" else commits[2]
    page = look("/search", q=words, when="ever")
    assert link.format(last) in page.links()
    assert ("row of Tasks in Handbook" in page.words()) == (words == "draft")


@pytest.mark.parametrize("words", ["", "   ", '"', "no-such-word", "*", 'a" OR "b', "\0"])
def test_anything_may_be_asked(look: Looking, words: str) -> None:
    for when in ("now", "ever", "sometime"):
        assert look("/search", q=words, when=when).status == 200
        assert look("/search", q=words, when=when, format="json").object.keys() == {"hits"}
    assert look("/search?q=%ed%a0%bd%ff").status == 200


def test_the_field_keeps_the_words_and_the_time(look: Looking, commits: list[str]) -> None:
    page = look("/search", q='"a<b"', when="now", at=commits[0])
    assert 'value="&#34;a&lt;b&#34;"' in page.text
    assert 'value="now" checked' in page.text
    assert f'name="at" value="{commits[0]}"' in page.text


def test_words_are_marked_whatever_their_case_and_accents() -> None:
    found = [(piece.text, piece.is_found) for piece in pieces("At the Café, CAFETERIA, decaf", asked("café"))]
    assert found == [("At the ", False), ("Café", True), (", ", False), ("CAFETERIA", True), (", decaf", False)]
    assert [piece.text for piece in pieces("東京都庁", asked("京都")) if piece.is_found] == ["京都"]
    assert [piece.text for piece in pieces("of often of", asked("of")) if piece.is_found] == ["of", "of"]


def test_what_is_marked_is_what_was_asked_for() -> None:
    def marked(text: str, words: str) -> list[str]:
        return [piece.text for piece in pieces(text, asked(words)) if piece.is_found]

    assert marked("The art of articles", '"art"') == ["art"]
    assert marked("The art of articles", "art") == ["art", "articles"]
    assert marked("A price and a list; the **price** list", '"price list"') == ["price** list"]
    assert marked("well-known, known well", "well-known") == ["well-known"]
    assert marked("학교에서 학생", "학교") == ["학교에서"]
    assert marked("京 and 東京都庁", "京都") == ["京都"]


@given(st.text(max_size=60), st.text(max_size=20))
def test_pieces_are_the_text(text: str, words: str) -> None:
    found = list(pieces(text, asked(words)))
    assert "".join(piece.text for piece in found) == text
    assert all(piece.text for piece in found)


def test_a_long_text_is_cut_far_from_what_was_found(tmp_path: Path) -> None:
    past = Past(tmp_path / "mirror")
    past.sync(Content("d1", "Plan", {Page("p1", "Notes"): f"{'far ' * 500}needle {'away ' * 500}\n| a | needle |\n"}))
    page = Looking(tmp_path / "mirror")("/search", q="needle", when="now")
    assert len(page.words()) < 1_500
    assert "… far" in page.words()
    assert "a · needle" in page.words()
