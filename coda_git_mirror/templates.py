"""The texts that a new mirror begins with: in the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def template(name: str) -> bytes:
    """The bytes of a file of `templates/`."""
    folders = (_PACKAGE / "templates", _PACKAGE.parent / "templates")
    return next(path for folder in folders if (path := folder / name).is_file()).read_bytes()
