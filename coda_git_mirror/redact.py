"""Keeps the token out of everything that is shown or stored."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

TOKEN_VARIABLES = ("CODA_API_TOKEN", "CODA_API_KEY")
"""The environment variables that may hold the token."""
_MARK_DIGITS = 16
_SHORTEST = 8
"""What is shorter is no token of Coda's, and may be any word."""

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


def holds_secret(content: bytes) -> bool:
    """Whether a secret of this process stands in the content of a file."""
    return any(len(value) >= _SHORTEST and value.encode() in content for value in _known)


def names_of_secrets(environment: Mapping[str, str]) -> set[str]:
    """The variables that hold the token, or may."""
    known = {*filter(None, _known), *filter(None, map(environment.get, TOKEN_VARIABLES))}
    return {name for name, value in environment.items() if name in TOKEN_VARIABLES or any(it in value for it in known)}


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program that has no business with the token."""
    hidden = names_of_secrets(environment)
    return {name: value for name, value in environment.items() if name not in hidden}
