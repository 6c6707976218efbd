"""Names, markers and minutes of a schedule: they follow from the place that is mirrored, and from nothing else."""

from __future__ import annotations

import hashlib

from slugify import slugify

MADE_BY = "made by coda-git-mirror schedule, for "
_END = "end of coda-git-mirror schedule, for "
_PREFIX = "coda-git-mirror"
_LONGEST = 52
"""Of the name of a CronJob in Kubernetes, which adds eleven characters to it."""
_DIGITS = 6
_HEAD = 5
"""The marker stands within so many lines."""


def stem(place: str) -> str:
    """The name of all that is made for a folder, or for the address of a remote."""
    room = _LONGEST - len(_PREFIX) - _DIGITS - 2
    last = place.rstrip("/\\").replace("\\", "/").rpartition("/")[2].removesuffix(".git")
    slug = slugify(last, max_length=room).strip("-") or "mirror"
    return f"{_PREFIX}-{slug}-{_digest(place)[:_DIGITS]}"


def minute(place: str) -> int:
    """The minute of an hour at which the ticks of this place come, so that not all of a machine's come at once."""
    return int(_digest(place), 16) % 60


def night_hour(place: str) -> int:
    """An hour from midnight to five, for what runs daily."""
    return int(_digest(place), 16) // 60 % 6


def _digest(place: str) -> str:
    return hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()


def marker(place: str) -> str:
    """What the first lines of each file say, in whatever that takes for a comment."""
    return MADE_BY + place


def end_marker(place: str) -> str:
    """The same for the end of what stands among the lines of others."""
    return _END + place


def in_xml_comment(text: str) -> str:
    """The text as a comment of XML can hold it, which knows no `--`; unquoting it as in an address gives it back."""
    return text.replace("%", "%25").replace("--", "-%2D")


def is_made_for(content: str, place: str) -> bool:
    """Whether a file says in its first lines that it was made for exactly this place."""
    head = [line.strip() for line in content.splitlines()[:_HEAD]]
    return f"# {marker(place)}" in head or f"<!-- {marker(in_xml_comment(place))} -->" in head
