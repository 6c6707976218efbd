"""Runs the program without a pace of its own, for a simulated Coda without limits: a whole sync takes a second."""

from __future__ import annotations

import functools
import importlib

from coda_git_mirror.cli import main
from coda_git_mirror.coda.throttle import UNLIMITED


def unpace() -> None:
    command = importlib.import_module("coda_git_mirror.commands.sync")
    command.coda_source = functools.partial(command.coda_source, limits=UNLIMITED)  # type: ignore[attr-defined]


if __name__ == "__main__":
    unpace()
    main()
