"""Mirrors that many tests begin with, each made once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path


class Begun:
    """Keeps first mirrors of the accounts of a module, by name; only of those without hosted files.

    The addresses of hosted files are others for each simulated Coda.
    """

    def __init__(self, room: Path) -> None:
        self._room = room
        self._made: set[str] = set()

    def put(self, folder: Path, make: Callable[[Path], object], name: str = "mirror") -> None:
        """A mirror at `folder`: the very one that `make` made there the first time that one of this name was asked."""
        kept = self._room / name
        if name not in self._made:
            make(kept)
            self._made.add(name)
        shutil.copytree(kept, folder, symlinks=True)
