"""The folder that a command works on, once it is as a mirror's folder should be."""

from __future__ import annotations

import os
from pathlib import Path

import click

from coda_git_mirror.actions.unborn import is_unborn_mirror, take_up
from coda_git_mirror.changes.trees import named_manifest_of
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.format.text import one_line
from coda_git_mirror.git.plain_files import has_plainly_all_history
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.revisions import beginning_of
from coda_git_mirror.mirror.trees import CommittedTree
from coda_git_mirror.settings import DEFAULT_FOLDER, FOLDER_VARIABLE, mirror_folder


def mirror_at(output: str | None) -> Path:
    """The folder of `settings.mirror_folder`; a clone in which nothing is checked out yet gets the mirror's branch."""
    folder = _folder(output)
    if note := take_up(folder):
        click.echo(f"Note: {one_line(note)}", err=True)
    return folder


def past_of(output: str | None) -> Path:
    """The same for commands that look back; says where the history begins if the clone has not all of it."""
    folder = mirror_at(output)
    _tell_beginning(folder)
    return folder


def looked_at(output: str | None) -> Path:
    """The same where nothing may be changed, be it that nothing is checked out."""
    folder = _folder(output)
    _tell_beginning(folder)
    return folder


def _tell_beginning(folder: Path) -> None:
    repository = None if has_plainly_all_history(folder) else Repository.find(folder)
    if repository and (beginning := beginning_of(repository)):
        click.echo(f"Note: {one_line(beginning)}.", err=True)


def owner_of(folder: Path) -> str:
    """The login of the account that the mirror is of; empty where there is no mirror yet, or none that can be read."""
    try:
        repository = Repository.find(folder)
        manifest = named_manifest_of(CommittedTree(repository, repository.head())) if repository else None
    except MirrorError:
        return ""
    return manifest.owner.login if manifest else ""


def _folder(output: str | None) -> Path:
    """The clone around us counts also while the settings, by which mirrors are found, are not checked out."""
    folder = mirror_folder(output)
    if output or os.environ.get(FOLDER_VARIABLE):
        return folder
    here = Path.cwd()
    if (
        folder == here / DEFAULT_FOLDER
        and not (folder / layout.SETTINGS).exists()
        and (here / ".git").exists()
        and is_unborn_mirror(here)
    ):
        return here
    return folder
