"""Rate limits as Coda enforces them: per user, by class, answered with a bare 429 (FACTS, "Requests")."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Rate = tuple[int, float]  # so many requests within so many seconds
Kind = Literal["sliding-log", "fixed-window", "token-bucket"]
RateClass = Literal["read", "write", "content", "docs", "export"]


@dataclass(frozen=True)
class Limits:
    """What each class may do; `None` is without limit. The defaults are the published numbers, exports looser."""

    read: Rate | None = (100, 6.0)
    write: Rate | None = (10, 6.0)
    content: Rate | None = (5, 10.0)
    docs: Rate | None = (4, 6.0)
    export: Rate | None = (30, 6.0)
    kind: Kind = "sliding-log"

    @classmethod
    def none(cls) -> Limits:
        """No limits at all."""
        return cls(None, None, None, None, None)


class Limiter:
    """Counts requests by class against the limits, on the simulation's clock."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._accepted: defaultdict[str, deque[float]] = defaultdict(deque)
        self._tokens: dict[str, tuple[float, float]] = {}

    def admits(self, rate_class: RateClass) -> bool:
        """Whether one more request of this class is accepted now; an accepted one counts."""
        rate: Rate | None = getattr(self.limits, rate_class)
        if rate is None:
            return True
        if self.limits.kind == "token-bucket":
            return self._take(rate_class, *rate)
        return self._count(rate_class, *rate)

    def _count(self, rate_class: str, count: int, seconds: float) -> bool:
        now, accepted = self._clock(), self._accepted[rate_class]
        opened = now - now % seconds if self.limits.kind == "fixed-window" else now - seconds
        while accepted and (accepted[0] < opened or accepted[0] <= now - seconds):
            accepted.popleft()
        if len(accepted) >= count:
            return False
        accepted.append(now)
        return True

    def _take(self, rate_class: str, count: int, seconds: float) -> bool:
        now = self._clock()
        tokens, since = self._tokens.get(rate_class, (float(count), now))
        tokens = min(float(count), tokens + (now - since) * count / seconds)
        self._tokens[rate_class] = (tokens - (tokens >= 1), now)
        return tokens >= 1
