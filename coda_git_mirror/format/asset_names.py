"""The file names of assets (mirror-format.md, The tree): `bl-7KxQ2mPz-photo.png` is blob id, name and kind at a glance.

A name follows from the blob's id and original name alone. Ids are case-sensitive and file systems often are not: should
two names of one folder meet, the first id in code-point order keeps the plain name, since blobs have no date to go by.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coda_git_mirror.format.paths import LONGEST_NAME, slug

STUB_SUFFIX = ".stub.txt"
"""Says of a file that it only stands for an asset; no asset's own name can end in it."""
_LONGEST = LONGEST_NAME - len(STUB_SUFFIX)
_ORDINARY_ID = re.compile(r"bl-[A-Za-z0-9_-]{1,37}")
_EXTENSION = re.compile(r"(\.tar)?\.(?=[a-z0-9]*[a-z])[a-z0-9]{1,10}", re.IGNORECASE | re.ASCII)
_DIGEST_LENGTHS = range(6, 17)
_EXTENSIONS = {
    "application/gzip": ".gz",
    "application/json": ".json",
    "application/msword": ".doc",
    "application/pdf": ".pdf",
    "application/rtf": ".rtf",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "image/avif": ".avif",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/heif": ".heif",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tiff",
    "image/vnd.microsoft.icon": ".ico",
    "image/webp": ".webp",
    "image/x-icon": ".ico",
    "text/calendar": ".ics",
    "text/css": ".css",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/xml": ".xml",
    "video/mp4": ".mp4",
    "video/mpeg": ".mpeg",
    "video/ogg": ".ogv",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "video/x-msvideo": ".avi",
}
"""Written down here, since the tables of the standard library differ from machine to machine."""


@dataclass(frozen=True)
class AssetName:
    """What is known of a blob beside its id; both may be empty."""

    name: str
    mime: str = ""


def asset_file_names(assets: Mapping[str, AssetName]) -> dict[str, str]:
    """The file name of each asset of one folder, by blob id: lawful everywhere, and unique whatever its case."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for blob_id in sorted(assets):
        free = next(name for name in _candidates(blob_id, assets[blob_id]) if name.lower() not in taken)
        names[blob_id] = free
        taken.add(free.lower())
    return names


def stub_file_name(asset_file_name: str) -> str:
    """The name of the file that stands for an asset of this name."""
    return asset_file_name + STUB_SUFFIX


def _candidates(blob_id: str, asset: AssetName) -> Iterator[str]:
    stem, extension = _split(asset)
    digest = _digest(blob_id)
    yield _joined(_lawful_id(blob_id), stem, "", extension)
    for length in _DIGEST_LENGTHS:
        yield _joined(_lawful_id(blob_id), stem, f"-{digest[:length]}", extension)


def _joined(lawful_id: str, stem: str, ending: str, extension: str) -> str:
    """The stem is what has to give way: the id finds the file, and the extension opens it."""
    room = _LONGEST - len(lawful_id) - len(ending) - len(extension) - 1
    shown = f"-{slug(stem, room)}" if stem and room > 0 else ""
    return lawful_id + shown + ending + extension


def _split(asset: AssetName) -> tuple[str, str]:
    """Stem and lower-case extension; one that is no plain word of letters and digits belongs to the stem."""
    name = asset.name.strip()
    dot = name.rfind(".")
    begin = dot - len(".tar") if name[:dot].lower().endswith(".tar") else dot
    for place in (begin, dot):
        if place > 0 and _EXTENSION.fullmatch(name, place):
            return name[:place], name[place:].lower()
    return name, _EXTENSIONS.get(asset.mime.partition(";")[0].strip().lower(), "")


def _lawful_id(blob_id: str) -> str:
    """The id as it is where it is one of Coda's, else a digest, which no id of Coda's looks like."""
    return blob_id if _ORDINARY_ID.fullmatch(blob_id) else f"blob-{_digest(blob_id)[:16]}"


def _digest(blob_id: str) -> str:
    return hashlib.sha256(blob_id.encode("utf-8", "surrogatepass")).hexdigest()
