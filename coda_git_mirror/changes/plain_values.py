"""Numbers, days, instants, times and addresses, as Coda writes them in text (coda-api.md, Rows; Hosted files)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from coda_git_mirror.format.blobs import blob_of
from coda_git_mirror.model.hosts import PAGE_HOSTS

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(T.*)?")
_CLOCK = re.compile(r"(?:\d{4}-\d{2}-\d{2}T)?(\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")
_AMOUNT = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,3})?")
_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://|mailto:|www\.)[^\s]+")
_SHORTENED = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://|mailto:)(?:www\.)?", re.IGNORECASE)
_SHIFTED_MIDNIGHTS = (time(23), time(23, 30))
_FILES = "https://codahosted.io/blobs/"
_PAGES = "https://coda.io"


def decimal_of(stated: Any) -> Decimal | None:
    """An amount, which comes as a number or as digits; None for anything else."""
    if isinstance(stated, str):
        digits = stated.strip()
        return Decimal(digits) if _AMOUNT.fullmatch(digits) else None
    return Decimal(repr(stated)) if type(stated) in (int, float) else None


def day_of(text: str, zone: tzinfo | None) -> str:
    """The day of a date in the doc's zone; empty for what is no date.

    Without a zone it is the day that the text has, or the next one where a midnight is told by the offset of winter.
    """
    match = _DAY.fullmatch(text)
    if not match or not _is_day(match[1]):
        return ""
    if not match[2]:
        return match[1]
    instant = _parsed(text)
    if instant is None:
        return ""
    if zone and instant.tzinfo:
        return _placed(instant, zone).date().isoformat()
    return _next_day(match[1]) if instant.tzinfo and instant.time() in _SHIFTED_MIDNIGHTS else match[1]


def moment_of(text: str, zone: tzinfo | None) -> datetime | None:
    """The instant in UTC; None for what is none. One without an offset is taken for one of the doc's zone, else UTC.

    A mere day is midnight of the doc's zone, if that is known.
    """
    match = _DAY.match(text)
    instant = _parsed(text) if match and (match[2] or zone) else None
    if instant is None:
        return None
    return _placed(instant if instant.tzinfo else instant.replace(tzinfo=zone or UTC), UTC)


def clock_time(text: str) -> str:
    """The time on the doc's clocks of a value that a time column gives; empty for what is none."""
    match = _CLOCK.fullmatch(text)
    if not match:
        return ""
    try:
        at = time.fromisoformat(f"{match[1]}{match[2] or ''}")
    except ValueError:
        return ""
    whole, _, fraction = at.isoformat("microseconds").partition(".")
    return f"{whole}.{fraction}".rstrip("0").rstrip(".") if fraction.strip("0") else whole


def is_address(text: str) -> bool:
    """Whether all of a text is one address, as Coda makes a link of it."""
    return _SCHEME.fullmatch(text) is not None


def canonical_address(url: str) -> str:
    """An address as it is compared: names of Coda's hosts, and the hashes of hosted files, are noise."""
    blob = blob_of(url)
    if blob:
        return _FILES + blob.id
    parts = _split(url)
    if parts and parts[0].lower() in PAGE_HOSTS:
        return _PAGES + parts[1]
    return url


def file_id(url: str) -> str:
    """What a picture or attached file is told by: its blob's id, wherever it is served, else the address."""
    parts = _split(url)
    blob = blob_of(url, {parts[0].lower()} if parts else ())
    return blob.id if blob else canonical_address(url)


def names_address(name: str, url: str) -> bool:
    """Whether the name of a link only repeats its address, at most without scheme and last slash."""
    return not name or _bare(name) == _bare(url)


def _bare(url: str) -> str:
    return _SHORTENED.sub("", url, count=1).rstrip("/")


def _split(url: str) -> tuple[str, str] | None:
    """Host and the rest of a web address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return None
    return parts.netloc, url[url.index(parts.netloc) + len(parts.netloc) :]


def _next_day(day: str) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except OverflowError:
        return day


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _placed(instant: datetime, zone: tzinfo) -> datetime:
    """The instant in a zone, as far as the calendar reaches."""
    try:
        return instant.astimezone(zone)
    except (OverflowError, ValueError):
        return instant
