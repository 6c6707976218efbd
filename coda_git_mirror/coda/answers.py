"""What an answer of Coda's says beside its content: when it was made, when to ask again, why it refuses."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from coda_git_mirror.coda.failures import Unusable
from coda_git_mirror.coda.session import Answer
from coda_git_mirror.coda.shape import json_object
from coda_git_mirror.redact import redacted

_SECONDS = re.compile(r"-?\d+(\.\d+)?")
_LONGEST_REASON = 200
_READ_OF_A_REASON = 2_000
_TOO_LARGE = re.compile(
    r"\b(entity|payload|body|request|row|edit|content|page)\b.{0,40}\btoo (large|big|long)\b"
    r"|\b(of )?size\b.{0,40}\bexceed|\bexceed.{0,30}\bsize\b",
    re.IGNORECASE | re.DOTALL,
)
_BEHIND = re.compile(r"\bup[- ]to[- ]date\b|\bstale\b|\bout of date\b|\bnot (yet )?(fresh|the latest)\b", re.IGNORECASE)


def is_too_large(answer: Answer) -> bool:
    """Whether a change is refused for its size: by the text alone (coda-api.md, Writing), or by HTTP's own code."""
    return answer.status == 413 or _TOO_LARGE.search(_beginning(answer)) is not None


def says_it_is_behind(answer: Answer) -> bool:
    """Whether an answer that has to be fresh is refused in words which say that there is none yet.

    These words are published nowhere: those known are "Doc is not yet up to date." and "Doc data is stale.".
    """
    return _BEHIND.search(_beginning(answer)) is not None


def _beginning(answer: Answer) -> str:
    return answer.body[:_READ_OF_A_REASON].decode("utf-8", "replace")


def in_one_line(text: object) -> str:
    """Somebody else's words, fit to stand in a reason: printable, short, and without the token."""
    folded = " ".join(redacted(str(text)).split())
    return "".join(character for character in folded if character.isprintable())[:_LONGEST_REASON]


def message_of(answer: Answer) -> str:
    """Coda's own words for why it refuses."""
    try:
        return in_one_line(json_object(answer.body)["message"])
    except (Unusable, KeyError):
        return "no reason given"


def date_of(answer: Answer) -> datetime | None:
    """The server's time; None where it says none."""
    try:
        date = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def retry_after(answer: Answer) -> float | None:
    """Seconds of a `Retry-After` header, given in seconds or as a date; None for none or nonsense."""
    text = answer.headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        return (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
