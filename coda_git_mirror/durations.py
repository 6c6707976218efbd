"""Spans of time as a user writes them: a whole number and one of s, m, h and d."""

from __future__ import annotations

import re
from datetime import timedelta

from coda_git_mirror.errors import UsageError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = timedelta(days=36_500)


def duration(text: str) -> timedelta:
    """The span of `30m`, `20h` or `7d`. Raises UsageError for anything else, and for more than a hundred years."""
    written = re.fullmatch(r"([0-9]{1,12})([smhd])", text)
    seconds = int(written[1]) * _SECONDS[written[2]] if written else None
    if seconds is None or seconds > _LONGEST.total_seconds():
        raise UsageError(f"{text!r} is no duration; write a number and one of s, m, h, d, such as 30m, 20h or 7d.")
    return timedelta(seconds=seconds)
