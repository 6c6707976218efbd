"""What is read back from a mirror and is not as this program writes it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class DamagedContent(ValueError):
    """Content of a revision is not as this program writes it; the text says what it should have been."""


@contextlib.contextmanager
def telling_damage(what: str) -> Iterator[None]:
    """Turns what goes wrong in taking content apart into DamagedContent; nothing else belongs into the block."""
    try:
        yield
    except DamagedContent:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedContent(f"{what}: {error!r}") from error
