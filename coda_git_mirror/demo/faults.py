"""Faults as values: what goes wrong, on which requests, how often.

`coda.on("GET", r"/rows").fail(504, times=2)` adds a rule; the first rule that applies to a request decides its fault.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from coda_git_mirror.demo.mutations import Fate
from coda_git_mirror.demo.replies import Reply, error_reply, json_reply

CutMode = Literal["length", "close", "gzip-chunks", "gzip-close"]


@dataclass(frozen=True)
class Replace:
    """This answer instead of the real one; the request reaches the account where it is `accepted`, else it does not."""

    answer: Reply
    accepted: bool = False


@dataclass(frozen=True)
class Mutate:
    """The real answer with its JSON changed by a function, which may change it in place or return another."""

    change: Callable[[Any], Any]


@dataclass(frozen=True)
class Call:
    """Something happens in the account just before the real answer is made."""

    action: Callable[[], object]


@dataclass(frozen=True)
class Cut:
    """The body ends early.

    `length`: after so many bytes of the declared length. `close`: so many bytes, delimited by the closed connection.
    `gzip-chunks`: the gzip stream cut, inside chunks that end properly. `gzip-close`: the same, delimited by closing.
    """

    after_bytes: int
    mode: CutMode = "length"


@dataclass(frozen=True)
class LieLength:
    """`Content-Length` is off by so many bytes."""

    delta: int


@dataclass(frozen=True)
class Stall:
    """The answer begins and then nothing comes for so many real seconds, or until the simulation ends."""

    seconds: float


@dataclass(frozen=True)
class Flow:
    """Instead of the body this piece again and again, in chunks, so many times; `before` is called before each."""

    piece: bytes
    times: int
    before: Callable[[], object]


@dataclass(frozen=True)
class Drop:
    """The connection is closed without an answer; the request reaches the account where it is `accepted`."""

    accepted: bool = False


@dataclass(frozen=True)
class Fated:
    """The real answer; but what becomes of a write that is accepted thereby is this."""

    fate: Fate


Fault: TypeAlias = Replace | Mutate | Call | Cut | LieLength | Stall | Flow | Drop | Fated


@dataclass(eq=False)
class Rule:
    """A fault with its conditions: on matching requests after the first `after`, at most `times`, by `chance`."""

    method: str
    pattern: re.Pattern[str]
    fault: Fault
    times: int | None = None
    after: int = 0
    chance: Callable[[], bool] = lambda: True
    seen: int = field(default=0, init=False)
    used: int = field(default=0, init=False)

    def applies(self, method: str, path: str) -> bool:
        """Whether this request is hit; counts it."""
        if method != self.method or not self.pattern.search(path):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.used >= self.times) or not self.chance():
            return False
        self.used += 1
        return True


@dataclass
class Where:
    """Requests of a method whose path (unquoted, without `/apis/v1`) a pattern is found in; each verb adds a rule."""

    rules: list[Rule]
    method: str
    pattern: str

    def fail(
        self,
        status: int,
        times: int | None = None,
        after: int = 0,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        after_acceptance: bool = False,
    ) -> Rule:
        """Answers with an error, by default in Coda's form for that status, before or after the request is obeyed."""
        usual = error_reply(status)
        content = usual.body if body is None else body.encode() if isinstance(body, str) else body
        answer = Reply(status, content, {**usual.headers, **(headers or {})})
        return self._add(Replace(answer, after_acceptance), times, after)

    def rate(self, fraction: float, status: int, seed: int = 0) -> Rule:
        """Fails this fraction of the requests, the same ones for the same seed and order."""
        source = random.Random(seed)  # noqa: S311 - a repeatable choice, not a secret
        rule = self.fail(status)
        rule.chance = lambda: source.random() < fraction
        return rule

    def answer(
        self,
        status: int,
        content: Any,
        times: int | None = None,
        after: int = 0,
        headers: Mapping[str, str] | None = None,
    ) -> Rule:
        """Answers with this JSON."""
        usual = json_reply(content, status)
        return self._add(Replace(Reply(status, usual.body, {**usual.headers, **(headers or {})})), times, after)

    def garbage(
        self, content: bytes, times: int | None = None, after: int = 0, content_type: str = "application/json"
    ) -> Rule:
        """Answers 200 with these bytes."""
        return self._add(Replace(Reply(200, content, {"Content-Type": content_type})), times, after)

    def redirect(self, url: str, times: int | None = None, after: int = 0) -> Rule:
        """Answers 302 to another place."""
        return self._add(Replace(Reply(302, b"", {"Location": url})), times, after)

    def mutate(self, change: Callable[[Any], Any], times: int | None = None, after: int = 0) -> Rule:
        """Changes the JSON of the real answer."""
        return self._add(Mutate(change), times, after)

    def call(self, action: Callable[[], object], times: int | None = 1, after: int = 0) -> Rule:
        """Does something just before answering, such as an edit in the middle of a listing."""
        return self._add(Call(action), times, after)

    def cut(self, after_bytes: int, mode: CutMode = "length", times: int | None = None, after: int = 0) -> Rule:
        """Ends the body early."""
        return self._add(Cut(after_bytes, mode), times, after)

    def lie_length(self, delta: int, times: int | None = None, after: int = 0) -> Rule:
        """Declares a wrong length."""
        return self._add(LieLength(delta), times, after)

    def stall(self, seconds: float, times: int | None = None, after: int = 0) -> Rule:
        """Keeps the client waiting in the middle of the answer."""
        return self._add(Stall(seconds), times, after)

    def flow(
        self, piece: bytes, pieces: int, before: Callable[[], object] = lambda: None, times: int | None = None
    ) -> Rule:
        """Sends more than anybody wants, or slower: the piece so many times."""
        return self._add(Flow(piece, pieces, before), times, 0)

    def drop(self, times: int | None = None, after: int = 0, *, after_acceptance: bool = False) -> Rule:
        """Closes the connection without an answer, before or after the request is obeyed."""
        return self._add(Drop(after_acceptance), times, after)

    def lose(self, times: int | None = None, after: int = 0) -> Rule:
        """Accepts the write, says in time that it is completed, and changes nothing."""
        return self._add(Fated(Fate(lost=True)), times, after)

    def keep(self, rows: int, times: int | None = None, after: int = 0) -> Rule:
        """Accepts the batch and says in time that it is completed, but changes only the first so many rows of it."""
        return self._add(Fated(Fate(kept=rows)), times, after)

    def warn(self, warning: str, times: int | None = None, after: int = 0) -> Rule:
        """Does the write, and its status warns."""
        return self._add(Fated(Fate(warning=warning)), times, after)

    def delay(self, seconds: float, times: int | None = None, after: int = 0) -> Rule:
        """Does the write after so many seconds, so that later ones may overtake it; after `inf`, never."""
        return self._add(Fated(Fate(seconds=seconds)), times, after)

    def keep_silent(self, times: int | None = None, after: int = 0) -> Rule:
        """Does the write, but its status never says that it is completed."""
        return self._add(Fated(Fate(silent=True)), times, after)

    def _add(self, fault: Fault, times: int | None, after: int) -> Rule:
        rule = Rule(self.method, re.compile(self.pattern), fault, times, after)
        self.rules.append(rule)
        return rule


def changed(answer: Reply, change: Callable[[Any], Any]) -> Reply:
    """The answer with its JSON changed, if it is a 2xx with JSON."""
    if not 200 <= answer.status < 300 or "json" not in answer.headers.get("Content-Type", ""):
        return answer
    content = json.loads(answer.body)
    result = change(content)
    return json_reply(content if result is None else result, answer.status)
