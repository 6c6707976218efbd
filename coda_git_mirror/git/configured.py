"""What configures git, by the names of its settings and the files they stand in: read once for several questions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from coda_git_mirror.git.command import GitCommand

_FILTERS = "filter."
_IDENTITY = frozenset(f"{role}.{part}" for role in ("user", "author", "committer") for part in ("name", "email"))
_IDENTITY_VARIABLES = (
    "EMAIL",
    *(f"GIT_{role}_{part}" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")),
)


@dataclass(frozen=True)
class Configured:
    """The names of all settings, in small letters but for their middle part, and the files that have some."""

    names: frozenset[str]
    files: frozenset[str]

    def filters_off(self) -> list[str]:
        """Settings that switch off every configured clean and smudge filter: these are commands, and none may run.

        Git looks at files changed within the clock's last tick whenever it writes an index, through their filters.
        """
        filters = {name.rpartition(".")[0] for name in self.names if name.startswith(_FILTERS)}
        off = ("clean=", "smudge=", "process=", "required=false")
        return [f"{name}.{setting}" for name in sorted(filters) for setting in off]

    def names_nobody(self) -> bool:
        """Whether nothing, in settings or environment, tells git who the user is."""
        return self.names.isdisjoint(_IDENTITY) and not any(map(os.environ.get, _IDENTITY_VARIABLES))


def read_configured(git: GitCommand) -> Configured:
    """All that holds in the folder of the command now."""
    fields = git.run("config", "--list", "--show-origin", "--name-only", "-z", accept=(0, 1)).fields
    origins = (origin.partition(":") for origin in fields[::2])
    return Configured(frozenset(fields[1::2]), frozenset(place for kind, _, place in origins if kind == "file"))


class Setting(NamedTuple):
    """A setting by its name, with small letters but for its middle part, and the file that it stands in, if in one."""

    name: str
    value: str
    file: Path | None


def read_settings(git: GitCommand) -> list[Setting]:
    """All that holds in the folder of the command now, with what is set; of those of one name the last one counts."""
    fields = git.run("config", "--list", "--show-origin", "-z", accept=(0, 1)).fields
    parts = ((*origin.partition(":"), *each.partition("\n")) for origin, each in zip(*[iter(fields)] * 2, strict=True))
    return [
        Setting(name, value, (git.folder / place).resolve() if kind == "file" else None)
        for kind, _, place, name, _, value in parts
    ]


def filters_off(git: GitCommand) -> list[str]:
    """The settings of `Configured.filters_off`, for what is configured now."""
    return read_configured(git).filters_off()


def add_config(git: GitCommand, settings: Sequence[str]) -> None:
    """Writes those `name=value` settings into the repository's configuration that nothing sets yet, there or above.

    What users have chosen stays, such as `git lfs install --skip-smudge`.
    """
    names = read_configured(git).names
    for name, _, value in (setting.partition("=") for setting in settings):
        if name not in names:
            git.run("config", "--local", name, value)


def config_path(git: GitCommand, name: str) -> str | None:
    """The file name that a setting holds, with `~` for the home; none where nothing sets it."""
    return git.run("config", "--type=path", "--get", name, accept=(0, 1)).text or None
