"""A network that is not there yet: no name is resolved, or no route leads anywhere; a refused connection is neither.

It is what faults.md, row 97, asks for.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import Any

import pytest

from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.commands.wiring import coda_account
from coda_git_mirror.errors import Unavailable
from coda_git_mirror.redact import Secret
from tests.support import VirtualClock


def asked(clock: VirtualClock, patience: float) -> float:
    """How long the first request was tried, in seconds, until it was given up."""
    source: CodaSource = coda_account(
        "https://127.0.0.1:1/v1", Secret("token-of-nobody"), clock, network_patience=patience
    )[0]
    begun = clock.now()
    with pytest.raises(Unavailable, match=r"CODA_API_URL"):
        source.account()
    return clock.now() - begun


def without_names(*_: Any, **__: Any) -> Any:
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def without_route(*_: Any) -> None:
    raise OSError(errno.ENETUNREACH, "Network is unreachable")


Lack = tuple[Any, str, Callable[..., Any]]
LACKS = pytest.mark.parametrize(
    "lack", [(socket, "getaddrinfo", without_names), (socket.socket, "connect", without_route)], ids=["names", "route"]
)


@LACKS
def test_it_is_waited_for_as_long_as_is_asked(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, lack: Lack) -> None:
    monkeypatch.setattr(*lack)
    assert 120 <= asked(clock, 120) < 130
    assert asked(clock, 0) < 10


@LACKS
def test_once_it_is_there_nothing_is_waited_for(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, lack: Lack
) -> None:
    """The port is closed, which is a failure of another kind."""
    place, name, fails = lack
    genuine, begun = getattr(place, name), clock.now()

    def at_first(*arguments: Any, **options: Any) -> Any:
        return (fails if clock.now() - begun < 30 else genuine)(*arguments, **options)

    monkeypatch.setattr(place, name, at_first)
    assert 30 <= asked(clock, 120) < 45


def test_a_refused_connection_is_no_absent_network(clock: VirtualClock) -> None:
    assert asked(clock, 120) < 10
