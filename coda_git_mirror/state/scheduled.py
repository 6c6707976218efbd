"""Remembers that a schedule was installed for this working copy, so that `status` can tell when it is gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from coda_git_mirror.disk.files import naming, write_lightly
from coda_git_mirror.disk.remembered import remembered
from coda_git_mirror.git.private import private_folder_in


def scheduled_kind(folder: Path) -> tuple[str, bool] | None:
    """The scheduler that was told, and whether as that of the whole machine; None where none was."""
    private = private_folder_in(folder)
    return remembered(_file(private), _read, None) if private else None


def remember_schedule(folder: Path, kind: str, of_the_machine: bool) -> None:
    """Notes down what was installed; in a folder that is no repository yet, nothing."""
    if private := private_folder_in(folder):
        with naming(private):
            private.mkdir(exist_ok=True)
        write_lightly(_file(private), json.dumps({"kind": kind, "of_the_machine": of_the_machine}).encode())


def forget_schedule(folder: Path) -> None:
    """Notes down that it was taken away on purpose."""
    if private := private_folder_in(folder):
        with naming(private):
            _file(private).unlink(missing_ok=True)


def _file(private: Path) -> Path:
    return private / "schedule.json"


def _read(stored: Any) -> tuple[str, bool] | None:
    kind = stored["kind"]
    return (kind, stored["of_the_machine"] is True) if kind in ("cron", "systemd", "launchd", "windows") else None
