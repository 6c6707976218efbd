"""What the simulation was asked, in order."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Origin = Literal["api", "files"]


@dataclass(frozen=True)
class Request:
    """One request as answered; `path` is unquoted and without `/apis/v1`, header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    origin: Origin
    status: int  # 0 where the connection was closed without an answer
    body: bytes


class RequestLog:
    """The requests so far; iterable, and countable by method and pattern."""

    def __init__(self) -> None:
        self._requests: list[Request] = []

    def __iter__(self) -> Iterator[Request]:
        return iter(tuple(self._requests))

    def __len__(self) -> int:
        return len(self._requests)

    def __getitem__(self, index: int) -> Request:
        return self._requests[index]

    def add(self, request: Request) -> None:
        self._requests.append(request)

    def clear(self) -> None:
        self._requests.clear()

    def matching(self, method: str, pattern: str) -> list[Request]:
        """Those of this method whose path the pattern is found in."""
        found = re.compile(pattern)
        return [request for request in self if request.method == method and found.search(request.path)]

    def count(self, method: str, pattern: str) -> int:
        return len(self.matching(method, pattern))

    def writes(self) -> list[Request]:
        """Those that were to change something in the account: all but GETs and the POSTs that begin an export."""
        return [request for request in self if request.method != "GET" and not request.path.endswith("/export")]

    def misuses(self) -> list[str]:
        """Where somebody tried to push a button, or had values stored that were not parsed (coda-api.md, Writing)."""
        pushes = [f"button pushed: {request.path}" for request in self.matching("POST", r"/buttons/[^/]+$")]
        return pushes + [
            f"disableParsing sent: {request.path}" for request in self if "disableParsing" in request.query
        ]

    def strays(self, tokens: Collection[str]) -> list[str]:
        """Where one of the tokens, or any authorization, was sent to the file host."""
        return [
            f"token sent to the file host: {request.method} {request.path}"
            for request in self
            if request.origin == "files" and _carries(request, tokens)
        ]


def _carries(request: Request, tokens: Collection[str]) -> bool:
    everything = [*request.headers.values(), *request.query.values(), request.path]
    return "authorization" in request.headers or any(token in text for token in tokens for text in everything)
