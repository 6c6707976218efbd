"""Packs the history without being asked: until then every version of a table costs its whole size.

Packing runs after a sync, within the memory that `git_command` allows, and rewrites no pack that is more than twice as
large as all that is folded into it: over the years each byte is written a few times, and a run takes no longer than its
news deserve. A crash leaves the old packs or both, and temporary files that `recover` removes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import naming, write_lightly
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.droppings import droppings_among_references
from coda_git_mirror.git.living import living_git
from coda_git_mirror.git.object_files import loose_bytes
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.progress import Progress

LEAST_WORTH, MOST_WORTH = 8 * 1024 * 1024, 32 * 1024 * 1024
"""Packing pays when so many bytes are loose, as they lie on the disk, or as many as the packs have that it concerns."""
MOST_PACKS = 50
"""Beyond the one large one; each costs every later read. Loose, the objects of so many would be worth it too."""
_LONG = 512 * 1024 * 1024
_FOLD = 2
_KEPT_UNREACHABLE = "2.weeks.ago"
"""Objects that nothing leads to may belong to a git at work; git's own collection waits as long."""

_SETTINGS = ("repack.packKeptObjects=false", "repack.writeBitmaps=false")
_DEPTH = "--depth=250"
"""A chain of differences ends with a whole table, so it is long: the youngest version is the one that is whole."""
_NEVER_ALIKE = b"docs/*/assets/** -delta\n"
"""Hosted files never change, and images are like no other: nothing is won by comparing them."""


@dataclass(frozen=True)
class Weight:
    """What objects weigh in bytes: loose ones, as they lie on the disk, and each pack that may be rewritten."""

    loose: int
    packs: dict[str, int]

    def kept(self) -> list[str]:
        """The packs that are too large to be rewritten for the sake of the rest."""
        folded, by_size = max(self.loose, MOST_WORTH), sorted(self.packs, key=lambda pack: (self.packs[pack], pack))
        for number, pack in enumerate(by_size):
            if self.packs[pack] > _FOLD * folded:
                return by_size[number:]
            folded += self.packs[pack]
        return []

    def folded(self) -> int:
        """What packing would write anew."""
        return self.loose + self._foldable()

    def is_worth_packing(self, left_loose: int, least: int = LEAST_WORTH) -> bool:
        """Whether packing pays, when the last one had to leave so much loose."""
        worth = min(max(least, self._foldable()), MOST_WORTH)
        return self.loose - left_loose >= worth or len(self.packs) - len(self.kept()) > MOST_PACKS

    def _foldable(self) -> int:
        return sum(self.packs.values()) - sum(self.packs[pack] for pack in self.kept())


def pack_history(repository: Repository, progress: Progress, least: int = LEAST_WORTH) -> None:
    """Packs if that pays, unless another git is at work here, or stray files stop git; a failure is a note, no more.

    For the holder of the mirror's lock, when nothing is staged.
    """
    if droppings_among_references(repository):
        return
    try:
        weight = weigh(repository)
        if not weight.is_worth_packing(_left_loose(repository), least):
            return
        repository.rest()
        if living_git([repository.root, repository.git_dir, repository.common_dir]) is not None:
            return
        if weight.folded() > _LONG:
            progress.note(f"Packing the history ({weight.folded() >> 20} MB); to interrupt that does no harm.")
        _pack(repository, weight)
    except MirrorError as error:
        progress.note(f"Note: the history could not be packed. {error}")


def weigh(repository: Repository) -> Weight:
    """What the objects of a repository weigh; packs that somebody has marked to be kept do not count."""
    objects = repository.common_dir / "objects"
    with naming(objects):
        packs = [pack for pack in (objects / "pack").glob("pack-*.pack") if not pack.with_suffix(".keep").exists()]
        loose = loose_bytes(objects, repository.object_format)
        return Weight(loose, {pack.name: pack.stat().st_size for pack in packs})


def _pack(repository: Repository, weight: Weight) -> None:
    """What nothing leads to stays loose, until it is old enough to be removed."""
    attributes = repository.private_folder / "attributes"
    with naming(attributes):
        attributes.parent.mkdir(exist_ok=True)
        write_lightly(attributes, _NEVER_ALIKE)
    settings = (*_SETTINGS, f"core.attributesFile={attributes}")
    keep = (f"--keep-pack={pack}" for pack in weight.kept())
    _run(
        repository,
        "repack",
        "-A",
        "-d",
        "-l",
        "-q",
        _DEPTH,
        f"--unpack-unreachable={_KEPT_UNREACHABLE}",
        *keep,
        settings=settings,
    )
    if weigh(repository).loose:
        _run(repository, "prune", f"--expire={_KEPT_UNREACHABLE}")
    with naming(repository.private_folder):
        write_atomically(_left_file(repository), str(weigh(repository).loose).encode())


def _run(repository: Repository, *command: str, settings: Iterable[str] = ()) -> None:
    """A git that ends with this program when that is interrupted."""
    git = repository.git
    with git.start(*command, settings=tuple(settings)) as running:
        answer = running.finish()
    if answer.exit_code:
        raise git.failed(command[0], answer.errors.strip().split("\n")[-1])


def _left_file(repository: Repository) -> Path:
    return repository.private_folder / "left-loose"


def _left_loose(repository: Repository) -> int:
    """What the last packing had to leave loose: by itself it makes another one not worth it."""
    try:
        return int(_left_file(repository).read_bytes())
    except (OSError, ValueError):
        return 0
