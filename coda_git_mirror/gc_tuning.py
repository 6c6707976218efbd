"""How memory is freed: how often Python looks for circles of objects, and when large blocks go back to the system."""

from __future__ import annotations

import contextlib
import gc
import sys

_NEW_CONTAINERS = 200_000
_YOUNG, _OLD = 20, 100

_MMAP_THRESHOLD = -3
_LARGE_BLOCK = 1024 * 1024


def search_rarely() -> None:
    """For a program that reads much JSON: its lists and objects form no circles, and each search walks them all."""
    gc.freeze()
    gc.set_threshold(_NEW_CONTAINERS, _YOUNG, _OLD)


def return_large_blocks() -> None:
    """Lets the memory of large texts go back to the system as soon as they are done with.

    The C library of Linux otherwise keeps, for each thread, as much as the largest ones took.
    """
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_BLOCK)
