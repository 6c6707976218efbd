"""The two origins as functions from request to answer: the API and the file host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from coda_git_mirror.demo.limits import Limiter
from coda_git_mirror.demo.replies import ErrorReply, Reply, error_reply, storage_error
from coda_git_mirror.demo.routes import ROUTES
from coda_git_mirror.demo.service import Call, Service

PREFIX = "/apis/v1"
GONE = {
    403: ("AccessDenied", "Access Denied"),
    404: ("NoSuchKey", "The specified key does not exist."),
    410: ("Gone", "The specified key is gone."),
}


@dataclass(frozen=True)
class Incoming:
    """A request as it came in; `raw_path` is still quoted and has no query."""

    method: str
    raw_path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def read(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Incoming:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return cls(method, parts.path.removeprefix(PREFIX), query, headers, body)

    @property
    def path(self) -> str:
        return unquote(self.raw_path)


def api_origin(service: Service, limiter: Limiter) -> Callable[[Incoming], Reply]:
    """The API: token, then rate limit, then endpoint."""

    def answer(incoming: Incoming) -> Reply:
        try:
            service.token().check(incoming.headers, incoming.method, incoming.path)
            return _route(service, limiter, incoming)
        except ErrorReply as refusal:
            return error_reply(refusal.status, refusal.message)

    return answer


def _route(service: Service, limiter: Limiter, incoming: Incoming) -> Reply:
    for route in ROUTES:
        found = route.pattern.match(incoming.raw_path)
        if found is None or route.method != incoming.method:
            continue
        if not limiter.admits(route.rate_class):
            raise ErrorReply(429, "Too Many Requests")
        ids = {name: unquote(text) for name, text in found.groupdict().items()}
        url = service.api_url + incoming.raw_path
        return route.endpoint(Call(service, incoming.path, ids, incoming.query, incoming.headers, incoming.body, url))
    raise ErrorReply(404, "Not Found")


def file_origin(service: Service) -> Callable[[Incoming], Reply]:
    """The file host: finished exports and blobs, without token and without limit."""

    def answer(incoming: Incoming) -> Reply:
        match [unquote(part) for part in incoming.raw_path.split("/")[1:]]:
            case ["exports", doc_id, page_id]:
                expires, signature = (incoming.query.get(f"X-Amz-{name}", "") for name in ("Expires", "Signature"))
                return service.exports.download(doc_id, page_id, expires, signature)
            case ["docs", _, "blobs", blob_id, *tail] if len(tail) <= 1:
                return _blob(service, blob_id, "".join(tail))
            case _:
                return storage_error(403, "AccessDenied", "Access Denied")

    return answer


def _blob(service: Service, blob_id: str, tail: str) -> Reply:
    """A stored file by its address, of whose tail any part may be cut off where addresses need not be exact."""
    blob = service.world.blobs.get(blob_id)
    if blob is None or not blob.hash.startswith(tail) or (service.exact_blob_addresses and blob.hash != tail):
        return storage_error(404, *GONE[404])
    if blob.gone:
        return storage_error(blob.gone_status, *GONE[blob.gone_status])
    kind = {} if blob.mime_type is None else {"Content-Type": blob.mime_type}
    filename = quote(blob.filename, safe=" ()[]!'&,;=+@", errors="replace")
    return Reply(200, blob.content, {**kind, "x-amz-meta-filename": filename, "Cache-Control": "public"})
