"""`SHA256SUMS`: the list that `sha256sum -c` checks, and by which the mirror knows its own files in a doc's folder."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LINE = re.compile(r"^(?P<digest>[0-9a-f]{64})  (?P<path>[^\r\n]+)\r?$", re.MULTILINE)


def checksum_list(digests: Mapping[str, str]) -> bytes:
    """Lines of digest and path, by path. Paths are relative to the doc's folder and lawful, so nothing is escaped."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items())).encode()


def parse_checksum_list(content: bytes) -> dict[str, str]:
    """The digests by path; a line of another form is passed over."""
    return {match["path"]: match["digest"] for match in _LINE.finditer(content.decode("utf-8", "replace"))}
