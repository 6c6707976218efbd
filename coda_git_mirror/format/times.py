"""Instants as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


def present_zone() -> timezone:
    """This machine's present offset, so that many times can share one label, such as `UTC+02:00`."""
    return timezone(datetime.now().astimezone().utcoffset() or timedelta())


def local_time(when: datetime) -> str:
    """In this machine's time zone, with its offset, such as `2026-03-31 14:02 +0200`."""
    return f"{when.astimezone():%Y-%m-%d %H:%M %z}"
