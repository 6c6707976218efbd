"""Servers that answer with whatever a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.coda.wire import TOKEN, Answering, Wire

Serving = Callable[[Answering], Wire]


@pytest.fixture
def wire() -> Iterator[Serving]:
    """Starts servers for the length of a test; `foreign` ones fail it when they ever see the token."""
    with ExitStack() as running:

        def start(answering: Answering) -> Wire:
            server = Wire(answering)
            running.callback(server.stop)
            return server

        yield start


@pytest.fixture
def foreign(wire: Serving) -> Iterator[Serving]:
    """Servers that are not the API: a test in which one of them sees the token, or any authorization, fails."""
    servers: list[Wire] = []

    def start(answering: Answering) -> Wire:
        servers.append(wire(answering))
        return servers[-1]

    yield start
    for asked in (asked for server in servers for asked in server.asked):
        assert "authorization" not in asked.headers
        assert TOKEN not in repr(asked)
