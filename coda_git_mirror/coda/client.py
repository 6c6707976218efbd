"""Requests to the API that come back with JSON of the right shape, or with one of the errors of `errors`."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from coda_git_mirror.clock import Clock, require_time
from coda_git_mirror.coda.answers import date_of, is_too_large, message_of, retry_after, says_it_is_behind
from coda_git_mirror.coda.failures import (
    GatewayTimeout,
    Incomplete,
    NoNetwork,
    Passing,
    TooMuch,
    TooSlow,
    Unsent,
    Unusable,
)
from coda_git_mirror.coda.request import Request
from coda_git_mirror.coda.retry import FIRST_CONTACT, Retries, RetryPolicy
from coda_git_mirror.coda.session import Answer, ApiSession
from coda_git_mirror.coda.shape import is_name, json_object
from coda_git_mirror.coda.throttle import PATIENCE_SECONDS, Throttle
from coda_git_mirror.errors import (
    AccessDenied,
    Deleted,
    NotThere,
    NotYetFresh,
    OutOfPatience,
    Postponed,
    Rejected,
    TokenRefused,
    TooLargeToWrite,
    Unanswered,
    Unavailable,
)
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.traffic import RateClass, Requests, Traffic

_ACCEPTED = frozenset({200, 201, 202})
_PASSING = frozenset({408, 425})
_WHOAMI = "/whoami"
_HEAVY_TRIES = 4
_FLAKY_SECONDS = 600.0
_ALONE = "Coda refuses this one request because of its rate limit, again and again"
_UNCHANGED = (
    f"Coda has refused changes for {PATIENCE_SECONDS / 60:.0f} minutes because of its rate limit, and has done nothing "
    "of what was refused; try again later, and if it stays so, ask Coda's support to lift the limit"
)
_UNUSABLE = "Coda's API cannot be used: {}; check the network connection, and CODA_API_URL if it is set."


class HeavyAnswer(Unavailable):
    """A request marked as heavy timed out time after time."""


def anything(_: Json) -> None:
    """A check that every JSON object passes."""


class Client:
    """Paces, sends and, where that may help, sends again. Safe to use from many threads."""

    def __init__(
        self,
        session: ApiSession,
        throttle: Throttle,
        clock: Clock,
        chance: Callable[[], float] = random.random,
        network_patience: float = 0.0,
    ) -> None:
        """`network_patience`: for so many seconds the first request waits for a network that is not there."""
        self._network_patience = network_patience
        self._session, self._throttle, self._clock, self._chance = session, throttle, clock, chance
        self._counting = threading.Lock()
        self._sent: Requests = Requests()
        self._refused, self._exchanging = 0, 0.0
        self._flaky_until, self._contacted = 0.0, False
        self._retries = Retries()
        self._server_time: datetime | None = None

    @property
    def server_time(self) -> datetime | None:
        """The time by Coda's own clock when it last answered, as far as it says that."""
        return self._server_time

    @property
    def traffic(self) -> Traffic:
        """What was sent so far, and at what pace requests leave now."""
        with self._counting:
            sent, refused, seconds = Requests(self._sent), self._refused, self._exchanging
        rates = {kind: self._throttle[kind].rate for kind in RateClass}
        return Traffic(sent, refused, rates, seconds / max(sent.total(), 1), self._retries.waiting)

    def token_mark(self, salt: bytes) -> str:
        """Tells this token at this API from others, to whoever knows the salt."""
        return self._session.token_mark(salt)

    def backlog(self, kind: RateClass) -> float:
        """Seconds that a request of this class would wait for its turn if it came now."""
        return self._throttle[kind].backlog()

    def ask(self, request: Request, check: Callable[[Json], None] = anything) -> Json:
        """The JSON object that Coda answers with, once `check` accepts it (it raises Unusable otherwise).

        Raises TokenRefused, AccessDenied, Deleted, NotThere, Rejected, Unavailable or OutOfPatience. A request that may
        not be repeated raises Unanswered where nobody knows what Coda did with it, and is sent again only where that is
        known to be nothing: it never left, or the rate limit refused it (429).
        """
        failures, timeouts, begun = 0, 0, self._clock.now()
        while True:
            try:
                value = self._ask_once(request, check)
                break
            except Passing as failure:
                failures += 1
                timeouts = timeouts + 1 if isinstance(failure, TooMuch) else 0
                if not self._awaits_network(request, failure, begun):
                    self._despair(request, failure, failures, timeouts)
            with self._retries:
                self._clock.sleep(self._policy(request).wait(failures, self._chance()))
        self._contacted = True
        if failures:
            self._flaky_until = self._clock.now() + _FLAKY_SECONDS
        return value

    def _ask_once(self, request: Request, check: Callable[[Json], None]) -> Json:
        answer = self._accepted(request)
        if answer.status not in _ACCEPTED:
            self._raise_for(request, answer)
        value = json_object(answer.body)
        check(value)
        return value

    def _awaits_network(self, request: Request, failure: Passing, begun: float) -> bool:
        """Whether there may be a network soon, as after a laptop wakes up; once there was one this is a failure."""
        is_first = request.opening and not self._contacted
        return is_first and isinstance(failure, NoNetwork) and self._clock.now() - begun < self._network_patience

    def _despair(self, request: Request, failure: Passing, failures: int, timeouts: int) -> None:
        """Raises where trying again is of no use.

        Time-outs mean a heavy answer after fewer tries where repeating has not cured any request lately.
        """
        if not (request.may_repeat or isinstance(failure, Unsent)):
            raise Unanswered(f"{failure}, and whether Coda did what it was asked for is not known") from failure
        tried, slow = f"{failure} (tried {failures} times)", timeouts if isinstance(failure, TooSlow) else 0
        if request.opening and not self._contacted and FIRST_CONTACT.is_over(failures, slow):
            raise Unavailable(_UNUSABLE.format(tried)) from failure
        steady = self._clock.now() >= self._flaky_until
        most = _HEAVY_TRIES if steady else request.policy.tries
        if request.heavy and (timeouts >= most or request.policy.is_over(0, slow)):
            raise HeavyAnswer(str(failure)) from failure
        if request.policy.is_over(failures, slow):
            raise Unavailable(tried) from failure

    def _policy(self, request: Request) -> RetryPolicy:
        return FIRST_CONTACT if request.opening and not self._contacted else request.policy

    def _accepted(self, request: Request) -> Answer:
        """The first answer that is no refusal because of the rate limit; a refusal is not a failure of the request."""
        pace = self._throttle[request.kind]
        first_refusal: float | None = None
        while True:
            pace.wait_turn()
            require_time(self._clock)
            answer = self._counted_exchange(request)
            self._server_time = date_of(answer) or self._server_time
            if answer.status != 429:
                pace.accepted()
                return answer
            try:
                pace.refused(retry_after(answer))
            except OutOfPatience as error:
                if request.is_change:
                    raise OutOfPatience(_UNCHANGED) from error
                if request.path == _WHOAMI or not self._is_heard():
                    raise
                pace.accepted()
                raise Unavailable(_ALONE) from error
            if request.at_once:
                raise Postponed("Coda refuses it for now because of its rate limit")
            now = self._clock.now()
            first_refusal = now if first_refusal is None else first_refusal
            if now - first_refusal > 2 * PATIENCE_SECONDS:
                raise OutOfPatience(_UNCHANGED) if request.is_change else Unavailable(_ALONE)

    def _is_heard(self) -> bool:
        """Whether Coda answers at all: where it does, one request being refused for ever is no reason to end a run."""
        try:
            return self._counted_exchange(Request(_WHOAMI)).status != 429
        except Incomplete:
            return False

    def _counted_exchange(self, request: Request) -> Answer:
        begun = self._clock.now()
        with self._counting:
            self._sent[request.kind] += 1
        answer = self._session.exchange(request.method, request.path, request.query, request.body, request.fresh)
        with self._counting:
            self._refused += answer.status == 429
            self._exchanging += self._clock.now() - begun
        return answer

    def _raise_for(self, request: Request, answer: Answer) -> NoReturn:
        status = answer.status
        if status == 504:
            raise GatewayTimeout("Coda answers with error 504")
        if status >= 500 or status < 300 or status in _PASSING:
            raise Passing(f"Coda answers with error {status}")
        if status < 400:
            raise Unavailable("Coda redirects the request elsewhere, where the token must not go; check CODA_API_URL")
        if status == 401:
            self._raise_unauthorized(request, answer)
        if status == 403:
            raise AccessDenied(_denied(request, answer))
        if status in (404, 410):
            self._raise_absent(answer)
        if request.fresh:
            self._raise_not_fresh(request, answer)
        if request.is_change and is_too_large(answer):
            raise TooLargeToWrite(f"it is larger than Coda takes (error {status}: {message_of(answer)})")
        raise Rejected(f"Coda refuses the request (error {status}: {message_of(answer)})")

    def _raise_not_fresh(self, request: Request, answer: Answer) -> NoReturn:
        """Where the refusal does not say why, the same request tells that may be answered from an older state."""
        if not says_it_is_behind(answer):
            plain = replace(request, fresh=False)
            stale = self._accepted(plain)
            if stale.status not in _ACCEPTED:
                self._raise_for(plain, stale)
        raise NotYetFresh(f"Coda's answer would not show all changes yet (error {answer.status})")

    def _raise_absent(self, answer: Answer) -> NoReturn:
        """Only Coda's own word makes something absent, and Coda speaks JSON; a proxy or a wrong server does not."""
        try:
            json_object(answer.body)
        except Unusable as error:
            raise Passing(f"an error {answer.status} that is not Coda's own") from error
        if answer.status == 410:
            raise Deleted("it was deleted in Coda (error 410)")
        raise NotThere("Coda does not know it (error 404)")

    def _raise_unauthorized(self, request: Request, answer: Answer) -> NoReturn:
        """A restricted token gets 401 for what it may not read, while `whoami` works with every good token."""
        if request.path != _WHOAMI:
            self.whoami()
            raise AccessDenied(_denied(request, answer))
        raise TokenRefused(
            "Coda does not accept the API token (error 401); make a new one at https://coda.io/account "
            "and store it with `coda-git-mirror login`, or set CODA_API_TOKEN to it."
        )

    def whoami(self) -> Json:
        """Who the token belongs to. Raises TokenRefused, or Unavailable in words for whoever set up the program."""
        try:
            return self.ask(Request(_WHOAMI, policy=FIRST_CONTACT, opening=True), _check_user)
        except (NotThere, Rejected) as error:
            raise Unavailable(_UNUSABLE.format(error)) from error


def _denied(request: Request, answer: Answer) -> str:
    if request.is_change:
        return f"the token may not change it (error {answer.status}: {message_of(answer)})"
    return f"the token has no access to it (error {answer.status})"


def _check_user(user: Json) -> None:
    if not is_name(user.get("loginId")):
        raise Unusable("the answer does not say whose token it is")
