"""Runs the program, without its waits unless they are meant; it sends itself a signal at a call of its own.

That is just before the given call of one of its functions.

Arguments: `module:Class.method` (without the package's name), the number of the call, the signal, the file to note
the instant in (seconds of the machine's monotonic clock), and then the command line.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from coda_git_mirror.cli import main
from tests.unwaiting import skip_waits


def strike(place: str, call: int, number: int, note: Path) -> None:
    module, _, name = place.partition(":")
    owner: Any = importlib.import_module(f"coda_git_mirror.{module}")
    *outer, method = name.split(".")
    for part in outer:
        owner = getattr(owner, part)
    original, calls = getattr(owner, method), itertools.count(1)

    @functools.wraps(original)
    def struck(*arguments: Any, **named: Any) -> Any:
        if next(calls) == call:
            note.write_text(str(time.monotonic()))
            os.kill(os.getpid(), number)
        return original(*arguments, **named)

    setattr(owner, method, struck)


if __name__ == "__main__":
    if not sys.argv[1].startswith("clock:"):
        skip_waits()
    strike(sys.argv[1], int(sys.argv[2]), getattr(signal, sys.argv[3]), Path(sys.argv[4]))
    del sys.argv[1:5]
    main()
