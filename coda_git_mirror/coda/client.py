"""Requests to the API that come back with JSON of the right shape, or with one of the errors of `errors`."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.retry import FIRST_CONTACT, RetryPolicy
from coda_git_mirror.coda.session import Answer, ApiSession, Incomplete
from coda_git_mirror.coda.throttle import RateClass, Throttle
from coda_git_mirror.errors import AccessDenied, Deleted, NotThere, Refused, TokenRefused, Unavailable
from coda_git_mirror.model.content import Json

_PASSING_FAILURES = frozenset({408, 425, 500, 502, 503, 504})
_WHOAMI = "/whoami"


class Unusable(Exception):
    """A complete answer that is not of the shape that was asked for."""


@dataclass(frozen=True)
class Request:
    """One request of a rate class; `path` is below the base URL, with its ids already quoted."""

    path: str
    kind: RateClass = RateClass.READ
    method: str = "GET"
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    policy: RetryPolicy = RetryPolicy()
    heavy: bool = False
    """Whether 504 may mean that the answer is too much for Coda: asking for less then helps, asking again does not."""


class HeavyAnswer(Unavailable):
    """A request marked as heavy failed with 504 time after time."""


_HEAVY_TRIES = 3


class Client:
    """Paces, sends and, where that may help, sends again. Safe to use from many threads."""

    def __init__(
        self, session: ApiSession, throttle: Throttle, clock: Clock, chance: Callable[[], float] = random.random
    ) -> None:
        self._session, self._throttle, self._clock, self._chance = session, throttle, clock, chance
        self._counting = threading.Lock()
        self._sent = 0

    @property
    def requests_sent(self) -> int:
        return self._sent

    def ask(self, request: Request, check: Callable[[Json], None] = lambda _: None) -> Json:
        """The JSON object that Coda answers with, once `check` accepts it (it raises Unusable otherwise).

        Raises TokenRefused, AccessDenied, Deleted, NotThere, Refused, Unavailable or OutOfPatience.
        """
        failures = timeouts = 0
        cause: Exception | None
        while True:
            reason, cause = "", None
            try:
                answer = self._accepted(request)
                if answer.status < 300:
                    value = _json_object(answer)
                    check(value)
                    return value
                self._raise_for(request, answer)
                timeouts = timeouts + 1 if answer.status == 504 else 0
                reason = f"Coda answers with error {answer.status}"
            except (Incomplete, Unusable) as error:
                reason, cause = str(error), error
            failures += 1
            if request.heavy and timeouts >= _HEAVY_TRIES:
                raise HeavyAnswer(reason)
            if failures >= request.policy.tries:
                raise Unavailable(f"{reason} (tried {failures} times)") from cause
            self._clock.sleep(request.policy.wait(failures, self._chance()))

    def _accepted(self, request: Request) -> Answer:
        """The first answer that is no refusal because of the rate limit; a refusal is not a failure of the request."""
        pace = self._throttle[request.kind]
        while True:
            pace.wait_turn()
            with self._counting:
                self._sent += 1
            answer = self._session.exchange(request.method, request.path, request.query, request.body)
            if answer.status != 429:
                pace.accepted()
                return answer
            pace.refused(_retry_after(answer))

    def _raise_for(self, request: Request, answer: Answer) -> None:
        """Raises for a status that asking again does not change; returns for a passing failure."""
        if answer.status in _PASSING_FAILURES or answer.status > 504:
            return
        if answer.status == 401:
            self._raise_unauthorized(request)
        if answer.status == 403:
            raise AccessDenied("the token has no access to it (error 403)")
        if answer.status == 404:
            raise NotThere("Coda does not know it (error 404)")
        if answer.status == 410:
            raise Deleted("it was deleted in Coda (error 410)")
        if answer.status < 400:
            raise Unavailable("Coda redirects the request elsewhere, where the token must not go; check CODA_API_URL")
        raise Refused(f"Coda refuses the request (error {answer.status}: {_message(answer)})")

    def _raise_unauthorized(self, request: Request) -> NoReturn:
        """A restricted token gets 401 for what it may not read, while `whoami` works with every good token."""
        if request.path != _WHOAMI:
            self.whoami()
            raise AccessDenied("the token has no access to it (error 401)")
        raise TokenRefused(
            "Coda does not accept the API token (error 401); make a new one at https://coda.io/account "
            "and set CODA_API_TOKEN to it."
        )

    def whoami(self) -> Json:
        """Who the token belongs to. Raises TokenRefused."""
        return self.ask(Request(_WHOAMI, policy=FIRST_CONTACT))


def _json_object(answer: Answer) -> Json:
    try:
        value = json.loads(answer.body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unusable("Coda's answer is no JSON, or was cut") from error
    if not isinstance(value, dict):
        raise Unusable("Coda's answer is not of the expected shape")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _message(answer: Answer) -> str:
    try:
        message = json.loads(answer.body)["message"]
    except (ValueError, KeyError, TypeError):
        return "no reason given"
    return " ".join(str(message).split())[:200]


def _retry_after(answer: Answer) -> float | None:
    """Seconds of a `Retry-After` header, given in seconds or as a date; None for none or nonsense."""
    text = answer.headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        return float(int(text))
    except ValueError:
        pass
    try:
        return (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
