"""The small text in place of an asset that is too large for the mirror (mirror-format.md, law 8)."""

from __future__ import annotations

import re

from coda_git_mirror.format.text import one_line, text_bytes

NOTE = "This stands for a file that is larger than the mirror's setting max_asset_mb allows; Coda has it."


def stub(name: str, size: int | None, mime: str, blob_id: str, url: str, sha256: str | None = None) -> bytes:
    """One `key: value` a line; what is not known (size in bytes, type, sha256 in hex) has no line."""
    values = {
        "note": NOTE,
        "name": name,
        "size": None if size is None else str(size),
        "type": mime,
        "blob": blob_id,
        "url": _stable(url, blob_id),
        "sha256": sha256,
    }
    lines = ((key, one_line(value)) for key, value in values.items() if value is not None)
    return text_bytes("".join(f"{key}: {value}\n" for key, value in lines if value))


def _stable(url: str, blob_id: str) -> str:
    """The address up to the blob's id: query, fragment and the hash behind the id vary without the file varying."""
    path = re.split("[?#]", url, maxsplit=1)[0]
    before, found, _ = path.partition(f"/{blob_id}/")
    return f"{before}/{blob_id}" if found else path
