"""What became of what was written, by what is read back: Coda's own word for "done" proves nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import zip_longest

from coda_git_mirror.actions.writing.live import LiveRow, LiveRows
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.model.cell_values import (
    EMPTY,
    CellValue,
    Day,
    Formatted,
    HostedFile,
    Moment,
    Money,
    Number,
    Single,
    Text,
    TimeOfDay,
    WebAddress,
    singles,
)
from coda_git_mirror.model.plan import Fate
from coda_git_mirror.state.write_journal import SentRow

_ROUNDING = Decimal("1e-6")
_A_MINUTE = timedelta(minutes=1)
_ZONES = timedelta(hours=14)
_QUARTER = timedelta(minutes=15)
_WORDS = (Text, Formatted)
_WORST = (Fate.UNKNOWN, Fate.LOST, Fate.OVERWRITTEN, Fate.COERCED, Fate.APPLIED)


def cell_fate(got: CellValue, wanted: CellValue, before: CellValue) -> Fate:
    """What became of a cell that held something else before."""
    if got == wanted:
        return Fate.APPLIED
    if got == before:
        return Fate.LOST
    if is_stored_anew(got, wanted):
        return Fate.APPLIED
    return Fate.COERCED if is_coerced(got, wanted) else Fate.OVERWRITTEN


def is_stored_anew(got: CellValue, wanted: CellValue) -> bool:
    """Whether the same files are there, for all that is to be seen: Coda may keep what it was sent under a new id."""
    pairs = list(zip_longest(singles(got), singles(wanted)))
    return all(mine == theirs or _is_named_alike(mine, theirs) for mine, theirs in pairs)


def _is_named_alike(one: Single | None, other: Single | None) -> bool:
    return isinstance(one, HostedFile) and isinstance(other, HostedFile) and one.name == other.name != ""


def worst(fates: Iterable[Fate]) -> Fate:
    """The fate of a row whose cells had these; of one without cells that it is there."""
    return min(fates, key=_WORST.index, default=Fate.APPLIED)


def is_coerced(got: CellValue, wanted: CellValue) -> bool:
    """Whether a value looks like what Coda makes of another one, rather than like somebody's edit."""
    if got == wanted:
        return True
    if EMPTY in (got, wanted) or not shown(got) or not shown(wanted):
        return False
    if _bare(got) == _bare(wanted):
        return True
    mine, theirs = singles(wanted), singles(got)
    if len(mine) == len(theirs):
        return all(_is_near(it, other) for it, other in zip(theirs, mine, strict=True))
    return {type(each) for each in mine} != {type(each) for each in theirs}


def _bare(value: CellValue) -> str:
    return "".join(filter(str.isalnum, shown(value).casefold())) or shown(value)


def _is_near(got: Single, wanted: Single) -> bool:
    match wanted, got:
        case _ if got == wanted:
            return True
        case Number(mine), Number(theirs):
            return abs(mine - theirs) <= _ROUNDING * max(abs(mine), Decimal(1))
        case Money(mine, _), Money(theirs, _):
            return abs(mine - theirs) <= _ROUNDING * max(abs(mine), Decimal(1))
        case Moment(mine), Moment(theirs):
            return _is_shifted(abs(mine - theirs))
        case Day(mine), Day(theirs):
            return sorted(mine.split("-")[1:]) == sorted(theirs.split("-")[1:]) and mine[:4] == theirs[:4]
        case TimeOfDay(mine), TimeOfDay(theirs):
            return mine[:5] == theirs[:5]
        case WebAddress(mine, _), WebAddress(theirs, _):
            return mine == theirs
        case HostedFile(), HostedFile():
            return True
        case ((Text() | Formatted()), (Text() | Formatted())):
            return _bare(got) == _bare(wanted) or (len(_bare(got)) > 20 and _bare(wanted).startswith(_bare(got)))
        case _:
            return type(got) is not type(wanted)


def _is_shifted(difference: timedelta) -> bool:
    """Whether two instants differ as by a clock without seconds, or one of another time zone."""
    return difference < _A_MINUTE or (difference <= _ZONES and difference % _QUARTER == timedelta())


def recognised(rows: Iterable[SentRow], candidates: LiveRows) -> dict[str, str]:
    """Which of the candidates are these inserted rows, by their keys: as multisets, what is quite equal first."""
    free, found = dict(candidates), dict[str, str]()
    for is_alike in (_is_equal, _is_like):
        for row in rows:
            if row.key in found:
                continue
            if (match := next((each for each, live in free.items() if is_alike(live, row.cells)), None)) is not None:
                found[row.key] = match
                del free[match]
    return found


def _is_equal(live: LiveRow, cells: Mapping[str, CellValue]) -> bool:
    return all(live.cell(column) == value for column, value in cells.items()) if cells else live.is_blank()


def _is_like(live: LiveRow, cells: Mapping[str, CellValue]) -> bool:
    """With what Coda makes of some values; one that tells something has to be the same at least."""
    telling = [(live.cell(column), value) for column, value in cells.items() if shown(value)]
    return any(got == value or _bare(got) == _bare(value) for got, value in telling) and all(
        is_coerced(live.cell(column), value) for column, value in cells.items()
    )
