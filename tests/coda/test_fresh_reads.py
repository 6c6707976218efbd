"""Reads that must show every change: what is worth waiting for, and what is not (coda-api.md, Freshness).

It is what faults.md, row 93, asks for.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from coda_git_mirror.errors import CodaError, NotThere, NotYetFresh, Rejected
from coda_git_mirror.model.content import Json
from tests.coda.conftest import Serving
from tests.coda.wire import Asked, refusal, reply, reply_json, source_at
from tests.support import VirtualClock

ROW = {"id": "i-1", "name": "", "values": {}}
PAGES = {"": {"items": [ROW], "nextPageToken": "t"}, "t": {"items": [{**ROW, "id": "i-2"}]}}


class Rows:
    """Takes rows."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def restart(self) -> None:
        self.ids.clear()

    def take(self, items: list[Json]) -> None:
        self.ids += [item["id"] for item in items]


def is_fresh(asked: Asked) -> bool:
    return asked.headers.get("x-coda-doc-version") == "latest"


def page_of(asked: Asked) -> list[bytes]:
    return reply_json(PAGES[parse_qs(urlsplit(asked.target).query).get("pageToken", [""])[0]])


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, "Doc is not yet up to date."),
        refusal(400, "Doc data is stale."),
        refusal(409, "The doc is not up-to-date"),
        reply(400, b"Doc data is STALE"),
    ],
)
def test_an_answer_that_is_behind_says_so(wire: Serving, clock: VirtualClock, answer: list[bytes]) -> None:
    api = wire(lambda _: answer)
    with pytest.raises(NotYetFresh):
        source_at(api.api_url, clock).rows("d", "t", Rows(), fresh=True)
    with pytest.raises(NotYetFresh):
        source_at(api.api_url, clock).row("d", "t", "i-1", fresh=True)
    assert len(api.asked) == 2


@pytest.mark.parametrize("words", ["", "Wait.", "Der Stand ist veraltet."])
def test_in_other_words_the_same_read_of_an_older_state_tells(wire: Serving, clock: VirtualClock, words: str) -> None:
    api = wire(lambda asked: refusal(400, words) if is_fresh(asked) else reply_json(ROW))
    with pytest.raises(NotYetFresh):
        source_at(api.api_url, clock).row("d", "t", "i-1", fresh=True)
    assert list(map(is_fresh, api.asked)) == [True, False]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(400, "Invalid column."), Rejected),
        (refusal(404), NotThere),
        (refusal(400, "Invalid pageToken."), Rejected),
    ],
)
def test_what_is_refused_for_another_reason_is_not_waited_for(
    wire: Serving, clock: VirtualClock, answer: list[bytes], error: type[CodaError]
) -> None:
    api = wire(lambda _: answer)
    with pytest.raises(error) as told:
        source_at(api.api_url, clock).rows("d", "t", Rows(), fresh=True, where=("c-9", "x"))
    assert type(told.value) is error
    assert len(api.asked) <= 2


def test_a_listing_is_as_fresh_as_its_first_page(wire: Serving, clock: VirtualClock) -> None:
    """An edit that comes while it is read is none that it has to show: nobody would ever be done with a busy doc."""
    busy: list[Any] = []

    def answer(asked: Asked) -> list[bytes]:
        if is_fresh(asked) and busy:
            return refusal(400, "Doc is not yet up to date.")
        busy.append(asked)
        return page_of(asked)

    api, rows = wire(answer), Rows()
    source_at(api.api_url, clock).rows("d", "t", rows, fresh=True)
    assert rows.ids == ["i-1", "i-2"]
    assert list(map(is_fresh, api.asked)) == [True, False]


def test_a_listing_that_starts_over_is_fresh_again(wire: Serving, clock: VirtualClock) -> None:
    lost = iter([refusal(400, "Invalid pageToken.")])

    def answer(asked: Asked) -> list[bytes]:
        return next(lost, page_of(asked)) if "pageToken" in asked.target else page_of(asked)

    api, rows = wire(answer), Rows()
    source_at(api.api_url, clock).rows("d", "t", rows, fresh=True)
    assert rows.ids == ["i-1", "i-2"]
    assert list(map(is_fresh, api.asked)) == [True, False, True, False]


def test_any_other_read_takes_what_there_is(wire: Serving, clock: VirtualClock) -> None:
    api = wire(page_of)
    source_at(api.api_url, clock).rows("d", "t", Rows())
    assert not any(map(is_fresh, api.asked))
