"""Where the API token comes from: the environment, else `.env` in the working directory; never a flag."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from coda_git_mirror.errors import UsageError
from coda_git_mirror.redact import TOKEN_VARIABLES, Secret

_LARGEST = 1024 * 1024


def find_token(environment: Mapping[str, str] = os.environ, folder: Path | None = None) -> Secret:
    """The token. Raises UsageError where there is none, or where what is there cannot be one."""
    token = _first_of(environment) or _first_of(_dotenv((folder or Path.cwd()) / ".env"))
    if not token:
        raise UsageError(
            "There is no Coda API token; make one at https://coda.io/account and set the environment variable "
            "CODA_API_TOKEN to it, or write CODA_API_TOKEN=... into a file .env here."
        )
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise UsageError("The Coda API token has characters that no token has; copy it again into CODA_API_TOKEN.")
    return Secret(token)


def note_token(environment: Mapping[str, str] = os.environ, folder: Path | None = None) -> None:
    """Lets this process know the token, if there is one, so that it can keep it from leaving."""
    with contextlib.suppress(UsageError):
        find_token(environment, folder)


def _first_of(variables: Mapping[str, str | None]) -> str:
    values = ((variables.get(name) or "").strip() for name in TOKEN_VARIABLES)
    return next(filter(None, values), "")


def _dotenv(path: Path) -> Mapping[str, str | None]:
    try:
        small = path.is_file() and path.stat().st_size <= _LARGEST
        return dotenv_values(path, interpolate=False, encoding="utf-8-sig") if small else {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read; correct it or set CODA_API_TOKEN instead.") from error
