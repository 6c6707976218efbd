"""Remembers that a token belongs to the mirror's account, under git's own folder, without the token itself."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path

from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import naming
from coda_git_mirror.disk.remembered import remembered

Mark = Callable[[bytes], str]
"""Tells a token from others, to whoever knows the salt."""


class KnownToken:
    """Losing the file costs one request, nothing else."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def knows(self, mark: Mark) -> bool:
        return remembered(self._file, lambda stored: bool(stored["mark"] == mark(bytes.fromhex(stored["salt"]))), False)

    def remember(self, mark: Mark) -> None:
        salt = secrets.token_bytes(16)
        with naming(self._file):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, json.dumps({"salt": salt.hex(), "mark": mark(salt)}).encode())
