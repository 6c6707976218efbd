"""What requests have in common, whichever thread sends them: connections, and nothing that an earlier answer left."""

from __future__ import annotations

import gc
import itertools
import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from coda_git_mirror.coda.failures import Incomplete
from coda_git_mirror.coda.origin import ApiOrigin
from coda_git_mirror.coda.request import path_of
from coda_git_mirror.coda.session import ApiSession, FileSession
from coda_git_mirror.demo.origins import Incoming
from coda_git_mirror.demo.replies import Reply, json_reply
from coda_git_mirror.demo.wire import Delivery, Origin
from coda_git_mirror.redact import Secret
from tests.coda.conftest import Serving
from tests.coda.wire import TOKEN, reply
from tests.support import VirtualClock

AT_ONCE = 12


class Counting(Origin):
    """Keeps connections open, and counts them."""

    def __init__(self, meeting: threading.Barrier) -> None:
        self.connections, self._ends = 0, itertools.count(1)
        self.all_ended = threading.Event()

        def respond(incoming: Incoming) -> tuple[Reply, Delivery]:
            if incoming.raw_path.endswith("/meet"):
                meeting.wait(10)
            if incoming.raw_path.endswith("/odd"):
                return Reply(200, b"{}" * 100, {"Content-Encoding": "br"}), None
            return json_reply({"asked": incoming.raw_path}), None

        super().__init__(respond, threading.Event(), lambda: datetime.now(UTC))

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        if next(self._ends) == self.connections:
            self.all_ended.set()


@pytest.fixture
def server() -> Iterator[Counting]:
    counting = Counting(threading.Barrier(AT_ONCE))
    counting.start()
    yield counting
    counting.stop()


def session_at(url: str, clock: VirtualClock) -> ApiSession:
    return ApiSession(ApiOrigin.parse(url), Secret(TOKEN), clock)


def test_threads_that_ask_one_after_the_other_share_one_connection(server: Counting, clock: VirtualClock) -> None:
    session = session_at(f"http://{server.host}", clock)
    for _ in range(4):
        with ThreadPoolExecutor(1) as thread:
            assert thread.submit(session.exchange, "GET", "/docs", {}).result().status == 200
    assert server.connections == 1


def test_as_many_connections_stay_open_as_were_used_at_once(
    server: Counting, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    session = session_at(f"http://{server.host}", clock)
    with caplog.at_level(logging.WARNING), ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in range(3):
            answers = [threads.submit(session.exchange, "GET", "/meet", {}) for _ in range(AT_ONCE)]
            assert {answer.result().status for answer in answers} == {200}
    assert server.connections == AT_ONCE
    assert caplog.records == []


def test_connections_end_with_the_session(server: Counting, clock: VirtualClock) -> None:
    def meet() -> None:
        session = session_at(f"http://{server.host}", clock)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(lambda _: session.exchange("GET", "/meet", {}), range(AT_ONCE)))

    gc.disable()
    try:
        meet()
        assert server.all_ended.wait(10)
    finally:
        gc.enable()


def test_a_connection_on_which_an_answer_was_left_unread_is_not_used_again(
    server: Counting, clock: VirtualClock
) -> None:
    session = session_at(f"http://{server.host}", clock)
    for number in range(1, 4):
        with pytest.raises(Incomplete, match="encoding"):
            session.exchange("GET", "/odd", {})
        assert json.loads(session.exchange("GET", f"/{number}", {}).body) == {"asked": f"/{number}"}
        assert server.connections == number + 1


def test_no_request_says_what_an_earlier_answer_wanted_it_to(wire: Serving, clock: VirtualClock) -> None:
    server = wire(lambda _: reply(200, b"{}", Set_Cookie="session=1; Path=/", WWW_Authenticate="Basic"))
    api, files = session_at(server.api_url, clock), FileSession(clock)
    for _ in range(2):
        api.exchange("GET", "/docs", {})
        files.get(f"{server.origin}/file")
    common = {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert [set(asked.headers) for asked in server.asked] == [{*common, "authorization"}, common] * 2


def test_a_body_is_sent_with_its_length_and_kind(wire: Serving, clock: VirtualClock) -> None:
    server = wire(lambda _: reply(200, b"{}"))
    session = session_at(server.api_url, clock)
    session.exchange("POST", "/docs", {}, {"title": "Pläne"}, fresh=True)
    session.exchange("POST", "/docs", {})
    full, empty = server.asked
    assert (full.body, full.headers["content-type"]) == ('{"title": "Pläne"}'.encode(), "application/json")
    assert (full.headers["content-length"], full.headers["x-coda-doc-version"]) == (str(len(full.body)), "latest")
    assert (empty.body, empty.headers["content-length"]) == (b"", "0")
    assert not {"content-type", "x-coda-doc-version"} & set(empty.headers)


@pytest.mark.parametrize("doc", ["AbC-1_x", "a b/ü?#%41~", "..x", "\x7f+&=;,@:'(*)!$[]"])
@pytest.mark.parametrize("query", [{}, {"limit": 500, "query": 'c-1:"a b & ü~+%\\n"'}, {"pageToken": "eyJ/+=="}])
def test_an_address_is_the_one_that_the_library_would_make(
    wire: Serving, clock: VirtualClock, doc: str, query: dict[str, Any]
) -> None:
    server = wire(lambda _: reply(200, b"{}"))
    path = path_of("docs", doc, "rows")
    session_at(server.api_url, clock).exchange("GET", path, query)
    made = requests.Request("GET", server.api_url + path, params=query).prepare()
    assert server.asked[0].target == made.path_url


def test_the_token_is_for_what_lies_below_the_address_of_the_api() -> None:
    origin = ApiOrigin.parse("https://coda.io/apis/v1")
    assert origin.owns("https://coda.io/apis/v1/docs?limit=1")
    assert not any(map(origin.owns, ("https://coda.io/apis/v10/docs", "https://coda.io/", "https://coda.io/apis/v1")))
