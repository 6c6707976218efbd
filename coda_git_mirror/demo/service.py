"""What every endpoint works with: the world as reads show it, and the one request at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Protocol, TypeVar

from coda_git_mirror.demo.exports import Exports
from coda_git_mirror.demo.links import Links
from coda_git_mirror.demo.listings import Listings, Source
from coda_git_mirror.demo.mutations import Mutations
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.replies import ErrorReply, Reply, json_reply
from coda_git_mirror.demo.snapshots import Snapshots
from coda_git_mirror.demo.tokens import Token
from coda_git_mirror.demo.world import Blob, Doc, Page, Table, View, World

T = TypeVar("T")


class Identified(Protocol):
    """Anything with an id; what can be asked for by name has one too."""

    id: str


Item = TypeVar("Item", bound=Identified)


@dataclass(frozen=True)
class Service:
    """The simulated account with everything that serves it; `token` is the one that is valid now."""

    world: World
    token: Callable[[], Token]
    links: Links
    listings: Listings
    exports: Exports
    snapshots: Snapshots
    mutations: Mutations
    readings: Readings
    api_url: str
    seed: int | None
    deleted_doc_status: int
    exact_blob_addresses: bool

    def shuffled(self, items: list[T], what: str) -> list[T]:
        """The items in an order that means nothing: as they are, or shuffled by the seed."""
        return items if self.seed is None else Random(f"{self.seed} {what}").sample(items, len(items))  # noqa: S311


@dataclass(frozen=True)
class Call:
    """One request to the API: its path, the ids in it, its query, headers and body."""

    service: Service
    path: str
    ids: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    url: str  # the request's own address, quoted, without its query

    def flag(self, name: str) -> bool:
        return self.query.get(name, "false").lower() == "true"

    def listing(self, kind: str, source: Callable[[], Source]) -> Reply:
        """One page of a listing."""
        return json_reply(self.service.listings.page(kind, self.url, self.path, self.query, source))

    def doc(self, *, content: bool = True) -> Doc:
        """The doc as reads show it; refused where it is unknown, deleted, closed or (for its content) too large."""
        world, doc_id = self.service.world, self.ids["doc"]
        if doc_id in world.deleted_docs:
            raise ErrorReply(self.service.deleted_doc_status, "The doc has been deleted.")
        live = find(world.docs, doc_id, "doc")
        if not live.accessible:
            raise ErrorReply(403, "You do not have access to this doc.")
        if content and live.over_api_size_limit:
            raise ErrorReply(403, "This doc is too large to be accessed through the API.")
        if self._too_fresh_for(live):
            raise ErrorReply(400, "Doc is not yet up to date.")
        return self.service.snapshots.served(live)

    def _too_fresh_for(self, doc: Doc) -> bool:
        """Whether a version of the doc is asked for that reads do not show yet; only `latest` names one at all."""
        version = self.headers.get("x-coda-doc-version", "")
        return version not in ("", "latest") or (version == "latest" and self.service.mutations.pending(doc))

    def live_doc(self) -> Doc:
        """The doc as it is at this moment, for writes; refused like `doc`."""
        self.doc()
        return find(self.service.world.docs, self.ids["doc"], "doc")

    def page(self) -> Page:
        doc, page_id = self.doc(), self.ids["page"]
        if page_id in doc.deleted_pages:
            raise ErrorReply(410, "The page has been deleted.")
        return find(doc.pages(), page_id, "page", named=True)

    def table(self) -> Table | View:
        return find(self.doc().grids(), self.ids["table"], "table", named=True)

    def written_table(self) -> Table | View:
        """The table of a write: as it is at this moment, or as reads show it."""
        doc = self.doc() if self.service.readings.snapshot_checks else self.live_doc()
        return find(doc.grids(), self.ids["table"], "table", named=True)

    def blob_address(self, doc: Doc) -> Callable[[Blob], str]:
        return lambda blob: self.service.links.blob(doc, blob)

    def find(self, items: Iterable[Item], kind: str, *, named: bool = False) -> Item:
        """The item whose id, or where it is `named` whose name, stands in the path; 404 where there is none."""
        return find(items, self.ids[kind], kind, named=named)


def find(items: Iterable[Item], wanted: str, kind: str, *, named: bool = False) -> Item:
    """The item of this id, else where it may be `named` any of this name: the last one; 404 where there is none."""
    found = {it.id: it for it in items}
    if wanted in found:
        return found[wanted]
    match = (
        next((it for it in reversed(found.values()) if getattr(it, "name", None) == wanted), None) if named else None
    )
    if match is None:
        raise ErrorReply(404, f"Could not find a {kind} with the specified ID or name.")
    return match
