"""One HTTP exchange: the token to the API's own origin and nowhere else, the answer complete or none."""

from __future__ import annotations

import errno
import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

import requests
import urllib3
from requests.auth import AuthBase

from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.asset_hosts import CODA_ONLY, AssetHosts
from coda_git_mirror.coda.bodies import read_body
from coda_git_mirror.coda.connections import HEADERS, MOST_REDIRECTS, REDIRECTS, Connections, NoAuth, Timeouts
from coda_git_mirror.coda.deadlines import Deadline
from coda_git_mirror.coda.failures import Incomplete, NoNetwork, TooMuch, TooSlow, Unsent
from coda_git_mirror.coda.origin import ApiOrigin, endpoint, redirect_target
from coda_git_mirror.redact import Secret
from coda_git_mirror.turns import Grown

_HEADERS = {**HEADERS, "Accept-Encoding": "gzip"}
_JSON = {"Content-Type": "application/json"}
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}
_FRESH = {"X-Coda-Doc-Version": "latest"}


@dataclass(frozen=True)
class Answer:
    """An answer; `body` is decoded from its transfer and content encodings.

    `is_whole` is whether the body is proved to be complete; JSON proves it by itself, other text does not.
    `is_redirected` is whether another address gave it than the one that was asked for.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool = True
    is_redirected: bool = False

    @property
    def media_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def content_encoding(self) -> str:
        return self.headers.get("Content-Encoding", "").strip().lower()


class _TokenAuth(AuthBase):
    """Adds the token, for the API's own origin only; being there, it also keeps `~/.netrc` from replacing it."""

    def __init__(self, token: Secret, origin: ApiOrigin) -> None:
        self._token, self._origin = token, origin

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if request.url is None or not self._origin.owns(request.url):
            raise Incomplete("a request with the token was about to leave the API's origin")
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class _Exchanges:
    """Whole exchanges over connections that stay open."""

    def __init__(self, clock: Clock, timeouts: Timeouts) -> None:
        self._clock, self._timeouts = clock, timeouts
        self._connections = Connections()

    def deadline(self) -> Deadline:
        """For a request that is made now."""
        return Deadline(self._clock, self._timeouts.total)

    def exchange(
        self,
        deadline: Deadline,
        url: str,
        request: Callable[[], requests.PreparedRequest],
        grown: Grown = lambda _: None,
    ) -> Answer:
        """Asks once; `request` makes what `url` is asked. Raises Incomplete, TooSlow at the deadline."""
        try:
            with self._connections.send(request(), self._timeouts, deadline) as response:
                return _answer(response, grown)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            if deadline.is_over:
                raise TooSlow("an answer that takes too long") from error
            raise self._reason(error, url) from error

    def _reason(self, error: Exception, url: str) -> Incomplete:
        place = endpoint(url)
        host = place.host if place else "such an address"
        match error:
            case requests.exceptions.ConnectionError() if _lacks_network(error):
                return NoNetwork(f"no connection to {host}, or to any place: no network, or no such name")
            case requests.exceptions.ConnectTimeout():
                return Unsent(f"no connection to {host} within {self._timeouts.connect:.0f} seconds")
            case requests.exceptions.ReadTimeout() | urllib3.exceptions.ReadTimeoutError():
                return TooMuch(f"no answer within {self._timeouts.read:.0f} seconds")
            case requests.exceptions.SSLError() if not _is_unverified(error):
                return Incomplete(f"no secure connection to {host}")
            case requests.exceptions.SSLError():
                return Unsent(f"no secure connection to {host} (its certificate was not accepted)")
            case requests.exceptions.ProxyError():
                return Unsent(f"no connection to {host} through the proxy that the environment names")
            case requests.exceptions.ConnectionError() if _is_unconnected(error):
                return Unsent(f"no connection to {host}")
        return Incomplete("the connection failed or broke off")


def _answer(response: requests.Response, grown: Grown) -> Answer:
    status = response.status_code
    try:
        body, is_whole = read_body(response, grown)
    except (Incomplete, urllib3.exceptions.HTTPError, OSError):
        if not _says_all(status):
            raise
        body, is_whole = b"", False
    return Answer(status, response.headers, body, is_whole)


