"""The system's keyring: a token for each account, and which accounts these are, since few keyrings can list that."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.redact import Secret, redacted

SERVICE = "coda-git-mirror"
OTHER_WAYS = (
    "set CODA_API_TOKEN to the token, or CODA_API_TOKEN_FILE to a file that holds it, "
    "or write CODA_API_TOKEN=... into a file .env where the command runs"
)
_LIST, _LIST_USER = "coda-git-mirror accounts", "accounts"
_PATIENCE = 60.0
"""Seconds in which somebody may unlock the keyring; where nobody does, it must not hold up a run for ever."""

T = TypeVar("T")


class NoKeyring(MirrorError):
    """There is no keyring, it is disabled, or it does not answer; `why` says which, within a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The system's keyring cannot be used ({why}); {OTHER_WAYS}.")
        self.why = why


def require_keyring() -> None:
    """Raises NoKeyring where it is known from the start that nothing can be stored."""
    stored_logins()


def stored_logins() -> tuple[str, ...]:
    """The accounts that have a token there. Raises NoKeyring."""
    return _ask(lambda backend: tuple(login for login in _known(backend) if backend.get_password(SERVICE, login)))


def stored_token(login: str) -> str:
    """The token of an account; empty where there is none. Raises NoKeyring."""
    return _ask(lambda backend: backend.get_password(SERVICE, login) or "")


def store(login: str, token: Secret) -> str:
    """Stores the token of an account, reads it back, and returns the keyring's name. Raises NoKeyring."""

    def storing(backend: Any) -> str:
        _write_list(backend, {*_known(backend), login})
        backend.set_password(SERVICE, login, token.reveal())
        if backend.get_password(SERVICE, login) != token.reveal() or login not in _listed(backend):
            raise NoKeyring(f"{_name(backend)} did not keep what was stored, as one that is disabled does")
        return _name(backend)

    return _ask(storing)


def remove(login: str) -> None:
    """Takes the token of an account out. Raises NoKeyring, and MirrorError where it is still there afterwards."""

    def removing(backend: Any) -> None:
        backend.delete_password(SERVICE, login)
        if backend.get_password(SERVICE, login):
            raise MirrorError(
                f"{_name(backend)} still has the token of {login}; remove it by the keyring's own program."
            )
        _write_list(backend, {*_listed(backend)} - {login})

    _ask(removing)


def _known(backend: Any) -> list[str]:
    """The accounts that the list names, and one that the keyring itself may know of."""
    credential = backend.get_credential(SERVICE, None)
    found = credential.username if credential else ""
    return sorted({*_listed(backend), *([found] if found else [])})


def _listed(backend: Any) -> list[str]:
    try:
        stored = json.loads(backend.get_password(_LIST, _LIST_USER) or "[]")
    except ValueError:
        return []
    return [login for login in stored if isinstance(login, str)] if isinstance(stored, list) else []


def _write_list(backend: Any, logins: set[str]) -> None:
    if logins == set(_listed(backend)):
        return
    if logins:
        backend.set_password(_LIST, _LIST_USER, json.dumps(sorted(logins)))
    else:
        backend.delete_password(_LIST, _LIST_USER)


def _name(backend: Any) -> str:
    return str(getattr(backend, "name", "") or type(backend).__name__)


def _ask(question: Callable[[Any], T]) -> T:
    """What the keyring answers, in a thread of its own, since a locked one may wait for somebody who is not there."""
    answers: queue.SimpleQueue[T | Exception] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_answer(question)), name="keyring", daemon=True).start()
    try:
        answer = answers.get(timeout=_PATIENCE)
    except queue.Empty:
        raise NoKeyring(f"it did not answer within {_PATIENCE:.0f} seconds; is it locked?") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _answer(question: Callable[[Any], T]) -> T | Exception:
    try:
        # Half as slow to load as all the rest, and needed only where no other source has a token.
        import keyring

        return question(keyring.get_keyring())
    except MirrorError as error:
        return error
    except Exception as error:  # each of the systems' keyrings has errors of its own kind
        return NoKeyring(_reason(error))


def _reason(error: Exception) -> str:
    if type(error).__name__ == "NoKeyringError":
        return "there is none on this machine, or none that runs without a desktop"
    return " ".join(redacted(str(error) or type(error).__name__).split())[:200]
