"""The simulated account's own time and ids: nothing here reads a wall clock or a random source."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Calendar:
    """Timestamps that move one step with every edit, so that two identically built worlds are equal to the byte."""

    def __init__(self, start: datetime = START, step: timedelta = timedelta(minutes=1)) -> None:
        self._now = start
        self._step = step

    def now(self) -> str:
        """The present instant as Coda writes it: ISO 8601 in UTC with milliseconds and `Z`."""
        return self._now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def tick(self) -> str:
        """Moves on by one step and returns the new instant."""
        self._now += self._step
        return self.now()


class Identifiers:
    """Ids that look like Coda's (base64url tails, so `-` and `_` may stand at either end) and never repeat."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._issued: Counter[str] = Counter()

    def issue(self, prefix: str) -> str:
        """The next id of this prefix; a doc's id has the prefix `""`."""
        self._issued[prefix] += 1
        digest = hashlib.sha256(f"{self._account}\0{prefix}\0{self._issued[prefix]}".encode()).digest()
        return prefix + base64.urlsafe_b64encode(digest).decode()[:10]
