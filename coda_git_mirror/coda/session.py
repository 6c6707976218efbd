"""One HTTP exchange, complete or not at all.

The libraries below accept some bodies that were cut on their way (engineering.md): a gzip stream that stops inside
well-formed chunks, or a body that ends when the connection does. Here every body is read raw, with its length and
its gzip trailer checked, before anybody sees a byte of it.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from coda_git_mirror import __version__
from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.origin import ApiOrigin, is_safe
from coda_git_mirror.redact import Secret

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
TOTAL_SECONDS = 600.0
LARGEST_BODY = 128 * 1024 * 1024
_CHUNK = 64 * 1024
_MOST_REDIRECTS = 3
_GZIP_MAGIC = b"\x1f\x8b"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Incomplete(Exception):
    """No usable answer arrived: no connection, a time-out, or a body that was cut. Asking again may help."""


@dataclass(frozen=True)
class Answer:
    """A complete answer; `body` is decoded from its transfer and content encodings."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _TokenAuth(AuthBase):
    """Adds the token, for the API's own origin only; being there, it also keeps `~/.netrc` from replacing it."""

    def __init__(self, token: Secret, origin: ApiOrigin) -> None:
        self._token, self._origin = token, origin

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if request.url is None or not self._origin.owns(request.url):
            raise ValueError("a request with the token was about to leave the API's origin")
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class _NoAuth(AuthBase):
    """Adds nothing; being there, it keeps `~/.netrc` from adding something."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Sessions:
    """A `requests` session for each thread, which keeps its connections open between exchanges."""

    def __init__(self) -> None:
        self._local = threading.local()

    def get(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            for scheme in ("https://", "http://"):
                session.mount(scheme, HTTPAdapter(max_retries=0))
            self._local.session = session
        return session


class ApiSession:
    """Exchanges with the API: with the token, never following a redirect."""

    def __init__(self, origin: ApiOrigin, token: Secret, clock: Clock) -> None:
        self.origin = origin
        self._clock = clock
        self._auth = _TokenAuth(token, origin)
        self._sessions = _Sessions()

    def exchange(self, method: str, path: str, query: Mapping[str, Any], body: Any = None) -> Answer:
        """Asks once. Raises Incomplete."""
        url = self.origin.url + path
        return _exchange(self._sessions.get(), self._clock, method, url, params=query, json=body, auth=self._auth)


class FileSession:
    """Downloads from anywhere: without the token, following a few redirects to safe addresses."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._auth = _NoAuth()
        self._sessions = _Sessions()

    def get(self, url: str) -> Answer:
        """Asks once. Raises Incomplete, also for an address that is not encrypted and not on this machine."""
        for _ in range(_MOST_REDIRECTS + 1):
            if not is_safe(urlsplit(url)):
                raise Incomplete("the download link is not an https address")
            answer = _exchange(self._sessions.get(), self._clock, "GET", url, auth=self._auth)
            if answer.status not in _REDIRECTS:
                return answer
            url = urljoin(url, answer.headers.get("Location", ""))
        raise Incomplete("the download link redirects without end")


def _exchange(session: requests.Session, clock: Clock, method: str, url: str, **options: Any) -> Answer:
    headers = {"Accept-Encoding": "gzip", "User-Agent": f"coda-git-mirror/{__version__}"}
    timeout = (CONNECT_SECONDS, READ_SECONDS)
    try:
        with session.request(
            method, url, headers=headers, timeout=timeout, allow_redirects=False, stream=True, **options
        ) as response:
            return Answer(response.status_code, response.headers, _complete_body(response, clock))
    except requests.exceptions.ConnectTimeout as error:
        raise Incomplete(f"no connection within {CONNECT_SECONDS:.0f} seconds") from error
    except requests.exceptions.ReadTimeout as error:
        raise Incomplete(f"no answer within {READ_SECONDS:.0f} seconds") from error
    except requests.exceptions.SSLError as error:
        raise Incomplete("no secure connection (the certificate was not accepted)") from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise Incomplete("the connection failed or broke off") from error


def _complete_body(response: requests.Response, clock: Clock) -> bytes:
    raw = _raw_body(response, clock)
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise Incomplete(f"an answer in the unknown encoding {encoding!r}")
    if encoding == "gzip" or raw.startswith(_GZIP_MAGIC):
        return _gunzipped(raw) if raw else raw
    if raw and not _is_framed(response):
        raise Incomplete("an answer of which nobody can say whether it is complete")
    return raw


def _raw_body(response: requests.Response, clock: Clock) -> bytes:
    """The body as it was sent. urllib3 itself refuses one that is shorter than its `Content-Length`."""
    deadline = clock.now() + TOTAL_SECONDS
    body = bytearray()
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > LARGEST_BODY or clock.now() > deadline:
            raise Incomplete("an answer that is too large or too slow")
    return bytes(body)


def _is_framed(response: requests.Response) -> bool:
    chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    return chunked or "Content-Length" in response.headers


def _gunzipped(raw: bytes) -> bytes:
    decoder = zlib.decompressobj(wbits=31)
    try:
        body = decoder.decompress(raw, LARGEST_BODY)
    except zlib.error as error:
        raise Incomplete("an answer with a damaged gzip stream") from error
    if not decoder.eof:
        raise Incomplete("an answer that was cut")
    return body
