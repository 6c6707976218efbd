"""How often Python looks for objects that refer to each other in circles, which alone need a search to be freed."""

from __future__ import annotations

import gc

_NEW_CONTAINERS = 200_000
_YOUNG, _OLD = 20, 100


def search_rarely() -> None:
    """For a program that reads much JSON: its lists and objects form no circles, and each search walks them all."""
    gc.freeze()
    gc.set_threshold(_NEW_CONTAINERS, _YOUNG, _OLD)