def _says_all(status: int) -> bool:
    """Whether nothing in the body matters: refused by the rate limit, redirected, or failed on Coda's side."""
    return status == 429 or 300 <= status < 400 or status >= 500


def _is_unconnected(error: requests.exceptions.ConnectionError) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def _is_unverified(error: BaseException) -> bool:
    """Whether a certificate was not accepted, so that nothing was sent; TLS can also break when all of it was."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in _causes(error))


def _lacks_network(error: BaseException) -> bool:
    """Whether no name was resolved or no route was found; a connection that is refused is neither."""
    causes = list(_causes(error))
    return any(isinstance(each, socket.gaierror) or getattr(each, "errno", None) in _NO_ROUTE for each in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it was made of, as far as the libraries tell."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        yield from (each for each in cause.args if isinstance(each, BaseException))
        cause = cause.__cause__ or cause.__context__


def _json_bytes(body: Any) -> bytes:
    """UTF-8, in whose bytes Coda's bounds count; escapes where a text has half a character, which UTF-8 lacks."""
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return json.dumps(body, allow_nan=False).encode()


class ApiSession:
    """Exchanges with the API: with the token, never following a redirect."""

    def __init__(self, origin: ApiOrigin, token: Secret, clock: Clock, timeouts: Timeouts = Timeouts()) -> None:
        self.origin, self._token = origin, token
        self._auth = _TokenAuth(token, origin)
        self._exchanges = _Exchanges(clock, timeouts)

    def token_mark(self, salt: bytes) -> str:
        """Tells this token at this API from others, to whoever knows the salt."""
        return self._token.mark(salt, self.origin.url)

    def exchange(
        self, method: str, path: str, query: Mapping[str, Any], body: Any = None, fresh: bool = False
    ) -> Answer:
        """Asks once; `fresh` is for an answer that shows all changes, or a refusal. Raises Incomplete."""
        deadline, url = self._exchanges.deadline(), self.origin.url + path
        return self._exchanges.exchange(deadline, url, lambda: self._request(method, url, query, body, fresh))

    def _request(
        self, method: str, url: str, query: Mapping[str, Any], body: Any, fresh: bool
    ) -> requests.PreparedRequest:
        """Made without `prepare_url`, which takes apart, part by part, what is put together here from sound parts."""
        request = requests.PreparedRequest()
        request.prepare_method(method)
        request.url = f"{url}?{urlencode(query)}" if query else url
        request.prepare_headers({**_HEADERS, **(_FRESH if fresh else {}), **({} if body is None else _JSON)})
        request.prepare_body(None if body is None else _json_bytes(body), None)
        request.prepare_auth(self._auth)
        return request


class FileSession:
    """Downloads from wherever Coda says: without the token, following a few redirects, as `hosts` admit them."""

    def __init__(self, clock: Clock, timeouts: Timeouts = Timeouts(), hosts: AssetHosts = CODA_ONLY) -> None:
        self._auth, self._hosts = NoAuth(), hosts
        self._exchanges = _Exchanges(clock, timeouts)

    def get(self, url: str, grown: Grown = lambda _: None) -> Answer:
        """Asks once. Raises Incomplete, also for an address that is not safe to ask.

        `grown` is told how large the body has become; while it waits, the deadline does.
        """
        first, place = url, endpoint(url)
        if place is None or not place.is_safe:
            raise Incomplete("a download link that is no https address")
        deadline = self._exchanges.deadline()
        for redirects in range(MOST_REDIRECTS + 1):
            answer = self._exchanges.exchange(deadline, url, partial(self._request, url), deadline.without(grown))
            if answer.status not in REDIRECTS:
                return replace(answer, is_redirected=redirects > 0)
            url = redirect_target(url, answer.headers)
            if not self._hosts.admit_redirect(first, url):
                raise Incomplete("a download link that leads to a place that is not safe to follow")
        raise Incomplete("a download link that redirects without end")

    def _request(self, url: str) -> requests.PreparedRequest:
        return requests.Request("GET", url, headers=_HEADERS, auth=self._auth).prepare()
