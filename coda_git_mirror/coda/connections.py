"""Connections that stay open between exchanges, and what every request has in common."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, cast

import requests
from requests.auth import AuthBase

from coda_git_mirror import __version__
from coda_git_mirror.coda.deadlines import Deadline, TimedAdapter
from coda_git_mirror.coda.origin import place_of

USER_AGENT = f"coda-git-mirror/{__version__}"
HEADERS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Connection": "keep-alive"}

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 3


@dataclass(frozen=True)
class Timeouts:
    """Seconds for a connection, for each wait for some bytes (the first of an answer too), and for a whole exchange."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 600.0

    def within(self, deadline: Deadline) -> tuple[float, float]:
        """The first two, as far as the deadline leaves them; above zero."""
        left = max(deadline.left, 0.001)
        return min(self.connect, left), min(self.read, left)


class NoAuth(AuthBase):
    """Adds nothing; being there, it keeps `~/.netrc` from adding something."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Connections:
    """Sends the requests of many threads over connections that they share.

    It retries nothing, follows no redirect and remembers no cookie: a request says what its maker wants, and no more.
    """

    def __init__(self) -> None:
        # Nothing in a circle: connections are closed with the last reference to these, not when garbage is collected.
        of_thread = self._of_thread = threading.local()
        self._adapter = TimedAdapter(lambda: cast(Deadline, of_thread.deadline))
        self._settings: dict[str, dict[str, Any]] = {}

    def send(self, request: requests.PreparedRequest, timeouts: Timeouts, deadline: Deadline) -> requests.Response:
        """The answer, whose body this thread reads until the deadline. Raises what the libraries do."""
        self._of_thread.deadline = deadline
        settings = self._settings_for(str(request.url))
        return self._adapter.send(request, timeout=timeouts.within(deadline), **settings)

    def _settings_for(self, url: str) -> dict[str, Any]:
        """The environment is asked once for each place."""
        place = place_of(url)
        if place not in self._settings:
            self._settings[place] = _settings(url)
        return self._settings[place]


def _settings(url: str) -> dict[str, Any]:
    """Certificates and proxies; plain http stays on this machine, where the environment's have no business."""
    if url.startswith("http://"):
        return {"stream": True, "proxies": {"http": ""}}
    return {**requests.Session().merge_environment_settings(url, {}, stream=True, verify=True, cert=None)}
