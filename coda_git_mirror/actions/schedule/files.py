"""The files of a kind, as they go to standard output or into a folder."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.schedule.kinds.windows import encoded
from coda_git_mirror.actions.schedule.naming import MADE_BY
from coda_git_mirror.actions.schedule.plan import Made, Plan
from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import naming
from coda_git_mirror.disk.small_files import read_small
from coda_git_mirror.errors import MirrorError

_HEAD = 1024


def made(kind: str, plan: Plan) -> Made:
    """What a kind makes of a plan; only its module is loaded. Raises UsageError."""
    module: Any = importlib.import_module(f"coda_git_mirror.actions.schedule.kinds.{kind.replace('-', '_')}")
    result: Made = module.made(plan)
    return result


def content(kind: str, name: str, text: str) -> bytes:
    """The bytes of a file."""
    return encoded(name, text) if kind == "windows" else text.encode()


def printed(kind: str, files: Mapping[str, str]) -> bytes:
    """All that goes to standard output: one file as it is, several with a line before each that names it.

    The script for PowerShell is a choice that nobody makes by printing.
    """
    shown = {name: text for name, text in files.items() if not name.endswith(".ps1")}
    if len(shown) == 1:
        return b"".join(content(kind, name, text) for name, text in shown.items())
    return "\n".join(f"{_header(kind, name)}\n{text}" for name, text in shown.items()).encode()


def _header(kind: str, name: str) -> str:
    return f"<!-- {name} -->" if kind in ("launchd", "windows") else f"# {name}"


def write_to(folder: Path, kind: str, files: Mapping[str, str]) -> list[Path]:
    """Writes the files into a folder; nothing where one of them would replace what was not made for the same mirror."""
    contents = {folder / name: content(kind, name, text) for name, text in files.items()}
    for path, wanted in contents.items():
        _require_ours(path, wanted)
    for path, wanted in contents.items():
        with naming(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, wanted)
    return list(contents)


def _require_ours(path: Path, wanted: bytes) -> None:
    with naming(path):
        before = read_small(path)
        if before is None and not path.is_symlink():
            return
    if before is None or _marker(before) != _marker(wanted):
        raise MirrorError(
            f"{path} is there already and was not made for this mirror; move it away, or name another folder."
        )


def _marker(content: bytes) -> str:
    """The line that says for which mirror a file was made; empty where none does."""
    is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    head = content[: _HEAD * 8].decode("utf-16" if is_wide else "utf-8", "replace")
    return next((line for line in head.splitlines()[:5] if MADE_BY in line), "")
