"""A keyring in memory, put in the place of the system's by `keyring`'s own way for that."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keyring
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.compat import properties
from keyring.errors import PasswordDeleteError

from coda_git_mirror.keychain import SERVICE

_untyped: Any = fail.Keyring
NONE: KeyringBackend = _untyped()
"""What a machine without a keyring has."""
_untyped = null.Keyring
DISABLED: KeyringBackend = _untyped()
"""Takes everything and keeps nothing."""


class MemoryKeyring(KeyringBackend):
    """What is stored, by service and user."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.stored: dict[tuple[str, str], str] = {}

    @properties.classproperty
    def priority(self) -> float:
        return 0.1

    def get_password(self, service: str, username: str) -> str | None:
        return self.stored.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.stored[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.stored:
            raise PasswordDeleteError(username)
        del self.stored[service, username]

    @property
    def tokens(self) -> dict[str, str]:
        return {user: token for (service, user), token in self.stored.items() if service == SERVICE}


class LockedKeyring(MemoryKeyring):
    """Fails as a backend's own library does, and says what it was given."""

    def get_password(self, service: str, username: str) -> str | None:
        raise OSError(f"Prompt dismissed for {service}/{username}")


class HangingKeyring(MemoryKeyring):
    """Waits for somebody to unlock it, until it is told that the test is over."""

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:  # noqa: ARG002
        self.over.wait()
        return None


@contextmanager
def in_place(backend: KeyringBackend) -> Iterator[None]:
    """Uses a backend for a while."""
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        yield
    finally:
        keyring.set_keyring(before)
