"""`python -m coda_git_mirror`."""

from __future__ import annotations

from coda_git_mirror.cli import main

main()
