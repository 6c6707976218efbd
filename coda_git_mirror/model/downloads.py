"""What is known of a hosted file once it was downloaded, or turned out to be too large."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Download:
    """`taken`: the whole file was written. Size in bytes and sha256 in hex are None where nobody says them."""

    taken: bool
    size: int | None
    sha256: str | None
    content_type: str = ""
    filename: str = ""
