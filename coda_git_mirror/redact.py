"""Keeps the token out of everything that is shown or stored."""

from __future__ import annotations

import hashlib
import hmac

_MARK_DIGITS = 16

_known: set[str] = set()


class Secret:
    """A token that no log, message or traceback shows by accident: only `reveal` gives it."""

    def __init__(self, value: str) -> None:
        self._value = value
        _known.add(value)

    def reveal(self) -> str:
        return self._value

    def mark(self, salt: bytes, place: str) -> str:
        """Tells this token, used at this place, from others; too short to find the token from it."""
        return hmac.new(salt, f"{place}\n{self._value}".encode(), hashlib.sha256).hexdigest()[:_MARK_DIGITS]

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


def redacted(text: str) -> str:
    """`text` without any secret of this process, should a server or a library have echoed one."""
    for value in filter(None, _known):
        text = text.replace(value, "***")
    return text
