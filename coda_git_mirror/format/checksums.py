"""`SHA256SUMS`: the list that `sha256sum -c` checks, and by which the mirror knows its own files in a doc's folder."""

from __future__ import annotations

from collections.abc import Mapping

_SEPARATOR = "  "


def checksum_list(digests: Mapping[str, str]) -> bytes:
    """Lines of digest and path, by path. Paths are relative to the doc's folder and lawful, so nothing is escaped."""
    return "".join(f"{digest}{_SEPARATOR}{path}\n" for path, digest in sorted(digests.items())).encode()


def parse_checksum_list(content: bytes) -> dict[str, str]:
    """The digests by path; a line of another form is passed over."""
    digests: dict[str, str] = {}
    for line in content.decode("utf-8", "replace").splitlines():
        digest, separator, path = line.partition(_SEPARATOR)
        if separator and len(digest) == 64:
            digests[path] = digest
    return digests
