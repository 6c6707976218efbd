"""The temporary files in which tables are sorted and searched: few at a time, those used last."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coda_git_mirror.actions.browse.grids import Grid
from coda_git_mirror.disk.temporary import temporary_folder
from coda_git_mirror.sql.sheets import Sheet

_MOST = 6


@dataclass
class _Kept:
    """A sheet that is made by whoever comes first. `users` are at work with it just now."""

    place: Path
    users: int = 0
    sheet: Sheet | None = None
    making: threading.Lock = field(default_factory=threading.Lock)


class Sheets:
    """Safe to use by many threads. `close` removes all files."""

    def __init__(self, most: int = _MOST) -> None:
        self._most, self._made = most, 0
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, ...], _Kept] = {}
        self._open = contextlib.ExitStack()
        self._folder: Path | None = None

    def close(self) -> None:
        with self._lock:
            while self._kept:
                _, kept = self._kept.popitem()
                _end(kept)
            self._open.close()
            self._folder = None

    @contextlib.contextmanager
    def sheet(self, grid: Grid) -> Iterator[Sheet]:
        """The sheet of a table or view, made where it is not there: a second for some 100,000 rows."""
        key = grid.contents
        kept = self._taken(key)
        try:
            with kept.making:
                kept.sheet = kept.sheet or _made(kept.place, grid)
            yield kept.sheet
        finally:
            self._leave(key, kept)

    def _taken(self, key: tuple[str, ...]) -> _Kept:
        with self._lock:
            kept = self._kept.pop(key, None) or self._new()
            self._kept[key] = kept
            kept.users += 1
            return kept

    def _new(self) -> _Kept:
        self._folder = self._folder or self._open.enter_context(temporary_folder())
        self._made += 1
        return _Kept(self._folder / f"{self._made}.sqlite")

    def _leave(self, key: tuple[str, ...], kept: _Kept) -> None:
        with self._lock:
            kept.users -= 1
            unused = [key for key, each in self._kept.items() if each.users == 0]
            for oldest in unused[: max(0, len(self._kept) - self._most)]:
                _end(self._kept.pop(oldest))
            if kept.sheet is None and kept.users == 0:
                self._kept.pop(key, None)


def _end(kept: _Kept) -> None:
    if kept.sheet:
        kept.sheet.close()


def _made(place: Path, grid: Grid) -> Sheet:
    sheet = Sheet(place, grid.rows())
    if grid.is_view:
        sheet.add_lines(grid.numbered_records())
    return sheet
