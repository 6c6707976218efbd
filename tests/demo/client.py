"""A bare HTTP client for the simulation: what the tests see is what is on the wire."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from coda_git_mirror.demo.server import SimulatedCoda


@dataclass
class Clock:
    """Virtual time, in seconds."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Reply:
    """One answer, its body as sent."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body of a downloaded export."""
        return gzip.decompress(self.body).decode()


class Client:
    """Asks the simulation over one kept connection an origin; with the token towards the API only."""

    def __init__(self, coda: SimulatedCoda) -> None:
        self.coda = coda
        self.headers = {"Authorization": f"Bearer {coda.token}"}
        self._connections: dict[str, http.client.HTTPConnection] = {}

    def get(self, path: str, **query: str | int) -> Reply:
        """A path below `/apis/v1` and its query."""
        return self._api("GET", path + ("?" + urlencode(query) if query else ""))

    def post(self, path: str, content: Any) -> Reply:
        return self._api("POST", path, json.dumps(content).encode())

    def put(self, path: str, content: Any) -> Reply:
        return self._api("PUT", path, json.dumps(content).encode())

    def delete(self, path: str, content: Any = None) -> Reply:
        return self._api("DELETE", path, None if content is None else json.dumps(content).encode())

    def mutation(self, accepted: Reply) -> Reply:
        """The status of a write that was accepted."""
        return self.get(f"/mutationStatus/{quote(accepted.json['requestId'], safe='')}")

    def download(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """A whole URL, without the token."""
        return self.send("GET", url, headers or {})

    def items(self, path: str, **query: str | int) -> list[Any]:
        """All items of a listing."""
        return [item for page in self.listing(path, **query) for item in page["items"]]

    def listing(self, path: str, **query: str | int) -> Iterator[Any]:
        """All pages of a listing, each by the token of the one before."""
        page = self.get(path, **query).json
        yield page
        while "nextPageToken" in page:
            page = self.get(path, pageToken=page["nextPageToken"]).json
            yield page

    def begin(self, doc: str, page: str, output_format: str = "markdown") -> Reply:
        path = f"/docs/{quote(doc, safe='')}/pages/{quote(page, safe='')}/export"
        return self.post(path, {"outputFormat": output_format})

    def status(self, job: Any) -> Reply:
        """The status of a job that `begin` accepted."""
        return self.send("GET", job["href"], self.headers)

    def export(self, doc: str, page: str, output_format: str = "markdown") -> str:
        """A page's export, where nothing has to be waited for."""
        job = self.begin(doc, page, output_format).json
        return self.download(self.status(job).json["downloadLink"]).text

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        parts = urlsplit(url)
        connection = self._connections.setdefault(parts.netloc, http.client.HTTPConnection(parts.netloc, timeout=10))
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, dict(headers))
        with connection.getresponse() as answer:
            return Reply(answer.status, answer.headers, answer.read())

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()

    def _api(self, method: str, path: str, body: bytes | None = None) -> Reply:
        return self.send(method, self.coda.api_url + path, self.headers, body)
