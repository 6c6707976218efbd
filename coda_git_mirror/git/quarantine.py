"""New objects until a branch has them: in a folder of their own, and then still safe from a git that removes some.

A `git gc --prune=now` beside a sync removes every object that no reference leads to, however young, and one that has
begun before a branch moved knows nothing of that. It looks into no folder but git's own, and spares packs that have a
`.keep` beside them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Collection, Iterable
from pathlib import Path

from coda_git_mirror.disk.atomic import link_whole
from coda_git_mirror.disk.files import naming, sync_all, sync_folder, write_lightly
from coda_git_mirror.git.command import GitCommand
from coda_git_mirror.git.objects import quoted

_KEPT_BY_US = b"coda-git-mirror, until a branch has these objects\n"
_TRIES = 5
_OBJECTS, _OTHERS = "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"


class Quarantine:
    """The folder `place` for the new objects of a repository whose own lie in `objects`."""

    def __init__(self, git: GitCommand, place: Path, objects: Path) -> None:
        self._place, self._objects = place, objects
        self._plain_git = git
        self._storing = git.with_environment({_OBJECTS: str(place)})
        self._git = self._storing.with_environment({_OTHERS: quoted(objects).decode("utf-8", "surrogateescape")})
        self._made: dict[str, None] = {}
        self._packed: set[str] = set()
        self._synced: set[str] = set()
        self._secured = False
        self._lock = threading.Lock()

    @property
    def git(self) -> GitCommand:
        """Git that writes objects here unless they are among its own, and reads them from both places."""
        self._make_place()
        return self._git

    @property
    def reading_git(self) -> GitCommand:
        """Git that reads from both places, if this one is there."""
        return self._git if self._place.exists() else self._plain_git

    @property
    def storing_git(self) -> GitCommand:
        """Git that writes objects here wherever else they are: from there they may go at any moment."""
        self._make_place()
        return self._storing

    def add(self, oids: Collection[str]) -> None:
        """Names objects of the commit in the making."""
        with self._lock:
            self._made.update(dict.fromkeys(oids))

    def note_packed(self, oids: Iterable[str]) -> None:
        """Says which objects were written here as a pack."""
        self._packed.update(oids)

    def sync(self) -> None:
        """Returns when the single files among these objects would survive a power cut; packs do from the beginning."""
        new = [oid for oid in self._single() if oid not in self._synced]
        sync_all(map(self._loose, new))
        self._synced.update(new)

    def admit(self) -> None:
        """Puts what was named among git's own objects, for a branch to have it. `GitFailed` where some is gone."""
        self._fetch_the_rest()
        with naming(self._objects):
            for pack in self._packs():
                self._admit_pack(pack)
            for oid in self._single():
                self._admit_file(self._loose(oid), self._own(oid))

    def is_admitted(self) -> bool:
        """Whether all that was admitted as single files is still there."""
        return all(os.path.lexists(self._own(oid)) for oid in self._single())

    def file_names(self) -> list[str]:
        """The names, as `object_files` has them, of the files by which git has these objects once they are admitted."""
        packs = (name for pack in self._packs() for name in (pack.name, pack.with_suffix(".idx").name))
        return [*self._single(), *packs]

    def secure(self) -> None:
        """The same again, as a pack that is kept: for a branch that has moved while another git may remove objects."""
        if not self._secured:
            self._pack(list(self._made))
            self._secured = True
        with naming(self._objects):
            for pack in self._packs():
                self._admit_pack(pack)

    def holds(self, oid: str) -> bool:
        """Whether the object lies here as a file of its own."""
        return os.path.lexists(self._loose(oid))

    def bring_back(self) -> None:
        """Puts everything that a run which was killed has left here among git's own objects."""
        with naming(self._objects):
            found = self._place.glob("[0-9a-f][0-9a-f]/*")
            self.add([file.parent.name + file.name for file in found if not file.name.startswith("tmp")])
        self.sync()
        self.admit()

    def release(self) -> None:
        """Leaves to git what was admitted, once a branch has it or nobody wants it, and removes the rest."""
        with naming(self._objects):
            for keep in (self._objects / "pack").glob("pack-*.keep"):
                if _is_ours(keep):
                    keep.unlink(missing_ok=True)
        with naming(self._place):
            if self._place.exists():
                shutil.rmtree(self._place)
        self._made.clear()
        self._packed.clear()
        self._synced.clear()
        self._secured = False

    def _make_place(self) -> None:
        with self._lock, naming(self._place):
            (self._place / "pack").mkdir(parents=True, exist_ok=True)

    def _fetch_the_rest(self) -> None:
        """Such as a folder that is again as it was once: git did not write it anew."""
        self._pack([oid for oid in self._single() if not self.holds(oid)])

    def _pack(self, oids: Collection[str]) -> None:
        if not oids:
            return
        names = "".join(f"{oid}\n" for oid in oids).encode()
        self.git.run("pack-objects", "--window=0", "--quiet", str(self._place / "pack/pack"), stdin=names)
        self.note_packed(oids)

    def _single(self) -> list[str]:
        """The objects that are files of their own, or are to be packed yet."""
        return [oid for oid in self._made if oid not in self._packed]

    def _loose(self, oid: str) -> str:
        return f"{self._place}/{oid[:2]}/{oid[2:]}"

    def _own(self, oid: str) -> str:
        return f"{self._objects}/{oid[:2]}/{oid[2:]}"

    def _packs(self) -> list[Path]:
        return sorted((self._place / "pack").glob("pack-*.pack"))

    def _admit_pack(self, pack: Path) -> None:
        """The index comes last: only with it git knows the pack."""
        folder = self._objects / "pack"
        keep = folder / f"{pack.stem}.keep"
        folder.mkdir(exist_ok=True)
        if not keep.exists():
            write_lightly(keep, _KEPT_BY_US)
        parts = [part for part in pack.parent.glob(f"{pack.stem}.*") if part.suffix != ".idx"]
        for part in (*parts, pack.with_suffix(".idx")):
            self._admit_file(str(part), str(folder / part.name))
        sync_folder(folder)

    def _admit_file(self, source: str, target: str) -> None:
        """Git removes folders that are empty at any moment."""
        for _ in range(_TRIES):
            try:
                return link_whole(source, target, f"{self._place}/admitted")
            except FileNotFoundError:
                if not os.path.lexists(source):
                    return None
                Path(target).parent.mkdir(exist_ok=True)
        return None


def _is_ours(keep: Path) -> bool:
    with contextlib.suppress(OSError):
        return keep.read_bytes() == _KEPT_BY_US
    return False
