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
_TOO_LARGE = re.compile(r"request entity too large|row edit of size|exceeds? (the )?maximum size", re.IGNORECASE)


def is_too_large(answer: Answer) -> bool:
    """Whether a change is refused for its size: by the text alone (coda-api.md, Writing), or by HTTP's own code."""
    return answer.status == 413 or _TOO_LARGE.search(answer.body[:2_000].decode("utf-8", "replace")) is not None


def is_behind(answer: Answer) -> bool:
    """Whether a fresh answer is refused because there is none yet."""
    return answer.status == 400


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
