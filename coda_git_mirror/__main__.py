"""`python -m coda_git_mirror`, and the console script: answers Ctrl-C also while the program is being loaded."""

from __future__ import annotations

import os
from typing import NoReturn

try:
    import signal

    from coda_git_mirror.errors import EXIT_INTERRUPTED, EXIT_TERMINATED, INTERRUPTED, TERMINATED
except KeyboardInterrupt:
    os._exit(130)


def main() -> NoReturn:
    """Loads the program and runs it; until it is loaded, nothing is begun that would have to end well."""
    signal.signal(signal.SIGINT, lambda *_: _end(INTERRUPTED, EXIT_INTERRUPTED))
    signal.signal(signal.SIGTERM, lambda *_: _end(TERMINATED, EXIT_TERMINATED))
    from coda_git_mirror.cli import main as run

    run()


def _end(text: str, code: int) -> NoReturn:
    os.write(2, f"{text}\n".encode())
    os._exit(code)


if __name__ == "__main__":
    main()
