"""The mirror's files as an export has them: under short lawful names, and none that a browser would run."""

from __future__ import annotations

import base64
import re
from pathlib import PurePosixPath

from coda_git_mirror.actions.browse.files import Content
from coda_git_mirror.format.paths import slug

_LONGEST_NAME, _LONGEST_SUFFIX = 40, 10
_RUNNABLE = re.compile(r"\.(x?html?|shtml?|xht|mht|mhtml|svgz?|xml|xslt?|xsd|rdf|rss|atom|wsf|hta|js|mjs)\Z")
_QUIET = re.compile(
    r"\.(png|jpe?g|gif|webp|avif|bmp|ico|tiff?|hei[cf]|mp[34]|m4[av]|mov|webm|og[gav]|wav|pdf|zip|docx?|xlsx?|pptx?"
    r"|csv|tsv|txt|md|jsonl?|ya?ml|toml)\Z"
)
"""What is opened by its suffix whatever it holds; of all else a browser guesses by the beginning."""
_GUESSED = 1024


def exported_name(name: str, mark: str, beginning: bytes) -> str:
    """The name in the export of a file of this name, content's mark and first bytes."""
    path = PurePosixPath(name.encode("utf-8", "replace").decode())
    suffix = re.sub(r"[^a-z0-9.]", "", path.suffix.lower())[:_LONGEST_SUFFIX]
    plain = f"files/{slug(path.stem, _LONGEST_NAME)}-{mark[:10]}{suffix if len(suffix) > 1 else ''}"
    may_run = _RUNNABLE.search(suffix) or (not _QUIET.search(suffix) and b"<" in beginning[:_GUESSED])
    return f"{plain}.txt" if may_run else plain


def beginning_of(content: Content) -> bytes:
    """The first bytes of a stream, which is at its beginning afterwards."""
    found = content.stream.read(_GUESSED)
    content.stream.seek(0)
    return found


def as_picture(content: Content) -> str:
    """An SVG as an address of its own, in which it is a picture and nothing else."""
    with content.stream as stream:
        return f"data:image/svg+xml;base64,{base64.b64encode(stream.read()).decode()}"
