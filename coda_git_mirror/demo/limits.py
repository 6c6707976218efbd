"""Rate limits as Coda enforces them: per user, by class, answered with a bare 429 (coda-api.md, Requests)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Rate = tuple[int, float]  # so many requests within so many seconds
Kind = Literal["sliding-log", "fixed-window", "token-bucket", "log-of-all"]  # the last one counts refusals too
RateClass = Literal["read", "write", "content", "docs", "export"]


@dataclass(frozen=True)
class Limits:
    """What each class may do; `None` is without limit. The defaults are the published numbers, exports looser.

    `kinds` names the classes that count in another way than `kind`; exports draw on the budget of `exports_count_as`.
    """

    read: Rate | None = (100, 6.0)
    write: Rate | None = (10, 6.0)
    content: Rate | None = (5, 10.0)
    docs: Rate | None = (4, 6.0)
    export: Rate | None = (30, 6.0)
    kind: Kind = "sliding-log"
    kinds: Mapping[RateClass, Kind] = field(default_factory=dict)
    exports_count_as: RateClass = "export"

    @classmethod
    def none(cls) -> Limits:
        """No limits at all."""
        return cls(None, None, None, None, None)


class Limiter:
    """Counts requests by class against the present limits, on the simulation's clock."""

    def __init__(self, limits: Limits | Callable[[], Limits], clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._counted: defaultdict[str, deque[float]] = defaultdict(deque)
        self._tokens: dict[str, tuple[float, float]] = {}

    def admits(self, rate_class: RateClass) -> bool:
        """Whether one more request of this class is accepted now; an accepted one counts."""
        limits = self._limits if isinstance(self._limits, Limits) else self._limits()
        counted_as = limits.exports_count_as if rate_class == "export" else rate_class
        rate: Rate | None = getattr(limits, counted_as)
        kind = limits.kinds.get(counted_as, limits.kind)
        if rate is None:
            return True
        if kind == "token-bucket":
            return self._take(counted_as, *rate)
        return self._count(counted_as, kind, *rate)

    def _count(self, rate_class: str, kind: Kind, count: int, seconds: float) -> bool:
        now, counted = self._clock(), self._counted[rate_class]
        opened = now - now % seconds if kind == "fixed-window" else now - seconds
        while counted and (counted[0] < opened or counted[0] <= now - seconds):
            counted.popleft()
        admitted = len(counted) < count
        if admitted or kind == "log-of-all":
            counted.append(now)
        return admitted

    def _take(self, rate_class: str, count: int, seconds: float) -> bool:
        now = self._clock()
        tokens, since = self._tokens.get(rate_class, (float(count), now))
        tokens = min(float(count), tokens + (now - since) * count / seconds)
        self._tokens[rate_class] = (tokens - (tokens >= 1), now)
        return tokens >= 1
