"""Keeps the token out of everything that is shown or stored."""

from __future__ import annotations


class Secret:
    """A token that no log, message or traceback shows by accident: only `reveal` gives it."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def redact(self, text: str) -> str:
        """`text` without the secret, should a server or a library have echoed it."""
        return text.replace(self._value, "***") if self._value else text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__
