"""What a user configures for all mirrors on this machine, in a file that no mirror can bring along."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coda_git_mirror.disk.small_files import read_small
from coda_git_mirror.errors import UsageError

PROGRAM = "coda-git-mirror"
FILE = "config.toml"
USERS_ALONE = ("heartbeat", "on_failure", "on_success")
"""Settings that send something away or run something: none of them may come with a mirror."""


@dataclass(frozen=True)
class UserConfig:
    """`heartbeat` is an address that is told of each run; the others are commands, a list of words each."""

    heartbeat: str = ""
    on_failure: tuple[str, ...] = ()
    on_success: tuple[str, ...] = ()


def config_file() -> Path:
    """Where the file is, whether or not it is there."""
    import click

    return Path(click.get_app_dir(PROGRAM)) / FILE


def load_user_config(path: Path | None = None) -> UserConfig:
    """What the user has configured; nothing where there is no file. Raises UsageError naming the fault."""
    path = path or config_file()
    try:
        content = read_small(path.resolve())
        stored = tomllib.loads((content or b"").decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({error}); correct it and try again.") from error
    return _checked(stored, path)


def _checked(stored: Mapping[str, Any], path: Path) -> UserConfig:
    if unknown := sorted(set(stored) - set(USERS_ALONE)):
        known = ", ".join(USERS_ALONE)
        raise UsageError(f"{path} has an unknown setting {unknown[0]!r}; what may stand there: {known}.")
    address = stored.get("heartbeat", "")
    if not isinstance(address, str):
        raise UsageError(f'{path}: heartbeat must be an address, such as "https://hc-ping.com/…".')
    return UserConfig(address, _command(stored, "on_failure", path), _command(stored, "on_success", path))


def _command(stored: Mapping[str, Any], name: str, path: Path) -> tuple[str, ...]:
    words = stored.get(name, [])
    is_list = isinstance(words, list) and all(isinstance(word, str) and "\0" not in word for word in words)
    if not is_list or (words and not words[0]):
        raise UsageError(f'{path}: {name} must be a list of words, such as ["notify-send", "{{summary}}"].')
    return tuple(words)
