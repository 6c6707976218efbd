"""Dates, times and durations as people type them, and as cells then show them (coda-api.md, Writing)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from coda_git_mirror.demo.cells import Bare

MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?")
LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)\b", re.IGNORECASE)
UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
NAMES = {"d": "day", "h": "hr", "m": "min", "s": "sec"}
WORDED = ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y")
ZERO = datetime(1899, 12, 30, tzinfo=UTC)


def typed_instant(text: str, zone: str) -> Bare | None:
    """A date or an instant in the doc's zone; of numbers with strokes the month comes first, without a word."""
    found = _iso(text) or _month_first(text) or _worded(text)
    if found is None:
        return None
    local = found.replace(tzinfo=ZoneInfo(zone)) if found.tzinfo is None else found.astimezone(ZoneInfo(zone))
    day, clock = local.date().isoformat(), local.strftime("%H:%M")
    return Bare(local.isoformat(timespec="milliseconds"), day if clock == "00:00" else f"{day} {clock}")


def typed_time(text: str, zone: str) -> Bare | None:
    """A time of day: an instant of 1899-12-30 in the doc's zone."""
    clock, instant = _clock(text), _iso(text)
    if instant is not None and instant.tzinfo is not None:
        instant = instant.astimezone(ZoneInfo(zone))
    found = clock or (None if instant is None else (instant.hour, instant.minute, instant.second))
    if found is None:
        return None
    hour, minute, second = found
    local = ZERO.replace(hour=hour, minute=minute, second=second, tzinfo=ZoneInfo(zone))
    return Bare(local.isoformat(timespec="milliseconds"), local.strftime("%H:%M"))


def typed_duration(text: str) -> Bare | None:
    """A length of time, in the largest units that fit; a bare number means days."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        text = f"{text} days"
    if not text or LENGTH.sub("", text).strip(" ,"):
        return None
    seconds = round(sum(float(count) * UNITS[unit[0].lower()] for count, unit in LENGTH.findall(text)))
    parts: list[str] = []
    for unit, size in UNITS.items():
        count, seconds = divmod(seconds, size)
        parts += [f"{count} {NAMES[unit]}{'s' * (count != 1)}"] if count else []
    return Bare(" ".join(parts) or "0 days")


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if re.match(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def _month_first(text: str) -> datetime | None:
    found = MONTH_FIRST.fullmatch(text)
    if found is None:
        return None
    month, day, year = map(int, found.groups())
    try:
        return datetime(year, month, day)
    except ValueError:
        return None


def _worded(text: str) -> datetime | None:
    for form in WORDED:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def _clock(text: str) -> tuple[int, int, int] | None:
    found = CLOCK.fullmatch(text)
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4] is not None:
        hour = hour % 12 + 12 * (found[4].lower() == "p")
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None
