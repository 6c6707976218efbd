"""How memory is taken and freed: circles of objects, large blocks, and what the C library sets aside for threads."""

from __future__ import annotations

import contextlib
import gc
import sys

_NEW_CONTAINERS = 200_000
_YOUNG, _OLD = 20, 100

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_LARGE_BLOCK = 1024 * 1024
_ARENAS = 2
"""Only one thread of Python's runs at a time, so they hardly wait for each other there."""


def search_rarely() -> None:
    """For a program that reads much JSON: its lists and objects form no circles, and each search walks them all."""
    gc.freeze()
    gc.set_threshold(_NEW_CONTAINERS, _YOUNG, _OLD)


def return_large_blocks() -> None:
    """Lets the memory of large texts go back to the system as soon as they are done with.

    The C library of Linux otherwise keeps, for each thread, as much as the largest ones took, and sets 64 MB of
    addresses aside for each of a dozen threads.
    """
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            mallopt = ctypes.CDLL(None).mallopt
            mallopt(_MMAP_THRESHOLD, _LARGE_BLOCK)
            mallopt(_ARENA_MAX, _ARENAS)
