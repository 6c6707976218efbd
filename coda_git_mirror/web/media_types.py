"""How a browser is to take a file of the mirror, by its name alone; nothing is ever a script or a style sheet."""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN = "application/octet-stream"


@dataclass(frozen=True)
class Kind:
    """A media type; what is not `inline` is offered for download when it is opened by itself."""

    media_type: str
    inline: bool = False


PLAIN = Kind("text/plain; charset=utf-8", inline=True)
PAGE = Kind("text/html; charset=utf-8", inline=True)
_TEXTS = (
    ".md", ".markdown", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".toml", ".txt", ".text", ".yaml", ".yml", ".ini",
    ".log", ".gitattributes", ".gitignore", "sha256sums",
)  # fmt: skip
_INLINE = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_ATTACHED = {
    ".svg": "image/svg+xml",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".ico": "image/x-icon",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
}
"""Pictures, sounds and films keep their type: a page shows them by it, whatever is done with one that is opened."""


def kind_of(name: str) -> Kind:
    """The kind of a file of this name."""
    name = name.lower()
    if name.endswith(_TEXTS):
        return PLAIN
    if name.endswith((".html", ".htm")):
        return PAGE
    suffix = f".{name.rpartition('.')[2]}"
    if inline := _INLINE.get(suffix):
        return Kind(inline, inline=True)
    return Kind(_ATTACHED.get(suffix, UNKNOWN))
