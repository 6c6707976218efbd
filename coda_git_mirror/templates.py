"""The texts that a new mirror begins with, and the pages of `browse`: in the package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_FOLDERS = (_PACKAGE / "templates", _PACKAGE.parent / "templates")


def template(name: str) -> bytes:
    """The bytes of a file of `templates/`."""
    return next(path for folder in _FOLDERS if (path := folder / name).is_file()).read_bytes()


def template_folder(name: str) -> Path:
    """A folder of `templates/`."""
    return next(path for folder in _FOLDERS if (path := folder / name).is_dir())
