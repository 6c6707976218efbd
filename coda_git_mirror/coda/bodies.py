"""Bodies of answers, complete or not at all.

The libraries below accept some bodies that were cut on their way (engineering.md, HTTP): a gzip stream that stops
inside well-formed chunks, or a body that ends when the connection does. Here every body is read raw, its length and its
gzip trailer checked, before anybody sees a byte of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import requests

from coda_git_mirror.coda.failures import Incomplete, TooMuch
from coda_git_mirror.turns import Grown

GZIP_MAGIC = b"\x1f\x8b"
GZIP_ENCODINGS = ("gzip", "x-gzip")
LARGEST_BODY = 64 * 1024 * 1024
"""In bytes, before and after decoding; Coda's largest pages of rows and exports stay well below."""
_CHUNK = 256 * 1024
_PIECE = 1024 * 1024


def read_body(response: requests.Response, grown: Grown = lambda _: None) -> tuple[bytes, bool]:
    """The decoded body, and whether it is proved to be complete by its length, its chunks or its gzip trailer.

    Raises Incomplete for one that is proved not to be, TooMuch for one beyond the bounds, and what urllib3 raises.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", *GZIP_ENCODINGS):
        raise Incomplete("an answer in an encoding that was not asked for")
    is_framed = _is_framed(response)
    chunks = _chunks(response, grown)
    if encoding in GZIP_ENCODINGS:
        return gunzipped(chunks, grown), True
    return b"".join(chunks), is_framed


def gunzipped(chunks: Iterable[bytes], grown: Grown = lambda _: None) -> bytes:
    """The content of a whole gzip stream of one or more members. Raises Incomplete and TooMuch."""
    body, decoder = bytearray(), zlib.decompressobj(wbits=31)
    for chunk in chunks:
        rest = chunk
        while rest:
            if decoder.eof:
                decoder = zlib.decompressobj(wbits=31)
            try:
                body += decoder.decompress(rest, _PIECE)
            except zlib.error as error:
                raise Incomplete("an answer with a damaged gzip stream") from error
            _check_size(len(body))
            grown(len(body))
            rest = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    while not decoder.eof and (piece := decoder.decompress(b"", _PIECE)):
        body += piece
        _check_size(len(body))
    if not decoder.eof:
        raise Incomplete("an answer that was cut")
    return bytes(body)


def _chunks(response: requests.Response, grown: Grown) -> Iterator[bytes]:
    """The body as it arrives; `deadlines` bounds what `read1` takes beside it.

    urllib3 itself refuses a body that is shorter than its `Content-Length`, and unfinished chunks.
    """
    size = 0
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        size += len(chunk)
        _check_size(size)
        grown(size)
        yield chunk


def _check_size(size: int) -> None:
    if size > LARGEST_BODY:
        raise TooMuch("an answer that is too large")


def _is_framed(response: requests.Response) -> bool:
    """Whether the end of the body is marked; to be asked before reading it."""
    chunked = response.headers.get("Transfer-Encoding", "").strip().lower() == "chunked"
    return chunked or response.raw.length_remaining is not None
