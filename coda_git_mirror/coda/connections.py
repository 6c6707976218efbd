"""Connections that stay open between exchanges, one set a thread, and what every request has in common."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, cast

import requests
from requests.auth import AuthBase

from coda_git_mirror import __version__
from coda_git_mirror.coda.deadlines import Deadline, TimedAdapter
from coda_git_mirror.coda.origin import Endpoint, endpoint

USER_AGENT = f"coda-git-mirror/{__version__}"
NO_PROXY_FOR_HTTP = {"http": ""}
"""Plain http stays on this machine, where a proxy has no business; https goes as the environment says."""

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


class _Session(requests.Session):
    """A session for which no answer is a redirect: `requests` would read its body and prepare to follow it.

    It asks the environment for proxies and certificates once for each host, not once for each request; `settings` is
    what it knows of that, which sessions share. The libraries add what they find there to the proxies that they get.
    """

    def __init__(self, settings: dict[Endpoint | None, Any]) -> None:
        super().__init__()
        self._settings = settings

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        return None

    def merge_environment_settings(self, url: str | bytes | None, proxies: Any, *settings: Any) -> Any:
        place = endpoint(str(url))
        if place not in self._settings:
            self._settings[place] = super().merge_environment_settings(url, {**proxies}, *settings)
        return {**self._settings[place]}


class Connections:
    """A session of `requests` for each thread that asks; it retries nothing by itself."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._settings: dict[Endpoint | None, Any] = {}

    def session(self, deadline: Deadline) -> requests.Session:
        """For one exchange, or several one after another, which end at the deadline."""
        local = self._local
        local.deadline = deadline
        if not hasattr(local, "session"):
            local.session = _Session(self._settings)
            for scheme in ("https://", "http://"):
                local.session.mount(scheme, TimedAdapter(lambda: cast(Deadline, local.deadline)))
        return cast(requests.Session, local.session)
