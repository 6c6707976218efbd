"""The settings of a mirror: flag, else environment, else `coda-mirror.toml`, else default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coda_git_mirror.disk.small_files import read_small
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format import layout
from coda_git_mirror.user_config import USERS_ALONE, config_file

FORMATS = ("markdown", "html")
FOLDER_VARIABLE = "CODA_MIRROR_DIR"
DEFAULT_FOLDER = "coda-backups"
LARGEST_SIZE_MB = 1_000_000
LONGEST_MINUTES = 24 * 60
LONGEST_DAYS = 365
LEAST_SHARE, WHOLE_SHARE = 5, 100


@dataclass(frozen=True)
class Settings:
    """What `coda-mirror.toml` can say."""

    docs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    all_accessible: bool = False
    formats: tuple[str, ...] = FORMATS
    max_asset_mb: float = 50.0
    lfs: bool = False
    max_table_mb: float = 50.0
    csv_formula_guard: bool = False
    settle_minutes: float = 15.0
    refresh_days: int = 7
    max_requests_share: float = 100.0
    allow_public_remote: bool = False


def mirror_folder(flag: str | None, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of a command: flag, environment, the mirror around us, default (cli.md, The mirror's folder)."""
    if chosen := flag or environment.get(FOLDER_VARIABLE):
        return named_folder(chosen)
    here = _working_directory()
    inside = (folder for folder in (here, *here.parents) if (folder / layout.SETTINGS).is_file())
    return next(inside, here / DEFAULT_FOLDER)


def named_folder(text: str) -> Path:
    """The folder that a user names, which need not be there. Raises UsageError where the name can be none."""
    try:
        path = Path(text).expanduser()
        folder = path if path.is_absolute() else _working_directory() / path
        folder.exists()
    except RuntimeError as error:
        raise UsageError(f"Nobody here has a home folder {text!r}; name the folder by its whole path.") from error
    except OSError as error:
        raise UsageError(f"{text[:200]!r} cannot be used ({error.strerror}); name another folder.") from error
    return folder


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise UsageError(
            "The working directory is gone; change into a folder that is there (`cd`) and run the command again."
        ) from error


def load_settings(folder: Path) -> Settings:
    """The settings of the mirror in `folder`; defaults where it has none yet. Raises UsageError naming the fault."""
    path = folder / layout.SETTINGS
    try:
        content = read_small(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if content is None and os.path.lexists(path):
        raise UsageError(f"{path} is a symlink or something else that is no file; put a plain file in its place.")
    return Settings() if content is None else parse_settings(content, path)


def parse_settings(content: bytes, path: Path) -> Settings:
    """The settings in the content of such a file. Raises UsageError naming the fault, and the path."""
    try:
        stored = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({error}); correct it and try again.") from error
    return _checked(stored, path)


def _checked(stored: Mapping[str, Any], path: Path) -> Settings:
    if misplaced := [name for name in USERS_ALONE if name in stored]:
        raise UsageError(
            f"{path} has {misplaced[0]!r}, which may not come with a mirror, since whoever can push to it could run "
            f"commands or send things away; take it out, and write it into {config_file()} where it is yours."
        )
    unknown = sorted(set(stored) - set(Settings.__dataclass_fields__))
    if unknown:
        known = ", ".join(Settings.__dataclass_fields__)
        raise UsageError(f"{path} has an unknown setting {unknown[0]!r}; the settings are: {known}.")
    return Settings(
        docs=_names(stored, "docs", path),
        exclude=_names(stored, "exclude", path),
        all_accessible=_switch(stored, "all_accessible", path),
        formats=_formats(stored, path),
        max_asset_mb=_size(stored, "max_asset_mb", path),
        lfs=_switch(stored, "lfs", path),
        max_table_mb=_size(stored, "max_table_mb", path),
        csv_formula_guard=_switch(stored, "csv_formula_guard", path),
        settle_minutes=_number(stored, "settle_minutes", path, LONGEST_MINUTES, 0),
        refresh_days=int(_number(stored, "refresh_days", path, LONGEST_DAYS, 1)),
        max_requests_share=_number(stored, "max_requests_share", path, WHOLE_SHARE, LEAST_SHARE),
        allow_public_remote=_switch(stored, "allow_public_remote", path),
    )


def _names(stored: Mapping[str, Any], name: str, path: Path) -> tuple[str, ...]:
    value = stored.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise UsageError(f'{path}: {name} must be a list of texts, such as ["Sales *"].')
    return tuple(value)


def _formats(stored: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    formats = _names(stored, "formats", path) if "formats" in stored else FORMATS
    if not formats or not set(formats) <= set(FORMATS):
        raise UsageError(f'{path}: formats must be one or both of "markdown" and "html", such as ["markdown"].')
    return formats


def _size(stored: Mapping[str, Any], name: str, path: Path) -> float:
    value = stored.get(name, getattr(Settings, name))
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < LARGEST_SIZE_MB:
        raise UsageError(f"{path}: {name} must be a number of megabytes above 0, such as 50.")
    return float(value)


def _number(stored: Mapping[str, Any], name: str, path: Path, largest: int, least: int) -> float:
    value = stored.get(name, getattr(Settings, name))
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= largest:
        raise UsageError(f"{path}: {name} must be a number from {least} to {largest}.")
    return float(value)


def _switch(stored: Mapping[str, Any], name: str, path: Path) -> bool:
    value = stored.get(name, False)
    if not isinstance(value, bool):
        raise UsageError(f"{path}: {name} must be true or false.")
    return value
