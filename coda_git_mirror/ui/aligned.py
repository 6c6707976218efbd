"""Texts beneath each other in columns, where some characters take two places of a terminal and some none."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.cells import cell_len, set_cell_size

GAP = "  "
WIDEST, NARROWEST = 60, 6
_CUT = "…"


def fitted(widths: Sequence[int], room: int, whole: int = 0, narrowest: int = NARROWEST) -> list[int]:
    """The widths of the columns that fit into a line, of which the widest give way; the first `whole` stay as they are.

    None is cut to less than `narrowest`; at least one column stays, which is cut further where there is no room.
    """
    fits = list(widths)
    while len(fits) > 1 and _least(fits, whole, narrowest) > room:
        fits.pop()
    while _total(fits) > room and max(fits[whole:], default=0) > (narrowest if len(fits) > 1 else NARROWEST):
        widest = max(fits[whole:])
        last = len(fits) - 1 - fits[::-1].index(widest)
        fits[last] -= 1
    return fits


def _least(widths: Sequence[int], whole: int, narrowest: int) -> int:
    return _total([*widths[:whole], *(min(width, narrowest) for width in widths[whole:])])


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def ruler(widths: Sequence[int]) -> str:
    """What stands between the head of a table and its rows."""
    return GAP.join("-" * width for width in widths)


def line(texts: Sequence[str], widths: Sequence[int], cut: bool = True, right: Collection[int] = ()) -> str:
    """As many texts as there are widths; those in the columns `right` end where their column ends."""
    cells = zip(texts, widths, strict=False)
    return GAP.join(_fit(text, width, cut, place in right) for place, (text, width) in enumerate(cells)).rstrip()


def _fit(text: str, width: int, cut: bool, right: bool) -> str:
    taken = cell_len(text)
    if taken > width:
        return set_cell_size(set_cell_size(text, width - 1).rstrip() + _CUT, width) if cut else text
    return " " * (width - taken) + text if right else set_cell_size(text, width)
