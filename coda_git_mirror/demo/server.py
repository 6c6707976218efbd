"""The simulated Coda: a world behind two loopback origins, the API and the file host."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from coda_git_mirror.demo.exports import Exports, ExportTimes
from coda_git_mirror.demo.faults import Call, Drop, Fated, Fault, Mutate, Replace, Rule, Where, changed
from coda_git_mirror.demo.limits import Limiter, Limits
from coda_git_mirror.demo.links import Links
from coda_git_mirror.demo.listings import Listings, PageSizes
from coda_git_mirror.demo.mutations import Kind, Mutations, Seconds
from coda_git_mirror.demo.origins import Incoming, api_origin, file_origin
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.replies import Reply, error_reply
from coda_git_mirror.demo.request_log import Origin as OriginName
from coda_git_mirror.demo.request_log import Request, RequestLog
from coda_git_mirror.demo.service import Service
from coda_git_mirror.demo.snapshots import Snapshots
from coda_git_mirror.demo.tokens import DEFAULT_TOKEN, Token
from coda_git_mirror.demo.wire import Delivery, Origin
from coda_git_mirror.demo.world import Doc, World

__all__ = ["Limits", "PageSizes", "Readings", "Request", "SimulatedCoda", "Token"]

EXPORT = re.compile(r"^/docs/([^/]+)/pages/([^/]+)/export|^/exports/([^/]+)/([^/]+)$")
TRY_AGAIN = (429, 500, 502, 503, 504)


class SimulatedCoda:
    """Serves a world while entered as a context; all its times are seconds of `clock`.

    It waits only where there is a `latency`, which every request takes on its way, and then by `sleep`. Limits may
    change as time goes on. An export takes `render_seconds`, or its own time between two, and an accepted write
    `mutation_seconds`, of each kind its own where a mapping says so. `readings` decides what the facts about writes do
    not. `shuffle_seed` varies whatever is not content. `live_listings` names the kinds that no token pins.
    With `exact_blob_addresses` the file host knows no blob by an address whose long tail is cut off.
    """

    def __init__(
        self,
        world: World,
        *,
        token: str | Token = DEFAULT_TOKEN,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        latency: float = 0.0,
        render_seconds: float | tuple[float, float] = 0.0,
        not_found_seconds: float = 0.0,
        link_seconds: float = 300.0,
        snapshot_lag: float = 0.0,
        mutation_seconds: Seconds | Mapping[Kind, Seconds] = 0.0,
        readings: Readings = Readings(),  # noqa: B008 - a frozen value
        limits: Limits | Callable[[], Limits] | None = None,
        page_sizes: PageSizes | None = None,
        live_listings: Collection[str] = ("docs",),
        strict_page_tokens: bool = False,
        shuffle_seed: int | None = None,
        blob_origin: str | None = None,
        complete_status: str = "complete",
        expired_link_status: int = 403,
        deleted_doc_status: int = 404,
        exact_blob_addresses: bool = False,
        date: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.world, self.requests = world, RequestLog()
        self._tokens = [token if isinstance(token, Token) else Token(token)]
        self._rules: list[Rule] = []
        self._ending = threading.Event()
        self._snapshots = Snapshots(snapshot_lag, clock)
        self._mutations = Mutations(mutation_seconds, clock, self._snapshots, readings)
        self._api = Origin(lambda incoming: self._respond(incoming, "api"), self._ending, date)
        self._files = Origin(lambda incoming: self._respond(incoming, "files"), self._ending, date)
        files = f"http://{self._files.host}"
        self._latency, self._sleep = latency, sleep
        times = ExportTimes(not_found_seconds, render_seconds, link_seconds)
        self._exports = Exports(times, clock, files, complete_status, expired_link_status)
        self._listings = Listings(
            page_sizes or PageSizes(),
            live=frozenset(live_listings),
            strict_tokens=strict_page_tokens,
            seed=shuffle_seed,
        )
        service = Service(
            world=world,
            token=lambda: self._tokens[-1],
            links=Links(blob_origin or files, shuffle_seed),
            listings=self._listings,
            exports=self._exports,
            snapshots=self._snapshots,
            mutations=self._mutations,
            readings=readings,
            api_url=self.api_url,
            seed=shuffle_seed,
            deleted_doc_status=deleted_doc_status,
            exact_blob_addresses=exact_blob_addresses,
        )
        api = api_origin(service, Limiter(limits or Limits(), clock))
        self._origins = {"api": api, "files": file_origin(service)}

    def __enter__(self) -> Self:
        self.world.edit_listeners.append(self._before_edit)
        self._api.start()
        self._files.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ending.set()
        self._api.stop()
        self._files.stop()
        self.world.edit_listeners.remove(self._before_edit)

    @property
    def api_url(self) -> str:
        """The base URL of the API."""
        return f"http://{self._api.host}/apis/v1"

    @property
    def asset_hosts(self) -> str:
        """The host and port of the file host."""
        return self._files.host

    @property
    def token(self) -> str:
        """The text of the token that is valid now."""
        return self._tokens[-1].text

    @property
    def violations(self) -> list[str]:
        """What no client may do, such as to send the token to the file host, or to write one thing twice at once."""
        strays = self.requests.strays([token.text for token in self._tokens])
        return [*strays, *self.requests.misuses(), *self._exports.violations, *self._mutations.violations]

    def on(self, method: str, pattern: str) -> Where:
        """Where a fault strikes: requests of this method, to either origin, whose path the pattern is found in."""
        return Where(self._rules, method, pattern)

    def off(self, *rules: Rule) -> None:
        """Ends these faults; all of them where none is named."""
        self._rules[:] = [rule for rule in self._rules if rules and rule not in rules]

    def use(self, token: str | Token) -> None:
        """From now on only this token is valid."""
        with self.world.lock:
            self._tokens.append(token if isinstance(token, Token) else Token(token))

    def invalidate_page_tokens(self) -> None:
        """Makes every page token given out so far invalid."""
        self._listings.forget()

    def new_client(self) -> None:
        """Starts the log and the watch anew, as if an earlier client had never been (one that was killed, say)."""
        with self.world.lock:
            for origin in (self._api, self._files):
                origin.generation += 1
            self.requests.clear()
            self._exports.forget()
            self._mutations.forget()

    def _before_edit(self, doc: Doc) -> None:
        self._mutations.run_due()
        self._snapshots.before_edit(doc)

    def _respond(self, incoming: Incoming, origin: OriginName) -> tuple[Reply, Delivery]:
        if self._latency:
            self._sleep(self._latency)
        with self.world.lock:
            self._mutations.run_due()
            fault = next((r.fault for r in self._rules if r.applies(incoming.method, incoming.path)), None)
            try:
                answer, delivery = self._answer(incoming, origin, fault)
            except Exception as error:
                answer, delivery = error_reply(500, f"The simulation itself failed: {error!r}"), None
            if fault is not None:
                self._excuse(incoming, fault)
            self._note(incoming, origin, 0 if isinstance(delivery, Drop) else answer.status)
            return answer, delivery

    def _answer(self, incoming: Incoming, origin: OriginName, fault: Fault | None) -> tuple[Reply, Delivery]:
        reach = self._origins[origin]
        match fault:
            case Replace(answer, accepted):
                self._obey_unseen(incoming, origin, accepted)
                return answer, None
            case Drop(accepted):
                self._obey_unseen(incoming, origin, accepted)
                return Reply(0), fault
            case Call(action):
                action()
                return reach(incoming), None
            case Mutate(change):
                with self._mutations.unanswered():
                    return changed(reach(incoming), change), None
            case Fated(fate):
                with self._mutations.fated(fate):
                    return reach(incoming), None
            case None:
                return reach(incoming), None
            case _:
                with self._mutations.unanswered():
                    return reach(incoming), fault

    def _obey_unseen(self, incoming: Incoming, origin: OriginName, accepted: bool) -> None:
        if accepted:
            with self._mutations.unanswered():
                self._origins[origin](incoming)

    def _excuse(self, incoming: Incoming, fault: Fault) -> None:
        """After a fault a client may export a page anew, unless it was only told to ask again."""
        export = EXPORT.match(incoming.raw_path)
        told_to_ask_again = isinstance(fault, Replace) and fault.answer.status in TRY_AGAIN
        if export is not None and not told_to_ask_again:
            doc_id, page_id = (unquote(part) for part in export.groups() if part is not None)
            self._exports.excuse((doc_id, page_id))

    def _note(self, incoming: Incoming, origin: OriginName, status: int) -> None:
        self.requests.add(
            Request(incoming.method, incoming.path, incoming.query, incoming.headers, origin, status, incoming.body)
        )
