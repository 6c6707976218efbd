"""Where the API token comes from (cli.md, Environment): the environment, files, the system's keyring; never a flag."""

from __future__ import annotations

import codecs
import contextlib
import os
import shlex
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from coda_git_mirror.disk.small_files import read_small
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.keychain import OTHER_WAYS, NoKeyring, stored_logins, stored_token
from coda_git_mirror.redact import TOKEN_VARIABLES, Secret

FILE_VARIABLE = "CODA_API_TOKEN_FILE"
FOLDER_VARIABLE = "CREDENTIALS_DIRECTORY"
"""Set by systemd, and to be set where Docker or Kubernetes mount a secret."""
CREDENTIAL = "coda-api-token"
KEYRING = "the system's keyring"
_LARGEST = 1024 * 1024
_LARGEST_TOKEN = 16 * 1024
_OTHERS = stat.S_IRGRP | stat.S_IROTH


@dataclass(frozen=True)
class Found:
    """A token, what it was found in, and what the user should know of that; empty where there is nothing."""

    token: Secret
    source: str
    note: str = ""


def find(
    environment: Mapping[str, str] = os.environ,
    folder: Path | None = None,
    account: str = "",
    owner: Callable[[], str] = str,
) -> Found:
    """The token of the first source that has one. Raises UsageError where none has, or what is there cannot be one.

    Of the keyring's it is that of the login `account`, else of the mirror's `owner`, else the only one.
    """
    return found_outside(environment, folder) or _found_in_keyring(account, owner)


def note_token(owner: Callable[[], str] = str) -> None:
    """Lets this process know the token, if there is one, so that it can keep it from leaving."""
    with contextlib.suppress(MirrorError):
        find(owner=owner)


def found_outside(environment: Mapping[str, str] = os.environ, folder: Path | None = None) -> Found | None:
    """The token of the first source but the keyring, if one has any. Raises UsageError."""
    if token := _first_of(environment):
        return Found(checked(token, "CODA_API_TOKEN"), "the environment")
    if name := environment.get(FILE_VARIABLE, "").strip():
        return Found(checked(_content(Path(name)), FILE_VARIABLE), f"the file {name}")
    credential = Path(environment.get(FOLDER_VARIABLE, ""), CREDENTIAL)
    if environment.get(FOLDER_VARIABLE) and os.path.lexists(credential):
        return Found(checked(_content(credential), str(credential)), f"the file {credential}")
    path = (folder or Path.cwd()) / ".env"
    if token := _first_of(_dotenv(path)):
        return Found(checked(token, "CODA_API_TOKEN"), f"the file {path}", _readable_by_others(path))
    return None


def checked(token: str, place: str) -> Secret:
    """The token of a text. Raises UsageError, which does not show it, where it cannot be one."""
    if not (token.isascii() and token.isprintable()) or " " in token or len(token) > _LARGEST_TOKEN:
        raise UsageError(f"The Coda API token has characters that no token has; copy it again into {place}.")
    return Secret(token)


def text_of(content: bytes) -> str:
    """The words of a file as any system's editors and shells write it. Raises UnicodeDecodeError."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if marked else "utf-8-sig").strip()


def _found_in_keyring(account: str, owner: Callable[[], str]) -> Found:
    try:
        wanted = account or owner()
        token = _token_of(wanted) if wanted else _only_token()
    except NoKeyring as error:
        raise UsageError(
            f"There is no Coda API token, and the system's keyring cannot be used ({error.why}); "
            f"make a token at https://coda.io/account and {OTHER_WAYS}."
        ) from error
    if not token:
        raise UsageError(
            "There is no Coda API token; make one at https://coda.io/account and store it with `coda-git-mirror login`"
            ", or set the environment variable CODA_API_TOKEN to it, or write CODA_API_TOKEN=... into a file .env here."
        )
    return Found(checked(token, "`coda-git-mirror login`"), KEYRING)


def _token_of(wanted: str) -> str:
    """Reads no other token, for which a keyring may ask its user; that of anybody else would be of no use either."""
    if token := stored_token(wanted):
        return token
    logins = stored_logins()
    login = next((login for login in logins if login.casefold() == wanted.casefold()), "")
    if logins and not login:
        raise UsageError(f"The system's keyring has no token of {wanted}; `coda-git-mirror login` stores one.")
    return stored_token(login) if login else ""


def _only_token() -> str:
    logins = stored_logins()
    if len(logins) > 1:
        raise UsageError(
            f"The system's keyring has tokens of {', '.join(logins)}; name one with `sync --account`, "
            "or set CODA_API_TOKEN."
        )
    return stored_token(logins[0]) if logins else ""


def _first_of(variables: Mapping[str, str | None]) -> str:
    values = ((variables.get(name) or "").strip() for name in TOKEN_VARIABLES)
    return next(filter(None, values), "")


def _content(path: Path) -> str:
    """The token in a file, which may be a symlink as Kubernetes makes them. Raises UsageError, without the content."""
    try:
        content = read_small(path.resolve(), _LARGEST_TOKEN)
        text = "" if content is None else text_of(content)
    except UnicodeDecodeError:
        raise UsageError(f"{path} holds no text; write nothing but the Coda API token into it.") from None
    except (OSError, RuntimeError, ValueError) as error:
        why = getattr(error, "strerror", "") or "it cannot be a file"
        raise UsageError(f"The file of the Coda API token, {path}, cannot be read ({why}); put that right.") from error
    if content is None:
        raise UsageError(f"The file of the Coda API token, {path}, {_not_a_file(path)}; name a file that holds it.")
    if not text:
        raise UsageError(f"{path} is empty; write the Coda API token into it.")
    return text


def _not_a_file(path: Path) -> str:
    if path.is_dir():
        return "is a folder"
    return "is no plain file" if path.exists() else "is not there"


def _dotenv(path: Path) -> Mapping[str, str | None]:
    try:
        small = path.is_file() and path.stat().st_size <= _LARGEST
        return dotenv_values(path, interpolate=False, encoding="utf-8-sig") if small else {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read; correct it or set CODA_API_TOKEN instead.") from error


def _readable_by_others(path: Path) -> str:
    if os.name == "nt" or not path.stat().st_mode & _OTHERS:
        return ""
    command = shlex.join(["chmod", "600", str(path)])
    return f"{path} holds the token, and others on this machine can read it; `{command}` leaves it to you."
