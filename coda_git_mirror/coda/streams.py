"""Files of any size as they arrive: decoded piece by piece in bounded memory, and complete or not at all.

What `session` and `bodies` do for answers that fit in memory, for those that may not.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping

import requests
import urllib3

from coda_git_mirror.coda.bodies import GZIP_ENCODINGS
from coda_git_mirror.coda.connections import HEADERS, Connections, NoAuth, Timeouts
from coda_git_mirror.coda.deadlines import Deadline
from coda_git_mirror.coda.failures import Incomplete, TooMuch, TooSlow
from coda_git_mirror.coda.origin import endpoint

_ORDINARY = Timeouts()
_CHUNK = 64 * 1024
_HEADERS = {**HEADERS, "Accept-Encoding": "identity"}
_FAILURES = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
_TIMEOUTS = (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError)


class Stream:
    """An answer whose head has arrived, and whose body has not been read."""

    def __init__(self, response: requests.Response, timeouts: Timeouts, deadline: Deadline) -> None:
        self._response, self._timeouts, self._deadline = response, timeouts, deadline
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._encoding = self.headers.get("Content-Encoding", "").strip().lower()

    @property
    def length(self) -> int | None:
        """The size of the content in bytes, where the head declares it; to be asked before reading."""
        remaining: int | None = self._response.raw.length_remaining
        return remaining if self._is_plain else None

    def content(self, check: Callable[[int], None]) -> Iterator[bytes]:
        """The decoded content; `check` is told how many bytes have arrived each time some do, and may raise.

        Raises Incomplete, at the latest at the end, unless length, chunks or gzip trailer prove that it is whole.
        """
        if self._encoding in GZIP_ENCODINGS:
            return gunzipped_pieces(self._arriving(check))
        if not self._is_plain:
            raise Incomplete("an answer in an encoding that was not asked for")
        if not self._is_framed:
            raise Incomplete("an answer of which nobody can say whether it is complete")
        return self._arriving(check)

    @property
    def _is_plain(self) -> bool:
        return self._encoding in ("", "identity")

    @property
    def _is_framed(self) -> bool:
        """Whether the end of the body is marked."""
        chunked = self.headers.get("Transfer-Encoding", "").strip().lower() == "chunked"
        return chunked or self._response.raw.length_remaining is not None

    def _arriving(self, check: Callable[[int], None]) -> Iterator[bytes]:
        received = 0
        while chunk := self._next():
            received += len(chunk)
            check(received)
            yield chunk

    def _next(self) -> bytes:
        """Some bytes, as soon as there are any. urllib3 refuses short bodies."""
        try:
            chunk: bytes = self._response.raw.read1(_CHUNK, decode_content=False)
        except _FAILURES as error:
            raise _failure(error, self._timeouts, self._deadline, "the connection broke off") from error
        return chunk


class FileStreams:
    """Opens files without any token, over connections that stay open."""

    def __init__(self, timeouts: Timeouts = _ORDINARY) -> None:
        self._timeouts = timeouts
        self._connections = Connections()

    @contextlib.contextmanager
    def open(self, url: str, deadline: Deadline) -> Iterator[Stream]:
        """Asks once, following no redirect; leaving early ends the transfer.

        Raises Incomplete, TooSlow at the deadline, which may be moved as the file arrives.
        """
        with self._response(url, deadline) as response:
            yield Stream(response, self._timeouts, deadline)

    def _response(self, url: str, deadline: Deadline) -> requests.Response:
        try:
            request = requests.Request("GET", url, headers=_HEADERS, auth=NoAuth()).prepare()
            return self._connections.send(request, self._timeouts, deadline)
        except _FAILURES as error:
            place = endpoint(url)
            otherwise = f"no answer from {place.host if place else 'such an address'}"
            raise _failure(error, self._timeouts, deadline, otherwise) from error


def _failure(error: Exception, timeouts: Timeouts, deadline: Deadline, otherwise: str) -> Incomplete:
    if deadline.is_over:
        return TooSlow("a file that comes too slowly")
    if isinstance(error, _TIMEOUTS):
        return TooMuch(f"no answer within {timeouts.read:.0f} seconds")
    return Incomplete(otherwise)


def gunzipped_pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a whole gzip stream of one or more members, in pieces of bounded size. Raises Incomplete."""
    decoder = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        rest = chunk
        while rest:
            if decoder.eof:
                decoder = zlib.decompressobj(wbits=31)
            try:
                yield decoder.decompress(rest, _CHUNK)
            except zlib.error as error:
                raise Incomplete("an answer with a damaged gzip stream") from error
            rest = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    while not decoder.eof and (piece := decoder.decompress(b"", _CHUNK)):
        yield piece
    if not decoder.eof:
        raise Incomplete("an answer that was cut")
