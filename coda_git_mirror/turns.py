"""Turns for what is large: memory is that of one piece of work, however many there are at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

_LARGE = 4 * 1024 * 1024

Grown = Callable[[int], object]
"""Is told how many bytes something has become, now and then while it comes, and may wait."""


class Turns:
    """Who works on something large waits until nobody else does: so few of them are in memory, however many arrive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def turn(self) -> Iterator[Grown]:
        """For the work on one thing, to its end; it waits once it is told that this is large."""
        with contextlib.ExitStack() as held:
            is_held = False

            def grown(size: int) -> None:
                nonlocal is_held
                if size > _LARGE and not is_held:
                    held.enter_context(self._lock)
                    is_held = True

            yield grown
